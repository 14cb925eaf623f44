"""How is publish_dir served?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response

from feeds.formats import FORMATS
from feeds.media import KINDS
from feeds.web import delta
from feeds.web.disk import Content, Contents, Found, digest_of, look, parts_of
from feeds.web.encodings import IDENTITY, SMALLEST, Coding, Compressed, chosen
from feeds.web.headers import page_policy
from feeds.web.ranges import Unsatisfiable, wanted_part
from feeds.web.validators import as_http_date, is_current, tags_in

_UNKNOWN = "application/octet-stream"
FEEDS = {**{each.EXTENSION: each.MIME for each in FORMATS}, ".opml": "text/x-opml"}
"""What other programs read, by extension: served to scripts of other sites as well."""

_TEXTS = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    **FEEDS,
}
_FILMS = {each.extension: each.mime for each in KINDS}
_LARGEST_TEXT = 32_000_000
_TAG = re.compile(r"([0-9a-f]{32})(?:-[a-z]+)?")

_FOREVER = "public, max-age=31536000, immutable"
_FEED = "public, max-age=300"
_PAGE = "public, no-cache"
_EXPOSED = "ETag, Last-Modified, Link, IM, Delta-Base, Content-Range, Memento-Datetime"

Headers = dict[str, str]


@dataclass(frozen=True, slots=True)
class Current:
    """A text that was served: as long as its file stays, who has this tag has it still."""

    found: Found
    etag: str
    headers: Headers


class Files:
    """
    Serves what is published: pages, feeds, media and styles; nothing else of the disk.

    Attributes:
        current: What was served last under each path and coding (see feeds.web.unchanged).
    """

    def __init__(self, publish_dir: Path, base_url: str, hub: str = "") -> None:
        """
        Args:
            base_url: publish.base_url.
            hub: Address of the WebSub hub that feeds name; empty for none.
        """
        self._root = publish_dir
        self._base_url = base_url
        self._prefix = urlsplit(base_url).path.rstrip("/")
        self._hub = hub
        self._contents = Contents()
        self._compressed = Compressed()
        self._versions = delta.Versions()
        self.current: dict[tuple[str, str], Current] = {}

    def respond(
        self, request: Request, raw_path: str, *, remembered: bool = True
    ) -> Response | None:
        """
        Answer a GET or HEAD; None if there is no such file.

        Args:
            raw_path: Path of the file below the prefix, still percent-encoded.
            remembered: Let feeds.web.unchanged answer the next one; only if the request had this
                path itself, and anybody may ask.
        """
        parts = parts_of(raw_path)
        if parts is None:
            return None
        found = look(self._root, parts)
        if found is None and raw_path[-1:] != "/" and look(self._root, [*parts, "index.html"]):
            return RedirectResponse(f"{self._prefix}{raw_path}/", 301)
        if found is None:
            return None
        extension = found.path.suffix.lower()
        try:
            if extension in _TEXTS and found.size <= _LARGEST_TEXT:
                return self._text(request, found, "/".join(parts), remembered=remembered)
            return _bytes(request, found, _FILMS.get(extension, _UNKNOWN))
        except OSError:  # replaced or removed since; the client asks again
            return Response(status_code=503, headers={"Retry-After": "1"})

    def _text(self, request: Request, found: Found, path: str, *, remembered: bool) -> Response:
        content = self._contents.get(found)
        extension = found.path.suffix.lower()
        coding = _coding(request, content)
        headers = self._headers(found, content, path, coding)
        if extension in FEEDS:
            self._versions.keep(path, content.digest, extension, content.body)
        if remembered and "range" not in request.headers:
            self._remember(request, Current(found, headers["ETag"], headers))
        if _has_it(request.headers, headers["ETag"], content):
            return Response(status_code=304, headers=headers)
        return self._delta(request, path, content, coding, headers) or _whole(
            request,
            self._compressed.get(content.digest, content.body, coding),
            headers | _described(extension, coding),
        )

    def _headers(self, found: Found, content: Content, path: str, coding: Coding) -> Headers:
        headers = {
            "ETag": f'"{content.digest}{coding.mark}"',
            "Last-Modified": as_http_date(content.changed),
            "Cache-Control": _keeping(found.path),
            "Vary": "Accept-Encoding",
        }
        if found.path.suffix.lower() in FEEDS:
            headers["Vary"] = "Accept-Encoding, A-IM"
            headers["Access-Control-Allow-Origin"] = "*"
            headers["Access-Control-Expose-Headers"] = _EXPOSED
            own = f'<{self._base_url}/{path}>; rel="self"'
            headers["Link"] = f'<{self._hub}>; rel="hub", {own}' if self._hub else own
        elif path.endswith("/embed/index.html"):
            headers["Content-Security-Policy"] = page_policy(self._base_url, framed=True)
        return headers

    def _remember(self, request: Request, current: Current) -> None:
        if len(self.current) > _MOST_CURRENT:
            self.current.clear()
        raw = request.scope.get("raw_path") or b""
        accepted = request.headers.get("accept-encoding")
        self.current[raw.decode("latin-1"), chosen(accepted).name] = current

    def _delta(
        self, request: Request, path: str, content: Content, coding: Coding, headers: Headers
    ) -> Response | None:
        """Answer with what is new only, if the client asks for that and has a version we know."""
        if not delta.wants_delta(request.headers.get("a-im")):
            return None
        for tag in tags_in(request.headers.get("if-none-match")):
            match = _TAG.fullmatch(tag.strip('"'))
            base = self._versions.find(path, match[1]) if match else None
            if base is None:
                continue
            extension = Path(path).suffix
            body = delta.newer(extension, content.body, base)
            body = body if coding is IDENTITY else coding.compress(body)
            headers = headers | _described(extension, coding)
            headers |= {"IM": "feed", "Delta-Base": tag, "Cache-Control": "no-store, im"}
            return _whole(request, body, headers, 226)
        return None


_MOST_CURRENT = 10_000


def _coding(request: Request, content: Content) -> Coding:
    if len(content.body) < SMALLEST or "range" in request.headers:
        return IDENTITY  # ranges are of the plain bytes, which any client can put together
    return chosen(request.headers.get("accept-encoding"))


def _described(extension: str, coding: Coding) -> Headers:
    described = {"Content-Type": f"{_TEXTS[extension]}; charset=utf-8"}
    return described | ({"Content-Encoding": coding.name} if coding.name else {})


def _whole(request: Request, body: bytes, headers: Headers, status: int = 200) -> Response:
    """Answer with a body, or the part of it that is asked for."""
    headers["Content-Length"] = str(len(body))
    # What is compressed has no parts: who asks for a range gets one of the plain bytes.
    plain = status == 200 and not headers.get("Content-Encoding")
    headers["Accept-Ranges"] = "bytes" if plain else "none"
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers)
    if plain:
        try:
            part = wanted_part(
                request.headers.get("range"),
                len(body),
                if_range=request.headers.get("if-range"),
                etag=headers["ETag"],
                modified=headers["Last-Modified"],
            )
        except Unsatisfiable as err:
            return Response(status_code=416, headers={"Content-Range": str(err)})
        if part is not None:
            start, end = part
            ranged = {
                "Content-Range": f"bytes {start}-{end - 1}/{len(body)}",
                "Content-Length": str(end - start),
            }
            return Response(body[start:end], 206, headers=headers | ranged)
    return Response(body, status, headers=headers)


def _bytes(request: Request, found: Found, mime: str) -> Response:
    etag = f'"{digest_of(found)}"'
    headers = {
        "ETag": etag,
        "Last-Modified": as_http_date(found.modified),
        "Cache-Control": _keeping(found.path),
    }
    if _has_it(request.headers, etag, found):
        return Response(status_code=304, headers=headers)
    return FileResponse(found.path, headers=headers, media_type=mime)


def _has_it(asked: Mapping[str, str], etag: str, held: Found | Content) -> bool:
    return is_current(
        etag,
        held.modified if isinstance(held, Found) else held.changed,
        if_none_match=asked.get("if-none-match"),
        if_modified_since=asked.get("if-modified-since"),
    )


def _keeping(path: Path) -> str:
    """Say how long a file is good: for ever if its name is made of its digest."""
    if path.parent.name in ("static", "media"):
        return _FOREVER
    return _PAGE if path.suffix == ".html" else _FEED
