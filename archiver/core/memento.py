"""Under which address does an archived copy stand? (RFC 7089: URI-M, with 14 digits of time)"""

from __future__ import annotations

import datetime as dt


def timestamp14(at: dt.datetime) -> str:
    """
    Write a time as the 14 digits of a memento address.

    >>> timestamp14(dt.datetime(2026, 5, 1, 10, 0, 7, tzinfo=dt.timezone.utc))
    '20260501100007'
    """
    return at.astimezone(dt.UTC).strftime("%Y%m%d%H%M%S")


def uri_m(base_url: str, url: str, at: dt.datetime) -> str:
    """
    Give the address of an archived copy.

    Args:
        base_url: publish.base_url, without a slash at its end.
        url: URI-R, as it was captured.
        at: When it was captured.
    """
    return f"{base_url}/web/{timestamp14(at)}/{url}"
