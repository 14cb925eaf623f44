"""Is a zip that two programs could read in two ways found, at its first wrong byte?"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, cast

import pytest

from archiver.checking.wacz import verify_wacz
from archiver.models.faults import Fault
from tests.verify.good import (
    INDEX,
    NOW,
    PAGES,
    WARC,
    Whole,
    flipped,
    parts,
    sealed,
    zipped,
)
from tests.verify.judged import expect, faults_of


def _central(raw: bytes, name: str) -> int:
    """Say where the directory tells of a file."""
    at = raw.find(b"PK\x01\x02")
    while raw[at + 46 : at + 46 + len(name)] != name.encode():
        at = raw.find(b"PK\x01\x02", at + 4)
    return at


def _patched(raw: bytes, at: int, shape: str, value: int) -> bytes:
    new = struct.pack(shape, value)
    return raw[:at] + new + raw[at + len(new) :]


def _at_local(raw: bytes, name: str, by: int, shape: str, value: int) -> bytes:
    (local,) = struct.unpack_from("<L", raw, _central(raw, name) + 42)
    return _patched(raw, local + by, shape, value)


def _at_central(raw: bytes, name: str, by: int, shape: str, value: int) -> bytes:
    return _patched(raw, _central(raw, name) + by, shape, value)


def _end(raw: bytes) -> int:
    return raw.rfind(b"PK\x05\x06")


def _in_central(raw: bytes, name: str, more: bytes, *, field: int) -> bytes:
    """Lengthen what the directory says of a file: its extra (30) or its comment (32)."""
    at, end = _central(raw, name), _end(raw)
    (lies,) = struct.unpack_from("<H", raw, at + 28)
    place = at + 46 + lies + struct.unpack_from("<H", raw, at + 30)[0]
    raw = _patched(raw, at + field, "<H", len(more))
    raw = _patched(raw, end + 12, "<L", struct.unpack_from("<L", raw, end + 12)[0] + len(more))
    return raw[:place] + more + raw[place:]


def _unicode_path(name: str, other: str) -> bytes:
    """Say the name of a file once more, as another."""
    body = b"\x01" + struct.pack("<L", zlib.crc32(name.encode())) + other.encode()
    return struct.pack("<2H", 0x7075, len(body)) + body


_ZIPS: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "a byte behind": (lambda raw: raw + b"\0", "1 bytes stand behind its end"),
    "another zip behind": (lambda raw: raw + raw, "should end at|stand"),
    "bytes before": (lambda raw: b"#!/bin/sh\n" + raw, "should end at"),
    "a byte between": (lambda raw: raw[: _end(raw)] + b"\0" + raw[_end(raw) :], "should end at"),
    "the end cut": (lambda raw: raw[:-1], "the zip's directory is missing"),
    "the end left out": (lambda raw: raw[: _end(raw)], "the zip's directory is missing"),
    "half": (lambda raw: raw[: len(raw) // 2], "the zip's directory is missing"),
    "nothing": (lambda _: b"", "the zip's directory is missing"),
    "four bytes": (lambda raw: raw[:4], "the zip's directory is missing"),
    "a comment": (
        lambda raw: _patched(raw, _end(raw) + 20, "<H", 3) + b"abc",
        "it has a comment",
    ),
    "a comment too long": (
        lambda raw: _patched(raw, _end(raw) + 20, "<H", 9),
        "its comment lacks 9 bytes",
    ),
    "in several": (lambda raw: _patched(raw, _end(raw) + 4, "<H", 1), "zip in several"),
    "one file more": (
        lambda raw: _patched(_patched(raw, _end(raw) + 8, "<H", 11), _end(raw) + 10, "<H", 11),
        "no entry of its directory stands here",
    ),
    "one file less": (
        lambda raw: _patched(_patched(raw, _end(raw) + 8, "<H", 8), _end(raw) + 10, "<H", 8),
        "bytes stand between its directory and its end",
    ),
    "zip64 that is none": (
        lambda raw: _patched(raw, _end(raw) + 12, "<L", 0xFFFFFFFF),
        "call for a zip64 record",
    ),
    "a directory elsewhere": (lambda raw: _patched(raw, _end(raw) + 16, "<L", 0), "should end at"),
    "another name": (
        lambda raw: raw.replace(b"README.txt", b"README.exe", 1),
        "the directory says 'README.txt', its own header b'README.exe'",
    ),
    "another size": (lambda raw: _at_central(raw, WARC, 24, "<L", 7), "differ in size"),
    "another local size": (lambda raw: _at_local(raw, WARC, 22, "<L", 7), "differ in size"),
    "another checksum": (lambda raw: _at_local(raw, WARC, 14, "<L", 7), "differ in size or check"),
    "another checksum in both": (
        lambda raw: _at_central(_at_local(raw, PAGES, 14, "<L", 7), PAGES, 16, "<L", 7),
        "and the zip says 00000007",
    ),
    "another method": (lambda raw: _at_local(raw, WARC, 8, "<H", 8), "differ in how it is packed"),
    "a method of no kind": (
        lambda raw: _at_central(_at_local(raw, WARC, 8, "<H", 99), WARC, 10, "<H", 99),
        "packed in a way no WACZ may be",
    ),
    "encrypted": (
        lambda raw: _at_central(_at_local(raw, WARC, 6, "<H", 1), WARC, 8, "<H", 1),
        "is encrypted",
    ),
    "overlap": (
        lambda raw: _at_central(raw, INDEX, 42, "<L", 0),
        "the directory says 'indexes/index.cdx'",
    ),
    "reaching over": (
        lambda raw: _at_central(_at_central(raw, WARC, 20, "<L", 9**7), WARC, 24, "<L", 9**7),
        "over what follows it",
    ),
    "a header elsewhere": (
        lambda raw: _at_central(raw, INDEX, 42, "<L", 99),
        "does not stand here|reaches to",
    ),
    "a link": (
        lambda raw: _at_central(raw, "README.txt", 38, "<L", 0o120777 << 16),
        "is a link, not a file",
    ),
    "the magic": (lambda raw: flipped(raw, 0), "the header of 'archive/data.warc.gz' does not"),
    "a bomb": (
        lambda raw: _at_central(raw, "README.txt", 24, "<L", 4_000_000_000),
        "differ in size|unpacks",
    ),
    "packing broken": (
        lambda raw: _at_local(raw, "README.txt", 30 + 10, "<L", 0xFFFFFFFF),
        "its packing is broken|it holds",
    ),
    "another name beside": (
        lambda raw: _in_central(
            raw, "README.txt", _unicode_path("README.txt", "thread/index.html"), field=30
        ),
        "says more of itself than programs agree on (0x7075)",
    ),
    "an extra that ends early": (
        lambda raw: _in_central(raw, "README.txt", struct.pack("<2H", 0x5455, 9), field=30),
        "says beside its header ends early",
    ),
    "a comment of a file": (
        lambda raw: _in_central(raw, "README.txt", b"psst", field=32),
        "an entry has a comment",
    ),
    "letters of no kind": (
        lambda raw: raw.replace(b"README.txt", b"README.t\xc3\xa4"),
        "does not say in which letters it is written",
    ),
    "a flag unknown": (
        lambda raw: _at_central(_at_local(raw, WARC, 6, "<H", 0x2000), WARC, 8, "<H", 0x2000),
        "is encrypted or packed",
    ),
}


@pytest.mark.parametrize("what", _ZIPS)
def test_spoilt_zip_is_found(tmp_path: Path, good: Whole, key: Path, what: str) -> None:
    """Bytes of the zip itself that two programs could read in two ways."""
    change, words = _ZIPS[what]
    expect(faults_of(tmp_path, change(zipped(sealed(parts(good), key)))), words)


def test_times_and_owners_beside_a_header_are_no_fault(
    tmp_path: Path, good: Whole, key: Path
) -> None:
    """Info-ZIP writes them, and they change nothing."""
    more = struct.pack("<2HBL", 0x5455, 5, 1, 0) + struct.pack("<2H", 0x7875, 0)
    raw = _in_central(zipped(sealed(parts(good), key)), "README.txt", more, field=30)
    assert faults_of(tmp_path, raw) == ()


def test_names_that_one_disk_takes_for_the_other_are_found(
    tmp_path: Path, good: Whole, key: Path
) -> None:
    """Where neither case nor normal form counts, one would overwrite the other."""
    files = {**parts(good), "thread/a.json": b"{}", "thread/A.json": b"[]"}
    found = faults_of(tmp_path, zipped(sealed(files, key)))
    expect(found, "has a twin that some disks take for it")


def test_every_cut_of_a_package_is_found(tmp_path: Path, good: Whole, key: Path) -> None:
    """Wherever it ends early, and at every boundary of it."""
    raw = zipped(sealed(parts(good), key))
    marks = [at for at in range(len(raw) - 4) if raw[at : at + 2] == b"PK"]
    for at in {*range(0, len(raw), 397), *marks, *(at + 1 for at in marks), len(raw) - 1}:
        faults = faults_of(tmp_path, raw[:at])
        assert isinstance(faults[0], Fault)
        assert faults[0].offset == at


def test_every_flipped_byte_of_a_package_is_found(tmp_path: Path, good: Whole, key: Path) -> None:
    """Every 97th byte of it, but those that say when a file was packed, and by which system."""
    raw = zipped(sealed(parts(good), key))
    blank: set[int] = set()
    for at in range(len(raw) - 4):
        if raw[at : at + 4] == b"PK\x03\x04":
            blank |= {*range(at + 4, at + 6), *range(at + 10, at + 14)}
        if raw[at : at + 4] == b"PK\x01\x02":
            blank |= {*range(at + 4, at + 8), *range(at + 12, at + 16), *range(at + 36, at + 42)}
    for at in set(range(0, len(raw), 97)) - blank:
        assert faults_of(tmp_path, flipped(raw, at)), at


def test_doubled_name_is_found(tmp_path: Path, good: Whole, key: Path) -> None:
    """Programs differ in which of the two they take."""
    path = tmp_path / "a.wacz"
    path.write_bytes(zipped(sealed(parts(good), key)))
    with zipfile.ZipFile(path, "a") as file, pytest.warns(UserWarning, match="Duplicate"):
        file.writestr(WARC, b"other")
    expect(faults_of(tmp_path, path.read_bytes()), "stands 2 times in its directory")


def test_streamed_zip_is_accepted(tmp_path: Path, good: Whole, key: Path) -> None:
    """Others write sizes behind the data."""
    path = tmp_path / "a.wacz"
    with path.open("wb") as raw, zipfile.ZipFile(cast(BinaryIO, _Unseekable(raw)), "w") as file:
        for name, content in sealed(parts(good), key).items():
            file.writestr(name, content)
    assert verify_wacz(path, now=NOW).faults == ()


class _Unseekable:
    """A file that can only be written."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def write(self, raw: bytes) -> int:
        return int(self._file.write(raw))

    def flush(self) -> None:
        self._file.flush()
