"""What does a record hold, and which digests do its bytes have? Reads each block once."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from archiver.core.coding import dechunked
from archiver.models import Header, RecordRef, RecordType
from archiver.warc.digests import Digests
from archiver.warc.http import HttpHead, parse_head, split_head
from archiver.warc.index import INDEXED
from archiver.warc.names import closed_name
from archiver.warc.reader import BrokenRecord, Record, records, unbracketed

_MOST_FIELD_BYTES = 1_000_000
_WITH_HTTP = frozenset({"response", "revisit", "request"})
_WITH_PAYLOAD = frozenset({"response", "request", "resource", "conversion"})


@dataclass(frozen=True, slots=True)
class Examined:
    """
    A record that was read to its end.

    Attributes:
        record: Its header and place.
        block: Digests of the block.
        payload: Digests of the payload, transfer coding removed; None where it has none of its own.
        framed: Digests of the HTTP body as it is framed; None where there is none.
        head: HTTP head, if it is a whole one.
        framing_fault: What is wrong with the chunks of its body.
        fields: Of a block of application/warc-fields.
        host: Host header of a request; empty if there is none, or no one.
    """

    record: Record
    block: Digests
    payload: Digests | None = None
    framed: Digests | None = None
    head: HttpHead | None = None
    framing_fault: str = ""
    fields: tuple[Header, ...] = ()
    host: str = ""

    @property
    def end(self) -> int:
        """Where the next record begins, in bytes."""
        return self.record.offset + self.record.length


def examine(record: Record) -> Examined:
    """
    Read a record to its end.

    Raises:
        BrokenRecord: If it is not whole.
    """
    block = Digests(record.all("WARC-Block-Digest"))
    pieces = block.passing(record.pieces())
    if _media_type(record) == "application/http" and record.type in _WITH_HTTP:
        return _examine_http(record, block, pieces)
    if _media_type(record) == "application/warc-fields":
        return Examined(record, block, fields=_fields(pieces))
    if record.type not in _WITH_PAYLOAD:
        _drain(pieces)
        return Examined(record, block)
    payload = Digests(record.all("WARC-Payload-Digest"))
    _drain(payload.passing(pieces))
    return Examined(record, block, payload)


def scan(
    path: Path, resume: Iterable[int] = (), opened: Callable[[], BinaryIO] | None = None
) -> Iterator[Examined | BrokenRecord]:
    """
    Read all records of a WARC that can be read, and give what cannot as it is met.

    Args:
        resume: Offsets at which records are known to begin. After a fault, reading goes on behind
            the gzip member if that is whole, else at the next of them. Without one it ends there:
            what looks like a record inside damaged bytes may be a part of something captured.
        opened: Opens what to read, for a WARC inside a package; `path` then names it.

    Raises:
        StoreError: If the file cannot be read.
    """
    offsets = sorted(resume)
    start: int | None = 0
    while start is not None:
        try:
            for record in records(path, start=start, opened=opened):
                yield examine(record)
            return
        except BrokenRecord as exc:
            yield exc
            known = next((offset for offset in offsets if offset > exc.offset), None)
            start = known if exc.after is None else exc.after


def ref_of(examined: Examined, path: Path) -> RecordRef | None:
    """
    Say where a record lies and what it holds, just as its writer once did.

    How long the payload of a revisit was stands in its metadata record: see `told_by`.

    Returns:
        None if it is of no kind that is indexed, or lacks what an index needs.
    """
    record = examined.record
    at, url = record.date, unbracketed(record.get("WARC-Target-URI") or "")
    if at is None or not url or not record.record_id or record.type not in INDEXED:
        return None
    kind = RecordType(record.type)
    head = examined.head
    mime = record.get("Content-Type") or "" if head is None else head.mime
    digest = _own_digest(examined)
    return RecordRef(
        record_id=record.record_id,
        type=kind,
        url=url,
        at=at,
        mime=mime.partition(";")[0].strip().lower(),
        status=head.status if head else None,
        digest=digest,
        filename=closed_name(path),
        offset=record.offset,
        length=record.length,
        payload_bytes=examined.payload.count if examined.payload else None,
        refers_to=_refers_to(record) if kind is RecordType.REVISIT else None,
        truncated=None if kind is RecordType.REVISIT else record.get("WARC-Truncated"),
    )


def told_by(ref: RecordRef, fields: Iterable[Header]) -> RecordRef:
    """Complete a revisit by what the metadata record of its exchange says; others stay as is."""
    text = next((value for name, value in fields if name == "payloadBytes"), "")
    if ref.type is not RecordType.REVISIT or not (text.isascii() and text.isdecimal()):
        return ref
    return dataclasses.replace(ref, payload_bytes=int(text[:18]))


def _examine_http(record: Record, block: Digests, pieces: Iterator[bytes]) -> Examined:
    raw, body = split_head(pieces)
    head = parse_head(raw) if record.type != "request" else None
    if record.type == "revisit":
        _drain(body)
        return Examined(record, block, head=head)
    declared = record.all("WARC-Payload-Digest")
    payload, framed = Digests(declared), Digests(declared)
    body = framed.passing(body)
    fault = ""
    try:
        _drain(payload.passing(dechunked(body) if head and head.chunked else body))
    except ValueError as exc:
        fault = str(exc)
    _drain(body)
    hosts = parse_head(raw).values("host") if record.type == "request" else []
    host = hosts[0] if len(hosts) == 1 else ""
    return Examined(record, block, payload, framed, head, fault, host=host)


def _own_digest(examined: Examined) -> str | None:
    if examined.payload is not None:
        return examined.payload.sha256
    return examined.record.get("WARC-Payload-Digest")


def _refers_to(record: Record) -> str | None:
    value = record.get("WARC-Refers-To")
    return unbracketed(value) if value else None


def _media_type(record: Record) -> str:
    return (record.get("Content-Type") or "").partition(";")[0].strip().lower()


def _fields(pieces: Iterator[bytes]) -> tuple[Header, ...]:
    text = bytearray()
    for piece in pieces:
        text += piece[: max(0, _MOST_FIELD_BYTES - len(text))]
    found = []
    for line in bytes(text).split(b"\n"):
        name, colon, value = line.partition(b":")
        if colon:
            found.append(
                (name.decode("utf-8", "replace"), value.decode("utf-8", "replace").strip())
            )
    return tuple(found)


def _drain(pieces: Iterable[bytes]) -> None:
    for _ in pieces:
        pass
