"""When is something captured again?"""

from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from archiver.core.due import REST_AFTER_FAILURE_S, first_run, recapture_due, rested

FIRST = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)
HOUR, DAY = 3600.0, 86400.0
AGES = (HOUR, DAY)

_seconds = st.floats(0, 1e8, allow_nan=False)
_ages = st.lists(st.floats(1, 1e8, allow_nan=False), max_size=6)


def at(seconds: float) -> dt.datetime:
    """Give the time so many seconds after the first capture."""
    return FIRST + dt.timedelta(seconds=seconds)


def test_thread_is_due_when_it_reaches_an_age() -> None:
    """Not a moment before, and from then on."""
    assert not recapture_due(FIRST, FIRST, AGES, at(HOUR - 1))
    assert recapture_due(FIRST, FIRST, AGES, at(HOUR))
    assert recapture_due(FIRST, FIRST, AGES, at(HOUR + 1))


def test_captured_thread_waits_for_the_next_age() -> None:
    """The hour is done; the day comes next."""
    assert not recapture_due(FIRST, at(HOUR), AGES, at(DAY - 1))
    assert recapture_due(FIRST, at(HOUR), AGES, at(DAY))


def test_thread_past_all_ages_rests() -> None:
    """For good, however long one waits."""
    assert not recapture_due(FIRST, at(DAY), AGES, at(10_000 * DAY))


def test_missed_ages_are_one_capture() -> None:
    """Nothing ran for a week: one capture makes up for both ages."""
    assert recapture_due(FIRST, FIRST, AGES, at(7 * DAY))
    assert not recapture_due(FIRST, at(7 * DAY), AGES, at(7 * DAY + 1))


def test_without_ages_nothing_is_due() -> None:
    """A watch without `recapture`."""
    assert not recapture_due(FIRST, FIRST, (), at(DAY))


@given(last=_seconds, ages=_ages, wait=_seconds)
def test_capture_settles_it(last: float, ages: list[float], wait: float) -> None:
    """Just captured is never due; once due, it stays due until captured."""
    assert not recapture_due(FIRST, at(last), ages, at(last))
    if recapture_due(FIRST, at(last), ages, at(last + wait)):
        assert recapture_due(FIRST, at(last), ages, at(last + wait + 5))


@given(ages=_ages)
def test_order_of_ages_does_not_matter(ages: list[float]) -> None:
    """Nor do repetitions."""
    turned = [*reversed(ages), *ages]
    for seconds in (0.5, 1e3, 1e9):
        now = at(seconds)
        assert recapture_due(FIRST, FIRST, ages, now) == recapture_due(FIRST, FIRST, turned, now)


def test_watch_never_crawled_fires_now() -> None:
    """A new watch is not made to wait for its first turn."""
    assert first_run(None, FIRST) == FIRST


def test_overdue_watch_fires_now_and_once() -> None:
    """However often it was missed."""
    assert first_run(at(-7 * DAY), FIRST) == FIRST


def test_watch_that_is_not_due_waits_for_its_time() -> None:
    """A restart does not bring it forward."""
    assert first_run(at(HOUR), FIRST) == at(HOUR)


def test_failed_url_rests_before_it_is_tried_again() -> None:
    """What never failed need not rest."""
    assert rested(None, FIRST)
    assert not rested(FIRST, at(REST_AFTER_FAILURE_S - 1))
    assert rested(FIRST, at(REST_AFTER_FAILURE_S))
