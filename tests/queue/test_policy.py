"""Which failures pass by themselves, and how long is waited?"""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver import errors
from archiver.queue.policy import ATTEMPTS, retry_at
from tests.store.samples import NOON

URL = "https://social.example/@desk/1"


def waits(error: errors.ArchiverError, attempts: int = 1, jitter: float = 0.0) -> float | None:
    """Give the pause in seconds, None if it is not tried again."""
    due = retry_at(error, attempts, NOON, jitter)
    return None if due is None else (due - NOON).total_seconds()


def fetch(status: int | None, retry_after_s: float | None = None) -> errors.FetchError:
    """Give a source's page that could not be read."""
    return errors.FetchError("no", uri_r=URL, status=status, retry_after_s=retry_after_s)


@pytest.mark.parametrize(
    "error",
    [
        fetch(None),
        fetch(500),
        fetch(503),
        fetch(408),
        fetch(429),
        fetch(418, retry_after_s=1),
        errors.RateLimited("slow", uri_r=URL, status=403),
        errors.StoreError("the disk is full"),
    ],
)
def test_what_may_pass_is_tried_again(error: errors.ArchiverError) -> None:
    """After a minute at first."""
    assert waits(error) == 60


@pytest.mark.parametrize(
    "error",
    [
        fetch(400),
        fetch(451),
        errors.NotFound("gone", uri_r=URL, status=404),
        errors.AccessDenied("private", uri_r=URL, status=403, retry_after_s=60),
        errors.TooLarge("large", uri_r=URL),
        errors.UnsafeTarget("inside", uri_r=URL),
        errors.ParseError("odd", uri_r=URL, platform="mastodon"),
        errors.UnsupportedSeed("what?", uri_r=URL),
        errors.UsageError("no such file"),
        errors.ConfigError("wrong"),
        errors.PublishError("full", path="/x"),
        errors.FixityError("changed", record_id="r", expected="a", actual="b"),
    ],
)
def test_what_stays_as_it_is_fails_at_once(error: errors.ArchiverError) -> None:
    """Asking again would not help anybody."""
    assert waits(error) is None


def test_pauses_grow_and_end() -> None:
    """1, 5, 15, 60 minutes; the fifth failure is the last."""
    pauses = [waits(fetch(503), attempts) for attempts in range(1, ATTEMPTS + 2)]
    assert pauses == [60, 300, 900, 3600, None, None]


def test_server_is_obeyed() -> None:
    """Retry-After lengthens a pause, never shortens it, and not beyond a day."""
    assert waits(fetch(429, retry_after_s=1000)) == 1000
    assert waits(fetch(429, retry_after_s=1)) == 60
    assert waits(fetch(429, retry_after_s=1e12)) == 86_400


@given(
    st.integers(1, ATTEMPTS - 1),
    st.floats(0, 1),
    st.none() | st.floats(0, allow_nan=False, allow_infinity=False),
)
def test_pause_is_never_cut_short(attempts: int, jitter: float, asked: float | None) -> None:
    """Jitter only adds, at most a fifth of the pause."""
    due = retry_at(fetch(503, retry_after_s=asked), attempts, NOON, jitter)
    plain = retry_at(fetch(503, retry_after_s=asked), attempts, NOON, 0.0)
    assert due is not None and plain is not None
    assert dt.timedelta(0) <= due - plain <= dt.timedelta(seconds=720)
    assert plain - NOON >= dt.timedelta(seconds=60)
