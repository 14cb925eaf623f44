"""Is a chain that ends where sites send lost links told from one that arrived?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.core import landing

SHORT = "https://bit.example/x"
STORY = "https://www.news.example/2022/05/story"


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ((SHORT, STORY, "https://news.example/"), STORY),
        ((SHORT, STORY, "https://news.example/?utm_source=x"), STORY),
        ((STORY, "https://news.example/404"), STORY),
        ((STORY, "https://news.example/error/page-not-found.html"), STORY),
        ((STORY, "https://consent.news.example/collect?continue=x"), STORY),
        ((STORY, "https://news.example/login?next=x"), STORY),
        ((STORY, "https://news.example/login", "https://news.example/"), STORY),
        (("https://news.example/a", "https://news.example/"), "https://news.example/a"),
        (("http://old.example/2012/05/story", "https://new.example/"), "http://old.example/2012/05/story"),
        (("http://old.example/a-long-name-of-a-story-of-old", "https://new.example/"),
         "http://old.example/a-long-name-of-a-story-of-old"),
    ],
)  # fmt: skip
def test_lost_page_is_named(asked: tuple[str, ...], meant: str) -> None:
    """The last address that names a page is what was meant."""
    assert landing.meant(asked) == meant


@pytest.mark.parametrize(
    "asked",
    [
        (),
        (STORY,),
        (SHORT, STORY),
        (SHORT, "https://news.example/"),
        ("http://news.example/", "https://news.example/"),
        ("https://news.example/login",),
        ("http://news.example/login", "https://news.example/login"),
        (SHORT, "https://news.example/404"),
        (STORY, "https://news.example/2022/05/errors-were-made"),
        (STORY, "https://news.example/#!/story"),
    ],
)
def test_arrival_stands_for_itself(asked: tuple[str, ...]) -> None:
    """A page, and a front page that a short link means, are their own targets."""
    assert landing.meant(asked) is None


@given(st.lists(st.text().map(lambda text: "https://a.example/" + text)))
def test_no_chain_breaks_the_judgement(asked: list[str]) -> None:
    """Whatever was asked, what was meant is among it."""
    meant = landing.meant(asked)
    assert meant is None or meant in asked[:-1]
