"""Which words, links, mentions and hashtags does the HTML of a post hold?"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import NamedTuple

from lxml import etree  # type: ignore[import-untyped]  # lxml brings no types

from archiver.core.richtext import RichText, anchor, clean, escaped, web_address
from archiver.models import Link

_MAX_CHARS = 500_000
_MAX_REMEMBERED = 8_000  # characters; so what is remembered stays below some 50 MB
_MAX_DEPTH = 40  # of elements that we write; deeper ones leave only their words
_SPACE = re.compile(r"[ \t\n]+")  # a no-break or ideographic space is not collapsed
_NAMES = {
    "b": "b", "strong": "strong", "i": "i", "em": "em", "u": "u", "s": "s", "strike": "s",
    "del": "del", "code": "code", "pre": "pre", "ul": "ul", "ol": "ol", "li": "li",
    "blockquote": "blockquote", "p": "p", "h1": "p", "h2": "p", "h3": "p", "h4": "p",
    "h5": "p", "h6": "p",
}  # fmt: skip
"""The elements that survive, and what others become."""
_SILENT = frozenset({
    "script", "style", "template", "noscript", "iframe", "object", "embed", "applet", "svg",
    "math", "head", "title", "textarea", "select", "option", "button", "audio", "video", "canvas",
    "map", "frameset", "noframes",
})  # fmt: skip
_BLOCKS = {
    **dict.fromkeys(("p", "pre", "ul", "ol", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6"), 2),
    **dict.fromkeys(("li", "div", "section", "article", "table", "tr", "dl", "dt", "dd", "hr"), 1),
}
"""Elements that stand alone, and how many line ends part them from their neighbours."""


def from_html(
    body: str,
    *,
    mention_urls: frozenset[str] = frozenset(),
    hashtags: frozenset[str] = frozenset(),
    has_quote: bool = False,
) -> RichText:
    """
    Read the HTML of a post and build it anew from allowed elements.

    Links are taken from `href`, since what is shown is shortened; what is hidden from readers
    (`invisible`) is left out of text and HTML, and `ellipsis` becomes the … that is shown.

    Args:
        mention_urls: Addresses that the platform names as mentions, beside class `mention`.
        hashtags: Names that the platform gives, lower case, beside class `hashtag`.
        has_quote: The post quotes another, so the fallback paragraph of class `quote-inline`
            repeats it and is left out.

    Source: reference/protocols.md, 2.4; libxml2 is used because it stays linear on bad markup
        (an HTML5 parser makes gigabytes of 40 kB of unclosed formatting elements).
    """
    if len(body) > _MAX_REMEMBERED:
        return _read(body, mention_urls, hashtags, has_quote)
    return _remembered(body, mention_urls, hashtags, has_quote)


def _read(
    body: str, mention_urls: frozenset[str], hashtags: frozenset[str], has_quote: bool
) -> RichText:
    reader = _Reader(_Writer(mention_urls, hashtags), has_quote=has_quote)
    parser = etree.HTMLParser(target=reader, huge_tree=True, no_network=True)
    # Within a <div> libxml2 adds no paragraphs of its own.
    etree.fromstring(f"<div>{clean(body[:_MAX_CHARS])}</div>", parser)
    return reader.writer.rich(reader.quote_url)


# One capture shows a post in several answers, and captures of a thread show it again and again.
_remembered = functools.lru_cache(maxsize=2_048)(_read)


class _Tag(NamedTuple):
    """A start tag."""

    name: str
    attributes: Mapping[str, str]
    classes: frozenset[str]


class _Reader:
    """Is told by libxml2 what begins and ends (lxml's parser target), and tells the writer."""

    def __init__(self, writer: _Writer, *, has_quote: bool) -> None:
        self.writer = writer
        self.quote_url = ""
        self._has_quote = has_quote
        self._open: list[_Tag] = []
        self._pre = 0
        self._hidden_at: int | None = None  # how many elements are open outside of what is hidden
        self._in_quote = False

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """Begin an element."""
        tag = _Tag(name, attributes, frozenset(attributes.get("class", "").split()))
        self._open.append(tag)
        if self._hidden_at is not None:
            if self._in_quote and name == "a" and not self.quote_url:
                self.quote_url = web_address(attributes.get("href", "")) or ""
            return
        self._in_quote = self._has_quote and "quote-inline" in tag.classes
        if self._in_quote or name in _SILENT or "invisible" in tag.classes:
            self._hidden_at = len(self._open) - 1
        if not self._in_quote:
            self.writer.open(tag)
        self._pre += name == "pre"

    def end(self, name: str) -> None:
        """End the element that is open, written or implied: libxml2 tells of no other end."""
        if self._open:
            self._close(self._open.pop())

    def data(self, text: str) -> None:
        """Take words."""
        if self._hidden_at is None:
            self.writer.words(text, in_pre=self._pre > 0)

    def close(self) -> None:
        """End the document."""
        while self._open:
            self._close(self._open.pop())

    def _close(self, tag: _Tag) -> None:
        if self._hidden_at is not None:
            if len(self._open) > self._hidden_at:
                return
            self._hidden_at = None
            if self._in_quote:
                self._in_quote = False
                return
        self._pre -= tag.name == "pre"
        self.writer.close(tag)


class _Writer:
    """Writes text and HTML side by side, white space collapsed as a browser does."""

    def __init__(self, mention_urls: frozenset[str], hashtags: frozenset[str]) -> None:
        self._mention_urls = mention_urls
        self._known_tags = hashtags
        self._html: list[str] = []
        self._text: list[str] = []
        self._open: list[str] = []  # what closes the elements that we opened; "" for nothing
        self._depth = 0
        self._space = False
        self._lines = 0
        self._break = False
        self._anchor: tuple[str, int, int] | None = None  # address, begin of HTML and of text
        self._links: dict[Link, None] = {}
        self._mentions: dict[str, None] = {}
        self._hashtags: dict[str, None] = {}

    def words(self, source: str, *, in_pre: bool) -> None:
        """Add words as they stand in the source."""
        words = clean(source)  # once more: &#7; is a control character too
        if in_pre and words:
            self._put(words)
            return
        shown = _SPACE.sub(" ", words)
        self._space = self._space or shown.startswith(" ")
        if shown.strip(" "):
            self._put(shown.strip(" "))
            self._space = shown.endswith(" ")

    def open(self, tag: _Tag) -> None:
        """Begin an element."""
        self._block(tag)
        if tag.name == "br":
            self._lines += 1
            self._html.append("<br>")
        elif tag.name == "img":
            # Some servers write custom emoji as pictures; the shortcode is their alt.
            self.words(tag.attributes.get("alt", ""), in_pre=False)
        ending = self._opened(tag)
        self._open.append(ending)
        self._depth += bool(ending)

    def close(self, tag: _Tag) -> None:
        """End an element."""
        if not self._open:  # the document itself
            return
        if "ellipsis" in tag.classes:
            self._put("…")
        ending = self._open.pop()
        self._depth -= bool(ending)
        if self._anchor is not None and ending == "</a>":
            self._end_anchor(tag, *self._anchor)
        elif ending:
            self._html.append(ending)
        self._block(tag)

    def rich(self, quote_url: str) -> RichText:
        """Give all that was written."""
        text = "".join(self._text).rstrip()
        return RichText(
            html="".join(self._html) if text else "",
            text=text,
            links=tuple(self._links),
            mentions=tuple(self._mentions),
            hashtags=tuple(self._hashtags),
            quote_url=quote_url,
        )

    def _opened(self, tag: _Tag) -> str:
        if self._depth >= _MAX_DEPTH:
            return ""
        if tag.name == "a":
            return self._begin_anchor(tag)
        name = _NAMES.get(tag.name)
        if name is None:
            return ""
        self._html.append(f"<{name}>")
        return f"</{name}>"

    def _begin_anchor(self, tag: _Tag) -> str:
        address = web_address(tag.attributes.get("href", ""))
        if self._anchor is not None or address is None:
            return ""
        self._flush()
        self._anchor = (address, len(self._html), len(self._text))
        return "</a>"

    def _end_anchor(self, tag: _Tag, address: str, first_html: int, first_text: int) -> None:
        self._anchor = None
        shown = " ".join("".join(self._text[first_text:]).split())
        self._html[first_html:] = [anchor(address, "".join(self._html[first_html:]))]
        self._note(tag, address, shown)

    def _note(self, tag: _Tag, address: str, shown: str) -> None:
        kind = tag.classes
        name = shown.lstrip("#＃")
        handle = shown.startswith("@") and "u-url" in kind
        if "hashtag" in kind or (shown != name and name.lower() in self._known_tags):
            self._hashtags[name] = None
        elif handle or "mention" in kind or address in self._mention_urls:
            self._mentions["@" + shown.lstrip("@")] = None
        else:
            self._links[Link(address, shown)] = None

    def _block(self, tag: _Tag) -> None:
        apart = _BLOCKS.get(tag.name, 0)
        if apart:
            self._lines = max(self._lines, apart)
            self._space = False
            # An element that we do not write must still part its words from the next ones.
            self._break = tag.name not in _NAMES and self._html[-1:] != ["<br>"]

    def _flush(self) -> None:
        """Write the line ends or the space that wait for the next word."""
        if self._lines and self._text:
            self._text.append("\n" * self._lines)
            self._html += ["<br>"] * self._break
        elif self._space and self._text:
            self._text.append(" ")
            self._html.append(" ")
        self._lines = 0
        self._space = self._break = False

    def _put(self, words: str) -> None:
        self._flush()
        self._text.append(words)
        self._html.append(escaped(words))
