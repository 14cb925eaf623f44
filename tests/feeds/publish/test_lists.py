"""Does each thread stand on one page of the list, for ever?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.publish.lists import PAGE, Listed, Lists
from feeds.publish.state import State

START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
WRITTEN = START.isoformat()


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[State]:
    """One cache for all examples; each empties it."""
    made = State(tmp_path_factory.mktemp("state"))
    yield made
    made.close()


def listed(title: str = "A thread") -> Listed:
    """Give what a list says of a thread."""
    return Listed(title, "A", "Mastodon", None, "All of it.", (), "", WRITTEN, "")


def add(state: State, lists: Lists, first: int, count: int) -> None:
    """List threads, each captured a minute after the one before."""
    with state.together():
        for number in range(first, first + count):
            lists.keep(f"{number:016x}", START + dt.timedelta(minutes=number), listed())
        lists.settle()


def pages(state: State, lists: Lists) -> dict[int, list[str]]:
    """Give the threads on each page."""
    numbers = [row[0] for row in state.ask("SELECT DISTINCT page FROM thread ORDER BY page")]
    return {each: [line.id for line in lists.lines(each)] for each in numbers}


def empty(state: State) -> Lists:
    """Give lists without threads."""
    with state.together():
        state.ask("DELETE FROM thread")
        state.ask("DELETE FROM begun")
    return Lists(state)


@given(total=st.integers(0, 320), more=st.integers(0, 120))
def test_older_pages_never_move(state: State, total: int, more: int) -> None:
    """Each thread stands on one page; what is on an older page stays there when others come."""
    lists = empty(state)
    add(state, lists, 0, total)
    before = pages(state, lists)
    everyone = sorted((each for page in before.values() for each in page), reverse=True)
    assert everyone == [f"{number:016x}" for number in reversed(range(total))]
    assert len(before.get(0, [])) < 2 * PAGE
    assert all(len(page) == PAGE for number, page in before.items() if number)
    add(state, lists, total, more)
    after = pages(state, lists)
    assert {n: page for n, page in before.items() if n} == {n: after[n] for n in before if n}


def test_only_pages_that_change_are_to_be_written(state: State) -> None:
    """A thread more is news for the first page; a full page for its neighbours, too."""
    lists = empty(state)
    add(state, lists, 0, 199)
    assert pages(state, lists).keys() == {0, 1, 2}
    state.end("page", state.begun("page"))
    add(state, lists, 199, 1)
    assert state.begun("page") == ("0", "2", "3")
    assert lists.beside(0).older == "threads/3/" and lists.beside(0).newer is None
    assert (lists.beside(3).newer, lists.beside(3).older) == ("", "threads/2/")
    assert (lists.beside(1).newer, lists.beside(1).older) == ("threads/2/", None)


def test_thread_that_goes_leaves_the_other_pages_alone(state: State) -> None:
    """Its page is shorter; a page that is empty is stepped over."""
    lists = empty(state)
    add(state, lists, 0, 200)
    state.end("page", state.begun("page"))
    for number in range(PAGE, 2 * PAGE):
        lists.forget(lists.number_of(f"{number:016x}") or 0)
    assert state.begun("page") == ("0", "1", "2", "3")
    assert (lists.beside(3).older, lists.beside(1).newer) == ("threads/1/", "threads/3/")
    assert lists.lines(2) == []


def test_line_that_says_the_same_is_no_news(state: State) -> None:
    """Only what a reader would see differs is written."""
    lists = empty(state)
    add(state, lists, 0, 3)
    state.end("page", state.begun("page"))
    n = lists.keep(f"{1:016x}", START + dt.timedelta(minutes=1), listed())
    assert state.begun("page") == ()
    assert lists.keep(f"{1:016x}", START, listed("Another title")) == n
    assert state.begun("page") == ("0",)
