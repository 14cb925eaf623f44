"""Which records tell something else than their companions, or than can be? Pure; says phrases."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from archiver.warc.reader import Record, parse_date, unbracketed

_SKEW = dt.timedelta(days=1)
_OF_EXCHANGE = frozenset({"request", "response", "revisit"})
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Told:
    """
    What a record tells of its exchange.

    Attributes:
        type: Of the record.
        url: Its WARC-Target-URI; empty if it has none.
        ip: Its WARC-IP-Address; empty if it has none.
        date: Its WARC-Date as written.
    """

    type: str
    url: str
    ip: str
    date: str


def told(record: Record) -> Told:
    """Take out of a header what companions are held against."""
    return Told(
        record.type,
        unbracketed(record.get("WARC-Target-URI") or ""),
        record.get("WARC-IP-Address") or "",
        record.get("WARC-Date") or "",
    )


def between(one: Told, other: Told) -> Iterator[str]:
    """
    Say where two records of one exchange contradict each other.

    Metadata of other software may be about something that has no address of the web; so only
    addresses of the web are held against each other there.

    Source: WARC 1.1, 5.4 and 5.10: records of one capture event share date and address
    """
    both = {one.type, other.type}
    within = f"the {other.type} of its exchange"
    is_exchange = both <= _OF_EXCHANGE
    if is_exchange and one.date and other.date and one.date[:19] != other.date[:19]:
        yield f"is dated {one.date[:40]}, and {within} {other.date[:40]}"
    # Two answers may be hops of one event; a request and its answer are about the same.
    is_asked = is_exchange and "request" in both and len(both) > 1
    is_described = both <= _OF_EXCHANGE | {"metadata"} and "metadata" in both and len(both) > 1
    comparable = is_asked or (is_described and _is_web(one.url) and _is_web(other.url))
    if comparable and one.url and other.url and one.url != other.url:
        yield f"is of {one.url[:200]}, and {within} of {other.url[:200]}"
    if is_asked and one.ip and other.ip and one.ip != other.ip:
        yield f"came from {one.ip[:60]}, and {within} from {other.ip[:60]}"


def host_fault(url: str, host: str) -> str:
    """
    Say that a request was sent to another host than the one its record names; empty if not.

    Args:
        url: WARC-Target-URI.
        host: Value of the request's Host header; empty if it has none.
    """
    try:
        parts = urlsplit(url)
        asked = urlsplit(f"{parts.scheme}://{host.strip()}")
        default = _PORTS.get(parts.scheme)
        wanted = _plain(parts.hostname or ""), parts.port or default
        given = _plain(asked.hostname or ""), asked.port or default
    except ValueError:
        return ""  # no host can be told, so none contradicts it
    if not host or not parts.hostname or default is None or wanted == given:
        return ""
    return f"asks the host {host[:200]}, and its record says {url[:200]}"


def future_fault(date: str, now: dt.datetime) -> str:
    """Say that a record is dated after the time of checking; a day is left to wrong clocks."""
    at = parse_date(date)
    if at is None or at <= now + _SKEW:
        return ""
    return f"is dated {date[:40]}, which is yet to come"


def _is_web(url: str) -> bool:
    return url.lower().startswith(("http://", "https://"))


def _plain(host: str) -> str:
    host = host.lower().removesuffix(".")
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return host
