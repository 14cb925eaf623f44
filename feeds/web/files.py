"""How is publish_dir served?"""

from __future__ import annotations

import datetime as dt
import functools
import gzip
import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote_to_bytes

from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response

from feeds.formats import FORMATS
from feeds.media import KINDS
from feeds.web.validators import accepts_gzip, as_http_date, is_current

_UNKNOWN = "application/octet-stream"
_TEXTS = {
    ".html": "text/html",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".opml": "text/x-opml",
    **{each.EXTENSION: each.MIME for each in FORMATS},
}
_FILMS = {each.extension: each.mime for each in KINDS}
_PART = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*")
_LARGEST_TEXT = 32_000_000
_SMALLEST_ZIPPED = 1_000
_PIECE = 1 << 20

_FOREVER = "public, max-age=31536000, immutable"
_FEED = "public, max-age=300"
_PAGE = "public, no-cache"


@dataclass(frozen=True, slots=True)
class _Found:
    """A file as it was when it was looked at."""

    path: Path
    modified_ns: int
    size: int
    inode: int

    @property
    def modified(self) -> dt.datetime:
        return dt.datetime.fromtimestamp(self.modified_ns // 1_000_000_000, dt.UTC)


class Files:
    """Serves what is published: pages, feeds, media and styles; nothing else of the disk."""

    def __init__(self, publish_dir: Path, prefix: str) -> None:
        self._root = publish_dir
        self._prefix = prefix

    def respond(self, request: Request, raw_path: str) -> Response | None:
        """
        Answer a GET or HEAD; None if there is no such file.

        Args:
            raw_path: Path of the request below the prefix, still percent-encoded.
        """
        parts = _parts(raw_path)
        if parts is None:
            return None
        found = self._look(parts)
        if found is None and raw_path[-1:] != "/" and self._look([*parts, "index.html"]):
            return RedirectResponse(f"{self._prefix}{raw_path}/", 301)
        if found is None:
            return None
        extension = found.path.suffix.lower()
        if extension in _TEXTS and found.size <= _LARGEST_TEXT:
            return _text(request, found, _TEXTS[extension])
        return _bytes(request, found, _FILMS.get(extension, _UNKNOWN))

    def _look(self, parts: list[str]) -> _Found | None:
        try:
            path = self._root.joinpath(*parts).resolve(strict=True)
            told = path.stat()
        except (OSError, ValueError, RuntimeError):
            return None
        if not path.is_file() or not path.is_relative_to(self._root.resolve()):
            return None
        return _Found(path, told.st_mtime_ns, told.st_size, told.st_ino)


def _parts(raw_path: str) -> list[str] | None:
    """Cut a path; None if a part of it could be anything but a published name."""
    try:
        path = unquote_to_bytes(raw_path).decode("ascii")
    except UnicodeDecodeError:
        return None
    parts = path.removeprefix("/").split("/")
    if parts[-1] == "":
        parts[-1] = "index.html"
    return parts if all(_PART.fullmatch(part) for part in parts) else None


def _text(request: Request, found: _Found, mime: str) -> Response:
    try:
        digest, content = _content(found)
    except OSError:  # replaced or removed since; the client asks again
        return Response(status_code=503, headers={"Retry-After": "1"})
    zipped = len(content) >= _SMALLEST_ZIPPED and accepts_gzip(
        request.headers.get("accept-encoding")
    )
    headers = _headers(found, f'"{digest}-gz"' if zipped else f'"{digest}"')
    headers["Vary"] = "Accept-Encoding"
    if _has_it(request, headers["ETag"], found):
        return Response(status_code=304, headers=headers)
    headers["Content-Type"] = f"{mime}; charset=utf-8"
    if zipped:
        content = _zipped(digest, content)
        headers["Content-Encoding"] = "gzip"
    if request.method == "HEAD":
        headers["Content-Length"] = str(len(content))
        return Response(headers=headers)
    return Response(content, headers=headers)


def _bytes(request: Request, found: _Found, mime: str) -> Response:
    try:
        headers = _headers(found, f'"{_digest(found)}"')
    except OSError:
        return Response(status_code=503, headers={"Retry-After": "1"})
    if _has_it(request, headers["ETag"], found):
        return Response(status_code=304, headers=headers)
    return FileResponse(found.path, headers=headers, media_type=mime)


def _has_it(request: Request, etag: str, found: _Found) -> bool:
    return is_current(
        etag,
        found.modified,
        if_none_match=request.headers.get("if-none-match"),
        if_modified_since=request.headers.get("if-modified-since"),
    )


def _headers(found: _Found, etag: str) -> dict[str, str]:
    return {
        "ETag": etag,
        "Last-Modified": as_http_date(found.modified),
        "Cache-Control": _keeping(found.path),
    }


def _keeping(path: Path) -> str:
    """Say how long a file is good: for ever if its name is made of its digest."""
    if path.parent.name in ("static", "media"):
        return _FOREVER
    return _PAGE if path.suffix == ".html" else _FEED


def _content(found: _Found) -> tuple[str, bytes]:
    content = found.path.read_bytes()
    return hashlib.sha256(content).hexdigest()[:32], content


@functools.lru_cache(maxsize=4096)
def _digest(found: _Found) -> str:
    digest = hashlib.sha256()
    with open(os.open(found.path, os.O_RDONLY | os.O_CLOEXEC), "rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()[:32]


@functools.lru_cache(maxsize=128)
def _zipped(digest: str, content: bytes) -> bytes:
    """Compress once per content; without a time in it, so that equal stays equal."""
    return gzip.compress(content, compresslevel=6, mtime=0)
