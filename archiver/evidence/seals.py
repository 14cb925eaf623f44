"""Which digest was each WARC sealed with? Read from the custody log; the first seal counts."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

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


def seals(log: CustodyLog) -> dict[str, Seal]:
    """Give all seals by the name of the WARC. Raises StoreError if the log cannot be read."""
    found: dict[str, Seal] = {}
    for raw in log.raw_lines():
        if _MARK not in raw:
            continue
        try:
            line = read_line(raw)
        except StoreError:
            continue  # torn: `CustodyLog.faults` tells of it
        name, digest, size = (line.said.get(each) for each in ("name", "sha256", "bytes"))
        if line.kind == CustodyKind.SEALED and isinstance(name, str) and isinstance(size, int):
            found.setdefault(name, Seal(name, str(digest), size))
    return found


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
