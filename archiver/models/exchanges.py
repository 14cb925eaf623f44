"""One HTTP request, what came of it, and where its record lies."""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass, field

Header = tuple[str, str]


class Outcome(enum.StrEnum):
    """How an attempt to reach a URL ended: a closed list (docs/reference/outcomes.md)."""

    OK = "ok"
    DEAD = "dead"  # 404, 410 or another 4xx that says: not here
    REFUSED = "refused"  # 401, 403, 429, 451, 5xx, or a connection that was refused
    TIMEOUT = "timeout"
    LOOP = "loop"
    TOO_MANY_HOPS = "too_many_hops"
    UNSAFE = "unsafe"  # an address we do not connect to, or a scheme we do not speak
    TOO_LARGE = "too_large"
    TLS_ERROR = "tls_error"
    DNS_ERROR = "dns_error"
    INVALID = "invalid"  # not a URL, or an answer that is not HTTP


class Purpose(enum.StrEnum):
    """Why something is fetched; decides politeness and limits."""

    API = "api"  # a platform's answer: small, paced
    HOP = "hop"  # a link on its way to the target
    REQUISITE = "requisite"  # part of a page: fetched in a burst, as a browser does
    MEDIA = "media"  # picture, sound or film of a post


@dataclass(frozen=True, slots=True)
class FetchRequest:
    """
    One request that somebody wants made.

    Attributes:
        url: Absolute http or https URL, as it shall be asked for.
        headers: Added to our own (User-Agent, Accept-Encoding).
        body: Sent as it is; empty for GET.
        keep_bytes: How much of the decoded body the asker wants back in memory, in bytes.
            What is recorded is not limited by it.
        max_bytes: Where the recording itself stops, in bytes; None means network.max_body_bytes.
        via: The URL this one was found on, if any.
        hops_from_seed: Heritrix letters: L link, R redirect, E embed.
        credential: Name of the credential to ask with, e.g. `x`. The client adds what it says, to
            the hosts that it belongs to and to no others; no secret ever stands here.
    """

    url: str
    purpose: Purpose = Purpose.API
    method: str = "GET"
    headers: tuple[Header, ...] = ()
    body: bytes = b""
    keep_bytes: int = 32_000_000
    max_bytes: int | None = None
    via: str | None = None
    hops_from_seed: str = ""
    credential: str | None = None


@dataclass(frozen=True, slots=True)
class Exchange:
    """
    One request and what came of it, as a parser sees it; live or read from a WARC.

    Attributes:
        at: When the request was sent, UTC.
        outcome: OK if a whole HTTP answer came, whatever its status; else why not.
        status: HTTP status, 100-599; None if no answer came.
        headers: As received, in order.
        body: Content decoded; at most `request.keep_bytes`.
        whole: False if `body` is less than what the server meant to send.
        ip: The peer address of the socket, RFC 5952 text.
        record_id: `urn:uuid:…` of the response or revisit record; None if nothing was recorded.
        digest: `sha256:<hex>` of the payload (transfer coding removed, content coding kept).
        size: Length of the payload that was received, in bytes, content coding kept.
        error: One sentence for people, if outcome is not OK.
        memo: What readers of this very exchange made of it, so that it is read once; no part of
            its value, and never copied.
    """

    request: FetchRequest
    at: dt.datetime
    outcome: Outcome
    status: int | None = None
    headers: tuple[Header, ...] = ()
    body: bytes = b""
    whole: bool = True
    ip: str | None = None
    record_id: str | None = None
    digest: str | None = None
    size: int = 0
    error: str = ""
    memo: dict[str, object] = field(default_factory=dict, init=False, compare=False, repr=False)

    def header(self, name: str) -> str | None:
        """Give the first value of a header, or None; names compare without case (RFC 9110, 5.1)."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)

    @property
    def mime(self) -> str:
        """The media type without parameters, lower case; empty if none was sent."""
        return (self.header("content-type") or "").partition(";")[0].strip().lower()


class RecordType(enum.StrEnum):
    """WARC 1.1, 6: the kinds of record we write."""

    WARCINFO = "warcinfo"
    RESPONSE = "response"
    REQUEST = "request"
    RESOURCE = "resource"
    METADATA = "metadata"
    REVISIT = "revisit"
    CONVERSION = "conversion"


@dataclass(frozen=True, slots=True)
class RecordRef:
    """
    Where a record lies and what it holds: one line of CDXJ, one row of the record table.

    Attributes:
        record_id: `urn:uuid:…`.
        url: WARC-Target-URI.
        at: WARC-Date.
        status: HTTP status of a response or revisit.
        digest: Payload digest `sha256:<hex>`.
        length: Compressed length of the gzip member, in bytes.
        offset: Of the gzip member, in bytes from the start of the file.
        filename: Name of the WARC without folders, as it is called once closed.
        payload_bytes: Length of the payload that was received; None where unknown.
    """

    record_id: str
    type: RecordType
    url: str
    at: dt.datetime
    mime: str
    status: int | None
    digest: str | None
    filename: str
    offset: int
    length: int
    payload_bytes: int | None = None
    refers_to: str | None = None  # revisit: record id of the original, where known
    truncated: str | None = None
