"""May a browser ask for this on behalf of a page, and which headers go with it? Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from archiver.models import Header

MAX_BODY = 65_536
"""Longest body of a request that a page may send, in bytes."""

MAX_POSTS = 30
"""How many requests with a body a page may send."""

_ASKING = frozenset({"GET", "HEAD", "OPTIONS"})
_TELLING = frozenset({"XHR", "Fetch"})
# What only tells somebody something, and brings nothing that a page shows.
_SILENT = {
    "Ping": "beacons and pings are not sent",
    "CSPViolationReport": "reports are not sent",
}
_NOT_SENT = frozenset({
    "host", "connection", "content-length", "transfer-encoding", "accept-encoding", "user-agent",
    "cookie", "range", "if-range", "if-none-match", "if-modified-since", "cache-control", "pragma",
    "upgrade-insecure-requests", "proxy-connection", "proxy-authorization", "authorization",
    "priority", "save-data",
})  # fmt: skip
_NOT_SHOWN = frozenset({
    "content-encoding", "content-length", "transfer-encoding", "connection", "keep-alive",
    "trailer", "upgrade", "alt-svc", "report-to", "reporting-endpoints", "nel",
    "content-security-policy-report-only",
})  # fmt: skip


def refusal(method: str, kind: str, url: str, body: bytes | None, posts: int) -> str:
    """
    Say why a request of a page is not made; empty if it is.

    Args:
        method: As the page asked.
        kind: Chromium's resource type, e.g. `XHR`.
        body: None if it cannot be read, as of a file.
        posts: Requests with a body that the page sent before.

    >>> refusal("GET", "Image", "https://a.example/b.png", b"", 0)
    ''
    >>> refusal("POST", "Ping", "https://a.example/", b"x", 0)
    'beacons and pings are not sent'
    """
    if kind in _SILENT:
        return _SILENT[kind]
    if not url.startswith(("http://", "https://")):
        return "only http and https are asked"
    if method in _ASKING:
        return "" if not body else f"a {method} with a body is not sent"
    if method != "POST":
        return f"{method} may change what it is sent to"
    if kind not in _TELLING:
        return "forms are not sent"
    if body is None or len(body) > MAX_BODY:
        return f"its body is over {MAX_BODY:,} bytes, or is a file"
    return "" if posts < MAX_POSTS else f"a page may send {MAX_POSTS} requests with a body"


def sent(headers: Mapping[str, str]) -> tuple[Header, ...]:
    """
    Choose which headers of a browser go out: what it asks for, not what it is.

    Our own client says who asks and which codings it reads. Credentials are never sent: a fresh
    browser has none that a page needs.
    """
    return tuple(
        (name, value)
        for name, value in headers.items()
        if name.lower() not in _NOT_SENT and not name.lower().startswith(("sec-ch-", ":"))
    )


def shown(headers: Iterable[Header]) -> list[Header]:
    """Choose which headers of an answer the browser gets: it gets the body decoded and whole."""
    return [(name, value) for name, value in headers if name.lower() not in _NOT_SHOWN]
