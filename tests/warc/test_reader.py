"""Does the reader stream, skip, and know where every record lies?"""

from __future__ import annotations

import asyncio
import gzip
import os
from pathlib import Path

import pytest

from archiver.errors import StoreError
from archiver.warc.reader import BrokenRecord, records
from tests.warc.capturing import Index, capture, only_warc, writer


@pytest.fixture(scope="module")
def warc(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A WARC with a response of many pieces between small ones."""
    folder = tmp_path_factory.mktemp("warc")

    async def write() -> None:
        archive = writer(folder, Index())
        for number, size in enumerate((10, 1_000_000, 10)):
            url = f"https://example.org/{number}"
            await archive.write_exchange(capture(url, os.urandom(size)))
        await archive.close()

    asyncio.run(write())
    return only_warc(folder)


def test_records_can_be_left_half_read(warc: Path) -> None:
    """Whatever was read of a block, the next record is the next one."""
    whole = [(each.offset, each.type) for each in records(warc)]
    partly = []
    for record in records(warc):
        partly.append((record.offset, record.type))
        next(record.pieces(), None)
    assert partly == whole
    assert len(whole) == 10


def test_reading_of_a_block_can_go_on(warc: Path) -> None:
    """Pieces that were taken are not given again."""
    for record in records(warc):
        first = next(record.pieces(), b"")
        assert len(first + b"".join(record.pieces())) == record.content_length
        assert list(record.pieces()) == []


def test_records_follow_each_other_without_gaps(warc: Path) -> None:
    """Offset and length of each give the next; the last ends with the file."""
    at = 0
    for record in records(warc):
        assert record.offset == at
        record.drain()
        assert gzip.decompress(warc.read_bytes()[at : at + record.length]).startswith(b"WARC/1.1")
        at += record.length
    assert at == warc.stat().st_size


def test_reading_starts_anywhere_a_record_begins(warc: Path) -> None:
    """An offset of the index leads straight to its record."""
    offsets = [record.offset for record in records(warc)]
    assert [next(records(warc, start=each)).offset for each in offsets] == offsets
    with pytest.raises(BrokenRecord, match="no gzip member begins here"):
        next(records(warc, start=offsets[1] + 1))


def test_file_that_is_not_there_is_a_store_error(tmp_path: Path) -> None:
    """The sentence names it."""
    with pytest.raises(StoreError, match=r"gone\.warc cannot be read"):
        next(records(tmp_path / "gone.warc"))


def test_empty_file_has_no_records(tmp_path: Path) -> None:
    """Nothing is no fault."""
    (tmp_path / "a.warc.gz").touch()
    assert list(records(tmp_path / "a.warc.gz")) == []
