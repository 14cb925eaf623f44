"""Is HTML read as far as it goes, whatever is wrong with it, and never for long?"""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.core import markup

HOSTILE = {
    "nested deep": "<div>" * 500_000 + "<img src=x>",
    "nested deep and closed wrongly": "<b>" * 900 + "</p>" * 300_000,
    "ten megabytes": "<p>hello <img src=x>" * 500_000,
    "one tag of many attributes": "<img " + " ".join(f"a{n}=x" for n in range(100_000)) + ">",
    "formatting that multiplies": "".join(f"<b id={n}>" for n in range(500)) + "<p>x" * 100_000,
    "tables in tables": "<table><tr><td>" * 100_000,
    "unclosed quotes": '<a "' * 300_000,
    "unclosed comments": "<!--" * 300_000,
    "nothing but brackets": "<" * 500_000,
    "one long text": "a" * 9_000_000,
    "one long attribute": f'<img src="{"a" * 9_000_000}">',
    "many entities": "&amp;" * 500_000,
}


def tags(page: markup.Markup) -> list[str]:
    """Give the tags that were kept, without those that are in every document."""
    return [each.tag for each in page.elements if each.tag not in ("html", "body")]


def test_elements_and_words_are_read() -> None:
    """Telling elements come in order with their texts; words come as a reader sees them."""
    page = markup.read(
        "<html lang=de><TITLE>A &amp; B</TITLE><p>one<p>two <b>bo</b>ld"
        "<script>var a='<p>';</script><noscript>hid<img src=q></noscript>three<br>four"
        "<style>a{}</style><svg><use xlink:href='#x'/></svg>"
    )
    assert tags(page) == ["title", "script", "img", "style", "use"]
    assert [each.text for each in page.of("title", "script", "style")] == [
        "A & B",
        "var a='<p>';",
        "a{}",
    ]
    assert [each.noscript for each in page.of("img", "use")] == [True, False]
    assert next(page.of("html")).get("lang") == "de"
    assert next(page.of("use")).get("xlink:href") == "#x"
    assert page.text == "one\ntwo bold\nthree\nfour"
    assert page.whole


def test_elements_with_telling_attributes_are_kept() -> None:
    """Any element counts that names a resource in a common attribute."""
    page = markup.read("<p>a<p style='x'>b<td background=y><div data-src=' z '>c</div><p id=d>")
    assert [each.tag for each in page.elements][-3:] == ["p", "td", "div"]
    assert page.elements[-1].get("data-src") == "z"


@pytest.mark.parametrize("html", ["", " ", "\0", "<", "</p>", "<!doctype html>", "\ud800", "﻿"])
def test_nearly_nothing_is_read(html: str) -> None:
    """A document without elements is an empty document."""
    page = markup.read(html)
    assert tags(page) == []
    assert page.whole


def test_nul_is_no_end() -> None:
    """A NUL within a document does not cut it."""
    page = markup.read("a\0b<img src=x>\0c<img src=y>")
    assert [each.get("src") for each in page.of("img")] == ["x", "y"]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_markup_takes_no_time(name: str) -> None:
    """Markup that makes tree builders slow is read, or given up, within moments."""
    start = time.process_time()
    markup.read(HOSTILE[name])
    assert time.process_time() - start < 20


def test_limits_are_said() -> None:
    """What was left out for its depth or number is not hidden."""
    assert not markup.read("<div>" * (markup.MAX_DEPTH + 1)).whole
    assert not markup.read("<img src=x>" * (markup.MAX_ELEMENTS + 1)).whole
    assert not markup.read("a" * (markup.MAX_TEXT + 1)).whole
    assert not markup.read(f"<style>{'a' * (markup.MAX_TEXT + 1)}</style>").whole
    kept = markup.read("<img src=x>" * (markup.MAX_ELEMENTS + 1) + "words")
    assert len(kept.elements) == markup.MAX_ELEMENTS
    assert kept.text == "words"


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    """No text makes the reading fail."""
    markup.read(text)
    markup.read(f"<p {text}><style>{text}</style><img src='{text}'>{text}")
