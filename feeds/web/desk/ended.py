"""Which sessions were ended before their time? Kept in a file, so that a restart counts."""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path

from archiver import disk
from archiver.errors import StoreError

_MOST = 10_000


class Ended:
    """
    The sessions that were logged out, by their digest, each until it would have ended by itself.

    Another process of the same archive may log out too, so the file is read when it grew.
    """

    def __init__(self, place: Path | None = None) -> None:
        """
        Args:
            place: The file; it is made at the first logout. None keeps them in memory.
        """
        self._place = place
        self._until: dict[str, int] = {}
        self._mark = -1
        self._lock = threading.Lock()

    def add(self, cookie: str, until: int, now: float) -> None:
        """
        Note a session that was ended; `until` and `now` are seconds since 1970.

        Raises:
            StoreError: If it cannot be kept.
        """
        with self._lock:
            self._look()
            self._until[_digest(cookie)] = until
            held = {each: end for each, end in self._until.items() if end > now}
            self._until = dict(sorted(held.items(), key=lambda each: each[1])[-_MOST:])
            if self._place is not None:
                self._write(self._place)

    def holds(self, cookie: str) -> bool:
        """Say whether a session was ended."""
        with self._lock:
            self._look()
            return _digest(cookie) in self._until

    def _look(self) -> None:
        if self._place is None:
            return
        try:
            found = self._place.stat()
            mark = hash((found.st_mtime_ns, found.st_ino, found.st_size))
            if mark == self._mark:
                return
            lines = self._place.read_text(encoding="ascii", errors="replace").split("\n")
        except FileNotFoundError:
            return
        except OSError as err:
            raise StoreError(f"{self._place}: cannot be read ({err.strerror})") from err
        for line in lines:
            digest, _, until = line.partition(" ")
            if until.isdecimal() and len(until) < 15:
                self._until[digest] = int(until)
        self._mark = mark

    def _write(self, place: Path) -> None:
        lines = "".join(f"{digest} {until}\n" for digest, until in self._until.items())
        try:
            disk.put(place, lines.encode("ascii"), mode=0o600)
        except OSError as err:
            raise StoreError(f"{place}: cannot be written ({err.strerror})") from err


def _digest(cookie: str) -> str:
    return hashlib.sha256(cookie.encode("utf-8", "replace")).hexdigest()
