"""Which published file is meant, and what does it hold? Nothing else of the disk is looked at."""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import json
import os
import re
import threading
from collections import OrderedDict
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import unquote_to_bytes

_PART = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*")
_PIECE = 1 << 20
_KEPT_BYTES = 128_000_000
_BUILT = re.compile(rb"<lastBuildDate>([^<]{1,64})</lastBuildDate>")
_UPDATED = re.compile(rb"<updated>([^<]{1,64})</updated>")


@dataclass(frozen=True, slots=True)
class Found:
    """A file as it was when it was looked at."""

    path: Path
    modified_ns: int
    size: int
    inode: int

    @property
    def modified(self) -> dt.datetime:
        """When it was written."""
        return dt.datetime.fromtimestamp(self.modified_ns // 1_000_000_000, dt.UTC)

    def is_still(self) -> bool:
        """Say whether it is the same file; one call of the system."""
        try:
            now = self.path.stat()
        except OSError:
            return False
        return (now.st_mtime_ns, now.st_size, now.st_ino) == (
            self.modified_ns,
            self.size,
            self.inode,
        )


@dataclass(frozen=True, slots=True)
class Content:
    """What a text holds; `changed` is the time of its newest entry, or when it was written."""

    digest: str
    body: bytes
    changed: dt.datetime


def parts_of(raw_path: str) -> list[str] | None:
    """
    Cut the path of a request; None if a part of it could be anything but a published name.

    >>> parts_of("/t/1/"), parts_of("/%2e%2e/x"), parts_of("/a%0a")
    (['t', '1', 'index.html'], None, None)
    """
    try:
        path = unquote_to_bytes(raw_path).decode("ascii")
    except UnicodeDecodeError:
        return None
    parts = path.removeprefix("/").split("/")
    if parts[-1] == "":
        parts[-1] = "index.html"
    return parts if all(_PART.fullmatch(part) for part in parts) else None


def look(root: Path, parts: list[str]) -> Found | None:
    """Find a file below `root`; None if there is none, or a link leads away."""
    try:
        path = root.joinpath(*parts).resolve(strict=True)
        told = path.stat()
    except (OSError, ValueError, RuntimeError):
        return None
    if not path.is_file() or not path.is_relative_to(root.resolve()):
        return None
    return Found(path, told.st_mtime_ns, told.st_size, told.st_ino)


class Contents:
    """Reads texts, and keeps those that were used last."""

    def __init__(self, kept_bytes: int = _KEPT_BYTES) -> None:
        self._most = kept_bytes
        self._held: OrderedDict[Found, Content] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def get(self, found: Found) -> Content:
        """Read a text. Raises OSError."""
        with self._lock:
            if (known := self._held.get(found)) is not None:
                self._held.move_to_end(found)
                return known
        body = found.path.read_bytes()
        digest = hashlib.sha256(body).hexdigest()[:32]
        content = Content(digest, body, _changed(found, body))
        if not found.is_still():
            return content  # replaced while it was read: whole, but of which file is not known
        with self._lock:
            if found not in self._held:
                self._held[found] = content
                self._size += len(body)
            while self._size > self._most and len(self._held) > 1:
                self._size -= len(self._held.popitem(last=False)[1].body)
        return content


@functools.lru_cache(maxsize=4096)
def digest_of(found: Found) -> str:
    """Give the digest of a file of any size. Raises OSError."""
    digest = hashlib.sha256()
    with open(os.open(found.path, os.O_RDONLY | os.O_CLOEXEC), "rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()[:32]


def _changed(found: Found, body: bytes) -> dt.datetime:
    """Say when a feed last said something new; files that are no feeds, when they were written."""
    try:
        match found.path.suffix:
            case ".rss":
                at = parsedate_to_datetime(_first(_BUILT, body))
            case ".atom":
                at = dt.datetime.fromisoformat(_first(_UPDATED, body))
            case ".json":
                times = [each["date_modified"] for each in json.loads(body)["items"]]
                at = max(map(dt.datetime.fromisoformat, times))
            case _:
                return found.modified
        return min(at.astimezone(dt.UTC), found.modified)
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return found.modified


def _first(pattern: re.Pattern[bytes], body: bytes) -> str:
    match = pattern.search(body)
    return match[1].decode("ascii", "replace").strip() if match else ""
