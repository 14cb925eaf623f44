"""What does the block of an HTTP record hold? Its head, read as leniently as browsers do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from archiver.models import Header

_MOST_HEAD_BYTES = 4_000_000
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_STATUS_LINE = re.compile(rb"HTTP/[0-9.]+[ \t]+([1-9][0-9]{2})(?:[ \t\r]|\Z)")


@dataclass(frozen=True, slots=True)
class HttpHead:
    """
    The head of a recorded answer.

    Attributes:
        status: None if its first line is no status line.
        headers: In order; as text they are UTF-8 where they are that, else Latin-1.
    """

    status: int | None
    headers: tuple[Header, ...]

    def values(self, name: str) -> list[str]:
        """Give all values of a header; `name` in lower case."""
        return [value for key, value in self.headers if key.lower() == name]

    @property
    def chunked(self) -> bool:
        """The body is framed in chunks (RFC 9112, 6.3)."""
        if self.status in (204, 304):
            return False
        codings = ",".join(self.values("transfer-encoding")).lower()
        return codings.rpartition(",")[2].strip() == "chunked"

    @property
    def content_encoding(self) -> str:
        """Value of Content-Encoding, several lines joined; empty if there is none."""
        return ",".join(self.values("content-encoding"))

    @property
    def mime(self) -> str:
        """The media type without parameters, lower case; empty if none was sent."""
        values = self.values("content-type")
        return values[0].partition(";")[0].strip().lower() if values else ""


def split_head(pieces: Iterable[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """
    Read up to the empty line that ends a head.

    Returns:
        The head with its empty line, or all there is (4 MB at most) if no such line comes; and
        what follows it.
    """
    source = iter(pieces)
    head = bytearray()
    while len(head) <= _MOST_HEAD_BYTES:
        searched = max(0, len(head) - 3)
        piece = next(source, None)
        if piece is None:
            return bytes(head), iter(())
        head += piece
        if end := _HEAD_END.search(head, searched):
            return bytes(head[: end.end()]), _after(bytes(head[end.end() :]), source)
    return bytes(head), source


def parse_head(raw: bytes) -> HttpHead:
    """
    Read the head of an answer; lines that are no header are left out.

    Source: RFC 9112, 4 and 5
    """
    first, *lines = raw.split(b"\n")
    status = _STATUS_LINE.match(first)
    headers: list[Header] = []
    for line in lines:
        if line[:1] in (b" ", b"\t"):
            if headers and (more := _text(line.strip())):
                headers[-1] = (headers[-1][0], f"{headers[-1][1]} {more}")
            continue
        name, colon, value = line.partition(b":")
        if colon and (name := name.strip()):
            headers.append((_text(name), _text(value.strip())))
    return HttpHead(int(status[1]) if status else None, tuple(headers))


def _after(first: bytes, source: Iterator[bytes]) -> Iterator[bytes]:
    if first:
        yield first
    yield from source


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")
