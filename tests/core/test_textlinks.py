"""What is a link, a mention or a hashtag in plain text, and what only looks like one?"""

from __future__ import annotations

import html
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.core import textlinks
from archiver.core.textlinks import Span, SpanKind

_LINKS: tuple[tuple[str, list[str]], ...] = (
    ("read https://a.example/x?y=1#z now", ["https://a.example/x?y=1#z"]),
    ("🧵 bit.ly/3PFV01u", ["https://bit.ly/3PFV01u"]),
    ("HTTPS://A.Example/X", ["HTTPS://A.Example/X"]),
    ("bit.ly/3PFV01u, bit.ly/3NvXdee.", ["https://bit.ly/3PFV01u", "https://bit.ly/3NvXdee"]),
    ("(see https://a.example/wiki/B_(c))", ["https://a.example/wiki/B_(c)"]),
    ("[text](https://a.example/x)and more", ["https://a.example/x"]),
    ("is it https://a.example/x?!", ["https://a.example/x"]),
    (
        "“https://a.example/x” and <https://a.example/y>",
        ["https://a.example/x", "https://a.example/y"],
    ),
    ("https://a.example/x(", ["https://a.example/x"]),
    ("http://localhost:8080/a http://[::1]:80/b", ["http://localhost:8080/a", "http://[::1]:80/b"]),
    ("https://a.example:8443", ["https://a.example:8443"]),
    ("icij.org:8080/x", ["https://icij.org:8080/x"]),
    ("www.icij.org and www.icij.org/x", ["https://www.icij.org", "https://www.icij.org/x"]),
    (
        "https://web.example/2020/https://a.example/b",
        ["https://web.example/2020/https://a.example/b"],
    ),
    ("詳しくはbit.ly/3PFV01uを見て", ["https://bit.ly/3PFV01u"]),
    ("全文https://a.example/xです。", ["https://a.example/x"]),
    ("見てhttps://a.exampleを", ["https://a.example"]),
    ("https://例え.jp/a", ["https://例え.jp/a"]),
    ("münchen.de/rathaus", ["https://münchen.de/rathaus"]),
    ("https://a.example/café/é", ["https://a.example/café/é"]),
    ("\u202bhttps://a.example/مقالة\u202c", ["https://a.example/مقالة"]),
    # what is none
    ("report.pdf e.g. i.e. U.S. Ph.D./x U.S./China and/or 24.05/2022", []),
    ("mail me@icij.org or me@icij.org/x or first.last@icij.org", []),
    ("icij.org without a path", []),
    ("src/main.rs/x foo.invalidtld/x co.uk/x", []),
    ("icij.org/investigations/xin…", []),
    ("https:// http:///x xhttps://a.example/x javascript://x", []),
    ("www.nothing www.co@x", []),
    ("a//bit.ly/x @bit.ly/x #bit.ly/x", []),
    (".../x ./y ../z", []),
)

_MENTIONS: tuple[tuple[str, list[str]], ...] = (
    ("This week, @UNHumanRights chief @mbachelet will", ["@UNHumanRights", "@mbachelet"]),
    (".@adrianzenz, who", ["@adrianzenz"]),
    ("see @icij.org and @me.Then", ["@icij.org", "@me"]),
    ("@harbour_desk@social.example: hi", ["@harbour_desk@social.example"]),
    ("記者@deskさん", ["@desk"]),
    ("me@icij.org x@y @ @@a https://a.example/@user", []),
)

_HASHTAGS: tuple[tuple[str, list[str]], ...] = (
    ("The #XinjiangPoliceFiles and #ChinaCables.", ["XinjiangPoliceFiles", "ChinaCables"]),
    ("#日本語 ＃港 #ئۇيغۇر #हिन्दी", ["日本語", "港", "ئۇيغۇر", "हिन्दी"]),
    ("#2022 #1a #_ a#b &#39; ## https://a.example/#x", ["1a"]),
    ("#twice #twice", ["twice"]),
)


def _values(text: str, kind: SpanKind) -> list[str]:
    return list(textlinks.values(textlinks.find(text), kind))


@pytest.mark.parametrize(("text", "expected"), _LINKS)
def test_links(text: str, expected: list[str]) -> None:
    """Full URLs and bare hosts with a path are links; files, mail and short forms are none."""
    assert _values(text, SpanKind.LINK) == expected


@pytest.mark.parametrize(("text", "expected"), _MENTIONS)
def test_mentions(text: str, expected: list[str]) -> None:
    """A handle follows @; mail addresses hold none."""
    assert _values(text, SpanKind.MENTION) == expected


@pytest.mark.parametrize(("text", "expected"), _HASHTAGS)
def test_hashtags(text: str, expected: list[str]) -> None:
    """Letters of any script make a tag; numbers alone do not."""
    assert _values(text, SpanKind.HASHTAG) == expected


def test_known_spans_win() -> None:
    """Inside a span that is known already nothing else is found."""
    known = Span(0, 8, SpanKind.LINK, "https://a.example/long")
    assert textlinks.find("bit.ly/x and bit.ly/y", [known]) == (
        known,
        Span(13, 21, SpanKind.LINK, "https://bit.ly/y"),
    )


def test_links_say_how_they_were_written() -> None:
    """A link keeps the words shown, once for each pair of words and address."""
    text = "bit.ly/x bit.ly/x https://bit.ly/x"
    found = textlinks.links(text, textlinks.find(text))
    assert [link.text for link in found] == ["bit.ly/x", "https://bit.ly/x"]
    assert {link.uri_r for link in found} == {"https://bit.ly/x"}


def test_html_escapes_and_links() -> None:
    """What is no link is escaped, line ends are breaks, only web addresses become links."""
    text = 'a <b> & "c"\nbit.ly/x?a=1&b=2 x'
    spans = (*textlinks.find(text), Span(0, 1, SpanKind.LINK, "javascript:alert(1)"))
    assert textlinks.html_of(text, spans) == (
        '<p>a &lt;b&gt; &amp; "c"<br>'
        '<a href="https://bit.ly/x?a=1&amp;b=2" rel="nofollow noopener">bit.ly/x?a=1&amp;b=2</a>'
        " x</p>"
    )


def test_unusable_spans_are_passed_over() -> None:
    """Spans that overlap, are empty or lie outside change nothing."""
    spans = [
        Span(0, 2, SpanKind.LINK, "https://a.example/"),
        Span(1, 3, SpanKind.LINK, "https://b.example/"),
        Span(3, 3, SpanKind.LINK, "https://c.example/"),
        Span(3, 9, SpanKind.LINK, "https://d.example/"),
    ]
    assert textlinks.html_of("abcd", spans) == (
        '<p><a href="https://a.example/" rel="nofollow noopener">ab</a>cd</p>'
    )


@pytest.mark.parametrize(
    "piece", ["a", "a.", "http://", "bit.ly/", "@a", "#", "#a", "(", "https://a/)(", "www.a.com "]
)
def test_cost_follows_length(piece: str) -> None:
    """Hostile text of 200 kB is read in about a second at most."""
    started = time.perf_counter()
    textlinks.find(piece * (200_000 // len(piece)))
    assert time.perf_counter() - started < 5


_PIECES = st.sampled_from(
    [
        "bit.ly/a",
        "https://a.example/x",
        "www.icij.org",
        "@user",
        "#tag",
        "見て",
        "مقال",
        "(",
        ")",
        "[",
        "…",
        ".",
        "@",
        "#",
        "/",
        ":",
        "<",
        "&",
        "'",
        '"',
        "🧵",
        " ",
        "\n",
    ]
)
_TEXTS = st.one_of(st.text(max_size=80), st.lists(_PIECES, max_size=20).map("".join))


@given(_TEXTS)
def test_spans_are_ordered_and_apart(text: str) -> None:
    """Spans lie inside the text, in order, without overlaps, and hold no white space."""
    end = 0
    for span in textlinks.find(text):
        assert end <= span.start < span.end <= len(text)
        assert not any(char.isspace() for char in text[span.start : span.end])
        end = span.end


@given(_TEXTS)
def test_links_are_what_is_written(text: str) -> None:
    """A link's address is its words, with a scheme where none was written."""
    for span in textlinks.find(text):
        words = text[span.start : span.end]
        if span.kind is SpanKind.LINK:
            assert span.value in (words, f"https://{words}")
            assert re.match(r"https?://.", span.value, re.IGNORECASE)


@given(_TEXTS.filter(lambda text: not set(text) & {"\r", "\0"}))
def test_html_holds_the_text(text: str) -> None:
    """Taking the tags out of the html gives the text again."""
    written = textlinks.html_of(text, textlinks.find(text))
    inner = written.removeprefix("<p>").removesuffix("</p>").replace("<br>", "\n")
    shown = re.sub(r"<a href=\"[^\"<>]*\" rel=\"nofollow noopener\">|</a>", "", inner)
    assert "<" not in shown
    assert html.unescape(shown) == text
