"""Which words, links and pictures does Markdown hold? Read by markdown-it, then as any HTML."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

from archiver.core import textlinks
from archiver.core.htmltext import from_html
from archiver.core.richtext import RichText, clean, escaped, web_address
from archiver.core.textlinks import SpanKind
from archiver.models import Media, MediaKind

_MAX_CHARS = 60_000  # what is longer is kept as plain text; no platform allows more
_MAX_SIGNS = 5_000  # of those that make an inline parser look far ahead
_SIGNS = re.compile(r"[*_~`\[<>!|]")
_MAX_NESTING = 20


@dataclass(frozen=True, slots=True)
class Marked:
    """What a text in Markdown says, and the pictures that stand in it."""

    text: RichText
    pictures: tuple[Media, ...] = ()


def from_markdown(
    source: str, *, html: bool = False, breaks: bool = False, before: str = ""
) -> Marked:
    """
    Read a text in CommonMark, with tables, struck out words and bare links.

    A text that is so large or so full of signs that reading it would take long is kept as plain
    text. Links whose words begin with @ are mentions.

    Args:
        source: As the author wrote it.
        html: The platform takes HTML inside; it is read, and what is not allowed goes.
        breaks: A line end is one, as it is on PeerTube; else it is a space.
        before: HTML that stands before it, such as a title; read with it.

    Source: CommonMark 0.31.2; GitHub Flavored Markdown, 4.10 and 6.5
    """
    text = clean(source)
    if len(text) > _MAX_CHARS or len(_SIGNS.findall(text)) > _MAX_SIGNS:
        spans = textlinks.find(text)
        return Marked(from_html(before + textlinks.html_of(text, spans)))
    parser = _parser(html, breaks)
    tokens = parser.parse(text)
    notes = _Notes()
    for token in tokens:
        if token.type == "inline":
            token.children = list(_inline(token.children or [], notes))
    body = parser.renderer.render(tokens, parser.options, {})
    rich = from_html(before + body, mention_urls=frozenset(notes.mentioned))
    mentions = dict.fromkeys((*rich.mentions, *notes.mentions))
    rich = dataclasses.replace(rich, mentions=tuple(mentions))
    return Marked(rich, tuple(notes.pictures.values()))


@cache
def _parser(html: bool, breaks: bool) -> MarkdownIt:
    options = {"html": html, "maxNesting": _MAX_NESTING, "linkify": False, "breaks": breaks}
    return MarkdownIt("commonmark", options).enable(["table", "strikethrough"])


class _Notes:
    """What was met on the way."""

    def __init__(self) -> None:
        self.pictures: dict[str, Media] = {}
        self.mentioned: set[str] = set()
        self.mentions: dict[str, None] = {}


def _inline(tokens: Iterable[Token], notes: _Notes) -> Iterator[Token]:
    """Make links of bare addresses, note pictures and mentions."""
    href = ""
    for token in tokens:
        if token.type == "link_open":
            href = str(token.attrs.get("href", ""))
        elif token.type == "link_close":
            href = ""
        elif token.type == "image":
            _note_picture(token, notes)
        elif token.type == "text" and href:
            if token.content.startswith("@"):
                notes.mentioned.add(href)
        elif token.type == "text":
            yield from _linked(token, notes)
            continue
        yield token


def _note_picture(token: Token, notes: _Notes) -> None:
    address = web_address(str(token.attrs.get("src", "")))
    if address is not None:
        alt = clean(token.content).strip()
        notes.pictures.setdefault(address, Media(MediaKind.IMAGE, address, alt=alt))


def _linked(token: Token, notes: _Notes) -> Iterator[Token]:
    text, done = token.content, 0
    for span in textlinks.find(text):
        if span.kind is SpanKind.MENTION and "@" in span.value[1:]:
            notes.mentions[span.value] = None
        if span.kind is not SpanKind.LINK:
            continue
        shown = text[span.start : span.end]
        yield _words(text[done : span.start])
        yield Token("link_open", "a", 1, attrs={"href": span.value})
        yield _words(shown)
        yield Token("link_close", "a", -1)
        done = span.end
    yield _words(text[done:])


def _words(words: str) -> Token:
    return Token("text", "", 0, content=words)


def heading(title: str, *, link: str = "") -> str:
    """
    Write what stands before a text: its title in bold, and the address that it is about.

    >>> heading("Two & two")
    '<p><strong>Two &amp; two</strong></p>'
    """
    body = f"<p><strong>{escaped(clean(title).strip())}</strong></p>"
    address = web_address(link)
    if address is None:
        return body
    shown = escaped(address)
    quoted = shown.replace('"', "&quot;")
    return f'{body}<p><a href="{quoted}">{shown}</a></p>'
