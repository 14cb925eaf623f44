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

from archiver.disk import sync_folder
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
    tells_of,
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

        What crashes tore at the end is left as it is, in however many lines; a line that says so,
        with the digest of all of it, goes before the new one. A crash in the midst of that leaves
        more torn bytes, of which the next line tells in the same way.

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
                sync_folder(self.path.parent)
            yield descriptor
        finally:
            os.close(descriptor)

    def _appended(self, descriptor: int, event: CustodyEvent) -> CustodyLine:
        before = os.fstat(descriptor).st_size
        whole, rest = _end_of(descriptor)
        number, previous = 1, START
        if whole:
            number, previous = read_line(whole).number + 1, line_digest(whole)
        written = b""
        if _lacks_only_its_end(rest, previous):
            number, previous = number + 1, line_digest(rest.rpartition(b"\n")[2])
            written = b"\n"
        elif rest:
            ended = rest.endswith(b"\n")
            told = canonical(event.torn(rest[:-1] if ended else rest), number, previous)
            written, number = (b"" if ended else b"\n") + told + b"\n", number + 1
            previous = line_digest(told)
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


def _lacks_only_its_end(rest: bytes, previous: str) -> bool:
    """Say whether the end of a log is a whole line that holds the one before, but for its end."""
    torn, _, last = rest.rpartition(b"\n")
    if not _is_whole(last):
        return False
    line = read_line(last)
    return line.previous == previous and (len(last) == len(rest) or tells_of(line, torn))


def _end_of(descriptor: int) -> tuple[bytes, bytes]:
    """Give the last whole line of the log, and all that stands behind it, torn."""
    at = os.fstat(descriptor).st_size
    tail, step = b"", _PIECE
    while at:
        step = min(step, at)
        at -= step
        tail = os.pread(descriptor, step, at) + tail
        step = len(tail)  # twice as much each time, so that nothing is copied often
        end = tail.rfind(b"\n")
        while end >= 0:
            begin = tail.rfind(b"\n", 0, end) + 1
            if (begin or not at) and tail.startswith(b"{", begin) and _is_whole(tail[begin:end]):
                return tail[begin:end], tail[end + 1 :]
            end = begin - 1
    return b"", tail


def _is_whole(line: bytes) -> bool:
    try:
        read_line(line)
    except StoreError:
        return False
    return True
