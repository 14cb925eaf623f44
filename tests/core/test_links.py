"""What does an answer say of a link?"""

from __future__ import annotations

import pytest

from archiver.core import links
from archiver.core.merge import merge
from archiver.models import Exchange, FetchRequest, Outcome
from tests.core.threads import at, observation, post


@pytest.mark.parametrize(
    ("outcome", "status", "said"),
    [
        (Outcome.OK, 200, Outcome.OK),
        (Outcome.OK, 304, Outcome.OK),
        (Outcome.OK, 404, Outcome.DEAD),
        (Outcome.OK, 410, Outcome.DEAD),
        (Outcome.OK, 403, Outcome.REFUSED),
        (Outcome.OK, 429, Outcome.REFUSED),
        (Outcome.OK, 451, Outcome.REFUSED),
        (Outcome.OK, 500, Outcome.REFUSED),
        (Outcome.TIMEOUT, None, Outcome.TIMEOUT),
        (Outcome.TOO_LARGE, 200, Outcome.TOO_LARGE),
    ],
)
def test_status_decides_the_outcome(outcome: Outcome, status: int | None, said: Outcome) -> None:
    """Not there is dead, not for us is refused, and no answer says why."""
    answer = Exchange(FetchRequest("https://x.example/"), at(0), outcome, status)
    assert links.outcome_of(answer) is said


def test_each_link_is_followed_once() -> None:
    """Ten places with two links are two links, in order of appearance."""
    seen = observation(
        post("a", links=["https://b.example/"]),
        post("b", links=["https://a.example/", "https://b.example/"]),
    )
    thread, _ = merge(None, seen)
    assert links.distinct(thread) == ("https://b.example/", "https://a.example/")
