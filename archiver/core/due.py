"""When is something to be captured (again)?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

REST_AFTER_FAILURE_S = 6 * 3600.0
"""How long a URL that failed for good is left alone by those who find it again, in seconds."""


def counted_from(first_captured_at: dt.datetime, changed_at: dt.datetime) -> dt.datetime:
    """
    Say from when the ages of a thread count: from its first capture, or its last change since.

    So a thread that changes is captured densely again, and one that is quiet ever more rarely.

    Args:
        changed_at: When a capture last brought a revision, UTC-aware.
    """
    return max(first_captured_at, changed_at)


def recapture_at(
    counted: dt.datetime, last_captured_at: dt.datetime, ages_s: Iterable[float]
) -> dt.datetime | None:
    """
    Say when a thread that a listing found is captured again: at the next of the ages.

    With 1h and 1d a thread is captured again when it has been quiet for an hour and for a day,
    then no more. Several ages passed at once (nothing ran for a while) are one capture.

    Args:
        counted: From when the ages count (`counted_from`), UTC-aware.
        last_captured_at: UTC-aware.
        ages_s: In seconds, in any order.

    Returns:
        None if all ages are passed: then it rests until it changes.

    >>> t = dt.datetime(2026, 5, 1, tzinfo=dt.timezone.utc)
    >>> recapture_at(t, t + dt.timedelta(hours=2), (3600, 86400)).isoformat()
    '2026-05-02T00:00:00+00:00'
    """
    passed = (_after(counted, age) for age in ages_s)
    return min((at for at in passed if at is not None and at > last_captured_at), default=None)


def watched_at(
    counted: dt.datetime, last_captured_at: dt.datetime, ages_s: Iterable[float]
) -> dt.datetime | None:
    """
    Say from when on a thread that is itself watched is captured again, once its watch fires.

    Until it was quiet for the first age, each firing captures it: `every` is its fastest pace.
    Then it is captured as it passes each age, and after the last one whenever as much time has
    passed again; it never rests for good. Without ages each firing captures it.

    Args:
        counted: From when the ages count (`counted_from`), UTC-aware.
        last_captured_at: UTC-aware.
        ages_s: In seconds, > 0, in any order.

    Returns:
        A time that may lie in the past; None if it lies beyond all calendars.
    """
    ages = sorted(ages_s)
    quiet_s = (last_captured_at - counted).total_seconds()
    if not ages or quiet_s < ages[0]:
        return last_captured_at
    if quiet_s < ages[-1]:
        return recapture_at(counted, last_captured_at, ages)
    return _after(counted, (quiet_s // ages[-1] + 1) * ages[-1])


def is_due(at: dt.datetime | None, now: dt.datetime) -> bool:
    """Say whether a time has come; None never does."""
    return at is not None and at <= now


def _after(start: dt.datetime, seconds: float) -> dt.datetime | None:
    try:
        return start + dt.timedelta(seconds=seconds)
    except OverflowError:
        return None


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
