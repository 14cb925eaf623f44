"""What did the server mean to send? Removes chunked framing and content coding, piece by piece."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress

PIECE_BYTES = 65_536
"""No piece that `decoded` gives is longer, so that its consumer can stop a bomb in time."""

_MAX_CODINGS = 4
_MAX_CHUNK_LINE = 16_384
_FED_BYTES = 16_384  # zlib copies what it leaves over; small helpings keep that copy small
_HEX = frozenset(b"0123456789abcdefABCDEF")
_GZIP_MAGIC = b"\x1f\x8b"
_GZIP = frozenset({"gzip", "x-gzip"})


def decoded(chunks: Iterable[bytes], content_encoding: str) -> Iterator[bytes]:
    """
    Remove the content coding of a body, as it arrives.

    A coding that we do not know ends the work there: what is below it is passed on as it is. An
    empty body is empty in every coding. What follows a whole gzip or deflate stream and is no
    further gzip member is left out, as browsers do.

    Args:
        chunks: The body, transfer coding removed, in pieces of any length.
        content_encoding: Value of the Content-Encoding header; empty if there was none.

    Returns:
        The decoded body in pieces of 1 to PIECE_BYTES bytes.

    Raises:
        ValueError: If the coding is broken or its end is missing, once all that could be decoded
            was given; at once if there are more than four codings.

    Source: RFC 9110, 8.4; RFC 1950, 1951, 1952

    >>> list(decoded([b"plain"], ""))
    [b'plain']
    """
    codings = [name.strip().lower() for name in content_encoding.split(",")]
    codings = [name for name in codings if name not in ("", "identity")]
    if len(codings) > _MAX_CODINGS:
        raise ValueError(f"{len(codings)} content codings upon each other; {_MAX_CODINGS} at most")
    body = chunks
    for name in reversed(codings):
        if name in _GZIP:
            body = _inflated(body, gzip=True)
        elif name == "deflate":
            body = _inflated(body, gzip=False)
        else:
            break
    return _pieces(body)


def dechunked(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """
    Remove chunked framing, as it arrives; extensions and trailers are left out.

    A body that ends early just ends: what arrived of it is given.

    Args:
        chunks: The body as framed on the wire, in pieces of any length.

    Returns:
        The entity body in non-empty pieces, none longer than a piece that came in.

    Raises:
        ValueError: If the framing is broken, once all before it was given.

    Source: RFC 9112, 7.1

    >>> b"".join(dechunked([b"3\\r\\nabc\\r\\n0\\r\\n\\r\\n"]))
    b'abc'
    """
    wire = _Wire(chunks)
    while (line := wire.line()) is not None:
        size = _chunk_size(line)
        if size == 0:
            return
        yield from wire.take(size)
        end = wire.line()
        if end:
            raise ValueError(f"a chunk of {size} bytes is followed by {end[:20]!r}, not by CRLF")


def _pieces(chunks: Iterable[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        if len(chunk) <= PIECE_BYTES:
            if chunk:
                yield chunk
            continue
        for start in range(0, len(chunk), PIECE_BYTES):
            yield chunk[start : start + PIECE_BYTES]


def _inflated(chunks: Iterable[bytes], *, gzip: bool) -> Iterator[bytes]:
    """Inflate one zlib or raw stream, or any number of gzip members."""
    stream = None
    held = b""  # the first bytes of a stream, until they tell what it is
    members = 0
    for helping in _helpings(chunks):
        fed = held + helping
        held = b""
        while fed:
            if stream is None:
                if len(fed) < 2:
                    held = fed
                    break
                if members and not (gzip and fed.startswith(_GZIP_MAGIC)):
                    return
                stream = _opened(fed, gzip=gzip)
            yield from _outcome(stream, fed)
            if not stream.eof:
                break
            fed, stream, members = stream.unused_data, None, members + 1
    if stream is not None or (held and not members):
        raise ValueError(f"the {'gzip' if gzip else 'deflate'} coding ends early")


def _outcome(stream: zlib._Decompress, fed: bytes) -> Iterator[bytes]:
    """Give all that a stream makes of what it is fed, in bounded pieces."""
    while True:
        before = stream.copy()  # where zlib finds a fault it gives nothing of what came before
        try:
            piece = stream.decompress(fed, PIECE_BYTES)
        except zlib.error as exc:
            yield from _salvaged(before, fed)
            raise ValueError(f"the content coding is broken: {exc}") from exc
        if piece:
            yield piece
        fed = stream.unconsumed_tail
        if stream.eof or (len(piece) < PIECE_BYTES and not fed):
            return


def _salvaged(stream: zlib._Decompress, fed: bytes) -> Iterator[bytes]:
    """Give what stands before a fault, by feeding byte for byte until it is met."""
    with suppress(zlib.error):
        yield from filter(None, (stream.decompress(fed[at : at + 1]) for at in range(len(fed))))


def _opened(first: bytes, *, gzip: bool) -> zlib._Decompress:
    if gzip:
        return zlib.decompressobj(wbits=31)
    # "deflate" means zlib (RFC 9110, 8.4.1.2), yet many servers send the raw stream.
    wrapped = first[0] & 0x0F == 8 and int.from_bytes(first[:2], "big") % 31 == 0
    return zlib.decompressobj(wbits=15 if wrapped else -15)


def _helpings(chunks: Iterable[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        for start in range(0, len(chunk), _FED_BYTES):
            yield chunk[start : start + _FED_BYTES]


def _chunk_size(line: bytes) -> int:
    digits = line.partition(b";")[0].strip(b" \t")
    if not digits or len(digits) > 16 or not _HEX.issuperset(digits):
        raise ValueError(f"{line[:20]!r} is not the size of a chunk")
    return int(digits, 16)


class _Wire:
    """Lines and counted bytes out of pieces of any length."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._held = b""
        self._at = 0

    def line(self) -> bytes | None:
        """Give the next line without its end (CRLF, or LF alone); None if there is no whole one."""
        while (end := self._held.find(b"\n", self._at, self._at + _MAX_CHUNK_LINE)) < 0:
            if len(self._held) - self._at >= _MAX_CHUNK_LINE:
                raise ValueError(f"the size line of a chunk is over {_MAX_CHUNK_LINE} bytes")
            chunk = next(self._chunks, None)
            if chunk is None:
                return None
            self._held = self._held[self._at :] + chunk
            self._at = 0
        line = self._held[self._at : end]
        self._at = end + 1
        return line.removesuffix(b"\r")

    def take(self, count: int) -> Iterator[bytes]:
        """Give the next `count` bytes, or fewer if the source ends, in pieces."""
        while count:
            if self._at == len(self._held):
                chunk = next(self._chunks, None)
                if chunk is None:
                    return
                self._held, self._at = chunk, 0
                continue
            piece = self._held[self._at : self._at + count]
            self._at += len(piece)
            count -= len(piece)
            yield piece
