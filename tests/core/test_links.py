"""What does an answer say of a link?"""

from __future__ import annotations

import dataclasses

import pytest

from archiver.core import links
from archiver.core.merge import merge
from archiver.models import Chain, Exchange, FetchRequest, Hop, Outcome
from tests.core.threads import at, observation, post


@pytest.mark.parametrize(
    ("outcome", "status", "said"),
    [
        (Outcome.OK, 101, Outcome.INVALID),
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


def test_http_and_https_are_two_links() -> None:
    """And so are two that differ in a slash: each is what somebody wrote."""
    written = ["http://a.example", "http://a.example/", "https://a.example/"]
    thread, _ = merge(None, observation(post("a", links=[*written, *written])))
    assert links.distinct(thread) == tuple(written)


def test_link_is_as_old_as_its_first_post() -> None:
    """The earliest post that holds it counts, and no time of the future."""
    b, a, c, d = (f"https://{name}.example/" for name in "bacd")
    posts = (
        (post("1", links=[b]), at(5)),
        (post("2", links=[b, a]), at(2)),
        (post("3", links=[c]), at(90)),
        (post("4", links=[d]), None),
    )
    dated = (dataclasses.replace(each, created_at=when) for each, when in posts)
    thread, _ = merge(None, observation(*dated))
    assert links.first_seen(thread, at(30)) == {
        "https://b.example/": at(2),
        "https://a.example/": at(2),
        "https://c.example/": at(30),
        "https://d.example/": at(30),
    }


@pytest.mark.parametrize(
    ("outcome", "status", "end", "lost"),
    [
        (Outcome.DEAD, 404, "", True),
        (Outcome.DNS_ERROR, None, "", True),
        (Outcome.REFUSED, None, "", True),
        (Outcome.REFUSED, 451, "", True),
        (Outcome.REFUSED, 403, "", False),
        (Outcome.REFUSED, 429, "", False),
        (Outcome.REFUSED, 503, "", False),
        (Outcome.TIMEOUT, None, "", False),
        (Outcome.OK, 200, "", False),
        (Outcome.OK, 200, "https://a.example/", True),
        (Outcome.OK, 200, "https://a.example/login", False),
        (Outcome.DEAD, 404, "https://a.example/404", True),
    ],
)
def test_witness_is_wanted_for_what_is_lost(
    outcome: Outcome, status: int | None, end: str, lost: bool
) -> None:
    """Dead, gone from the net, taken down, or sent to the front page; not what only refuses us."""
    target = "https://a.example/2022/the-long-story"
    hops = (Hop(target, at(0), status), Hop(end or target, at(1), status))
    assert links.is_lost(Chain(target, target, outcome, hops, at(0))) is lost


def test_link_that_never_was_asked_has_no_witness() -> None:
    """There is nothing to ask another archive for."""
    assert not links.is_lost(Chain("nonsense", "nonsense", Outcome.INVALID, (), at(0)))
    hops = (Hop("mailto:a@b.example", at(0)),)
    assert not links.is_lost(Chain("x", "mailto:a@b.example", Outcome.DEAD, hops, at(0)))
