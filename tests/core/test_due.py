"""When is something captured again?"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Sequence

from hypothesis import given
from hypothesis import strategies as st

from archiver.core.due import (
    REST_AFTER_FAILURE_S,
    counted_from,
    first_run,
    is_due,
    recapture_at,
    rested,
    watched_at,
)

FIRST = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)
HOUR, DAY = 3600.0, 86400.0
AGES = (HOUR, DAY)

_seconds = st.floats(0, 1e8, allow_nan=False)
_ages = st.lists(st.floats(1, 1e8, allow_nan=False), max_size=6)


def at(seconds: float) -> dt.datetime:
    """Give the time so many seconds after the first capture."""
    return FIRST + dt.timedelta(seconds=seconds)


def recapture_due(
    counted: dt.datetime, last: dt.datetime, ages: Iterable[float], now: dt.datetime
) -> bool:
    """Say whether a thread of a listing is due now."""
    return is_due(recapture_at(counted, last, ages), now)


def captures(
    changes: Sequence[float], ages: Sequence[float], every: float, end: float
) -> list[int]:
    """Play a watched thread that changes at these seconds; give when it was captured."""
    taken: list[int] = []
    changed, last, pending = FIRST, None, sorted(changes)
    for seconds in range(0, int(end), int(every)):
        now = at(seconds)
        if last is not None and not is_due(
            watched_at(counted_from(FIRST, changed), last, ages), now
        ):
            continue
        last = now
        taken.append(seconds)
        if pending and pending[0] <= seconds:
            changed = now
            pending = [each for each in pending if each > seconds]
    return taken


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


def test_change_makes_ages_count_anew() -> None:
    """A thread that rested for good and was seen to change is due an hour after that."""
    changed = at(30 * DAY)
    counted = counted_from(FIRST, changed)
    assert not recapture_due(counted, changed, AGES, at(30 * DAY + HOUR - 1))
    assert recapture_due(counted, changed, AGES, at(30 * DAY + HOUR))


def test_age_beyond_all_calendars_never_comes() -> None:
    """A setting of a million years is no crash."""
    assert recapture_at(FIRST, FIRST, (1e15,)) is None
    assert watched_at(FIRST, at(HOUR), (HOUR, 1e15)) is None
    assert not is_due(None, at(DAY))


def test_watched_thread_is_captured_at_each_firing_while_it_is_young() -> None:
    """Until it was quiet for the first age; then at each age; then each time the last passed."""
    taken = captures((), (HOUR, DAY), 900, 4 * DAY)
    assert taken == [0, 900, 1800, 2700, 3600, 86400, 2 * 86400, 3 * 86400]


def test_watched_thread_that_changes_is_captured_densely_again() -> None:
    """The change is found at the next age, and from then on `every` is the pace."""
    taken = captures((2 * HOUR,), (HOUR, DAY), 900, 3 * DAY)
    assert taken[5:] == [86400, 87300, 88200, 89100, 90000, 172800]


def test_watched_thread_without_ages_is_captured_at_each_firing() -> None:
    """As it always was."""
    assert captures((), (), 900, HOUR) == [0, 900, 1800, 2700]


@given(
    changes=st.lists(st.floats(0, 3e5, allow_nan=False), max_size=4),
    ages=st.lists(st.floats(900, 1e5, allow_nan=False), min_size=1, max_size=4),
)
def test_quiet_thread_thins_out_and_never_rests_for_good(
    changes: list[float], ages: list[float]
) -> None:
    """No gap is longer than the last age and a firing."""
    taken = captures(changes, ages, 900, 4e5)
    gaps = [later - sooner for sooner, later in itertools.pairwise([*taken, 400_000])]
    assert max(gaps) <= max(ages) + 2 * 900


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
