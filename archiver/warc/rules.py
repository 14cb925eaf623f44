"""Which named fields must, may and must not a record have? Pure; says each fault as a phrase."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from archiver.models import Header
from archiver.warc.digests import fault_of
from archiver.warc.reader import Record, parse_date, unbracketed
from archiver.warc.records import IDENTICAL_PAYLOAD, NOT_MODIFIED

TYPES = frozenset(
    {
        "warcinfo",
        "response",
        "resource",
        "request",
        "metadata",
        "revisit",
        "conversion",
        "continuation",
    }
)
_REQUIRED = ("WARC-Type", "WARC-Record-ID", "WARC-Date", "Content-Length")
_NEED_TARGET = TYPES - {"warcinfo", "metadata"}
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>]+")
_TRUNCATED = frozenset({"length", "time", "disconnect", "unspecified"})

# Field: the only kinds of record that may have it.
# Source: WARC 1.1, 5 and 6; warc-specifications #95
_ONLY_ON = {
    "warc-target-uri": TYPES - {"warcinfo"},
    "warc-filename": frozenset({"warcinfo"}),
    "warc-refers-to": frozenset({"metadata", "revisit", "conversion"}),
    "warc-refers-to-target-uri": frozenset({"revisit"}),
    "warc-refers-to-date": frozenset({"revisit"}),
    "warc-profile": frozenset({"revisit"}),
    "warc-ip-address": TYPES - {"warcinfo", "conversion", "continuation"},
    "warc-concurrent-to": TYPES - {"warcinfo", "conversion", "continuation"},
    "warc-warcinfo-id": TYPES - {"warcinfo"},
    "warc-payload-digest": TYPES - {"warcinfo", "metadata"},
    "warc-segment-origin-id": frozenset({"continuation"}),
    "warc-segment-total-length": frozenset({"continuation"}),
}
_IDS = (
    "WARC-Record-ID",
    "WARC-Concurrent-To",
    "WARC-Refers-To",
    "WARC-Warcinfo-ID",
    "WARC-Segment-Origin-ID",
)


def header_faults(record: Record) -> Iterator[str]:
    """
    Hold the header of a record against WARC 1.1.

    Returns:
        Phrases that follow on the name of a record, e.g. `lacks WARC-Date`.
    """
    yield from _missing(record)
    yield from _repeated(record)
    if record.type not in TYPES:
        return  # WARC 1.1, 5.5: unknown kinds are passed over
    for name, _ in record.fields:
        if record.type not in _ONLY_ON.get(name.lower(), TYPES):
            yield f"must not have {name}"
    yield from _malformed(record)
    if record.type == "revisit":
        yield from _revisit_faults(record)


def header_notes(record: Record) -> Iterator[str]:
    """Give what is unusual in a header and still lawful, as phrases like those of the faults."""
    if record.type not in TYPES:
        yield f"is of the kind {record.type[:40]!r}, which is not known here, and is passed over"
    if record.get("WARC-Block-Digest") is None and record.content_length:
        yield "has no block digest: of its block only the checksum of its gzip member is proof"


def _missing(record: Record) -> Iterator[str]:
    for name in _REQUIRED:
        if record.get(name) is None:
            yield f"lacks {name}"
    if record.type in _NEED_TARGET and record.get("WARC-Target-URI") is None:
        yield "lacks WARC-Target-URI"
    if record.content_length and record.get("Content-Type") is None:
        yield "has a block and lacks Content-Type"
    if record.type == "continuation" and record.get("WARC-Segment-Origin-ID") is None:
        yield "lacks WARC-Segment-Origin-ID"


def _repeated(record: Record) -> Iterator[str]:
    seen = set()
    for name in (name.lower() for name, _ in record.fields):
        if name in seen and name.startswith(("warc-", "content-")) and name != "warc-concurrent-to":
            yield f"has {name} more than once"
        seen.add(name)


def _malformed(record: Record) -> Iterator[str]:
    for name in _IDS:
        for value in record.all(name):
            if unbracketed(value) == value or not _URI.fullmatch(unbracketed(value)):
                yield f"has {name} {value[:80]!r}, which is no URI in angle brackets"
    for name, value in _present(
        record, "WARC-Target-URI", "WARC-Refers-To-Target-URI", "WARC-Profile"
    ):
        # WARC 1.0 writes these in brackets (its grammar), and so do wget and others.
        bare = unbracketed(value) if record.version == "WARC/1.0" else value
        if unbracketed(bare) != bare or not _URI.match(bare):
            yield f"has {name} {value[:80]!r}, which is no bare URI"
    for name, value in _present(record, "WARC-Date", "WARC-Refers-To-Date"):
        if parse_date(value) is None:
            yield f"has {name} {value[:40]!r}, which is no UTC time"
    for name, value in _present(record, "WARC-Block-Digest", "WARC-Payload-Digest"):
        if fault := fault_of(value):
            yield f"has a {name} of which {fault}"
    truncated = record.get("WARC-Truncated")
    if truncated is not None and truncated.lower() not in _TRUNCATED:
        yield f"has WARC-Truncated {truncated[:40]!r}, which is no reason that WARC knows"
    address = record.get("WARC-IP-Address")
    if address is not None and not _is_address(address):
        yield f"has WARC-IP-Address {address[:60]!r}, which is no address as RFC 5952 writes it"


def _present(record: Record, *names: str) -> Iterator[Header]:
    return ((name, value) for name in names if (value := record.get(name)) is not None)


def _revisit_faults(record: Record) -> Iterator[str]:
    profile = record.get("WARC-Profile")
    if profile is None:
        yield "lacks WARC-Profile"
    # The same two profiles exist under the addresses of WARC 1.0.
    elif profile.replace("/warc/1.0/", "/warc/1.1/") not in (IDENTICAL_PAYLOAD, NOT_MODIFIED):
        yield f"has WARC-Profile {profile[:80]!r}, which is not known here"
    elif profile.endswith("identical-payload-digest") and not record.get("WARC-Payload-Digest"):
        yield "says that its payload is identical and lacks WARC-Payload-Digest"
    if record.version == "WARC/1.1":
        for name in ("WARC-Refers-To-Target-URI", "WARC-Refers-To-Date"):
            if record.get(name) is None:
                yield f"lacks {name}, without which readers do not find its original"


def _is_address(text: str) -> bool:
    try:
        return str(ipaddress.ip_address(text)) == text
    except ValueError:
        return False
