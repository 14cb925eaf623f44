"""What was done with the holdings, when, by whom? One line per event, each bound to the one before.

The log is data_dir/custody.jsonl. A line is one JSON object in canonical form (keys sorted, no
spaces, UTF-8), so that its sha256 can be computed again by anybody; it holds the sha256 of the
line before it without its end of line. Nothing in it is ever changed or removed.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from archiver.errors import StoreError
from archiver.evidence.custody_lines import (
    START,
    CustodyEvent,
    CustodyKind,
    CustodyLine,
    canonical,
    chain_faults,
    line_digest,
    read_line,
    walk,
)

__all__ = ["NAME", "CustodyEvent", "CustodyKind", "CustodyLine", "CustodyLog", "chain_faults"]

NAME = "custody.jsonl"
_PIECE = 65_536


class CustodyLog:
    """The custody log of one archive. Several processes may append at the same time."""

    def __init__(self, data_dir: Path) -> None:
        self.path = data_dir / NAME

    def append(self, event: CustodyEvent) -> CustodyLine:
        """
        Add a line; it is on the disk when this returns.

        A last line that a crash tore is left as it is; a line that says so, with the torn bytes,
        goes before the new one.

        Raises:
            StoreError: If the disk refuses; nothing is added then.
        """
        try:
            with self._held() as descriptor:
                return self._appended(descriptor, event)
        except OSError as err:
            raise StoreError(
                f"{self.path}: nothing can be added to the custody log ({err.strerror}); "
                "see to the disk, then try again"
            ) from err

    def head(self) -> str:
        """Give the `sha256:<hex>` of the newest whole line; that of nothing if there is none."""
        last = self.last()
        return START if last is None else last.digest

    def last(self) -> CustodyLine | None:
        """Give the newest whole line, without reading all of them. Raises StoreError."""
        try:
            with self.path.open("rb") as file:
                whole, _ = _end_of(file.fileno())
        except FileNotFoundError:
            return None
        except OSError as err:
            raise StoreError(f"{self.path}: cannot be read ({err.strerror})") from err
        return read_line(whole) if whole else None

    def raw_lines(self) -> Iterator[bytes]:
        """Give all whole lines without their ends. Raises StoreError."""
        try:
            with self.path.open("rb") as file:
                for line in file:
                    if line.endswith(b"\n"):
                        yield line[:-1]
        except FileNotFoundError:
            return
        except OSError as err:
            raise StoreError(f"{self.path}: cannot be read ({err.strerror})") from err

    def lines(self) -> Iterator[CustodyLine]:
        """Give all lines that can be read; `faults` tells of others. Raises StoreError."""
        return (line for line, _ in walk(self.raw_lines()) if line is not None)

    def faults(self) -> tuple[str, ...]:
        """Say what `chain_faults` says of this log. Raises StoreError."""
        return chain_faults(self.raw_lines())

    @contextmanager
    def _held(self) -> Iterator[int]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fresh = not self.path.exists()
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if fresh:
                _sync_folder(self.path.parent)
            yield descriptor
        finally:
            os.close(descriptor)

    def _appended(self, descriptor: int, event: CustodyEvent) -> CustodyLine:
        before = os.fstat(descriptor).st_size
        whole, torn = _end_of(descriptor)
        number, previous = 1, START
        if whole:
            number, previous = read_line(whole).number + 1, line_digest(whole)
        written = b""
        if torn and _is_whole(torn) and read_line(torn).previous == previous:
            number, previous = number + 1, line_digest(torn)
            written, torn = b"\n", b""  # only its end was missing
        if torn:
            told = canonical(event.torn(torn), number, previous)
            written, number, previous = b"\n" + told + b"\n", number + 1, line_digest(told)
        line = canonical(event, number, previous)
        written += line + b"\n"
        try:
            _write_all(descriptor, written)
            os.fsync(descriptor)
        except OSError:
            os.ftruncate(descriptor, before)  # what was never acknowledged
            raise
        return read_line(line)


def _write_all(descriptor: int, written: bytes) -> None:
    left = memoryview(written)
    while left:
        left = left[os.write(descriptor, left) :]


def _end_of(descriptor: int) -> tuple[bytes, bytes]:
    """Give the last whole line of the log that is one, and what stands torn behind it."""
    size = os.fstat(descriptor).st_size
    tail = b""
    at = size
    while at:
        step = min(_PIECE, at)
        at -= step
        tail = os.pread(descriptor, step, at) + tail
        *lines, torn = tail.split(b"\n")
        found = [each for each in (lines if at == 0 else lines[1:]) if each.startswith(b"{")]
        for each in reversed(found):
            if _is_whole(each):
                return each, torn
    return b"", tail if size else b""


def _is_whole(line: bytes) -> bool:
    try:
        read_line(line)
    except StoreError:
        return False
    return True


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
