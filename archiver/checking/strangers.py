"""Is this a file that can be verified at all? Looks at its name and first bytes."""

from __future__ import annotations

import zlib
from pathlib import Path

from archiver.packages.verify_bag import is_bag
from archiver.warc.names import closed_name

_NONE = "it cannot be verified"
_WARC = b"WARC/"
_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_LOOKED_AT = 4_096


def is_zip(path: Path, first: bytes) -> bool:
    """Say whether a file is to be read as a package, by its first bytes or its name."""
    return first.startswith(_ZIP) or path.suffix == ".wacz"


def why_not(path: Path) -> str:
    """
    Say why a path is nothing that can be verified; empty if it is, or was once.

    What is named as a WARC or a package stays one, whatever became of its bytes.

    Raises:
        OSError: If it cannot be read.
    """
    if path.is_dir():
        return "" if is_bag(path) else f"this folder is no bag (bagit.txt is not in it); {_NONE}"
    with path.open("rb") as file:
        first = file.read(_LOOKED_AT)
    if first.startswith(_ZSTD) or path.suffix == ".zst":
        return f"it is packed by zstd, which is not read here; {_NONE}: unpack it (zstd -d)"
    named = closed_name(path).endswith((".warc", ".warc.gz"))
    if named or is_zip(path, first) or _unpacked(first).startswith(_WARC):
        return ""
    return f"this is no WARC, WACZ or bag; {_NONE}"


def _unpacked(first: bytes) -> bytes:
    if not first.startswith(_GZIP):
        return first
    try:
        return zlib.decompressobj(wbits=31).decompress(first, len(_WARC))
    except zlib.error:
        return b""
