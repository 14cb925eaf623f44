"""What was captured? Opens a record's payload, proves it, and takes its codings off."""

from __future__ import annotations

import io
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager, suppress
from itertools import chain
from typing import TYPE_CHECKING, BinaryIO

from archiver.core.coding import dechunked, decoded
from archiver.errors import FixityError, StoreError
from archiver.models import RecordRef, RecordType
from archiver.ports import Recorded
from archiver.warc.digests import Digests
from archiver.warc.http import HttpHead, parse_head, split_head
from archiver.warc.located import Located
from archiver.warc.names import find_warc
from archiver.warc.reader import Record, records

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

PROVEN_FIRST_BYTES = 4_000_000
"""A payload up to this length is proven before any of it is given."""


class WarcPayloads(Located):
    """Reads what was recorded, from a folder of WARCs: implements ports.PayloadReader."""

    @contextmanager
    def open(self, record_id: str) -> Iterator[Recorded]:
        """
        Open a response, resource or revisit (whose body is that of its original).

        Transfer and content coding are taken off; where the server itself broke its coding, the
        body ends there. A small payload is proven before it is given; of a larger one, the read
        that meets its end raises if it is not what was captured.

        Raises:
            StoreError: If the record is not known or its file is gone.
            FixityError: If the bytes do not match, here or while `body` is read.
        """
        ref = self._known(record_id)
        with closing(self._records(ref)) as source:
            record = _first(source, ref)
            if ref.type is RecordType.RESOURCE:
                with _body(_proven(ref, record.pieces()), "") as body:
                    mime = record.get("Content-Type") or ""
                    yield Recorded(ref.url, ref.at, 200, (("Content-Type", mime),), body)
                return
            raw, rest = split_head(record.pieces())
            head = parse_head(raw)
            if ref.type is RecordType.RESPONSE:
                with _body(_proven(ref, _entity(head, rest)), head.content_encoding) as body:
                    yield Recorded(ref.url, ref.at, head.status or 200, head.headers, body)
                return
        with self._original(ref) as entity, _body(entity, head.content_encoding) as body:
            yield Recorded(ref.url, ref.at, head.status or 200, head.headers, body)

    @contextmanager
    def _original(self, revisit: RecordRef) -> Iterator[Iterator[bytes]]:
        """Open the payload that a revisit repeats."""
        if revisit.refers_to is None:
            raise StoreError(f"{revisit.record_id} repeats an earlier record, and names none")
        ref = self._known(revisit.refers_to)
        if ref.type is not RecordType.RESPONSE:
            raise StoreError(f"{revisit.record_id} repeats {ref.record_id}, which is no response")
        with closing(self._records(ref)) as source:
            raw, rest = split_head(_first(source, ref).pieces())
            yield _proven(revisit, _entity(parse_head(raw), rest))

    def _records(self, ref: RecordRef) -> Generator[Record, None, None]:
        path = find_warc(self._folder, ref.filename)
        if path is None:
            raise StoreError(f"{ref.filename} with {ref.record_id} is not in {self._folder}")
        return records(path, start=ref.offset)


def _first(source: Iterator[Record], ref: RecordRef) -> Record:
    """Read the header that must stand where a record lies."""
    record = next(source, None)
    found = record.record_id if record else "the end of the file"
    if record is None or found != ref.record_id:
        raise FixityError(
            f"{ref.filename} at {ref.offset}: {ref.record_id} should stand here, and it is {found}",
            record_id=ref.record_id,
            expected=ref.record_id,
            actual=found,
        )
    return record


def _entity(head: HttpHead, body: Iterator[bytes]) -> Iterator[bytes]:
    """Take the transfer coding off; where the server broke its own chunks, it ends."""
    with suppress(ValueError):
        yield from dechunked(body) if head.chunked else body


def _proven(ref: RecordRef, payload: Iterator[bytes]) -> Iterator[bytes]:
    """Hold a payload against its digest: at once if it is small, else when its end is met."""
    digests = Digests()
    passing = digests.passing(payload)
    held: list[bytes] = []
    while digests.count <= PROVEN_FIRST_BYTES and (piece := next(passing, None)) is not None:
        held.append(piece)
    if digests.count <= PROVEN_FIRST_BYTES:
        _compare(ref, digests)
        return iter(held)
    return chain(held, _compared_at_end(ref, digests, passing))


def _compared_at_end(ref: RecordRef, digests: Digests, passing: Iterator[bytes]) -> Iterator[bytes]:
    yield from passing
    _compare(ref, digests)


def _compare(ref: RecordRef, digests: Digests) -> None:
    if ref.digest is not None and digests.sha256 != ref.digest:
        raise FixityError(
            f"{ref.filename} at {ref.offset}: the payload of {ref.record_id} has "
            f"{digests.sha256}, and was captured as {ref.digest}; restore the file from a copy",
            record_id=ref.record_id,
            expected=ref.digest,
            actual=digests.sha256,
        )


def _content(payload: Iterator[bytes], content_encoding: str) -> Iterator[bytes]:
    with suppress(ValueError):  # the server's own fault; what could be decoded was given
        yield from decoded(payload, content_encoding)
    for _ in payload:  # so that the end is met, and with it the proof
        pass


def _body(payload: Iterator[bytes], content_encoding: str) -> BinaryIO:
    return io.BufferedReader(_Pieces(_content(payload, content_encoding)), 262_144)


class _Pieces(io.RawIOBase):
    """A file made of pieces, read once."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        super().__init__()
        self._pieces = pieces
        self._held = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        if not self._held:
            self._held = memoryview(next(self._pieces, b""))
        target = memoryview(buffer)
        count = min(len(target), len(self._held))
        target[:count] = self._held[:count]
        self._held = self._held[count:]
        return count
