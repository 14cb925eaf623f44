"""Is the HTML of a post read as people see it, and written without anything unwanted?"""

from __future__ import annotations

import re
import time

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from archiver.core.htmltext import from_html
from archiver.models import Link

MASTODON_LINK = (
    '<a href="https://bit.ly/3abcdef" rel="nofollow noopener" target="_blank">'
    '<span class="invisible">https://</span><span class="ellipsis">bit.ly/3abc</span>'
    '<span class="invisible">def</span></a>'
)


def test_link_leads_where_it_leads_and_shows_what_is_shown() -> None:
    """The address is the href; hidden parts are not shown, and the cut is."""
    rich = from_html(f"<p>Read it: {MASTODON_LINK} now</p>")
    assert rich.links == (Link("https://bit.ly/3abcdef", "bit.ly/3abc…"),)
    assert rich.text == "Read it: bit.ly/3abc… now"
    anchor = '<a href="https://bit.ly/3abcdef" rel="nofollow noopener">bit.ly/3abc…</a>'
    assert rich.html == f"<p>Read it: {anchor} now</p>"


@pytest.mark.parametrize(
    ("body", "mentions", "hashtags", "links"),
    [
        (
            '<span class="h-card"><a href="https://m.example/@bob" class="u-url mention">@<span>bob'
            "</span></a></span>",
            ("@bob",),
            (),
            0,
        ),
        ('<a href="https://m.example/@bob" class="u-url">@bob</a>', ("@bob",), (), 0),
        ('<a href="https://m.example/users/7">@eve</a>', ("@eve",), (), 0),
        (
            '<a href="https://m.example/tags/Uyghurs" class="mention hashtag" rel="tag">'
            "#<span>Uyghurs</span></a>",
            (),
            ("Uyghurs",),
            0,
        ),
        ('<a class="hashtag" href="https://p.example/tag/x">x</a>', (), ("x",), 0),
        ('<a href="https://k.example/tags/Cables">#Cables</a>', (), ("Cables",), 0),
        ('<a href="https://k.example/tags/other">#other</a>', (), (), 1),
        ('<a href="https://m.example/@bob">the page of @bob</a>', (), (), 1),
    ],
)
def test_mentions_and_hashtags_are_no_links(
    body: str, mentions: tuple[str, ...], hashtags: tuple[str, ...], links: int
) -> None:
    """By their class, or because the platform names them beside the text."""
    rich = from_html(
        body,
        mention_urls=frozenset({"https://m.example/users/7"}),
        hashtags=frozenset({"cables"}),
    )
    assert (rich.mentions, rich.hashtags, len(rich.links)) == (mentions, hashtags, links)


def test_fallback_of_a_quote_is_left_out_and_its_address_kept() -> None:
    """With a quote the paragraph `RE: …` would say it twice; without one it stays."""
    body = (
        '<p class="quote-inline">RE: <a href="/x">x</a> <a href="https://q.example/1">q</a></p>'
        "<p>Yes.</p>"
    )
    quoting = from_html(body, has_quote=True)
    assert (quoting.text, quoting.quote_url, quoting.links) == ("Yes.", "https://q.example/1", ())
    assert from_html(body).text == "RE: x q\n\nYes."


@pytest.mark.parametrize(
    ("body", "text", "html"),
    [
        ("<p>a</p><p>b<br>c<br/><br>d</p>", "a\n\nb\nc\n\nd", "<p>a</p><p>b<br>c<br><br>d</p>"),
        ("<p>a \n\t b</p>\n<p> c</p>", "a b\n\nc", "<p>a b</p><p>c</p>"),
        ("a <b>b</b> c<i> d</i>", "a b c d", "a<b> b</b> c<i> d</i>"),
        ("<ul><li>a</li><li>b</li></ul>c", "a\nb\n\nc", "<ul><li>a</li><li>b</li></ul>c"),
        ("<div>a</div><div>b</div>", "a\nb", "a<br>b"),
        ("<div>a<br></div><div>b</div>", "a\nb", "a<br>b"),
        ("<pre><code>a\n  b</code></pre>", "a\n  b", "<pre><code>a<br>  b</code></pre>"),
        ("<h2>T</h2><strike>x</strike>", "T\n\nx", "<p>T</p><s>x</s>"),
        ("a&nbsp;b\u3000c", "a\u00a0b\u3000c", "a\u00a0b\u3000c"),
        ("&lt;b&gt; &amp;amp;", "<b> &amp;", "&lt;b&gt; &amp;amp;"),
        ("x <img class='emoji' alt=':blob:' src='/b.png'> y", "x :blob: y", "x :blob: y"),
        ("x <img src='https://e.example/b.png'>", "x", "x"),
        (":blob: &#7;&#xFFFE;\x07", ":blob:", ":blob:"),
        ("file.txt", "file.txt", "file.txt"),
        ("<?xml version='1.0'?>x", "x", "x"),
        ("a<!-- c -->b<![CDATA[d]]>", "ab", "ab"),
        ("<p></p>", "", ""),
        ("", "", ""),
    ],
)  # fmt: skip
def test_text_is_what_people_see(body: str, text: str, html: str) -> None:
    """Paragraphs, lines and spaces stand as a browser shows them."""
    rich = from_html(body)
    assert (rich.text, rich.html) == (text, html)


@pytest.mark.parametrize(
    "body",
    [
        "<script>alert(1)</script>",
        "<style>p{}</style>",
        "<svg><script>alert(1)</script></svg>",
        "<iframe src='https://x.example'></iframe>",
        "<p onclick='alert(1)' style='x' class='y' id='z'></p>",
        "<a href='javascript:alert(1)' onclick='alert(1)'></a>",
        "<a href='JaVaScRiPt:alert(1)'></a>",
        "<form action='x'><input value='y'></form>",
        "<template><b>x</b></template>",
    ],
)
def test_nothing_unwanted_survives(body: str) -> None:
    """No script, style, handler, form, frame or foreign address is left."""
    html = from_html(f"<p>kept</p>{body}").html
    assert re.sub(r"</?(?:p|b)>|kept", "", html) in {"", "&lt;script&gt;"}


def test_address_with_markup_in_it_is_kept_and_harmless() -> None:
    """The link is not lost, and it ends nothing."""
    rich = from_html("<a href='https://x.example/\"><script>'>x</a>")
    assert rich.links == (Link("https://x.example/%22%3E%3Cscript%3E", "x"),)
    assert "<script" not in rich.html


def test_link_inside_a_link_is_words() -> None:
    """Anchors never hold anchors; the words of the inner one stay."""
    rich = from_html('<a href="https://a.example/"><ul><li><a href="https://b.example/">x</a>y</a>')
    assert rich.html.count("<a ") == rich.html.count("</a>")
    assert rich.text.replace("\n", "") == "xy"


def test_link_of_a_picture_shows_nothing_but_leads() -> None:
    """It is a link all the same."""
    assert from_html('<a href="https://a.example/"></a>.').links == (
        Link("https://a.example/", ""),
    )


@pytest.mark.parametrize(
    "body",
    [
        "<b>" * 60_000 + "deep",
        "<p>" + "".join(f"<b id={n}>" for n in range(3_000)) + "x" + "</p><p>x" * 3_000,
        "<a x='" * 20_000,
        "<!--" * 30_000,
        "&" * 100_000,
    ],
    ids=["deep", "reconstructed", "quotes", "comments", "ampersands"],
)
def test_hostile_markup_costs_little(body: str) -> None:
    """No markup makes much work, much output or a deep tree of it."""
    started = time.perf_counter()
    html = from_html(body).html
    assert time.perf_counter() - started < 5
    assert len(html) < 10 * len(body)
    assert html.count("<b>") <= 40 or "</p>" in html


_words = st.text(st.characters(codec="utf-8"), max_size=8).map(
    lambda text: text.replace("<", "").replace("&", "")
)
_pieces = st.one_of(
    _words,
    st.sampled_from(["<p>", "</p>", "<b>", "</b>", "<br>", "<i>", "</i>", "</a>", "</span>"]),
    st.sampled_from(["<ul>", "</ul>", "<li>", "</li>", "<div>", "</div>", "<pre>", "</pre>"]),
    st.sampled_from(['<a href="https://a.example/">', '<span class="ellipsis">']),
)


@given(st.lists(_pieces, max_size=30).map("".join))
def test_html_says_what_the_text_says(body: str) -> None:
    """However the markup is broken, both say the same words in the same order."""
    rich = from_html(body)
    shown = BeautifulSoup(rich.html.replace("<br>", "\n"), "lxml").get_text()
    assert "".join(shown.split()) == "".join(rich.text.split())
    assert set(re.findall(r"</?([a-z]+)", rich.html)) <= {
        "p", "b", "i", "br", "ul", "li", "pre", "a"
    }  # fmt: skip
