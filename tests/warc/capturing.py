"""Captures to write, and an index that remembers: what the tests of this folder share."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from archiver.models import RecordRef, RecordType
from archiver.ports import RawExchange, TlsFacts
from archiver.warc.writer import WarcWriter

AT = dt.datetime(2026, 11, 24, 9, 30, 0, 123456, tzinfo=dt.UTC)
REQUEST = b"GET / HTTP/1.1\r\nHost: example.org\r\nAccept: */*\r\n\r\n"
TLS = TlsFacts("TLSv1.3", "TLS_AES_128_GCM_SHA256", (b"\x30leaf", b"\x30root"))


class Index:
    """A record index in memory."""

    def __init__(self) -> None:
        self.refs: list[RecordRef] = []
        self.batches = 0

    def originals(self, digests: Sequence[str]) -> dict[str, RecordRef]:
        found: dict[str, RecordRef] = {}
        for ref in self.refs:
            if ref.type is RecordType.RESPONSE and ref.digest in digests:
                found.setdefault(ref.digest or "", ref)
        return found

    def add_records(self, records: Sequence[RecordRef]) -> None:
        self.batches += 1
        known = {ref.record_id for ref in self.refs}
        self.refs += [ref for ref in records if ref.record_id not in known]

    def find(self, record_id: str) -> RecordRef | None:
        return next((ref for ref in self.refs if ref.record_id == record_id), None)


def sha256(body: bytes) -> str:
    """Label a digest as our records do."""
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


def chunked(body: bytes, size: int = 1_000) -> bytes:
    """Frame a body in chunks."""
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def request_of(url: str) -> bytes:
    """Ask the host of an address, as a client does."""
    host = urlsplit(url).netloc.encode() or b"example.org"
    return REQUEST.replace(b"Host: example.org", b"Host: " + host)


def capture(
    url: str = "https://example.org/",
    body: bytes = b"<p>hello</p>",
    *,
    wire: bytes | None = None,
    headers: bytes = b"Content-Type: text/html; charset=utf-8\r\n",
    status: int = 200,
    **more: Any,
) -> RawExchange:
    """Make an exchange; `wire` is the framed body where it is not the body itself."""
    head = b"HTTP/1.1 %d OK\r\n%b\r\n" % (status, headers)
    block = head + (body if wire is None else wire)
    given: dict[str, Any] = {
        "url": url,
        "at": AT,
        "duration_ms": 12,
        "request": request_of(url),
        "response": io.BytesIO(block),
        "response_bytes": len(block),
        "head_bytes": len(head),
        "block_digest": sha256(block),
        "payload_digest": sha256(body),
        "payload_bytes": len(body),
        "chunked": wire is not None,
        "status": status,
        "mime": "text/html",
        "ip": "192.0.2.1",
    }
    return RawExchange(**(given | more))


def capture_chunked(
    url: str = "https://example.org/", body: bytes = b"<p>hello</p>", **more: Any
) -> RawExchange:
    """Make an exchange whose body came in chunks."""
    headers = b"Content-Type: text/html\r\nTransfer-Encoding: chunked\r\n"
    return capture(url, body, wire=chunked(body), headers=headers, **more)


def writer(folder: Path, index: Index, **more: Any) -> WarcWriter:
    """Make a writer of WARCs in a folder."""
    return WarcWriter(
        folder,
        software="thread-archiver/0",
        contact="archive@example.org",
        robots="ignore",
        index=index,
        **more,
    )


def warcs(folder: Path) -> list[Path]:
    """Give the closed WARCs of a folder, by name."""
    return sorted(folder.glob("*.warc.gz"))


def only_warc(folder: Path) -> Path:
    """Give the one closed WARC of a folder, in which nothing else but its index may stand."""
    assert len(list(folder.iterdir())) == 2
    (path,) = warcs(folder)
    return path
