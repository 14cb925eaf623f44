"""Which time does a feed or a page name?"""

from __future__ import annotations

import datetime as dt
from email.utils import parsedate_to_datetime

from archiver.sources.fields import time_of

_LONGEST = 80


def any_time(text: str) -> dt.datetime | None:
    """
    Read a time of RFC 822 or ISO 8601 as UTC; one without a zone counts as UTC.

    Returns:
        None if it is neither, whatever else is written there.

    >>> any_time("Tue, 24 Nov 2026 09:00:00 +0100").isoformat()
    '2026-11-24T08:00:00+00:00'
    >>> any_time("2026-11-24").isoformat()
    '2026-11-24T00:00:00+00:00'
    """
    text = " ".join(text[: _LONGEST + 1].split())
    if not text or len(text) > _LONGEST:
        return None
    at = time_of(text)
    if at is not None:
        return at
    try:
        at = parsedate_to_datetime(text)
        return (at if at.tzinfo else at.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
