"""Which time does a number of seconds since 1970 name? For platforms that write times so."""

from __future__ import annotations

import datetime as dt
import math

from archiver.sources.fields import Fields

_START = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def maybe_epoch(fields: Fields, name: str) -> dt.datetime | None:
    """
    Read a time that is written as seconds since 1970, or None if there is none.

    Raises:
        ParseError: If it is no number, or none that a calendar holds.
    """
    value = fields.values.get(name)
    if value is None:
        return None
    at = None if isinstance(value, bool) or not isinstance(value, int | float) else at_epoch(value)
    if at is None:
        fields.refuse(name, "a time in seconds since 1970")
    return at


def at_epoch(seconds: float) -> dt.datetime | None:
    """
    Give the time so many seconds after the start of 1970, UTC; None if no calendar holds it.

    >>> at_epoch(1_000_000_000).isoformat()
    '2001-09-09T01:46:40+00:00'
    """
    try:
        return None if math.isnan(seconds) else _START + dt.timedelta(seconds=seconds)
    except (OverflowError, ValueError):
        return None
