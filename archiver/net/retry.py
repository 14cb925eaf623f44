"""Is another attempt worth it, and after how long? Pure: jitter and time come as arguments."""

from __future__ import annotations

import datetime as dt
import re
from email.utils import parsedate_to_datetime

MAX_ATTEMPTS = 3
MAX_WAIT_S = 5.0
"""A longer Retry-After is not waited for: the answer is given back, and the caller comes again."""

_FIRST_WAIT_S = 0.25
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_NOT_DONE = 429  # nothing was done with the request, so even a POST can be made again
_AGAIN = frozenset({429, 502, 503, 504})


def retry_after_s(value: str | None, now: dt.datetime) -> float | None:
    """
    Read a Retry-After header, in either of its forms.

    Args:
        value: As received; None if there was none.
        now: UTC-aware.

    Returns:
        Seconds from now, >= 0; None if there is none or it means nothing.

    Source: RFC 9110, 10.2.3

    >>> retry_after_s("120", dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    120.0
    """
    if value is None:
        return None
    text = value.strip()
    if re.fullmatch(r"[0-9]{1,9}", text):
        return float(text)
    try:
        when = parsedate_to_datetime(text)
    except ValueError:
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=dt.UTC)
    return max(0.0, (when - now).total_seconds())


def may_pass(status: int | None, transient: bool) -> bool:
    """
    Say whether another attempt may fare better.

    Args:
        status: Of the answer; None if none came.
        transient: No answer came, for a reason that may pass.
    """
    return transient if status is None else status in _AGAIN


def wait_s(
    *,
    method: str,
    attempt: int,
    status: int | None,
    transient: bool,
    retry_after: float | None,
    jitter: float,
    left_s: float,
) -> float | None:
    """
    Say how long to wait before the next attempt: 0.25 s, then 0.5 s, each up to half longer.

    Args:
        attempt: Attempts made so far, from 1.
        status: Of the answer; None if none came.
        transient: No answer came, for a reason that may pass.
        retry_after: What the server asked for, in seconds.
        jitter: A random number, 0 to 1.
        left_s: What is left of the time for all attempts, in seconds.

    Returns:
        Seconds; None if there shall be no further attempt.
    """
    if attempt >= MAX_ATTEMPTS or left_s <= 0 or not may_pass(status, transient):
        return None
    if method not in _SAFE and status != _NOT_DONE:
        return None
    own = _FIRST_WAIT_S * (1 << (attempt - 1)) * (1 + jitter / 2)
    if retry_after is None:
        return own
    return max(own, retry_after) if retry_after <= MAX_WAIT_S else None
