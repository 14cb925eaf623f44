"""Does a client already have what it asks for? Pure."""

from __future__ import annotations

import datetime as dt
import re
from email.utils import format_datetime, parsedate_to_datetime

_TAG = re.compile(r'(?:W/)?("[^"]*")')


def is_current(
    etag: str,
    modified: dt.datetime,
    *,
    if_none_match: str | None,
    if_modified_since: str | None,
) -> bool:
    """
    Say whether 304 is the answer to a GET or HEAD.

    Args:
        etag: Strong entity tag of what would be sent, with its quotation marks.
        modified: When it changed, UTC-aware.
        if_none_match: A list of tags or `*`; where it is given, the other one does not count.

    Source: RFC 9110, 13.1.2 (weak comparison), 13.1.3 and 13.2.2
    """
    if if_none_match is not None:
        return if_none_match.strip() == "*" or etag in tags_in(if_none_match)
    since = http_date(if_modified_since)
    return since is not None and modified.replace(microsecond=0) <= since


def tags_in(if_none_match: str | None) -> tuple[str, ...]:
    """
    Give the tags of a list, with their quotation marks.

    >>> tags_in('W/"a", "b"')
    ('"a"', '"b"')
    """
    return tuple(_TAG.findall(if_none_match or ""))


def http_date(text: str | None) -> dt.datetime | None:
    """Read a date of HTTP; None if it is absent or none. Source: RFC 9110, 5.6.7"""
    if text is None:
        return None
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, IndexError, OverflowError):
        return None
    return found.replace(tzinfo=dt.UTC) if found.tzinfo is None else found


def as_http_date(at: dt.datetime) -> str:
    """
    Write a date of HTTP.

    >>> as_http_date(dt.datetime(2022, 5, 24, 14, 3, tzinfo=dt.timezone.utc))
    'Tue, 24 May 2022 14:03:00 GMT'
    """
    return format_datetime(at.astimezone(dt.UTC), usegmt=True)
