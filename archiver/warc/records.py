"""How is a WARC record spelled? Pure serialisation of headers: version line, named fields, CRLF."""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import ipaddress
import re
from collections.abc import Sequence

from archiver.models import Header

VERSION = "WARC/1.1"
RECORD_END = b"\r\n\r\n"
WARC_FIELDS = "application/warc-fields"
IDENTICAL_PAYLOAD = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def record_head(fields: Sequence[Header]) -> bytes:
    """
    Serialise the header of a record, with its empty line.

    Args:
        fields: Named fields in order; their names are ours.

    Raises:
        ValueError: If a value holds a line end or another control character: it would forge fields.

    Source: WARC 1.1, 4
    """
    return f"{VERSION}\r\n{field_lines(fields)}\r\n".encode()


def field_lines(fields: Sequence[Header]) -> str:
    """
    Serialise a part of a header: lines with their ends.

    Raises:
        ValueError: If a value holds a line end or another control character.
    """
    if not "".join([value for _, value in fields]).isprintable():
        name, value = next(each for each in fields if not each[1].isprintable())
        raise ValueError(f"{name} holds a control character: {value[:80]!r}")
    return "".join([f"{name}: {value}\r\n" for name, value in fields])


def field_block(fields: Sequence[Header]) -> bytes:
    """
    Serialise a block of application/warc-fields.

    Control characters in values, which may come from outside, become spaces.

    Raises:
        ValueError: If a name is not a token.

    Source: WARC 1.1, 6.2 and 6.6
    """
    lines = []
    for name, value in fields:
        if _TOKEN.fullmatch(name) is None:
            raise ValueError(f"{name[:80]!r} is not the name of a field")
        if not value.isprintable():
            value = "".join(letter if letter.isprintable() else " " for letter in value)
        lines.append(f"{name}: {value}\r\n")
    return "".join(lines).encode()


def sha256(block: bytes) -> str:
    """Label the SHA-256 of some bytes: `sha256:` and lower-case hex (warc-specifications #48)."""
    return f"sha256:{hashlib.sha256(block).hexdigest()}"


def warc_date(at: dt.datetime) -> str:
    """
    Write a time with microseconds, so that the hops of a chain keep their order.

    Args:
        at: UTC-aware time.

    Raises:
        ValueError: If it has no zone.

    Source: WARC 1.1, 5.4 (W3CDTF, 1 to 9 fraction digits)

    >>> warc_date(dt.datetime(2026, 11, 24, 9, 30, tzinfo=dt.UTC))
    '2026-11-24T09:30:00.000000Z'
    """
    if at.tzinfo is None:
        raise ValueError("a time without a zone cannot be the date of a record")
    return at.astimezone(dt.UTC).isoformat(timespec="microseconds")[:26] + "Z"


@functools.lru_cache(maxsize=4096)
def ip_text(ip: str) -> str:
    """
    Write an address as RFC 5952 wants it, without a zone.

    Raises:
        ValueError: If it is not an IP address.

    Source: WARC 1.1, 5.10; warc-specifications #100

    >>> ip_text("2001:DB8:0:0::1%eth0")
    '2001:db8::1'
    """
    return str(ipaddress.ip_address(ip.partition("%")[0]))
