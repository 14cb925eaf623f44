"""When is something to be captured (again)?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

REST_AFTER_FAILURE_S = 6 * 3600.0
"""How long a URL that failed for good is left alone by those who find it again, in seconds."""


def recapture_due(
    first_captured_at: dt.datetime,
    last_captured_at: dt.datetime,
    ages_s: Iterable[float],
    now: dt.datetime,
) -> bool:
    """
    Say whether a thread passed one of the ages since it was last captured.

    Ages count from the first capture: with 1h and 1d a thread is captured again when it has been
    here for an hour and for a day, then no more. Several ages passed at once (nothing ran for a
    while) are one capture.

    Args:
        first_captured_at: UTC-aware.
        last_captured_at: UTC-aware, not before the first.
        ages_s: In seconds, in any order.
        now: UTC-aware.

    >>> t = dt.datetime(2026, 5, 1, tzinfo=dt.timezone.utc)
    >>> recapture_due(t, t, (3600, 86400), t + dt.timedelta(hours=2))
    True
    >>> recapture_due(t, t + dt.timedelta(hours=2), (3600, 86400), t + dt.timedelta(hours=3))
    False
    """
    age_then = (last_captured_at - first_captured_at).total_seconds()
    age_now = (now - first_captured_at).total_seconds()
    return any(age_then < age <= age_now for age in ages_s)


def first_run(due_at: dt.datetime | None, now: dt.datetime) -> dt.datetime:
    """
    Say when a schedule fires first after a start.

    Args:
        due_at: When it was due next after its last crawl; None if it was never crawled.
        now: UTC-aware.

    Returns:
        `now` if it was never crawled or is overdue, however often it was missed; else `due_at`.
    """
    return now if due_at is None else max(due_at, now)


def rested(failed_at: dt.datetime | None, now: dt.datetime) -> bool:
    """Say whether a URL whose last crawl failed (None if it did not) may be queued again."""
    if failed_at is None:
        return True
    return (now - failed_at).total_seconds() >= REST_AFTER_FAILURE_S
