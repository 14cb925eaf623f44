"""What stands in a WARC? A strict reader that streams, trusts no size, and knows every offset."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import BinaryIO, cast

from isal import isal_zlib

from archiver.errors import FixityError, StoreError
from archiver.models import Header
from archiver.warc.names import closed_name

_READ_BYTES = 65_536
_MOST_READ_BYTES = 524_288
_PIECE_BYTES = 262_144
_MOST_HEAD_BYTES = 65_536
_MOST_PASSED_BYTES = 64_000_000
_RECORD_END = b"\r\n\r\n"
_GZIP_MAGIC = b"\x1f\x8b"
_VERSIONS = (b"WARC/1.1", b"WARC/1.0")
_InflateError = cast(type[Exception], isal_zlib.error)  # its stub calls the class an instance


class BrokenRecord(FixityError):
    """
    A record that cannot be read.

    Attributes:
        offset: Where it begins, in bytes.
        fault: What is wrong with it.
        after: Where its gzip member ends, if that is whole: the next record begins there.
    """

    def __init__(self, path: Path, offset: int, fault: str, after: int | None = None) -> None:
        super().__init__(
            f"{path} at {offset}: {fault}", record_id="", expected="a whole record", actual=fault
        )
        self.offset = offset
        self.fault = fault
        self.after = after


class Record:
    """
    One record while it is read.

    Attributes:
        offset: Where it begins in the file, in bytes.
        version: `WARC/1.1` or `WARC/1.0`.
        fields: Named fields in order, as written.
        type: WARC-Type, in lower case; empty if there is none.
        content_length: Length of the block, in bytes.
        length: Bytes it takes in the file; 0 until its block was read to the end.
    """

    __slots__ = (
        "_ahead",
        "_left",
        "_span",
        "_values",
        "content_length",
        "fields",
        "length",
        "offset",
        "type",
        "version",
    )

    def __init__(self, span: _Span) -> None:
        """Read the header. Raises BrokenRecord."""
        self._span = span
        self.offset = span.offset
        head, self._ahead = _head(span)
        self.version, self.fields = _parsed(span, head)
        self._values: dict[str, list[str]] = {}
        for name, value in self.fields:
            self._values.setdefault(name.lower(), []).append(value)
        self.type = (self.get("WARC-Type") or "").lower()
        self.content_length = _content_length(span, self.get("Content-Length"))
        self._left = self.content_length
        self.length = 0

    def get(self, name: str) -> str | None:
        """Give the first value of a field, or None; names compare without case."""
        values = self._values.get(name.lower())
        return values[0] if values else None

    def all(self, name: str) -> tuple[str, ...]:
        """Give all values of a field."""
        return tuple(self._values.get(name.lower(), ()))

    @property
    def record_id(self) -> str:
        """WARC-Record-ID without angle brackets; empty if there is none."""
        return unbracketed(self.get("WARC-Record-ID") or "")

    @property
    def concurrent_to(self) -> tuple[str, ...]:
        """Ids of the records of the same exchange that this one names."""
        return tuple(map(unbracketed, self.all("WARC-Concurrent-To")))

    @property
    def date(self) -> dt.datetime | None:
        """WARC-Date; None if it is missing or is no UTC time."""
        return parse_date(self.get("WARC-Date") or "")

    def pieces(self) -> Iterator[bytes]:
        """
        Give the block, or what of it was not given yet, in pieces.

        At its end the record itself must end: two line ends, and the gzip member with them.

        Raises:
            BrokenRecord: If it does not, or the block is shorter than it says.
        """
        while self._left:
            piece = self._ahead or self._span.more()
            if not piece:
                lack = f"{self._left} of {self.content_length} bytes"
                raise self._span.broken(f"its block lacks {lack}")
            taken, self._ahead = piece[: self._left], piece[self._left :]
            self._left -= len(taken)
            yield taken
        if not self.length:
            self._end(self._ahead)

    def drain(self) -> None:
        """Read what is left of the record, so that `length` is known. Raises BrokenRecord."""
        for _ in self.pieces():
            pass

    def _end(self, rest: bytes) -> None:
        while len(rest) < len(_RECORD_END) and (piece := self._span.more()):
            rest += piece
        if not rest.startswith(_RECORD_END):
            raise self._span.broken(
                f"after its block of {self.content_length} bytes stands {rest[:16]!r}, "
                "not the two line ends that close a record"
            )
        self.length = self._span.close(rest[len(_RECORD_END) :]) - self.offset


def records(
    path: Path, *, start: int = 0, opened: Callable[[], BinaryIO] | None = None
) -> Generator[Record, None, None]:
    """
    Read the records of a WARC one after another, compressed per record or not at all.

    The next record can only be asked for in order: what is left of a block is then skipped.

    Args:
        start: Where a record begins, in bytes.
        opened: Opens what to read, for a WARC that is no file of its own; `path` then names it.

    Raises:
        BrokenRecord: Where no whole record stands; nothing behind it is read.
        StoreError: If the file cannot be read.

    Source: WARC 1.1, 4 and Annex D
    """
    try:
        with path.open("rb") if opened is None else opened() as file:
            file.seek(start)
            source = _Source(path, file, start)
            while source.fill():
                record = Record(source.span())
                yield record
                record.drain()
    except OSError as exc:
        raise StoreError(f"{path} cannot be read: {exc.strerror or exc}") from exc


def unbracketed(value: str) -> str:
    """Take the angle brackets off a URI (WARC 1.1, 4)."""
    return value[1:-1] if value[:1] == "<" and value[-1:] == ">" else value


def parse_date(text: str) -> dt.datetime | None:
    """
    Read a WARC-Date: UTC with up to nine fraction digits, of which six are kept.

    Source: WARC 1.1, 5.4

    >>> parse_date("2026-11-24T09:30:00.123456789Z")
    datetime.datetime(2026, 11, 24, 9, 30, 0, 123456, tzinfo=datetime.timezone.utc)
    """
    if not text.endswith("Z"):
        return None
    whole, dot, fraction = text[:-1].partition(".")
    if dot and not (fraction.isdecimal() and fraction.isascii() and len(fraction) <= 9):
        return None
    try:
        parsed = dt.datetime.fromisoformat(whole)
    except ValueError:
        return None
    return parsed.replace(microsecond=int(fraction[:6].ljust(6, "0") or 0), tzinfo=dt.UTC)


class _Source:
    """The file, read ahead: what one record leaves over, the next begins with."""

    def __init__(self, path: Path, file: BinaryIO, offset: int) -> None:
        self.path = path
        self.offset = offset  # of the first byte in `held`
        self.held = b""
        self._file = file
        self._asked = _READ_BYTES

    def fill(self) -> bool:
        """Hold at least one byte; False at the end of the file."""
        if not self.held:
            self.held = self._file.read(self._asked)
        return bool(self.held)

    def span(self) -> _Span:
        """Begin a record here, compressed or not as its first bytes say."""
        self._asked = _READ_BYTES
        if len(self.held) < len(_GZIP_MAGIC):
            self.held += self._file.read(_READ_BYTES)
        if self.held.startswith(_GZIP_MAGIC):
            return _GzipSpan(self)
        if closed_name(self.path).endswith(".gz"):
            raise BrokenRecord(self.path, self.offset, "no gzip member begins here")
        return _PlainSpan(self)

    def take(self) -> bytes:
        """Give all that is held, or the next bytes of the file; empty at its end."""
        self.fill()
        self._asked = min(2 * self._asked, _MOST_READ_BYTES)  # what is long is read in long reads
        taken, self.held = self.held, b""
        self.offset += len(taken)
        return taken

    def give_back(self, rest: bytes) -> None:
        self.held = rest + self.held
        self.offset -= len(rest)


class _Span:
    """The bytes of one record, however they are stored."""

    def __init__(self, source: _Source) -> None:
        self.offset = source.offset
        self.path = source.path
        self._source = source

    def more(self) -> bytes:
        """Give the next piece; empty where nothing more is known to belong here."""
        raise NotImplementedError

    def close(self, rest: bytes) -> int:
        """Say where the record ends in the file; `rest` is what was read beyond it."""
        raise NotImplementedError

    def broken(self, fault: str) -> BrokenRecord:
        return BrokenRecord(self.path, self.offset, fault)


class _PlainSpan(_Span):
    def more(self) -> bytes:
        return self._source.take()

    def close(self, rest: bytes) -> int:
        self._source.give_back(rest)
        return self._source.offset


class _GzipSpan(_Span):
    def __init__(self, source: _Source) -> None:
        super().__init__(source)
        self._stream = isal_zlib.decompressobj(31)

    def more(self) -> bytes:
        while not self._stream.eof:
            fed = self._stream.unconsumed_tail or self._source.take()
            try:
                piece: bytes = self._stream.decompress(fed, _PIECE_BYTES)
            except _InflateError as exc:
                raise super().broken(f"its gzip member is broken ({exc})") from exc
            if piece:
                return piece
            if not fed and not self._stream.eof:
                end = self._source.offset
                raise super().broken(f"its gzip member ends early, with the file at {end}")
        return b""

    def broken(self, fault: str) -> BrokenRecord:
        return BrokenRecord(self.path, self.offset, fault, self._after())

    def _after(self) -> int | None:
        """Say where the member ends; None if that cannot be told, or only with much work."""
        left = _MOST_PASSED_BYTES
        try:
            while left > 0 and (piece := self.more()):
                left -= len(piece)
        except BrokenRecord:
            return None
        if not self._stream.eof:
            return None
        return self._source.offset - len(self._stream.unused_data)

    def close(self, rest: bytes) -> int:
        if rest or self.more():
            raise self.broken("its gzip member holds more than one record")
        self._source.give_back(self._stream.unused_data)
        return self._source.offset


def _head(span: _Span) -> tuple[bytes, bytes]:
    """Read up to the empty line; give the header and what was read beyond it."""
    head = b""
    while (end := head.find(b"\r\n\r\n")) < 0:
        if len(head) > _MOST_HEAD_BYTES:
            break
        piece = span.more()
        if not piece:
            raise span.broken("its header ends early" if head else "no record stands here")
        head += piece
    if end < 0 or end > _MOST_HEAD_BYTES:
        raise span.broken(f"its header is over {_MOST_HEAD_BYTES} bytes, or not a header at all")
    return head[:end], head[end + 4 :]


def _parsed(span: _Span, head: bytes) -> tuple[str, tuple[Header, ...]]:
    version, *lines = head.split(b"\r\n")
    if version not in _VERSIONS:
        raise span.broken(f"it begins with {version[:16]!r}, not with WARC/1.1 or WARC/1.0")
    fields = []
    for line in lines:
        name, colon, value = line.partition(b":")
        if not colon or not name or name.strip() != name or b"\n" in line or b"\r" in line:
            raise span.broken(f"{line[:40]!r} is not a header field")
        try:
            fields.append((name.decode("ascii"), value.decode().strip(" \t")))
        except UnicodeDecodeError as exc:
            raise span.broken(f"{line[:40]!r} is not UTF-8") from exc
    return version.decode("ascii"), tuple(fields)


def _content_length(span: _Span, text: str | None) -> int:
    if text is None or not (text.isascii() and text.isdecimal()) or len(text) > 18:
        raise span.broken(f"its Content-Length is {text!r}, not a number of bytes")
    return int(text)
