"""Is a question read as it was meant, and is what is none refused with a sentence?"""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.core.searchquery import Query, parse
from archiver.core.searchwords import facet, phrase
from archiver.errors import UsageError


def test_words_and_phrases_are_told_apart() -> None:
    """Also with the quotation marks of other keyboards, and one that is never closed."""
    query = parse('harbour “night shift” -ferry -"old crane" "open end')
    assert [each.words for each in query.wanted] == [
        ("harbour",),
        ("night", "shift"),
        ("open", "end"),
    ]
    assert [each.words for each in query.unwanted] == [("ferry",), ("old", "crane")]


def test_filters_become_words_of_the_index() -> None:
    """With or without their usual signs, and with a minus."""
    query = parse('author:@desk platform:Mastodon #port tag:"night watch" site:https://ICIJ.org/x')
    assert query.facets == (
        facet("author", "desk"),
        facet("platform", "mastodon"),
        facet("tag", "port"),
        facet("tag", "night watch"),
        facet("site", "icij.org"),
    )
    assert parse("x -site:icij.org").without == (facet("site", "icij.org"),)


def test_times_bound_what_was_written() -> None:
    """A year, a month, a day, or a time with its zone."""
    query = parse("x after:2022 before:2022-06-15")
    assert query.since == dt.datetime(2022, 1, 1, tzinfo=dt.UTC)
    assert query.until == dt.datetime(2022, 6, 15, tzinfo=dt.UTC)
    exact = parse("since:2022-05-24T07:00:00+02:00")
    assert exact.since == dt.datetime(2022, 5, 24, 5, tzinfo=dt.UTC)


def test_address_is_a_phrase() -> None:
    """A colon alone makes no filter."""
    assert parse("https://icij.org/x").wanted == (phrase("https://icij.org/x"),)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("", "no word to search for"),
        ('  🚢 -- "" ', "no word to search for"),
        ("x" * 501, "longer than 500"),
        ("x " * 25, "more than 24"),
        ("after:tomorrow", "is no time"),
        ("before:2022-13", "is no time"),
        ("after:9999-99-99", "is no time"),
        ("author:@", "names nothing"),
        ("site:///", "names nothing"),
    ],
)
def test_what_is_no_question_is_said(asked: str, said: str) -> None:
    """In one sentence."""
    with pytest.raises(UsageError, match=said):
        parse(asked)


@given(st.text(max_size=80) | st.text(st.sampled_from("ab\"*:-() ^+{}|NEAR/#@\\;'"), max_size=60))
def test_any_text_is_read_or_refused(asked: str) -> None:
    """Nothing else comes of it."""
    try:
        assert isinstance(parse(asked), Query)
    except UsageError as err:
        assert "\n" not in str(err)
