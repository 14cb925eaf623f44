"""Is a ZIP that somebody gives us read with care?"""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path

import pytest

from archiver.capture.zipped import Zipped
from archiver.errors import UsageError


def made(folder: Path, *members: tuple[str, bytes]) -> Path:
    """Write a ZIP."""
    path = folder / "given.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members:
            archive.writestr(name, body)
    return path


def test_members_are_named_and_read(tmp_path: Path) -> None:
    """Folders are none."""
    with Zipped.open(made(tmp_path, ("data/", b""), ("data/a.js", b"x = 1"))) as opened:
        assert opened.names() == ("data/a.js",)
        assert opened.read("data/a.js", 5) == b"x = 1"
        with pytest.raises(UsageError, match="larger than"):
            opened.read("data/a.js", 4)
        with pytest.raises(UsageError, match="cannot be unpacked"):
            opened.read("data/b.js", 5)


def test_size_that_lies_is_noticed_while_reading(tmp_path: Path) -> None:
    """The directory says 5 bytes of a megabyte: no more than they come, and the check fails."""
    path = made(tmp_path, ("a", b"y" * 1_000_000))
    body = path.read_bytes()
    size = struct.pack("<I", 1_000_000)
    path.write_bytes(body.replace(size, struct.pack("<I", 5)))
    with Zipped.open(path) as opened, pytest.raises(UsageError, match="cannot be unpacked"):
        opened.read("a", 100)


def test_encrypted_member_is_refused(tmp_path: Path) -> None:
    """Nobody asks for passwords."""
    path = made(tmp_path, ("a", b"secret"))
    body = bytearray(path.read_bytes())
    body[6] |= 1  # general purpose flag of the local header
    body[body.rindex(b"PK\x01\x02") + 8] |= 1  # and of the directory
    path.write_bytes(bytes(body))
    with Zipped.open(path) as opened, pytest.raises(UsageError, match="encrypted"):
        opened.read("a", 100)


@pytest.mark.parametrize("name", ["/etc/passwd", "..\\..\\x", "C:\\x", "data/../../x"])
def test_names_that_lead_elsewhere_are_refused(tmp_path: Path, name: str) -> None:
    """Nothing is unpacked to disk, and such a file is no honest one."""
    with pytest.raises(UsageError, match="as no export does"):
        Zipped.open(made(tmp_path, ("data/a.js", b""), (name, b"")))


@pytest.mark.parametrize("body", [b"", b"PK\x03\x04", b"PK\x05\x06" + b"\xff" * 18, b"text"])
def test_what_is_no_zip_is_refused(tmp_path: Path, body: bytes) -> None:
    """In a sentence."""
    path = tmp_path / "given.zip"
    path.write_bytes(body)
    with pytest.raises(UsageError, match="cannot be read as a ZIP"):
        Zipped.open(path)


def test_bytes_that_rotted_are_noticed(tmp_path: Path) -> None:
    """The check of the ZIP itself fails."""
    path = made(tmp_path, ("a", b"some words that are long enough to be packed " * 9))
    body = bytearray(path.read_bytes())
    body[40] ^= 0xFF
    path.write_bytes(bytes(body))
    with Zipped.open(path) as opened, pytest.raises(UsageError, match="cannot be unpacked"):
        opened.read("a", 10_000)
