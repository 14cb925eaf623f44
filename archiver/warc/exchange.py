"""Which records does an exchange become? Response or revisit, request, metadata, joined by id."""

from __future__ import annotations

import base64
import functools
import random
from dataclasses import dataclass

from archiver.models import Header, RecordRef
from archiver.ports import RawExchange, TlsFacts
from archiver.warc.records import (
    IDENTICAL_PAYLOAD,
    VERSION,
    WARC_FIELDS,
    field_block,
    field_lines,
    ip_text,
    sha256,
    warc_date,
)

_VARIANT = dict(zip("0123456789abcdef", "89ab" * 4, strict=True))


@dataclass(frozen=True, slots=True)
class ExchangeRecords:
    """
    The records of one exchange, ready to be compressed, in the order in which they are written.

    Attributes:
        record_id: `urn:uuid:…` of the response or revisit.
        head: Header of the response or revisit; its block is `block_bytes` of `raw.response`.
        rest: The whole request and metadata records, without their ends.
    """

    record_id: str
    head: bytes
    block_bytes: int
    rest: tuple[bytes, bytes]


def new_record_id() -> str:
    """Give a record id that nobody has had (RFC 4122, version 4)."""
    # As uuid.uuid4 does, in a fifth of its time: three are needed for every exchange. `random` was
    # seeded by the system and is again after a fork; asking the system each time means giving up
    # the interpreter lock.
    digits = f"{random.getrandbits(128):032x}"
    variant = _VARIANT[digits[16]]
    return (
        f"urn:uuid:{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-"
        f"{variant}{digits[17:20]}-{digits[20:]}"
    )


def exchange_records(
    raw: RawExchange, original: RecordRef | None, head_digest: str, warcinfo_id: str
) -> ExchangeRecords:
    """
    Serialise the headers and small blocks of an exchange.

    The response names its companions by WARC-Concurrent-To, so that a reader knows from it alone
    whether the exchange is whole; they name it in return. A chunked response carries no payload
    digest, since readers disagree on what it covers; the metadata record says it instead.

    Args:
        original: The response whose payload this one repeats; None to write it in full.
        head_digest: `sha256:…` of the response's HTTP head; needed with an original only.
        warcinfo_id: Id of the warcinfo record of the file.

    Raises:
        ValueError: If a value cannot stand in a header.

    Source: WARC 1.1, 6.3 to 6.7
    """
    record_id, request_id, metadata_id = new_record_id(), new_record_id(), new_record_id()
    # What the three have in common is written and checked once; ids are ours and need no check.
    subject = field_lines((("WARC-Date", warc_date(raw.at)), ("WARC-Target-URI", raw.url)))
    address = f"WARC-IP-Address: {ip_text(raw.ip)}\r\n" if raw.ip else ""
    own = _revisit(raw, original, head_digest) if original else _response(raw)
    head = (
        f"{VERSION}\r\nWARC-Type: {'revisit' if original else 'response'}\r\n"
        f"WARC-Record-ID: <{record_id}>\r\n{subject}{address}"
        f"WARC-Concurrent-To: <{request_id}>\r\nWARC-Concurrent-To: <{metadata_id}>\r\n"
        f"WARC-Warcinfo-ID: <{warcinfo_id}>\r\n{field_lines(own)}\r\n"
    )
    request = _companion(
        f"{VERSION}\r\nWARC-Type: request\r\nWARC-Record-ID: <{request_id}>\r\n"
        f"{subject}{address}WARC-Concurrent-To: <{record_id}>\r\n"
        "Content-Type: application/http;msgtype=request\r\n",
        raw.request,
    )
    metadata = _companion(
        f"{VERSION}\r\nWARC-Type: metadata\r\nWARC-Record-ID: <{metadata_id}>\r\n"
        f"{subject}WARC-Concurrent-To: <{record_id}>\r\nContent-Type: {WARC_FIELDS}\r\n",
        field_block(_facts(raw)),
    )
    block_bytes = raw.head_bytes if original else raw.response_bytes
    return ExchangeRecords(record_id, head.encode(), block_bytes, (request, metadata))


def _response(raw: RawExchange) -> tuple[Header, ...]:
    return (
        ("WARC-Block-Digest", raw.block_digest),
        *(() if raw.chunked else (("WARC-Payload-Digest", raw.payload_digest),)),
        *((("WARC-Truncated", raw.truncated),) if raw.truncated else ()),
        ("Content-Type", "application/http;msgtype=response"),
        ("Content-Length", str(raw.response_bytes)),
    )


def _revisit(raw: RawExchange, original: RecordRef, head_digest: str) -> tuple[Header, ...]:
    return (
        ("WARC-Profile", IDENTICAL_PAYLOAD),
        ("WARC-Refers-To", f"<{original.record_id}>"),
        ("WARC-Refers-To-Target-URI", original.url),
        ("WARC-Refers-To-Date", warc_date(original.at)),
        ("WARC-Block-Digest", head_digest),
        ("WARC-Payload-Digest", raw.payload_digest),
        ("WARC-Truncated", "length"),
        ("Content-Type", "application/http;msgtype=response"),
        ("Content-Length", str(raw.head_bytes)),
    )


def _companion(fields: str, block: bytes) -> bytes:
    """Give a whole record, but for its end; `fields` are its header so far."""
    known = f"WARC-Block-Digest: {sha256(block)}\r\nContent-Length: {len(block)}\r\n\r\n"
    return (fields + known).encode() + block


def _facts(raw: RawExchange) -> tuple[Header, ...]:
    return (
        *((("via", raw.via),) if raw.via else ()),
        *((("hopsFromSeed", raw.hops_from_seed),) if raw.hops_from_seed else ()),
        ("fetchTimeMs", str(raw.duration_ms)),
        ("payloadBytes", str(raw.payload_bytes)),
        *((("payloadDigest", raw.payload_digest),) if raw.chunked else ()),
        *(_tls(raw.tls) if raw.tls else ()),
        *raw.facts,
    )


@functools.lru_cache(maxsize=512)
def _tls(tls: TlsFacts) -> tuple[Header, ...]:
    chain = (("tlsCertificate", base64.b64encode(der).decode("ascii")) for der in tls.chain)
    return ("tlsVersion", tls.version), ("tlsCipher", tls.cipher), *chain
