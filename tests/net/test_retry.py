"""When another attempt is made, and after how long."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.net.retry import MAX_ATTEMPTS, MAX_WAIT_S, retry_after_s, wait_s

NOW = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)


def wait(
    method: str = "GET",
    attempt: int = 1,
    status: int | None = 503,
    transient: bool = False,
    retry_after: float | None = None,
    jitter: float = 0.0,
    left_s: float = 60.0,
) -> float | None:
    """Ask the policy."""
    return wait_s(
        method=method,
        attempt=attempt,
        status=status,
        transient=transient,
        retry_after=retry_after,
        jitter=jitter,
        left_s=left_s,
    )


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        (" 0 ", 0.0),
        ("Tue, 24 Nov 2026 12:00:30 GMT", 30.0),
        ("Tue, 24 Nov 2026 12:00:30 -0000", 30.0),
        ("Tue, 24 Nov 2026 11:00:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_read_in_both_forms(value: str | None, seconds: float | None) -> None:
    """Seconds or a date; what means nothing is nothing."""
    assert retry_after_s(value, NOW) == seconds


@given(st.text())
def test_retry_after_never_raises(value: str) -> None:
    """Whatever a server writes there."""
    found = retry_after_s(value, NOW)
    assert found is None or found >= 0


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_passing_troubles_are_tried_again(status: int) -> None:
    """The waits grow, with up to half of jitter."""
    assert wait(status=status) == 0.25
    assert wait(status=status, attempt=2) == 0.5
    assert wait(status=status, attempt=2, jitter=1.0) == 0.75


@pytest.mark.parametrize("status", [200, 301, 400, 401, 403, 404, 410, 500, 501, 505])
def test_other_answers_are_final(status: int) -> None:
    """An answer that means something is not asked for again."""
    assert wait(status=status) is None


def test_no_answer_is_tried_again_only_where_that_may_help() -> None:
    """A refused connection may pass; a bad certificate does not."""
    assert wait(status=None, transient=True) == 0.25
    assert wait(status=None, transient=False) is None


def test_unsafe_methods_are_never_repeated() -> None:
    """A POST may have done something."""
    assert wait(method="POST", status=503) is None
    assert wait(method="POST", status=429) is not None  # it was not even looked at
    assert wait(method="POST", status=None, transient=True) is None


@given(st.integers(MAX_ATTEMPTS, 100))
def test_attempts_are_limited(attempt: int) -> None:
    """After the last one it is over."""
    assert wait(attempt=attempt) is None


def test_short_retry_after_is_obeyed_and_a_long_one_given_back() -> None:
    """We wait a few seconds; for more the caller comes again."""
    assert wait(retry_after=3.0) == 3.0
    assert wait(retry_after=0.0) == 0.25
    assert wait(retry_after=MAX_WAIT_S) == MAX_WAIT_S
    assert wait(retry_after=MAX_WAIT_S + 1) is None


def test_time_for_all_attempts_is_limited() -> None:
    """A host that used it up with its silence is not asked again."""
    assert wait(status=None, transient=True, left_s=0.0) is None
    assert wait(status=None, transient=True, left_s=0.1) == 0.25
