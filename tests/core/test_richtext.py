"""Are words, links, mentions and hashtags of plain text with spans read right? And titles?"""

from __future__ import annotations

import re

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from archiver.core.richtext import (
    Feature,
    Span,
    clean,
    from_spans,
    language_of,
    name_of,
    title_of,
    utf16_span,
    web_address,
)
from archiver.models import Link

LINK = Feature("link", "https://bit.ly/3abcdEF")


def span_of(text: str, part: str, *features: Feature) -> Span:
    """Mark a part of a text, as a server counts: in bytes of UTF-8."""
    start = text.encode().index(part.encode())
    return Span(start, start + len(part.encode()), features or (LINK,))


@pytest.mark.parametrize(
    "text",
    [
        "NEW: files → bit.ly/3ab… 🧵",
        "👩🏽‍🚒👨‍👩‍👧 bit.ly/3ab… 🇨🇳",
        "新しい調査 bit.ly/3ab… をご覧ください",
        "ئۇيغۇر بالىلىرى bit.ly/3ab… ھەققىدە",
        "bit.ly/3ab…",
    ],
)
def test_link_of_any_script_is_read_by_its_bytes(text: str) -> None:
    """Offsets count bytes, whatever stands before: arrows, emoji, Chinese, Uyghur."""
    rich = from_spans(text, [span_of(text, "bit.ly/3ab…")])
    assert rich.links == (Link("https://bit.ly/3abcdEF", "bit.ly/3ab…"),)
    assert rich.text == text
    assert '<a href="https://bit.ly/3abcdEF" rel="nofollow noopener">bit.ly/3ab…</a>' in rich.html


@pytest.mark.parametrize(
    ("spans", "linked"),
    [
        ([Span(0, 4, (LINK,)), Span(3, 6, (LINK,))], ["🧵"]),
        ([Span(5, 7, (LINK,)), Span(0, 4, (LINK,))], ["🧵", "bc"]),
        ([Span(1, 6, (LINK,))], []),
        ([Span(0, 3, (LINK,))], []),
        ([Span(4, 99, (LINK,))], []),
        ([Span(-2, 3, (LINK,))], []),
        ([Span(5, 5, (LINK,))], []),
        ([Span(6, 5, (LINK,))], []),
        ([Span(0, 4, (LINK,)), Span(4, 7, (LINK,))], ["🧵", "abc"]),
    ],
    ids=[
        "overlapping",
        "unsorted",
        "begins in a character",
        "ends in a character",
        "beyond the end",
        "negative",
        "empty",
        "backwards",
        "touching",
    ],
)
def test_bad_span_is_left_out_and_its_words_stay(spans: list[Span], linked: list[str]) -> None:
    """What cannot be right marks nothing, and takes no words away."""
    rich = from_spans("🧵abc", spans)
    assert rich.text == "🧵abc"
    assert [a.get_text() for a in BeautifulSoup(rich.html, "lxml").find_all("a")] == linked


def test_span_may_be_several_things() -> None:
    """A word can be a hashtag and a link at once; the link is where it leads."""
    both = (Feature("hashtag", "https://bsky.app/hashtag/Uyghurs"), LINK)
    rich = from_spans("#Uyghurs", [Span(0, 8, both)])
    assert rich.hashtags == ("Uyghurs",)
    assert rich.links == (Link("https://bit.ly/3abcdEF", "#Uyghurs"),)


def test_mentions_and_hashtags_are_no_links() -> None:
    """They are named as shown."""
    text = "@icij.org on #ChinaCables"
    mention = span_of(text, "@icij.org", Feature("mention", "https://bsky.app/profile/did:plc:a"))
    tag = span_of(text, "#ChinaCables", Feature("hashtag", "https://bsky.app/hashtag/ChinaCables"))
    rich = from_spans(text, [mention, tag])
    assert (rich.mentions, rich.hashtags, rich.links) == (("@icij.org",), ("ChinaCables",), ())


def test_link_that_is_none_of_the_web_is_only_words() -> None:
    """A javascript: address becomes no link and no anchor."""
    rich = from_spans("click", [Span(0, 5, (Feature("link", "javascript:alert(1)"),))])
    assert (rich.html, rich.links) == ("<p>click</p>", ())


def test_lone_surrogates_keep_their_place_but_are_not_shown() -> None:
    """JSON can hold half a character; a server counts three bytes for it."""
    rich = from_spans("\ud83d ab", [Span(4, 6, (LINK,))])
    assert rich.text == " ab"
    assert rich.links == (Link("https://bit.ly/3abcdEF", "ab"),)


def test_replacement_character_of_the_author_stays() -> None:
    """It is a character like others."""
    assert from_spans("a\ufffdb", []).text == "a\ufffdb"


def test_empty_text_is_empty() -> None:
    """A post of a picture only has no words and no markup."""
    assert from_spans(" \n", []).html == ""


def test_markup_in_text_is_text() -> None:
    """What looks like markup is shown as it was written; lines stay."""
    assert from_spans("<b>&\nx", []).html == "<p>&lt;b&gt;&amp;<br>x</p>"


def test_old_offsets_count_utf16_units() -> None:
    """Records of 2022 count as JavaScript does: an emoji is two."""
    text = "🧵 bit.ly/x"
    span = utf16_span(text, 3, 11, (LINK,))
    assert span is not None
    assert from_spans(text, [span]).links == (Link("https://bit.ly/3abcdEF", "bit.ly/x"),)


@pytest.mark.parametrize(("start", "end"), [(-1, 2), (3, 3), (0, 99)])
def test_old_offsets_out_of_range_are_none(start: int, end: int) -> None:
    """They mark nothing."""
    assert utf16_span("🧵 ab", start, end, (LINK,)) is None


def test_old_offset_inside_a_character_marks_nothing() -> None:
    """Half an emoji is no edge."""
    span = utf16_span("🧵 ab", 1, 4, (LINK,))
    assert span is not None
    assert from_spans("🧵 ab", [span]).links == ()


_spans = st.builds(
    Span, st.integers(-3, 60), st.integers(-3, 60), st.sampled_from([(LINK,), (LINK, LINK), ()])
)


@given(st.text(max_size=40), st.lists(_spans, max_size=6))
def test_html_says_what_the_text_says(text: str, spans: list[Span]) -> None:
    """Whatever is marked, no word is lost, added or moved."""
    rich = from_spans(text, spans)
    shown = BeautifulSoup(rich.html.replace("<br>", "\n"), "lxml").get_text()
    assert "".join(shown.split()) == "".join(rich.text.split())
    assert "".join(rich.text.split()) == "".join(clean(text).split())


@given(st.text(st.characters(), max_size=50))
def test_cleaned_text_can_be_written_as_xml(text: str) -> None:
    """No feed fails because of what somebody posted; cleaning twice changes nothing."""
    cleaned = clean(text)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]", cleaned)
    assert clean(cleaned) == cleaned


def test_planes_have_noncharacters_too() -> None:
    """U+1FFFE and U+10FFFF are none of the text either."""
    assert clean("a\U0001fffe\U0010ffffb\U0001f9f5") == "ab\U0001f9f5"


@pytest.mark.parametrize(
    ("href", "address"),
    [
        ("https://bit.ly/3x", "https://bit.ly/3x"),
        (" http://a.example/ü?q=1#f\n", "http://a.example/ü?q=1#f"),
        ("HTTPS://A.example", "HTTPS://A.example"),
        ("javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("//a.example/x", None),
        ("/x", None),
        ("https://", None),
        ("http://[::1", None),
        ("https://a.example/a b", "https://a.example/a%20b"),
        ('https://a.example/"onclick="x', "https://a.example/%22onclick=%22x"),
        ("https://a.example/<b>?q=<i>", "https://a.example/%3Cb%3E?q=%3Ci%3E"),
        ("https://a.example/a\u3000b%20c", "https://a.example/a%E3%80%80b%20c"),
        ("https://a.example/a\tb\nc", "https://a.example/abc"),
        ("https://a b.example/", None),
        ('https://a".example/', None),
        ("https://a.example/" + "x" * 9_000, None),
        ("", None),
    ],
)
def test_only_addresses_of_the_web_are_addresses(href: str, address: str | None) -> None:
    """They are kept as written, but for what may not stand in them raw."""
    assert web_address(href) == address


@given(st.text(max_size=40).map("https://a.example/".__add__))
def test_address_can_stand_in_an_attribute_and_stays_what_it_is(href: str) -> None:
    """No link is lost for a sign in its path; reading it again changes nothing."""
    address = web_address(href)
    assert address is not None
    assert not set(address) & set('<>" \n\t')
    assert web_address(address) == address


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Ann Lee", "Ann Lee"),
        ("\u202eeeL nnA\u202c", "eeL nnA"),
        ("a\u2066b\u2069\x00", "ab"),
        (" two\n lines ", "two lines"),
        ("ئۇيغۇر", "ئۇيغۇر"),
        ("\u202e", ""),
    ],
)
def test_name_turns_nothing_around(text: str, name: str) -> None:
    """Directional overrides in a name would turn what stands beside it."""
    assert name_of(text) == name


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("en", "en"),
        ("zh-Hant-TW", "zh-Hant-TW"),
        ("pt_BR", "pt-BR"),
        (" ug ", "ug"),
        ("<script>", None),
        ("en\x00", None),
        ("e", None),
        ("x" * 5_000, None),
        ("", None),
        (None, None),
    ],
)
def test_language_is_a_tag_or_none(text: str | None, tag: str | None) -> None:
    """What cannot be a tag does not come into a feed."""
    assert language_of(text) == tag


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Two years of records, one by one. More.", "Two years of records, one by one."),
        ("NEW: what the files show\n\nA thread.", "NEW: what the files show"),
        ("1. Dr. Who wrote this one? Nobody knows.", "1. Dr. Who wrote this one?"),
        (
            "調査班は二年間、港の記録を調べてきたのだった。続き。",
            "調査班は二年間、港の記録を調べてきたのだった。",
        ),
        ("They said “we never signed that.” Then: no.", "They said “we never signed that.”"),
        ("short", "short"),
        ("\u202eturned around", "turned around"),
        ("", ""),
        (" \n ", ""),
        ("word " * 40, "word " * 19 + "word…"),
        ("x" * 150, "x" * 100 + "…"),
        ("word " * 40 + "end. Next.", "word " * 19 + "word…"),
        ("a" * 99 + "👩🏽‍🚒" + "b" * 50, "a" * 99 + "…"),
        ("a" * 99 + "e\u0301" + "b" * 50, "a" * 99 + "…"),
    ],
)  # fmt: skip
def test_title_is_the_first_sentence_or_its_beginning(text: str, title: str) -> None:
    """It is cut between words, and never inside a character that people see."""
    assert title_of(text) == title


@given(st.text(max_size=300))
def test_title_is_one_short_line(text: str) -> None:
    """Whatever was posted."""
    title = title_of(text)
    assert len(title) <= 101
    assert "\n" not in title
