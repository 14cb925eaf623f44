"""Which headers does every answer carry, and under which path do we stand?"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_Raw = tuple[tuple[bytes, bytes], ...]


def page_policy(base_url: str, *, framed: bool = False) -> str:
    """
    Say what a page of ours may do.

    Scripts come from `static` alone, never from all of our own host: archived copies lie there.

    Args:
        base_url: publish.base_url.
        framed: Other sites may show it in a frame.

    Source: CSP 3
    """
    return (
        "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'self'; "
        f"script-src {base_url}/static/; connect-src 'self'; base-uri 'none'; "
        f"form-action 'self'; frame-ancestors {'*' if framed else chr(39) + 'none' + chr(39)}"
    )


def _always(base_url: str) -> _Raw:
    always = {
        "content-security-policy": page_policy(base_url),
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cross-origin-opener-policy": "same-origin",
        "permissions-policy": "camera=(), geolocation=(), microphone=()",
    }
    return tuple((name.encode(), value.encode()) for name, value in always.items())


class Outermost:
    """
    Adds the headers that guard a page, unless an answer brings its own, and takes off the prefix.

    Args:
        base_url: publish.base_url, whose path is the prefix of a site that does not stand at the
            root of its host. Web servers in front may pass it on or take it off.
    """

    def __init__(self, app: ASGIApp, base_url: str) -> None:
        self._app = app
        self._prefix = urlsplit(base_url).path.rstrip("/")
        self._always = _always(base_url)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request (ASGI)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = message.setdefault("headers", [])
                own = {name for name, _ in headers}
                message["headers"] = [
                    *headers, *(each for each in self._always if each[0] not in own)
                ]  # fmt: skip
            await send(message)

        if self._prefix and scope["path"] == self._prefix:
            home = [(b"location", f"{self._prefix}/".encode()), (b"content-length", b"0")]
            await guarded({"type": "http.response.start", "status": 301, "headers": home})
            await send({"type": "http.response.body", "body": b""})
            return
        await self._app(self._below(scope), receive, guarded)

    def _below(self, scope: Scope) -> Scope:
        prefix = self._prefix
        if not prefix or not scope["path"].startswith(f"{prefix}/"):
            return scope
        raw: bytes = scope.get("raw_path") or scope["path"].encode()
        return {
            **scope,
            "path": scope["path"].removeprefix(prefix),
            "raw_path": raw.removeprefix(prefix.encode()),
        }
