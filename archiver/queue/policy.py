"""Is a crawl that failed tried again, and when? Pure."""

from __future__ import annotations

import datetime as dt

from archiver.errors import (
    AccessDenied,
    ArchiverError,
    FetchError,
    NotFound,
    RateLimited,
    StoreError,
    TooLarge,
    UnsafeTarget,
)

ATTEMPTS = 5
"""How often a crawl is started at most."""

_PAUSES_S = (60.0, 300.0, 900.0, 3600.0)
_SPREAD = 0.2
_LONGEST_S = 86_400.0
_FINAL = (AccessDenied, NotFound, TooLarge, UnsafeTarget)
_TRANSIENT = frozenset({408, 425, 429})


def retry_at(
    error: ArchiverError, attempts: int, now: dt.datetime, jitter: float
) -> dt.datetime | None:
    """
    Say when a crawl is tried again: after 1, 5, 15 and 60 minutes, not before the server wants it.

    Args:
        error: Why it failed.
        attempts: How often it was started, this time included; >= 1.
        now: UTC-aware.
        jitter: 0 to 1, spreads those that failed together over a fifth of the pause.

    Returns:
        None if it is not tried again: the reason will not go away by itself, or five attempts
        were made.
    """
    if attempts >= ATTEMPTS or not _may_pass(error):
        return None
    pause = _PAUSES_S[min(attempts, len(_PAUSES_S)) - 1]
    asked = (error.retry_after_s or 0.0) if isinstance(error, FetchError) else 0.0
    wait = min(max(pause, asked), _LONGEST_S) + pause * _SPREAD * jitter
    return now + dt.timedelta(seconds=wait)


def _may_pass(error: ArchiverError) -> bool:
    if isinstance(error, StoreError | RateLimited):
        return True  # a full disk is emptied, a limit ends
    if not isinstance(error, FetchError) or isinstance(error, _FINAL):
        return False
    if error.retry_after_s is not None or error.status is None:
        return True  # no answer came at all
    return error.status >= 500 or error.status in _TRANSIENT
