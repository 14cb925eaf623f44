"""Where does an HTTP/1 answer end, and which of its bytes are payload? Follows the framing only."""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

RawHeader = tuple[bytes, bytes]

_HEAD_END = re.compile(rb"\r?\n\r?\n")
_FOLD = re.compile(rb"\r?\n[ \t]+")
_STATUS_LINE = re.compile(rb"HTTP/(1\.[0-9])[ \t]+([1-9][0-9]{2})(?:[ \t]|\Z)")
_LENGTH = re.compile(rb"[0-9]{1,18}\Z")
_CHUNK_SIZE = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,16})[ \t]*(?:;|\Z)")
_PLAIN_SIZE = re.compile(rb"([0-9A-Fa-f]{1,8})\r\n")
_LINE_LIMIT = 16_384
_TRAILER_LIMIT = 65_536


class NotHttp(ValueError):
    """The bytes are not an HTTP/1 answer; the text says how."""


@dataclass(frozen=True, slots=True)
class Head:
    """
    The head of an answer.

    Attributes:
        raw: All of its bytes, with the empty line.
        headers: Name and value in order, outer white space removed; lines that are no header are
            left out, as browsers do, and continued lines joined.
        version: `1.1`, `1.0`.
    """

    raw: bytes
    version: str
    status: int
    headers: tuple[RawHeader, ...]
    _by_name: Mapping[bytes, Sequence[bytes]]

    def values(self, name: bytes) -> Sequence[bytes]:
        """Give all values of a header; `name` in lower case."""
        return self._by_name.get(name, ())


def head_end(buffer: bytes | bytearray, start: int = 0) -> int:
    """
    Find where a head ends.

    Args:
        buffer: What came so far.
        start: Bytes before this were searched already.

    Returns:
        Length of the head with its empty line; -1 if it is not whole yet.

    Source: RFC 9112, 2.2: a line may end in LF alone.
    """
    found = _HEAD_END.search(buffer, max(0, start - 3))
    return found.end() if found else -1


def parse_head(raw: bytes) -> Head:
    """
    Read the head of an answer, as leniently as browsers do.

    Args:
        raw: The bytes up to and with the empty line, or up to where the answer broke off.

    Raises:
        NotHttp: If it does not begin with a status line of HTTP/1.

    Source: RFC 9112, 4 and 5
    """
    lines = (_FOLD.sub(b" ", raw) if b"\n " in raw or b"\n\t" in raw else raw).split(b"\n")
    status = _STATUS_LINE.match(lines[0].rstrip(b"\r"))
    if status is None:
        raise NotHttp(f"it begins with {raw[:24]!r}, which is not HTTP/1")
    headers: list[RawHeader] = []
    for line in lines[1:]:
        name, colon, value = line.partition(b":")
        if colon and (name := name.strip()):
            headers.append((name, value.strip()))
    by_name: dict[bytes, list[bytes]] = {}
    for name, value in headers:
        by_name.setdefault(name.lower(), []).append(value)
    return Head(raw, status[1].decode("ascii"), int(status[2]), tuple(headers), by_name)


@dataclass(frozen=True, slots=True)
class Taken:
    """
    What a piece of the body was.

    Attributes:
        used: Bytes of the piece that belong to this answer.
        payload: The payload within them.
        fault: Why nothing more can be understood; empty if all is well.
    """

    used: int
    payload: bytes
    fault: str = ""


class Body(Protocol):
    """
    A body as it is framed.

    Attributes:
        done: The answer has ended; what follows on the connection is not part of it.
        expects_more: The connection may not end yet.
        chunked: Framed in chunks.
    """

    done: bool
    expects_more: bool
    chunked: bool

    def take(self, piece: bytes, room: int) -> Taken:
        """
        Take what belongs to the body from a piece.

        Args:
            piece: The next bytes of the connection.
            room: Payload bytes that may be taken at most; what goes beyond is left unused.
        """


def body_after(head: Head, *, method: str) -> Body:
    """
    Choose the framing that a head announces.

    Lengths that contradict each other, or are no numbers, are as good as none: we then read until
    the connection closes, and never use it again.

    Source: RFC 9112, 6.3
    """
    if method == "HEAD" or head.status in (204, 304) or head.status < 200:
        return _Counted(0)
    codings = b",".join(head.values(b"transfer-encoding")).lower()
    if codings and codings.rpartition(b",")[2].strip() == b"chunked":
        return _Chunked()
    length = _length(head)
    if length is None or codings.strip() not in (b"", b"identity"):
        return _UntilClose()
    return _Counted(length)


def keeps_alive(head: Head, body: Body) -> bool:
    """
    Say whether the connection may carry another exchange after this one.

    Never where an answer could be read in two ways (RFC 9112, 6.3 and 11.2).
    """
    if isinstance(body, _UntilClose) or head.status < 200:
        return False
    if body.chunked and head.values(b"content-length"):
        return False
    options = b",".join(head.values(b"connection")).lower()
    if not options:
        return head.version == "1.1"
    named = {each.strip() for each in options.split(b",")}
    return b"close" not in named if head.version == "1.1" else b"keep-alive" in named


def _length(head: Head) -> int | None:
    values = head.values(b"content-length")
    if len(values) != 1 or b"," in values[0]:  # said several times: it must be the same each time
        named = {each.strip() for value in values for each in value.split(b",")}
        if len(named) != 1:
            return None
        values = list(named)
    return int(values[0]) if _LENGTH.match(values[0]) else None


class _Counted:
    """A body whose length is known."""

    __slots__ = ("_left", "chunked", "done", "expects_more")

    def __init__(self, length: int) -> None:
        self._left = length
        self.chunked = False
        self.done = length == 0
        self.expects_more = not self.done

    def take(self, piece: bytes, room: int) -> Taken:
        most = min(self._left, room)
        taken = piece if len(piece) <= most else piece[:most]
        self._left -= len(taken)
        self.done = self._left == 0
        self.expects_more = not self.done
        return Taken(len(taken), taken)


class _UntilClose:
    """A body that ends where the connection does."""

    __slots__ = ("chunked", "done", "expects_more")

    def __init__(self) -> None:
        self.chunked = self.done = self.expects_more = False

    def take(self, piece: bytes, room: int) -> Taken:
        taken = piece if len(piece) <= room else piece[:room]
        return Taken(len(taken), taken)


class _Expect(enum.Enum):
    """What comes next in a chunked body."""

    SIZE = enum.auto()
    PAYLOAD = enum.auto()
    END_OF_CHUNK = enum.auto()
    TRAILER = enum.auto()


class _Chunked:
    """A body in chunks, with trailers (RFC 9112, 7.1)."""

    __slots__ = ("_expect", "_left", "_line", "_trailers", "chunked", "done", "expects_more")

    def __init__(self) -> None:
        self.chunked = self.expects_more = True
        self.done = False
        self._expect = _Expect.SIZE
        self._left = 0
        self._line = b""
        self._trailers = 0

    def take(self, piece: bytes, room: int) -> Taken:
        payload: list[bytes] = []
        at = 0
        while at < len(piece) and not self.done:
            if self._expect is _Expect.PAYLOAD:
                taken = piece[at : at + min(self._left, room)]
                if not taken:
                    break
                payload.append(taken)
                at += len(taken)
                room -= len(taken)
                self._left -= len(taken)
                if not self._left:
                    self._expect = _Expect.END_OF_CHUNK
                continue
            if self._expect is _Expect.SIZE and not self._line:
                at, room = _whole_chunks(piece, at, room, payload)
            end = piece.find(b"\n", at) + 1 or len(piece)
            self._line += piece[at:end]
            fault = self._on_line()
            if fault:
                return Taken(at, b"".join(payload), fault)
            at = end
        return Taken(at, b"".join(payload))

    def _on_line(self) -> str:
        """Go on from a line, once it is whole; give what is wrong with it."""
        if not self._line.endswith(b"\n"):
            return "a line between its chunks does not end" if len(self._line) > _LINE_LIMIT else ""
        line, self._line = self._line.rstrip(b"\r\n"), b""
        if self._expect is _Expect.END_OF_CHUNK:
            self._expect = _Expect.SIZE
            return "a chunk is longer than it says" if line else ""
        if self._expect is _Expect.TRAILER:
            self._trailers += len(line)
            self.done = not line
            self.expects_more = not self.done
            return "its trailers do not end" if self._trailers > _TRAILER_LIMIT else ""
        size = _CHUNK_SIZE.match(line)
        if size is None:
            return f"it says chunked, and {line[:24]!r} is no size of a chunk"
        self._left = int(size[1], 16)
        self._expect = _Expect.PAYLOAD if self._left else _Expect.TRAILER
        return ""


def _whole_chunks(piece: bytes, at: int, room: int, payload: list[bytes]) -> tuple[int, int]:
    """
    Take chunks that lie in a piece from their size to their end, as most do; quick.

    Returns:
        Where the next one begins, and the room that is left.
    """
    while size := _PLAIN_SIZE.match(piece, at):
        start = size.end()
        end = start + int(size[1], 16)
        if end == start or end - start > room or not piece.startswith(b"\r\n", end):
            break
        payload.append(piece[start:end])
        room -= end - start
        at = end + 2
    return at, room
