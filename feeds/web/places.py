"""What is said where no file stands: gone, moved, never there, or the wrong question?"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from starlette.responses import RedirectResponse, Response

from feeds import html

GONE_FILE = ".gone"
"""Below publish_dir: ids of threads that were withdrawn, one a line."""

_THREAD = re.compile(r"/t/([A-Za-z0-9_-]+)(?:/|$)")
_PREFLIGHT = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, HEAD",
    "Access-Control-Allow-Headers": "If-None-Match, If-Modified-Since, A-IM, Range",
    "Access-Control-Max-Age": "86400",
    "Allow": "GET, HEAD, OPTIONS",
}


def gone(site: html.Site, publish_dir: Path, raw_path: str) -> Response | None:
    """Answer 410 for all that stood below a thread that was withdrawn; None if it was not."""
    match = _THREAD.match(raw_path)
    if match is None or match[1] not in _withdrawn(publish_dir):
        return None
    page = html.message_page(
        site, "Withdrawn", "This thread was published here, and has been withdrawn."
    )
    return Response(page, 410, media_type="text/html", headers={"Cache-Control": "no-cache"})


def moved(paths: Mapping[str, str], site: html.Site, raw_path: str) -> Response | None:
    """Answer 301 for a path that config.toml says has moved; None if it says nothing."""
    target = paths.get(raw_path)
    if target is None:
        return None
    prefix = urlsplit(site.base_url).path.rstrip("/")
    return RedirectResponse(f"{prefix}{target}" if target.startswith("/") else target, 301)


def nothing(site: html.Site, raw_path: str) -> Response:
    """Answer 404, with a page that says why."""
    if raw_path == "/":
        sentence = "Nothing is published yet. `archiver publish` writes pages and feeds."
        page = html.message_page(site, "Nothing here yet", sentence)
    else:
        page = html.message_page(
            site, "No such page", "There is no page at this address. It may have been mistyped."
        )
    return Response(page, 404, media_type="text/html", headers={"Cache-Control": "no-cache"})


def preflight() -> Response:
    """Answer a browser that asks whether a script of another site may read feeds: it may."""
    return Response(status_code=204, headers=_PREFLIGHT)


def refused(site: html.Site) -> Response:
    """Answer 405: what is published can only be read."""
    page = html.message_page(site, "Not possible", "Pages and feeds can only be read.")
    headers = {"Allow": "GET, HEAD, OPTIONS"}
    return Response(page, 405, media_type="text/html", headers=headers)


def _withdrawn(publish_dir: Path) -> frozenset[str]:
    path = publish_dir / GONE_FILE
    try:
        told = path.stat()
    except OSError:
        return frozenset()
    return _read(path, told.st_mtime_ns, told.st_size, told.st_ino)


@functools.lru_cache(maxsize=4)
def _read(path: Path, modified_ns: int, size: int, inode: int) -> frozenset[str]:
    try:
        return frozenset(path.read_text("ascii", "replace").split())
    except OSError:
        return frozenset()
