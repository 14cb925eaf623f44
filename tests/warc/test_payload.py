"""Is what was captured given back, decoded, and proven?"""

from __future__ import annotations

import asyncio
import dataclasses
import gzip
import os
import zlib
from pathlib import Path

import pytest

from archiver.errors import FixityError, StoreError
from archiver.models import RecordRef, RecordType
from archiver.ports import RawExchange
from archiver.warc.payload import PROVEN_FIRST_BYTES, WarcPayloads
from tests.warc.capturing import (
    AT,
    Index,
    capture,
    capture_chunked,
    chunked,
    only_warc,
    sha256,
    writer,
)

_GZIPPED = b"Content-Type: text/html\r\nContent-Encoding: gzip\r\n"


def _written(folder: Path, index: Index, *captures: RawExchange) -> list[RecordRef]:
    async def write() -> list[RecordRef]:
        archive = writer(folder, index)
        refs = [await archive.write_exchange(each) for each in captures]
        await archive.close()
        return refs

    return asyncio.run(write())


def _body(folder: Path, index: Index, raw: RawExchange) -> bytes:
    (ref,) = _written(folder, index, raw)
    with WarcPayloads(folder, index.find).open(ref.record_id) as found:
        return found.body.read()


def test_headers_are_given_as_received(tmp_path: Path) -> None:
    """Order, repetition and odd letters stay; text is UTF-8 where it is that, else Latin-1."""
    index = Index()
    headers = b"B: 1\r\nA: \xc3\xa4\r\nb: \xe4\r\nFolded: x\r\n  y\r\nno header\r\n"
    (ref,) = _written(tmp_path, index, capture(headers=headers, status=404))
    with WarcPayloads(tmp_path, index.find).open(ref.record_id) as found:
        assert (found.status, found.url, found.at) == (404, "https://example.org/", AT)
        assert found.headers == (("B", "1"), ("A", "ä"), ("b", "ä"), ("Folded", "x y"))


@pytest.mark.parametrize("length", [0, 1, 100_000, PROVEN_FIRST_BYTES + 1])
def test_codings_come_off(tmp_path: Path, length: int) -> None:
    """Chunks and gzip are removed, of small payloads and large ones."""
    body = os.urandom(length)
    packed = gzip.compress(body, 1)
    headers = _GZIPPED + b"Transfer-Encoding: chunked\r\n"
    raw = capture(body=packed, wire=chunked(packed, 65_536), headers=headers)
    assert _body(tmp_path, Index(), raw) == body


def test_coding_that_the_server_broke_ends_the_body(tmp_path: Path) -> None:
    """As in a browser, what could be decoded is shown; that it is what was captured is proven."""
    packed = zlib.compress(b"x" * 1_000) + b"tail"
    headers = b"Content-Encoding: deflate\r\n"
    assert _body(tmp_path, Index(), capture(body=packed, headers=headers)) == b"x" * 1_000
    broken = gzip.compress(b"y" * 100)[:-8]
    raw = capture("https://example.org/2", broken, headers=_GZIPPED)
    assert _body(tmp_path / "2", Index(), raw) == b"y" * 100


def test_chunks_that_the_server_broke_end_the_body(tmp_path: Path) -> None:
    """A truncated record gives what came."""
    headers = b"Transfer-Encoding: chunked\r\n"
    raw = capture(body=b"abc", wire=b"3\r\nabc\r\nzz\r\n", headers=headers, truncated="unspecified")
    assert _body(tmp_path, Index(), raw) == b"abc"


def test_revisit_has_its_own_head_and_the_payload_of_its_original(tmp_path: Path) -> None:
    """Each record's own head says how its payload is coded."""
    index = Index()
    packed = gzip.compress(b"hello")
    chunks = _GZIPPED + b"Transfer-Encoding: chunked\r\n"
    first, second = _written(
        tmp_path,
        index,
        capture(body=packed, wire=chunked(packed), headers=chunks),
        capture("https://example.org/2", packed, headers=_GZIPPED, status=203),
    )
    assert second.refers_to == first.record_id
    with WarcPayloads(tmp_path, index.find).open(second.record_id) as found:
        assert (found.status, found.body.read()) == (203, b"hello")


def test_resource_is_given(tmp_path: Path) -> None:
    """A resource has status 200 and its Content-Type only."""
    index = Index()

    async def write() -> RecordRef:
        archive = writer(tmp_path, index)
        ref = await archive.write_resource("urn:view:x", AT, "text/plain", b"given")
        await archive.close()
        return ref

    ref = asyncio.run(write())
    with WarcPayloads(tmp_path, index.find).open(ref.record_id) as found:
        assert (found.status, found.headers) == (200, (("Content-Type", "text/plain"),))
        assert found.body.read() == b"given"


def test_answer_without_a_whole_head_has_no_body(tmp_path: Path) -> None:
    """A capture that broke off within its head is still opened."""
    raw = capture(body=b"", truncated="disconnect")
    whole = raw.response.read()[:-2]
    raw.response.seek(0)
    cut = dataclasses.replace(
        raw, response_bytes=len(whole), head_bytes=len(whole), block_digest=sha256(whole)
    )
    assert _body(tmp_path, Index(), cut) == b""


def test_unknown_record_is_a_store_error(tmp_path: Path) -> None:
    """The sentence says what to do."""
    with (
        pytest.raises(StoreError, match="archiver rebuild"),
        WarcPayloads(tmp_path, Index().find).open("urn:uuid:1"),
    ):
        pass


def test_missing_file_is_a_store_error(tmp_path: Path) -> None:
    """The sentence names the file and the folder."""
    index = Index()
    (ref,) = _written(tmp_path, index, capture())
    only_warc(tmp_path).unlink()
    with (
        pytest.raises(StoreError, match=rf"{ref.filename} with {ref.record_id} is not in"),
        WarcPayloads(tmp_path, index.find).open(ref.record_id),
    ):
        pass


def test_revisit_without_its_original_is_a_store_error(tmp_path: Path) -> None:
    """One that names none, one whose original is unknown, one that names another revisit."""
    index = Index()
    refs = _written(tmp_path, index, capture(), capture("https://example.org/2"))
    for refers_to in (None, "urn:uuid:1", refs[1].record_id):
        index.refs[1] = dataclasses.replace(refs[1], refers_to=refers_to)
        with (
            pytest.raises(StoreError),
            WarcPayloads(tmp_path, index.find).open(refs[1].record_id),
        ):
            pass


def _expect_fixity_error(folder: Path, ref: RecordRef) -> FixityError:
    with (
        pytest.raises(FixityError) as caught,
        WarcPayloads(folder, {ref.record_id: ref}.get).open(ref.record_id) as found,
    ):
        found.body.read()
    return caught.value


@pytest.mark.parametrize("length", [1_000, PROVEN_FIRST_BYTES + 1])
def test_other_bytes_are_a_fixity_error(tmp_path: Path, length: int) -> None:
    """A payload that is not the captured one is never given to its end."""
    (ref,) = _written(tmp_path, Index(), capture(body=os.urandom(length)))
    other = dataclasses.replace(ref, digest=sha256(b"other"))
    error = _expect_fixity_error(tmp_path, other)
    assert (error.expected, error.actual) == (sha256(b"other"), ref.digest)


def test_small_payload_is_proven_before_any_of_it_is_given(tmp_path: Path) -> None:
    """Opening alone finds the fault."""
    (ref,) = _written(tmp_path, Index(), capture_chunked())
    other = dataclasses.replace(ref, digest=sha256(b"other"))
    with (
        pytest.raises(FixityError),
        WarcPayloads(tmp_path, {ref.record_id: other}.get).open(ref.record_id),
    ):
        pytest.fail("it was opened")


def test_damaged_member_is_a_fixity_error(tmp_path: Path) -> None:
    """A flipped byte on the disk is found."""
    (ref,) = _written(tmp_path, Index(), capture(body=os.urandom(1_000)))
    path = only_warc(tmp_path)
    broken = bytearray(path.read_bytes())
    broken[ref.offset + ref.length // 2] ^= 0xFF
    path.write_bytes(broken)
    _expect_fixity_error(tmp_path, ref)


def test_another_record_in_its_place_is_a_fixity_error(tmp_path: Path) -> None:
    """What stands at the offset must be the record that was asked for."""
    (ref,) = _written(tmp_path, Index(), capture())
    size = only_warc(tmp_path).stat().st_size
    for offset in (0, size):
        error = _expect_fixity_error(tmp_path, dataclasses.replace(ref, offset=offset))
        assert error.expected == ref.record_id


def test_body_can_be_read_in_parts(tmp_path: Path) -> None:
    """It is a file: lines, counted bytes, and an end."""
    index = Index()
    (ref,) = _written(tmp_path, index, capture(body=b"one\ntwo\n" * 50_000))
    assert ref.type is RecordType.RESPONSE
    with WarcPayloads(tmp_path, index.find).open(ref.record_id) as found:
        assert found.body.readline() == b"one\n"
        assert found.body.read(4) == b"two\n"
        assert len(found.body.read()) == 8 * 50_000 - 8
        assert found.body.read() == b""
