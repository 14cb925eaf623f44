"""Times, counts and names are said in one way."""

from __future__ import annotations

import datetime as dt
import doctest

import pytest

from archiver.models import Author, Completeness
from feeds import addresses, clean, direction, post_parts, rss, wording, xml_fixes

MODULES = [addresses, clean, direction, post_parts, rss, wording, xml_fixes]


@pytest.mark.parametrize("module", MODULES)
def test_examples_in_docstrings_hold(module: object) -> None:
    """What the documentation shows is what happens."""
    assert doctest.testmod(module).failed == 0  # type: ignore[arg-type]  # modules as objects


@pytest.mark.parametrize(
    ("known", "said"),
    [
        (Completeness(13, 13, 0, ""), "13 posts, complete"),
        (Completeness(1, 1, 0, ""), "1 post, complete"),
        (Completeness(None, 5, 0, ""), "5 posts"),
        (Completeness(None, 31, 2, ""), "31 posts, 2 missing"),
        (Completeness(33, 31, 0, ""), "31 posts, 2 missing"),
        (Completeness(0, 0, 0, ""), "0 posts, complete"),
    ],
)
def test_completeness_is_said_in_words(known: Completeness, said: str) -> None:
    """Nobody is told that a thread is complete if the platform does not say so."""
    assert wording.completeness(known) == said


@pytest.mark.parametrize(
    ("who", "name"),
    [
        (Author("1", "icij", "ICIJ"), "ICIJ (@icij)"),
        (Author("1", "@icij@x.example", ""), "@icij@x.example"),
        (Author("1", "icij", "@icij"), "@icij"),
        (Author("1", "", "ICIJ"), "ICIJ"),
        (Author("did:plc:1", "", "\x00"), "did:plc:1"),
        (Author("", "", ""), "Unknown author"),
        (None, "Unknown author"),
    ],
)
def test_author_always_has_a_name(who: Author | None, name: str) -> None:
    """Atom demands one, whatever the platform gave."""
    assert wording.author(who) == name


def test_times_at_the_ends_of_the_calendar_can_be_said() -> None:
    """A platform may claim any time, also one that has no UTC."""
    zone = dt.timezone(dt.timedelta(hours=5))
    assert wording.moment(dt.datetime(1, 1, 1, tzinfo=zone)) == "1 January 1, 00:00 UTC"
    assert wording.iso(dt.datetime(1, 1, 1, tzinfo=zone)) == "0001-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("name", "said"),
    [("mastodon", "Mastodon"), ("x", "X"), ("reader_page", "Reader page"), ("", "")],
)
def test_platforms_are_named_as_in_text(name: str, said: str) -> None:
    """A new platform needs no entry in a table."""
    assert wording.platform(name) == said
