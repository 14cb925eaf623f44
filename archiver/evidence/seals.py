"""Which digest was each WARC sealed with? Read from the custody log; the first seal counts."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from weakref import WeakKeyDictionary

from archiver.errors import StoreError
from archiver.evidence.custody import CustodyKind, CustodyLog
from archiver.evidence.custody_lines import read_line

_PIECE = 1 << 22
_MARK = b'"kind":"sealed"'


@dataclass(frozen=True, slots=True)
class Seal:
    """What a WARC was when it was closed: `sha256:<hex>`, and its length in bytes."""

    name: str
    sha256: str
    bytes: int

    def facts(self) -> dict[str, str | int]:
        """Give it as it stands in a custody line."""
        return {"name": self.name, "sha256": self.sha256, "bytes": self.bytes}


@dataclass(slots=True)
class _Read:
    """How far a log was read: up to this byte, where this line ended."""

    to: int = 0
    last: bytes = b""
    found: dict[str, Seal] = field(default_factory=dict)


_READ: WeakKeyDictionary[CustodyLog, _Read] = WeakKeyDictionary()


def seals(log: CustodyLog) -> dict[str, Seal]:
    """
    Give all seals by the name of the WARC. Raises StoreError if the log cannot be read.

    A log object that asked before reads on where it ended, unless what it read is not there.
    """
    before = _READ.get(log) or _Read()
    try:
        with log.path.open("rb") as file:
            read = _Read(before.to, before.last, dict(before.found))
            file.seek(read.to - len(read.last))
            if file.read(len(read.last)) != read.last:
                read = _Read()
                file.seek(0)
            for raw in file:
                if not raw.endswith(b"\n"):
                    break
                read.to, read.last = read.to + len(raw), raw
                _note(raw[:-1], read.found)
    except FileNotFoundError:
        return {}
    except OSError as err:
        raise StoreError(f"{log.path}: cannot be read ({err.strerror})") from err
    _READ[log] = read
    return dict(read.found)


def _note(raw: bytes, found: dict[str, Seal]) -> None:
    if _MARK not in raw:
        return
    try:
        line = read_line(raw)
    except StoreError:
        return  # torn: `CustodyLog.faults` tells of it
    name, digest, size = (line.said.get(each) for each in ("name", "sha256", "bytes"))
    if line.kind == CustodyKind.SEALED and isinstance(name, str) and isinstance(size, int):
        found.setdefault(name, Seal(name, str(digest), size))


def measured(
    path: Path, *, rest: float = 0.0, going_on: Callable[[], bool] = lambda: True
) -> Seal | None:
    """
    Read a file from the disk and give what it is.

    Args:
        rest: How long to rest after each piece, as a share of the time that reading it took, so
            that others get the disk and the processor.
        going_on: Is asked between pieces; where it says no, None is returned.

    Raises:
        OSError: If it cannot be read.
    """
    digest, size = hashlib.sha256(), 0
    with path.open("rb", buffering=0) as file:
        while True:
            began = time.monotonic()
            piece = file.read(_PIECE)
            if not piece:
                return Seal(path.name, f"sha256:{digest.hexdigest()}", size)
            digest.update(piece)
            size += len(piece)
            if rest:
                # What is only read to be checked must not push out what readers ask for.
                os.posix_fadvise(file.fileno(), 0, size, os.POSIX_FADV_DONTNEED)
                time.sleep(rest * (time.monotonic() - began))
            if not going_on():
                return None
