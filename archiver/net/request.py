"""Which bytes ask for a URL, and which of them may stand in a record?"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from archiver.models import Header

REDACTED = "[redacted]"

_SECRET = frozenset({"authorization", "proxy-authorization", "cookie"})
_OURS = frozenset({"host", "content-length", "transfer-encoding", "connection"})
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")
_FORBIDDEN = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Prepared:
    """
    A request, ready.

    Attributes:
        sent: The bytes that go out.
        recorded: The same with secrets replaced; what may stand in a WARC.
        facts: What the metadata record says of it.
    """

    sent: bytes
    recorded: bytes
    facts: tuple[Header, ...]


def prepare(
    method: str,
    url: str,
    *,
    own: tuple[Header, ...],
    asked: Sequence[Header],
    cookies: str | None,
    body: bytes,
) -> Prepared:
    """
    Write a request down as HTTP/1.1.

    Args:
        url: Absolute, as core.urls.fetchable gives it, without fragment.
        own: Headers that are always sent.
        asked: Headers of the asker; they win over `own`. Secrets among them are redacted.
        cookies: Value of the Cookie header made from the chain's jar; never secret, since the
            server gave them to us. A Cookie header of the asker wins, and what HTTP does not
            allow is left out, as browsers do.

    Raises:
        ValueError: If a method or header would break the request apart.

    Source: RFC 9112, 3
    """
    if not _NAME.match(method):
        raise ValueError(f"{method!r} is no method of HTTP")
    authority, slash, rest = url.partition("://")[2].partition("/")
    names = {name.lower() for name, _ in asked}
    lines = [f"{method} {slash}{rest} HTTP/1.1", f"Host: {authority}"]
    lines.extend(line for name, line in _own_lines(own) if name not in names)
    if cookies and "cookie" not in names and not _FORBIDDEN.search(cookies):
        lines.append(_line("Cookie", cookies))
    if body or method not in ("GET", "HEAD", "OPTIONS"):
        lines.append(f"Content-Length: {len(body)}")
    if not asked:
        sent = _joined(lines, body)
        return Prepared(sent, sent, ())
    shown = lines.copy()
    for name, value in asked:
        if name.lower() in _OURS:
            continue
        lines.append(_line(name, value))
        shown.append(_line(name, REDACTED if name.lower() in _SECRET else value))
    secrets = sorted(names & _SECRET)
    facts = (("redacted", ", ".join(secrets)),) if secrets else ()
    sent = _joined(lines, body)
    return Prepared(sent, _joined(shown, body) if secrets else sent, facts)


@functools.lru_cache(maxsize=8)
def _own_lines(own: tuple[Header, ...]) -> tuple[tuple[str, str], ...]:
    """Lines that are the same in every request, by name in lower case."""
    return tuple((name.lower(), _line(name, value)) for name, value in own)


def _line(name: str, value: str) -> str:
    if not _NAME.match(name) or _FORBIDDEN.search(value):
        raise ValueError(f"the header {name[:40]!r} holds characters that HTTP does not allow")
    return f"{name}: {value}"


def _joined(lines: list[str], body: bytes) -> bytes:
    try:
        return "\r\n".join((*lines, "", "")).encode("utf-8") + body
    except UnicodeEncodeError as err:
        raise ValueError(f"a header cannot be written in UTF-8 ({err})") from err
