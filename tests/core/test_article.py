"""Is it read what a page says of itself, and are its words found, whatever the page is?"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archiver.core import article, markup

URL = "https://news.example/story?utm=1"
PARAGRAPH = "The files show how it was done, and who knew of it at the time. " * 4


def described(html: str) -> article.Article:
    """Read a page."""
    return article.described(markup.read(html), URL)


def test_page_says_what_it_is() -> None:
    """Title, language, canonical address and description come from the head."""
    said = described(
        "<html lang=zh-Hans><title> The\n story </title><link rel=canonical href='/story'>"
        "<meta name=Description content=' What\nhappened '><p>Told.<nav>Menu</nav>"
    )
    assert said == article.Article(
        "The story", "zh-Hans", "https://news.example/story", "What happened", "Told.\nMenu"
    )


def test_previews_say_it_too() -> None:
    """Where the head is silent, what is offered for previews counts."""
    said = described(
        "<meta property=og:title content='The story'><meta property=og:locale content=de_DE>"
        "<meta property=og:description content='What happened'>"
    )
    assert (said.title, said.language, said.description) == ("The story", "de-DE", "What happened")


@pytest.mark.parametrize(
    "html",
    [
        "",
        "<title></title><html lang=''><meta name=description>",
        "<html lang='<b>'><link rel=canonical><link rel=canonical href=javascript:x>",
    ],
)
def test_silent_page_says_nothing(html: str) -> None:
    """What is absent or nonsense is absent."""
    assert described(html) == article.Article()


def test_what_cannot_be_kept_is_left_out() -> None:
    """Control characters and halves of characters are gone; lengths are bounded."""
    said = described(f"<title>a\x01b{'c' * 5000}</title><p>x\x02y\ufffe")
    assert said.title.startswith("abccc")
    assert len(said.title) == 1_000
    assert said.text == "xy"
    assert article.plain("a\ud800\0b\n") == "ab"


def test_main_text_is_found() -> None:
    """The story is found without menu and footer."""
    html = (
        "<html><body><nav><ul><li><a href=/a>Home</a><li><a href=/b>Shop</a></ul></nav>"
        f"<article><h1>The story</h1><p>{PARAGRAPH}</p><p>{PARAGRAPH}</p></article>"
        "<footer>All rights reserved</footer>"
    )
    text = article.main_text(html)
    assert "who knew of it" in text
    assert "Shop" not in text
    assert "rights reserved" not in text


@pytest.mark.parametrize(
    "html", ["", " ", "\0", "<", "<p>x", "{}", "<table>" * 3_000, "<p>" * 50_000, "<svg>" * 900]
)
def test_no_page_breaks_the_search(html: str) -> None:
    """Where no main text can be found there is none."""
    assert isinstance(article.main_text(html), str)


@settings(max_examples=25)
@given(st.text())
def test_any_text_is_described(text: str) -> None:
    """No text makes the reading fail."""
    described(f"<html lang='{text}'><title>{text}</title><link rel=canonical href='{text}'>{text}")
    article.main_text(f"<html><body><article><p>{text}<p>{PARAGRAPH}</article>")
