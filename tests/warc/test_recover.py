"""Is a WARC whole again after its writer died at any moment, with nothing acknowledged lost?"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from archiver.errors import StoreError
from archiver.warc.names import index_path
from archiver.warc.reader import records
from archiver.warc.recover import Recovered, recover
from archiver.warc.verify import verify_file
from tests.warc.capturing import Index, capture, capture_chunked, only_warc, warcs, writer

_ROOT = Path(__file__).parents[2]
_NAME = "archive-20261124093000123-00000-00ff00ff.warc.gz"


@pytest.fixture(scope="module")
def left_open(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, bytes, list[int]]:
    """An open WARC of two exchanges, its index, and where each of its records ends."""
    folder = tmp_path_factory.mktemp("open")

    async def write() -> tuple[bytes, bytes]:
        archive = writer(folder, Index())
        await archive.write_exchange(capture())
        await archive.write_exchange(capture_chunked("https://example.org/2", via="urn:x:1"))
        found = await asyncio.to_thread(_both, folder)
        await archive.close()
        return found

    warc, cdxj = asyncio.run(write())
    ends = [*[record.offset for record in records(only_warc(folder))][1:], len(warc)]
    return warc, cdxj, ends


def _both(folder: Path) -> tuple[bytes, bytes]:
    (path,) = folder.glob("*.warc.gz.open")
    return path.read_bytes(), index_path(path).read_bytes()


def _abandoned(folder: Path, warc: bytes, cdxj: bytes = b"") -> Path:
    """Leave a WARC as a process that died leaves it."""
    path = folder / f"{_NAME}.open"
    path.write_bytes(warc)
    index_path(path).write_bytes(cdxj)
    return path


def _urls(found: tuple[Recovered, ...]) -> list[str]:
    return [ref.url for each in found for ref in each.records]


def test_torn_tail_is_cut_at_every_byte(
    tmp_path: Path, left_open: tuple[bytes, bytes, list[int]]
) -> None:
    """Wherever the second exchange tears, the first stays and the file verifies."""
    warc, _, ends = left_open
    first_end, second_end = ends[3], ends[6]
    for length in range(first_end, second_end):
        folder = tmp_path / str(length)
        folder.mkdir()
        _abandoned(folder, warc[:length])
        found = recover(folder)
        assert [each.cut_bytes for each in found] == [length - first_end]
        assert _urls(found) == ["https://example.org/"]
        assert verify_file(only_warc(folder)).faults == ()


def test_whole_file_is_only_closed(
    tmp_path: Path, left_open: tuple[bytes, bytes, list[int]]
) -> None:
    """A file that ends with a whole exchange loses and gains nothing, acknowledged or not."""
    warc, _, _ = left_open
    _abandoned(tmp_path, warc)
    found = recover(tmp_path)
    assert _urls(found) == ["https://example.org/", "https://example.org/2"]
    path = only_warc(tmp_path)
    assert path.read_bytes() == warc
    assert verify_file(path).refs == found[0].records
    assert recover(tmp_path) == ()


def test_cut_is_recorded_in_the_file(
    tmp_path: Path, left_open: tuple[bytes, bytes, list[int]]
) -> None:
    """A metadata record on the warcinfo says how much was cut, where and when."""
    warc, _, ends = left_open
    _abandoned(tmp_path, warc[: ends[5] + 7])
    recover(tmp_path)
    blocks = [(each, b"".join(each.pieces())) for each in records(only_warc(tmp_path))]
    (info, _), (notice, block) = blocks[0], blocks[-1]
    cut = ends[5] + 7 - ends[3]
    assert f"cutOffset: {ends[3]}\r\ncutBytes: {cut}\r\n".encode() in block
    assert notice.get("WARC-Refers-To") == f"<{info.record_id}>"


def test_zeros_after_a_power_cut_are_cut(
    tmp_path: Path, left_open: tuple[bytes, bytes, list[int]]
) -> None:
    """A file system may lengthen a file before it has the bytes."""
    warc, cdxj, _ = left_open
    _abandoned(tmp_path, warc + bytes(5_000), cdxj)
    (found,) = recover(tmp_path)
    assert (found.cut_bytes, len(found.records)) == (5_000, 2)
    assert verify_file(only_warc(tmp_path)).faults == ()


def test_embedded_records_in_a_torn_tail_are_not_ours(
    tmp_path: Path, left_open: tuple[bytes, bytes, list[int]]
) -> None:
    """Bytes that look like a record inside something captured are not taken for one."""
    warc, cdxj, ends = left_open
    response = warc[ends[0] : ends[1]]
    _abandoned(tmp_path, warc + b"\x1f\x8b\x08torn" + response, cdxj)
    (found,) = recover(tmp_path)
    assert (found.cut_bytes, len(found.records)) == (7 + len(response), 2)


def test_damage_to_what_was_acknowledged_is_not_cut(
    tmp_path: Path, left_open: tuple[bytes, bytes, list[int]]
) -> None:
    """What was on the disk once is kept, damaged as it is, for somebody to repair."""
    warc, cdxj, ends = left_open
    broken = bytearray(warc)
    broken[ends[3] + 50] ^= 0xFF
    _abandoned(tmp_path, bytes(broken), cdxj)
    (found,) = recover(tmp_path)
    path = only_warc(tmp_path)
    assert (found.cut_bytes, path.read_bytes()) == (0, bytes(broken))
    assert [ref.url for ref in found.records] == ["https://example.org/"]
    assert "gzip member is broken" in verify_file(path).faults[0]


def test_damage_in_the_middle_hides_nothing_behind_it(
    tmp_path: Path, left_open: tuple[bytes, bytes, list[int]]
) -> None:
    """Reading goes on at the next record that was acknowledged, and the torn end is still cut."""
    warc, cdxj, ends = left_open
    broken = bytearray(warc)
    broken[ends[0] + 50] ^= 0xFF
    _abandoned(tmp_path, bytes(broken) + b"\x1f\x8b", cdxj)
    (found,) = recover(tmp_path)
    assert found.cut_bytes == 2
    assert [ref.url for ref in found.records] == ["https://example.org/2"]


@pytest.mark.parametrize("content", [b"", b"\x00" * 4_096, b"\x1f\x8b\x08", b"not a WARC"])
def test_unreadable_file_is_set_aside(tmp_path: Path, content: bytes) -> None:
    """A file in which nothing can be read is renamed, never deleted."""
    _abandoned(tmp_path, content)
    assert recover(tmp_path) == (Recovered(f"{_NAME}.damaged", (), 0),)
    assert (tmp_path / f"{_NAME}.damaged").read_bytes() == content
    assert recover(tmp_path) == ()


async def test_living_writer_is_left_alone(tmp_path: Path) -> None:
    """Recovery beside a writer, even in its own process, touches nothing of it."""
    archive = writer(tmp_path, Index())
    await archive.write_exchange(capture())
    before = sorted(os.listdir(tmp_path))
    assert recover(tmp_path) == ()
    assert sorted(os.listdir(tmp_path)) == before
    await archive.write_exchange(capture("https://example.org/2"))
    await archive.close()
    assert verify_file(only_warc(tmp_path)).faults == ()


def test_folder_that_is_not_there_needs_no_recovery(tmp_path: Path) -> None:
    """The first start of an archive finds nothing."""
    assert recover(tmp_path / "warc") == ()


def test_open_index_of_a_closed_file_is_removed(
    tmp_path: Path, left_open: tuple[bytes, bytes, list[int]]
) -> None:
    """Its writer died between the last two steps of closing."""
    warc, cdxj, _ = left_open
    path = _abandoned(tmp_path, warc, cdxj)
    recover(tmp_path)
    index_path(path).write_bytes(cdxj)
    recover(tmp_path)
    assert verify_file(only_warc(tmp_path)).faults == ()


# ---------------------------------------------------------------- processes that die

_WRITING = """
import asyncio, os, sys
from pathlib import Path
from tests.warc.capturing import Index, capture, capture_chunked, writer

async def main(folder):
    archive = writer(folder, Index(), rotate_bytes=200_000)
    async def one(number):
        make = capture_chunked if number % 2 else capture
        body = os.urandom(5_000) if number % 5 else b"the same again"
        ref = await archive.write_exchange(make(f"https://example.org/{number}", body))
        print(ref.record_id, flush=True)
    for start in range(0, 100_000, 8):
        await asyncio.gather(*map(one, range(start, start + 8)))

asyncio.run(main(Path(sys.argv[1])))
"""


@pytest.mark.parametrize("seed", range(4))
def test_killed_writer_loses_nothing_acknowledged(tmp_path: Path, seed: int) -> None:
    """After kill -9 at any moment all files verify, and every capture that was told is there."""
    folder = tmp_path / "warc"
    with (tmp_path / "told").open("wb") as told:
        process = subprocess.Popen(
            [sys.executable, "-c", _WRITING, str(folder)], stdout=told, cwd=_ROOT
        )
        while not (tmp_path / "told").stat().st_size:
            time.sleep(0.01)
            assert process.poll() is None
        time.sleep(random.Random(seed).uniform(0, 0.3))
        process.send_signal(signal.SIGKILL)
        process.wait()
    acknowledged = (tmp_path / "told").read_text().split()
    recover(folder)
    verdicts = [verify_file(path) for path in warcs(folder)]
    assert [fault for verdict in verdicts for fault in verdict.faults] == []
    kept = {ref.record_id for verdict in verdicts for ref in verdict.refs}
    assert acknowledged
    assert kept.issuperset(acknowledged)
    assert not list(folder.glob("*.open"))


_LIMITED = """
import asyncio, json, os, resource, sys
from pathlib import Path
from archiver.errors import StoreError
from tests.warc.capturing import Index, capture, writer

async def main(folder):
    index = Index()
    archive = writer(folder, index)
    resource.setrlimit(resource.RLIMIT_FSIZE, (43_000, 43_000))
    errors = []
    sizes = [5_000] * 12 + [60_000, 6_000_000, 5_000]
    for number, size in enumerate(sizes):
        try:
            url = f"https://example.org/{number}"
            await archive.write_exchange(capture(url, os.urandom(size)))
        except StoreError as exc:
            errors.append([number, str(exc)])
    await archive.close()
    print(json.dumps({"kept": [ref.record_id for ref in index.refs], "errors": errors}))

asyncio.run(main(Path(sys.argv[1])))
"""


def test_disk_that_refuses_costs_only_the_captures_told_so(tmp_path: Path) -> None:
    """A file that cannot grow is cut back and closed; what was acknowledged is in it."""
    done = subprocess.run(
        [sys.executable, "-c", _LIMITED, str(tmp_path)],
        capture_output=True,
        check=True,
        text=True,
        cwd=_ROOT,
    )
    told = json.loads(done.stdout)
    assert [number for number, _ in told["errors"]] == [6, 12, 13]
    assert all("File too large; nothing of it was kept" in text for _, text in told["errors"])
    verdicts = [verify_file(path) for path in warcs(tmp_path)]
    assert [fault for verdict in verdicts for fault in verdict.faults] == []
    assert [ref.record_id for verdict in verdicts for ref in verdict.refs] == told["kept"]
    assert not list(tmp_path.glob("*.open"))


def test_disk_that_refuses_recovery_is_a_store_error(tmp_path: Path) -> None:
    """The sentence names the folder and the file."""
    (tmp_path / f"{_NAME}.open").mkdir()
    with pytest.raises(
        StoreError, match=r"could not be recovered: Is a directory .*00000-00ff00ff"
    ):
        recover(tmp_path)
