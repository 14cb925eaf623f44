"""Does Markdown become what a reader sees, with its links and pictures, and nothing that harms?"""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.core.markdown import from_markdown, heading

PIECES = st.lists(
    st.sampled_from(
        ["*", "**", "_", "~~", "`", "```\n", "> ", "- ", "1. ", "\n", "\n\n", "# ", "[", "](", ")",
         "![", "https://a.example/x", "<script>", "<b>", "&lt;", "|", "---", "words", " ", "\x00",
         "@me@a.example", "\\", "港"]
    ),
    max_size=40,
)  # fmt: skip


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("a **b** *c* ~~d~~", "<p>a<strong> b</strong><em> c</em><s> d</s></p>"),
        ("# Head\n\nwords", "<p>Head</p><p>words</p>"),
        ("a\nb", "<p>a b</p>"),
        ("> a\n\n- b\n- c", "<blockquote><p>a</p></blockquote><ul><li>b</li><li>c</li></ul>"),
        ("`<b>`", "<p><code>&lt;b&gt;</code></p>"),
        ("<b>x</b>", "<p>&lt;b&gt;x&lt;/b&gt;</p>"),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>"),
        ("", ""),
    ],
)
def test_markup_becomes_allowed_html(source: str, html: str) -> None:
    """As CommonMark reads it; HTML is text unless it is taken."""
    assert from_markdown(source).text.html == html


def test_html_is_read_where_the_platform_takes_it() -> None:
    """And what is not allowed goes."""
    source = '<p>a <b>b</b> <a href="https://a.example/">c</a></p><script>x</script>'
    said = from_markdown(source, html=True).text
    assert said.text == "a b c"
    assert [link.uri_r for link in said.links] == ["https://a.example/"]


def test_line_end_is_kept_where_the_platform_keeps_it() -> None:
    """PeerTube breaks lines, Lemmy does not."""
    assert from_markdown("a\nb", breaks=True).text.text == "a\nb"


def test_links_bare_and_written_out_are_found() -> None:
    """In order; not inside code."""
    source = "[a](https://a.example/x) https://b.example/foo_bar_baz, bit.ly/c `https://d.example/`"
    said = from_markdown(source).text
    assert [(link.uri_r, link.text) for link in said.links] == [
        ("https://a.example/x", "a"),
        ("https://b.example/foo_bar_baz", "https://b.example/foo_bar_baz"),
        ("https://bit.ly/c", "bit.ly/c"),
    ]


def test_pictures_are_media_and_mentions_no_links() -> None:
    """Each picture once, with its description."""
    source = "![a quay](https://i.example/1.png) ![](https://i.example/1.png) " + (
        "[@ann@a.example](https://a.example/u/ann) @bob@b.example"
    )
    marked = from_markdown(source)
    assert [(each.url, each.alt) for each in marked.pictures] == [
        ("https://i.example/1.png", "a quay")
    ]
    assert marked.text.mentions == ("@ann@a.example", "@bob@b.example")
    assert marked.text.links == ()


def test_title_and_address_stand_before_the_words() -> None:
    """Escaped, and the address is a link."""
    said = from_markdown("words", before=heading("A < B", link='https://a.example/?q="1"&b=2')).text
    assert said.text.startswith("A < B\n\n")
    assert said.text.endswith("\n\nwords")
    safe = from_markdown("words", before=heading("T", link="https://a.example/?a=1&b=2")).text
    assert [link.uri_r for link in safe.links] == ["https://a.example/?a=1&b=2"]


def test_text_that_is_too_large_is_kept_as_plain_text() -> None:
    """Nothing is cut away, and links are found all the same."""
    said = from_markdown("word " * 20_000 + "https://a.example/x").text
    assert said.text.count("word") == 20_000
    assert [link.uri_r for link in said.links] == ["https://a.example/x"]


@given(PIECES)
def test_words_are_never_lost_and_markup_never_forged(pieces: list[str]) -> None:
    """Whatever stands beside what, unless it is the address of a link or a picture."""
    source = "".join(pieces)
    for html in (False, True):
        said = from_markdown(source, html=html).text
        assert "<script" not in said.html
        assert "\x00" not in said.html
        if "](" not in source and "<script>" not in source and "```" not in source:
            assert said.text.count("words") == source.count("words")


@pytest.mark.parametrize(
    "piece",
    ["[", "*", "**a", "_a ", "> ", "- ", "`", "<", "![", "[a](", "[a]: ", "a*b_", "|a", "<a ", "&",
     "\\", "1. ", "a\n\n", "<!--", "](", "`a``b", "https://a.example/ "],
)  # fmt: skip
@pytest.mark.parametrize("size", [4_900, 60_000])
def test_hostile_text_costs_little_time(piece: str, size: int) -> None:
    """As large as any platform takes, it is read in a moment."""
    text = piece * (size // len(piece))
    began = time.process_time()
    from_markdown(text, html=True)
    assert time.process_time() - began < 3
