"""Is a conversation put in the order of its reply chain, whatever order it came in?"""

from __future__ import annotations

import datetime as dt
import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.core.selfthread import Node, Place, arrange
from archiver.models import Branch

START = dt.datetime(2026, 5, 1, 10, tzinfo=dt.UTC)


def node(name: str, author: str, parent: str | None, minute: int | None = None) -> Node:
    """Make a post; its minute is its number unless said otherwise."""
    digits = "".join(sign for sign in name if sign.isdigit()) or "0"
    at = START + dt.timedelta(minutes=int(digits) if minute is None else minute)
    return Node(name, author, parent, at)


def shown(places: tuple[Place, ...], branch: Branch) -> list[str]:
    """Give the ids of one branch, gaps in brackets."""
    return [f"[{p.id}]" if p.gap else p.id for p in places if p.branch is branch]


A, X = "author", "stranger"
ROOT = node("1", A, None)

CASES = [
    ("a chain", [ROOT, node("2", A, "1"), node("3", A, "2")], {}, ["1", "2", "3"], []),
    (
        "order by reply chain, never by time",
        [ROOT, node("2", A, "1", minute=50), node("3", A, "2", minute=9)],
        {},
        ["1", "2", "3"],
        [],
    ),
    (
        "the oldest of two own replies goes on; the other stays beside",
        [ROOT, node("3", A, "1"), node("2", A, "1"), node("4", A, "3"), node("5", A, "2")],
        {},
        ["1", "2", "5"],
        ["3", "4"],
    ),
    (
        "own replies inside a stranger's branch are not the thread",
        [ROOT, node("2", X, "1"), node("3", A, "2"), node("4", A, "3"), node("5", A, "1")],
        {},
        ["1", "5"],
        ["2", "3", "4"],
    ),
    (
        "a deleted middle post is a gap, and what hangs below it is found",
        [ROOT, node("2", A, "1"), node("4", A, "3"), node("5", A, "4")],
        {"3": A},
        ["1", "2", "[3]", "4", "5"],
        [],
    ),
    (
        "two deleted posts are two gaps",
        [ROOT, node("3", A, "2"), node("5", A, "4"), node("6", A, "5")],
        {"2": A, "4": A},
        ["1", "[2]", "3", "[4]", "5", "6"],
        [],
    ),
    (
        "what hangs below a stranger's deleted post is not the thread",
        [ROOT, node("2", A, "1"), node("4", A, "3"), node("5", A, "4")],
        {"3": X},
        ["1", "2"],
        ["[3]", "4", "5"],
    ),
    (
        "a deleted post of nobody we know, and one with only strangers below, are beside",
        [ROOT, node("3", A, "2"), node("5", X, "4")],
        {"4": A},
        ["1"],
        ["[2]", "3", "[4]", "5"],
    ),
    (
        "a deleted root is a gap with the thread below it",
        [node("2", A, "1"), node("3", A, "2"), node("4", X, "1")],
        {"1": A},
        ["[1]", "2", "3"],
        ["4"],
    ),
    ("a deleted root with nothing below is a gap", [], {}, ["[1]"], []),
    (
        "posts without a parent and posts in a circle are kept beside",
        [ROOT, node("2", X, None), node("3", X, "4"), node("4", X, "3"), node("5", X, "5")],
        {},
        ["1"],
        ["2", "3", "4", "5"],
    ),
    (
        "a root that answers its own reply makes no circle",
        [node("1", A, "2"), node("2", A, "1")],
        {},
        ["1", "2"],
        [],
    ),
]


@pytest.mark.parametrize(
    ("nodes", "unseen", "thread", "sides"),
    [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)
def test_conversation_is_put_in_order(
    nodes: list[Node], unseen: dict[str, str], thread: list[str], sides: list[str]
) -> None:
    """Each case gives the thread itself and what hangs beside it."""
    places = arrange(nodes, "1", author=A, unseen=unseen)
    assert (thread, sides) == (shown(places, Branch.THREAD), shown(places, Branch.SIDE))


def test_unknown_time_counts_as_newest() -> None:
    """A post that does not say when it was made does not take the chain from one that does."""
    undated = Node("0", A, "1", None)
    places = arrange([ROOT, undated, node("2", A, "1")], "1", author=A, unseen={})
    assert shown(places, Branch.THREAD) == ["1", "2"]


def test_first_of_equal_ids_counts() -> None:
    """The same post seen twice stands once, with the parent seen first."""
    places = arrange([ROOT, node("2", A, "1"), node("2", X, "9")], "1", author=A, unseen={})
    assert [Place("1", None, Branch.THREAD), Place("2", "1", Branch.THREAD)] == list(places)


def test_long_conversation_is_no_problem() -> None:
    """Ten thousand posts below each other are walked without recursion, in either branch."""
    chain = [ROOT, *(node(str(n), A, str(n - 1)) for n in range(2, 10_001))]
    assert len(arrange(chain, "1", author=A, unseen={})) == 10_000
    assert len(arrange(chain, "1", author=X, unseen={})) == 10_000


_ids = st.integers(1, 14).map(str)
_conversations = st.lists(
    st.builds(
        Node,
        id=_ids,
        author=st.sampled_from([A, X]),
        parent=st.none() | _ids,
        created_at=st.none() | st.integers(0, 5).map(lambda m: START + dt.timedelta(minutes=m)),
    ),
    unique_by=lambda each: each.id,
)


@given(_conversations, st.dictionaries(_ids, st.sampled_from([A, X])), st.randoms())
def test_order_of_input_does_not_matter(
    nodes: list[Node], unseen: dict[str, str], chance: random.Random
) -> None:
    """However a server orders its answer, the conversation reads the same."""
    mixed = list(nodes)
    chance.shuffle(mixed)
    first = arrange(nodes, "1", author=A, unseen=unseen)
    assert first == arrange(mixed, "1", author=A, unseen=unseen)


@given(_conversations, st.dictionaries(_ids, st.sampled_from([A, X])))
def test_every_post_stands_once_and_the_thread_is_contiguous(
    nodes: list[Node], unseen: dict[str, str]
) -> None:
    """No post is lost or doubled; in the thread each parent is the post before."""
    places = arrange(nodes, "1", author=A, unseen=unseen)
    names = [place.id for place in places]
    assert len(names) == len(set(names))
    assert {each.id for each in nodes} == {p.id for p in places if not p.gap}
    thread = [place for place in places if place.branch is Branch.THREAD]
    assert thread[0].id == "1"
    assert [p.id for p in thread[:-1]] == [p.parent for p in thread[1:]]
    authors = {each.id: each.author for each in nodes}
    assert all(authors[p.id] == A for p in thread[1:] if not p.gap)


@given(_conversations, st.dictionaries(_ids, st.sampled_from([A, X])))
def test_arranging_again_changes_nothing(nodes: list[Node], unseen: dict[str, str]) -> None:
    """The thread that came out is the thread that the same posts give again."""
    places = arrange(nodes, "1", author=A, unseen=unseen)
    given_at = {each.id: each for each in nodes}
    again = [
        Node(place.id, given_at[place.id].author, place.parent, given_at[place.id].created_at)
        for place in places
        if not place.gap
    ]
    lost = {p.id: A for p in places if p.gap and p.branch is Branch.THREAD}
    twice = arrange(again, "1", author=A, unseen={**unseen, **lost})
    assert {p.id for p in twice if not p.gap} == {p.id for p in places if not p.gap}
    assert shown(twice, Branch.THREAD) == shown(places, Branch.THREAD)


def test_many_orphans_and_many_replies_cost_no_squares() -> None:
    """A hundred thousand posts, every second one of which lost its parent."""
    nodes = [
        ROOT,
        *(node(str(n), A if n % 2 else X, str(n // 2 * 2 + 10**6)) for n in range(2, 10**5)),
    ]
    started = time.perf_counter()
    places = arrange(nodes, "1", author=A, unseen={})
    assert time.perf_counter() - started < 10
    assert len([p for p in places if not p.gap]) == len(nodes)
