"""How is a moment written for machines? Pure."""

from __future__ import annotations

import datetime as dt


def with_millis(at: dt.datetime) -> str:
    """
    Write a time in UTC with milliseconds, as the index of a WACZ and its signature know it.

    >>> with_millis(dt.datetime(2026, 5, 1, 10, 0, 0, 123456, tzinfo=dt.UTC))
    '2026-05-01T10:00:00.123Z'
    """
    return at.astimezone(dt.UTC).isoformat(timespec="milliseconds")[:23] + "Z"
