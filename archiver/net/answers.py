"""What came of an exchange: for the record, and for the asker? Pure."""

from __future__ import annotations

import re

from archiver.core import coding, urls
from archiver.models import Exchange, FetchRequest, Outcome
from archiver.net.framing import Head
from archiver.net.recording import Recording
from archiver.net.request import Prepared
from archiver.net.transport import Received
from archiver.ports import RawExchange

_TYPE = re.compile(
    rb"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,127}/[!#$%&'*+.^_`|~0-9A-Za-z-]{1,127}(?=[;\s]|\Z)"
)


def raw(
    request: FetchRequest, url: str, prepared: Prepared, received: Received, *, attempt: int
) -> RawExchange:
    """
    Put together what the writer needs.

    Args:
        url: As it was asked for, without fragment.
        attempt: From 1.

    Raises:
        OSError: If the disk does not take the last of a large answer.
    """
    recording, head = received.recording, received.head
    facts = list(prepared.facts)
    if attempt > 1:
        facts.append(("attempt", str(attempt)))
    if recording.interim:
        facts.append(("interimAnswers", str(recording.interim)))
    if recording.fault:
        facts.append(("fault", recording.fault))
    return RawExchange(
        url=url,
        at=received.at,
        duration_ms=received.duration_ms,
        request=prepared.recorded,
        response=recording.file(),
        response_bytes=recording.block_bytes,
        head_bytes=len(head.raw),
        block_digest=recording.block_digest(),
        payload_digest=recording.payload_digest(),
        payload_bytes=recording.payload_bytes,
        chunked=recording.chunked,
        status=head.status,
        mime=_mime(head),
        ip=received.ip,
        tls=received.tls,
        truncated=recording.truncated,
        via=request.via,
        hops_from_seed=request.hops_from_seed,
        facts=tuple(facts),
    )


def exchange(
    request: FetchRequest, received: Received, record_id: str, *, max_bytes: int, limit_s: float
) -> Exchange:
    """
    Say what came, to whoever asked. Decodes the body: for a large one, call it in a thread.

    Args:
        record_id: Of the response or revisit record.
        max_bytes: The limit that held, in bytes.
        limit_s: The limit that held, in seconds.
    """
    recording, head = received.recording, received.head
    body, whole = _content(recording, head, request.keep_bytes)
    outcome, error = Outcome.OK, ""
    if recording.truncated is not None:
        outcome, error = _fault(recording, urls.host_of(request.url), max_bytes, limit_s)
    return Exchange(
        request=request,
        at=received.at,
        outcome=outcome,
        status=head.status,
        headers=tuple((_text(name), _text(value)) for name, value in head.headers),
        body=body,
        whole=whole,
        ip=received.ip,
        record_id=record_id,
        digest=recording.payload_digest(),
        size=recording.payload_bytes,
        error=error,
    )


def _fault(recording: Recording, host: str, max_bytes: int, limit_s: float) -> tuple[Outcome, str]:
    """Say why the answer is not whole: outcome and sentence."""
    match recording.truncated:
        case "length":
            limit = f"{max_bytes:,} bytes" if recording.payload_bytes else "what a head may hold"
            return Outcome.TOO_LARGE, f"{host}: the answer is over {limit}; kept up to there"
        case "time":
            return Outcome.TIMEOUT, f"{host}: the answer took over {limit_s:g} s; kept what came"
        case "disconnect":
            return Outcome.REFUSED, f"{host} broke off within its answer; kept what came"
        case _:
            return Outcome.INVALID, f"{host} breaks the rules of HTTP: {recording.fault}"


def _content(recording: Recording, head: Head, keep_bytes: int) -> tuple[bytes, bool]:
    """Take the content coding off; give at most `keep_bytes`, and whether that is everything."""
    whole = recording.truncated is None and recording.whole_kept
    encoding = b",".join(head.values(b"content-encoding")).decode("latin-1")
    if not encoding:
        return recording.kept(), whole
    body = bytearray()
    try:
        for piece in coding.decoded([recording.kept()], encoding):
            body += piece
            if len(body) > keep_bytes:
                return bytes(body[:keep_bytes]), False
    except ValueError:
        whole = False
    return bytes(body), whole


def _mime(head: Head) -> str:
    """Give type and subtype, if they are tokens (RFC 9110, 8.3.1); they go into indexes."""
    values = head.values(b"content-type")
    found = _TYPE.match(values[0].strip()) if values else None
    return found[0].decode("ascii").lower() if found else ""


def _text(raw: bytes) -> str:
    """Read a header as UTF-8 if it is that, else as Latin-1, which takes every byte."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")
