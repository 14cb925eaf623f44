"""Does MFM become what a reader of Misskey sees, and nothing that could harm?"""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.sources.misskey.mfm import from_mfm

ORIGIN = "https://mk.example"

PIECES = st.lists(
    st.sampled_from(
        ["**", "***", "~~", "__", "*a*", "_b_", "`", "```\n", "> ", "\n", "$[x2 ", "]", "[a](",
         "https://a.example/x)", ")", "<b>", "</b>", "<plain>", "</plain>", "<script>", "@me",
         "#tag", ":blob:", "words", " ", "&lt;", '"', "\x00", "\u202e", "港"]
    ),
    max_size=40,
)  # fmt: skip


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("a **b** c", "<p>a<strong> b</strong> c</p>"),
        ("~~a~~ <i>b</i> <s>c</s>", "<p><del>a</del><em> b</em><del> c</del></p>"),
        ("*a* __b__ _c_", "<p><em>a</em><strong> b</strong><em> c</em></p>"),
        ("2*3*4 a_b_c", "<p>2*3*4 a_b_c</p>"),
        ("`**a**`", "<p><code>**a**</code></p>"),
        ("<plain>**a**</plain>", "<p>**a**</p>"),
        ("$[x2 big $[spin.speed=2s **w**] e]", "<p>big<strong> w</strong> e</p>"),
        ("$[x2 never closed", "<p>$[x2 never closed</p>"),
        ("never ** closed ]", "<p>never ** closed ]</p>"),
        ("<b>never ~~closed</b>~~", "<p><strong>never ~~closed</strong>~~</p>"),
        ("a\nb", "<p>a<br>b</p>"),
        ("a\n> b\n> c\nd", "<p>a</p><blockquote><p>b<br>c</p></blockquote><p>d</p>"),
        ("```js\nlet a = '<b>'\n```", "<pre><code>let a = '&lt;b&gt;'</code></pre>"),
        ("```\nnever closed", "<p>```<br>never closed</p>"),
        (":blob_cat_party:", "<p>:blob_cat_party:</p>"),
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>"),
        ("", ""),
        ("\n\n", ""),
    ],
)
def test_markup_becomes_allowed_html(source: str, html: str) -> None:
    """What is not closed is text."""
    assert from_mfm(source, origin=ORIGIN).html == html


def test_links_lead_where_they_were_written_to() -> None:
    """Labels, bare and bracketed addresses; signs around them are not theirs."""
    said = from_mfm(
        "[a **b**](https://a.example/x_(y)) **https://b.example/z** <https://c.example/> "
        "?[d](https://d.example/) bit.ly/abc",
        origin=ORIGIN,
    )
    assert [(link.uri_r, link.text) for link in said.links] == [
        ("https://a.example/x_(y)", "a b"),
        ("https://b.example/z", "https://b.example/z"),
        ("https://c.example/", "https://c.example/"),
        ("https://d.example/", "d"),
        ("https://bit.ly/abc", "bit.ly/abc"),
    ]


def test_mentions_and_hashtags_are_no_links() -> None:
    """They lead to their own servers."""
    said = from_mfm("@me @you@far.example #Tag", origin=ORIGIN)
    assert (said.links, said.mentions, said.hashtags) == ((), ("@me", "@you@far.example"), ("Tag",))
    for address in ("https://mk.example/@me", "https://far.example/@you", "/tags/Tag"):
        assert address in said.html


@given(PIECES)
def test_text_is_never_lost_and_markup_never_forged(pieces: list[str]) -> None:
    """Whatever stands beside what, words stay and no element of the author's gets through."""
    said = from_mfm("".join(pieces), origin=ORIGIN)
    assert said.text.count("words") == pieces.count("words")
    assert "<script" not in said.html
    assert "\x00" not in said.html


@pytest.mark.parametrize(
    "piece",
    ["[", "**", "$[x2 ", "`", "<plain>", "*a", "_a ", "~~**", "> ", "```a\n", "?[a](", "<https://",
     "[a](https://x(", "#a ", "@a ", "<b>", "</b>", "https://a.example/**"],
)  # fmt: skip
def test_hostile_text_costs_linear_time(piece: str) -> None:
    """Twenty times what any server takes is read in a moment."""
    text = piece * (60_000 // len(piece))
    began = time.process_time()
    from_mfm(text, origin=ORIGIN)
    assert time.process_time() - began < 3
