"""Is every fault of a WARC found and said, and nothing else?"""

from __future__ import annotations

import asyncio
import base64
import gzip
import hashlib
import io
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.warc.names import index_path
from archiver.warc.reader import records
from archiver.warc.verify import verify_file
from tests.warc.capturing import AT, Index, capture, capture_chunked, only_warc, writer


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, bytes]:
    """A WARC with every kind of record that we write, and its index."""
    folder = tmp_path_factory.mktemp("whole")

    async def write() -> None:
        archive = writer(folder, Index())
        await archive.write_exchange(capture(via="https://a.example/"))
        await archive.write_exchange(capture_chunked("https://example.org/2", b"<p>two</p>" * 300))
        await archive.write_exchange(capture("https://example.org/3"))
        await archive.write_resource("urn:view:x", AT, "text/plain", b"given")
        await archive.close()

    asyncio.run(write())
    path = only_warc(folder)
    assert verify_file(path).faults == ()
    return path.read_bytes(), index_path(path).read_bytes()


def _placed(folder: Path, warc: bytes, cdxj: bytes) -> Path:
    """Put a WARC and its index down under the name that the index knows."""
    name = cdxj.split(b'"filename": "')[1].split(b'"')[0].decode()
    path = folder / name
    path.write_bytes(warc)
    index_path(path).write_bytes(cdxj)
    return path


def _offsets(path: Path) -> list[int]:
    return [record.offset for record in records(path)]


def test_every_truncation_is_found(tmp_path: Path, whole: tuple[bytes, bytes]) -> None:
    """Wherever a closed file is cut, a sentence says so with file and offset."""
    warc, cdxj = whole
    path = _placed(tmp_path, warc, cdxj)
    for length in range(0, len(warc), 3):
        os.truncate(path, len(warc) - 1 - length)
        verdict = verify_file(path)
        assert verdict.faults
        assert all(str(path.with_suffix("").with_suffix("")) in each for each in verdict.faults)


@given(st.data())
def test_every_flipped_byte_is_found(
    tmp_path_factory: pytest.TempPathFactory, whole: tuple[bytes, bytes], draw: st.DataObject
) -> None:
    """A single byte gone wrong anywhere is a fault, and the records around it are still read."""
    warc, cdxj = whole
    path = _placed(tmp_path_factory.mktemp("flip"), warc, cdxj)
    # Flags, time and system in a member's header say nothing of what it holds, nor do the bits
    # that fill up its first byte, if stored, and its last before the checksum.
    begins = [*_offsets(path), len(warc)]
    blank = {offset + at for offset in begins for at in (-9, *range(3, 11))}
    at = draw.draw(st.integers(0, len(warc) - 1).filter(lambda at: at not in blank))
    flipped = bytearray(warc)
    flipped[at] ^= draw.draw(st.integers(1, 255))
    path.write_bytes(bytes(flipped))
    verdict = verify_file(path)
    assert verdict.faults
    assert len(verdict.refs) >= 3


def test_reading_goes_on_behind_a_fault(tmp_path: Path, whole: tuple[bytes, bytes]) -> None:
    """The index says where the next record begins."""
    warc, cdxj = whole
    path = _placed(tmp_path, warc, cdxj)
    second = _offsets(path)[4]
    broken = bytearray(warc)
    broken[second + 60] ^= 0xFF
    path.write_bytes(bytes(broken))
    verdict = verify_file(path)
    assert f"{path} at {second}: its gzip member is broken" in verdict.faults[0]
    assert [ref.url for ref in verdict.refs] == [
        "https://example.org/",
        "https://example.org/3",
        "urn:view:x",
    ]


def test_two_records_in_one_member_are_a_fault(tmp_path: Path) -> None:
    """Each record is one gzip member (Annex D)."""
    record = _record("resource", b"x", "WARC-Target-URI: urn:x:1")
    path = tmp_path / "a.warc.gz"
    path.write_bytes(gzip.compress(record + record))
    assert "holds more than one record" in verify_file(path).faults[0]


def _record(kind: str, block: bytes, *fields: str, length: int | None = None) -> bytes:
    """Spell a record by hand, as another writer might."""
    given_fields = {
        "WARC-Type": kind,
        "WARC-Record-ID": "<urn:uuid:00000000-0000-4000-8000-000000000001>",
        "WARC-Date": "2026-11-24T09:30:00Z",
        "Content-Type": "text/plain",
        "Content-Length": str(len(block) if length is None else length),
    }
    extra = []
    for line in fields:
        name, colon, value = line.partition(": ")
        if colon and name in given_fields and not value:
            del given_fields[name]
        elif colon and name in given_fields:
            given_fields[name] = value
        else:
            extra.append(line)
    lines = ["WARC/1.1", *(f"{name}: {value}" for name, value in given_fields.items()), *extra]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + block + b"\r\n\r\n"


_TARGET = "WARC-Target-URI: https://example.org/"


@pytest.mark.parametrize(
    ("record", "fault"),
    [
        (_record("resource", b"x"), "the resource lacks WARC-Target-URI"),
        (_record("resource", b"x", "WARC-Target-URI: <urn:x:1>"), "which is no bare URI"),
        (_record("warcinfo", b"x", _TARGET), "the warcinfo must not have WARC-Target-URI"),
        (_record("resource", b"x", _TARGET, "WARC-Filename: a"), "must not have WARC-Filename"),
        (_record("metadata", b"x", "WARC-Payload-Digest: sha1:A"), "must not have WARC-Payload-"),
        (_record("response", b"x", _TARGET, "WARC-Refers-To: <a:b>"), "must not have WARC-Refers"),
        (_record("conversion", b"x", _TARGET, "WARC-IP-Address: ::1"), "must not have WARC-IP-"),
        (_record("resource", b"x", _TARGET, "WARC-IP-Address: ::01"), "no address as RFC 5952"),
        (_record("resource", b"x", _TARGET, "WARC-Truncated: soon"), "no reason that WARC knows"),
        (_record("resource", b"x", _TARGET, "WARC-Record-ID: urn:x:1"), "in angle brackets"),
        (_record("resource", b"x", _TARGET, "WARC-Date: yesterday"), "which is no UTC time"),
        (_record("resource", b"x", _TARGET, "WARC-Date: "), "lacks WARC-Date"),
        (
            _record("resource", b"x", _TARGET, "Content-Type: "),
            "has a block and lacks Content-Type",
        ),
        (_record("resource", b"x", _TARGET, _TARGET), "has warc-target-uri more than once"),
        (_record("resource", b"x", _TARGET, "WARC-Block-Digest: sha1:AA"), "no sha1 digest in hex"),
        (_record("resource", b"x", _TARGET, "WARC-Block-Digest: AAA"), "is no labelled digest"),
        (_record("resource", b"x", _TARGET, "WARC-Block-Digest: crc:1"), "no digest algorithm"),
        (_record("resource", b"x", _TARGET, f"WARC-Block-Digest: md5:{'0' * 32}"), "and its block"),
        (_record("resource", b"x", _TARGET, f"WARC-Payload-Digest: md5:{'0' * 32}"), "its payload"),
        (_record("revisit", b"", _TARGET), "the revisit lacks WARC-Profile"),
        (_record("revisit", b"", _TARGET, "WARC-Profile: urn:x:1"), "which is not known here"),
        (
            _record(
                "revisit",
                b"",
                _TARGET,
                "WARC-Profile: http://netpreserve.org/warc/1.1/revisit/identical-payload-digest",
            ),
            "lacks WARC-Payload-Digest",
        ),
        (_record("continuation", b"x", _TARGET), "lacks WARC-Segment-Origin-ID"),
        (_record("metadata", b"x", "WARC-Concurrent-To: <urn:x:9>"), "captured with urn:x:9"),
        (_record("resource", b"x", _TARGET, length=9), "its block lacks 4 of 9 bytes"),
        (_record("resource", b"xyz", _TARGET, length=1), "not the two line ends"),
        (_record("resource", b"x", _TARGET, "Content-Length: -1"), "not a number of bytes"),
        (_record("resource", b"x", _TARGET, " folded"), "is not a header field"),
        (_record("resource", b"x", _TARGET).replace(b"1.1", b"2.0"), "begins with b'WARC/2.0'"),
        (b"\x00" * 100_000, "or not a header at all"),
        (b"WARC/1.1\r\n", "its header ends early"),
        (_record("resource", b"x", _TARGET) * 2, "has the id of an earlier record"),
    ],
)
def test_fault_is_said(tmp_path: Path, record: bytes, fault: str) -> None:
    """Each broken rule has its sentence, whether the file is compressed or not."""
    plain, packed = tmp_path / "a.warc", tmp_path / "b.warc.gz"
    plain.write_bytes(record)
    whole = _record("resource", b"x", _TARGET)
    twice = record == whole * 2
    packed.write_bytes(gzip.compress(whole) * 2 if twice else gzip.compress(record))
    for path in (plain, packed):
        faults = verify_file(path).faults
        assert any(fault in each for each in faults), faults
        assert all(f"{path} at " in each for each in faults)


@pytest.mark.parametrize("pack", [gzip.compress, bytes])
def test_other_writers_digests_are_understood(
    tmp_path: Path, pack: Callable[[bytes], bytes]
) -> None:
    """SHA-1 in Base32, compressed or not, chunked with a digest of either reading."""
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    framed = b"1\r\nx\r\n0\r\n\r\n"
    found = []
    for number, body in enumerate((framed, b"x")):
        sha1 = base64.b32encode(hashlib.sha1(body, usedforsecurity=False).digest()).decode()
        found.append(
            _record(
                "response",
                head + framed,
                _TARGET,
                f"WARC-Record-ID: <urn:uuid:{number}>",
                "Content-Type: application/http; msgtype=response",
                f"WARC-Payload-Digest: sha1:{sha1}",
            )
        )
    path = tmp_path / ("a.warc.gz" if pack is gzip.compress else "a.warc")
    path.write_bytes(b"".join(map(pack, found)))
    verdict = verify_file(path)
    assert verdict.faults == ()
    assert {ref.digest for ref in verdict.refs} == {f"sha256:{hashlib.sha256(b'x').hexdigest()}"}


def test_wrong_index_is_said_line_by_line(tmp_path: Path, whole: tuple[bytes, bytes]) -> None:
    """Missing, extra, doubled, unsorted and wrong lines are told apart."""
    warc, cdxj = whole
    lines = cdxj.splitlines(keepends=True)
    changed = {
        "has no line in": lines[1:],
        "is not in byte order": [lines[1], lines[0], *lines[2:]],
        "has a line already": [lines[0], *lines],
        "it says length": [lines[0].replace(b'"length": "', b'"length": "1'), *lines[1:]],
        "no record stands at": [lines[0].replace(b'"offset": "', b'"offset": "1'), *lines[1:]],
        "it says url": [lines[0].replace(b"https://", b"http://"), *lines[1:]],
        "its key is": [b"a" + lines[0], *lines[1:]],
        "its timestamp is": [lines[0].replace(b" 2026", b" 2025"), *lines[1:]],
        "it says digest": [lines[0].replace(b"sha256:", b"sha256:0"), *lines[1:]],
        "its end is missing": [*lines[:-1], lines[-1].rstrip()],
        "it is not `key timestamp": [b"!\n", b"\n", *lines],
    }
    for fault, parts in changed.items():
        path = _placed(tmp_path, warc, cdxj)
        index_path(path).write_bytes(b"".join(parts))
        faults = verify_file(path).faults
        assert any(fault in each for each in faults), (fault, faults)


def test_index_with_seconds_is_accepted(tmp_path: Path, whole: tuple[bytes, bytes]) -> None:
    """Other tools write 14 digits and other digests."""
    warc, cdxj = whole
    path = _placed(tmp_path, warc, cdxj)
    text = cdxj.replace(b"30000123 ", b"30000 ").replace(b'"digest": "sha256:', b'"digest": "x:')
    index_path(path).write_bytes(text)
    assert verify_file(path).faults == ()


def test_missing_file_is_a_fault_not_an_error(tmp_path: Path) -> None:
    """The verdict on a file that is not there says so."""
    (fault,) = verify_file(tmp_path / "gone.warc.gz").faults
    assert "gone.warc.gz: cannot be read: No such file or directory" in fault


def test_metadata_that_contradicts_is_said(tmp_path: Path) -> None:
    """Our metadata record repeats length and digest of the payload."""

    async def write() -> None:
        archive = writer(tmp_path, Index())
        await archive.write_exchange(capture_chunked(payload_bytes=99, payload_digest="sha256:0"))
        await archive.close()

    asyncio.run(write())
    faults = verify_file(only_warc(tmp_path)).faults
    assert any("says payloadBytes 99, and it is 12" in each for each in faults)
    assert any("says payloadDigest sha256:0, and it is sha256:" in each for each in faults)


def test_bomb_is_read_in_pieces(tmp_path: Path) -> None:
    """A gigabyte of zeros in a member costs time in proportion to a limit, not memory."""
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=9) as file:
        for _ in range(64):
            file.write(bytes(1 << 20))
    path = tmp_path / "a.warc.gz"
    path.write_bytes(packed.getvalue())
    assert "not a header at all" in verify_file(path).faults[0]


async def test_half_written_batch_is_not_judged(tmp_path: Path) -> None:
    """While a writer lives, what stands behind its last indexed exchange is its own affair."""
    archive = writer(tmp_path, Index())
    await archive.write_exchange(capture())
    (opened,) = (tmp_path / name for name in os.listdir(tmp_path) if name.endswith("gz.open"))
    with opened.open("ab") as file:
        file.write(gzip.compress(_record("resource", b"x", _TARGET)) + b"\x1f\x8b\x08half")
    verdict = verify_file(opened)
    assert (verdict.faults, verdict.records) == ((), 4)
    os.truncate(opened, opened.stat().st_size - 10)  # a short call
    await archive.close()
