"""Has a feed reader the newest version already? Answered before anything else is done: most ask."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.types import ASGIApp, Receive, Scope, Send

from feeds.web.encodings import chosen
from feeds.web.files import Current, Files
from feeds.web.validators import is_current

_Raw = list[tuple[bytes, bytes]]


class Unchanged:
    """Answers 304 where a file was served before and has not changed; passes on all else."""

    def __init__(self, app: ASGIApp, files: Files) -> None:
        self._app = app
        self._files = files

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request (ASGI)."""
        headers = self._headers(scope) if scope["type"] == "http" else None
        if headers is None:
            await self._app(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": 304, "headers": list(headers)})
        await send({"type": "http.response.body", "body": b""})

    def _headers(self, scope: Scope) -> _Raw | None:
        if scope["method"] not in ("GET", "HEAD"):
            return None
        tags, accepted, ranged = _asked(scope["headers"])
        if tags is None or ranged:
            return None
        key = ((scope.get("raw_path") or b"").decode("latin-1"), chosen(accepted).name)
        current = self._files.current.get(key)
        if current is None or not current.found.is_still():
            return None
        etag, found = current.etag, current.found
        if not is_current(etag, found.modified, if_none_match=tags, if_modified_since=None):
            return None
        return _encoded(current)


def _asked(headers: Iterable[tuple[bytes, bytes]]) -> tuple[str | None, str | None, bool]:
    tags: str | None = None
    accepted: str | None = None
    ranged = False
    for name, value in headers:
        if name == b"if-none-match":
            tags = value.decode("latin-1") if tags is None else f"{tags},{value.decode('latin-1')}"
        elif name == b"accept-encoding":
            accepted = value.decode("latin-1")
        elif name == b"range":
            ranged = True
    return tags, accepted, ranged


def _encoded(current: Current) -> _Raw:
    return [
        (name.lower().encode("latin-1"), value.encode("latin-1"))
        for name, value in current.headers.items()
    ]
