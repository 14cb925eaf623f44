"""Which words, links, mentions and hashtags does a post hold? Plain text with spans, and titles."""

from __future__ import annotations

import html
import re
import sys
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote, urlsplit

from archiver.models import Link

_UNWANTED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
    "|["
    + "".join(f"{chr(plane << 16 | 0xFFFE)}{chr(plane << 16 | 0xFFFF)}" for plane in range(1, 17))
    + "]"
)
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")  # they turn around what stands beside a name
_RAW = re.compile(r"[\s\"<>]")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:[-_][A-Za-z0-9]{1,8}){0,6}")
_MAX_HREF = 8_192
_TITLE_CHARS = 100
_TITLE_SOURCE_CHARS = 2_000  # what follows is not read, however much white space there is
_SENTENCE_CHARS = 20  # "1. " and "Dr. " are no sentences
_SENTENCE_END = re.compile(r"[.!?…؟۔][\"'”’»)]*(?=\s|$)|[。！？][」』）]*|\n")


@dataclass(frozen=True, slots=True)
class RichText:
    """
    What a post says.

    Attributes:
        html: Built anew from allowed elements; its text content is `text`.
        text: What a reader sees, link texts as shown; paragraphs are separated by an empty line.
        links: Where links lead, in order; mentions and hashtags are none.
        mentions: As shown, with @.
        hashtags: As shown, without #.
        quote_url: Address in the fallback paragraph of a quote that was left out, if any.
    """

    html: str = ""
    text: str = ""
    links: tuple[Link, ...] = ()
    mentions: tuple[str, ...] = ()
    hashtags: tuple[str, ...] = ()
    quote_url: str = ""


@dataclass(frozen=True, slots=True)
class Feature:
    """What a span is: a link, a mention or a hashtag, and the address it leads to."""

    kind: Literal["link", "mention", "hashtag"]
    href: str


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a text, in bytes of its UTF-8 form; `end` is exclusive."""

    start: int
    end: int
    features: tuple[Feature, ...]


def clean(text: str) -> str:
    r"""
    Take out what is no text: control characters, lone surrogates, noncharacters (Unicode, 23.7).

    Tabs and line ends stay; the latter become `\n`.

    >>> clean("a\x00b\r\nc")
    'ab\nc'
    """
    if text.isascii() and text.isprintable():  # most are; then there is nothing to take out
        return text
    return _UNWANTED.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def name_of(text: str) -> str:
    r"""
    Clean a name or a handle: one line, without what turns the text beside it around.

    >>> name_of("Ann\u202egpj\n Lee")
    'Anngpj Lee'

    Source: Unicode Standard Annex 9, 2 (explicit directional embeddings, overrides, isolates)
    """
    return " ".join(_BIDI.sub("", clean(text)).split())


def language_of(text: str | None) -> str | None:
    """
    Give a language tag, or None if it cannot be one (RFC 5646, 2.1).

    >>> language_of("pt_BR"), language_of("<b>")
    ('pt-BR', None)
    """
    tag = (text or "").strip()
    return sys.intern(tag.replace("_", "-")) if _LANGUAGE.fullmatch(tag) else None


def web_address(href: str) -> str | None:
    """
    Give an address as it was written if it is one of the web, else None.

    White space and control characters around it are taken off, tabs and line ends inside too, as
    browsers do; spaces, quotes and angle brackets inside are percent-encoded, but not in a host.

    Source: WHATWG URL, 4.4 (tabs and newlines are removed) and 1.3 (percent-encode sets)

    >>> web_address('https://a.example/a b?"c"')
    'https://a.example/a%20b?%22c%22'
    """
    address = re.sub(r"[\t\n]", "", clean(href).strip())
    if len(address) > _MAX_HREF:
        return None
    try:
        parts = urlsplit(address)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        return None
    if not usable or _RAW.search(parts.netloc):
        return None
    return _RAW.sub(lambda sign: quote(sign[0]), address)


def title_of(text: str) -> str:
    """
    Make a title of the text of a first post: its first sentence, or about 100 characters of it.

    Returns:
        One line of at most 101 characters; empty if there are no words.

    >>> title_of("Two years of records, read one by one.\\n\\nWhat we found:")
    'Two years of records, read one by one.'
    """
    body = _BIDI.sub("", clean(text[:_TITLE_SOURCE_CHARS])).strip()
    for end in _SENTENCE_END.finditer(body):
        sentence = " ".join(body[: end.end()].split())
        if len(sentence) > _TITLE_CHARS:
            break
        if len(sentence) >= _SENTENCE_CHARS:
            return sentence
    return _shortened(" ".join(body.split()))


def _shortened(line: str) -> str:
    if len(line) <= _TITLE_CHARS:
        return line
    cut = _TITLE_CHARS
    space = line.rfind(" ", cut // 2, cut + 1)
    if space > 0:
        cut = space
    while cut > 1 and _clings(line[cut], line[cut - 1]):
        cut -= 1
    return line[:cut].rstrip(" ,;:–—-") + "…"


def _clings(sign: str, before: str) -> bool:
    """Say whether a sign belongs to the one before it: accents, joiners, skin tones."""
    return (
        unicodedata.category(sign) in {"Mn", "Me", "Mc", "Cf"}
        or "\U0001f3fb" <= sign <= "\U0001f3ff"
        or before == "\u200d"
    )


def from_spans(text: str, spans: Iterable[Span]) -> RichText:
    """
    Read plain text with marked spans.

    Of spans that overlap the first stays; those that are empty, out of range or begin or end
    inside a character are left out, their words stay.

    Args:
        text: As delivered; offsets count in it before anything is taken out.

    Source: AT Protocol, app.bsky.richtext.facet; reference/protocols.md, 4.3
    """
    raw = re.sub("[\ud800-\udfff]", "\ufffd", text)  # three bytes in UTF-8, as a surrogate has
    whole = raw.encode()
    found = _Found()
    done = 0
    for span in _usable(whole, spans):
        found.words(_piece(text, whole, done, span.start))
        found.span(_piece(text, whole, span.start, span.end), span.features)
        done = span.end
    found.words(_piece(text, whole, done, len(whole)))
    return found.rich()


def utf16_span(text: str, start: int, end: int, features: tuple[Feature, ...]) -> Span | None:
    """Turn offsets in UTF-16 units (old Bluesky records) into a span; None if they are none."""
    units = text.encode("utf-16-le", "surrogatepass")
    if not 0 <= start < end <= len(units) // 2:
        return None
    before = units[: 2 * start].decode("utf-16-le", "surrogatepass")
    inside = units[2 * start : 2 * end].decode("utf-16-le", "surrogatepass")
    first = len(before.encode("utf-8", "surrogatepass"))
    return Span(first, first + len(inside.encode("utf-8", "surrogatepass")), features)


def _usable(whole: bytes, spans: Iterable[Span]) -> list[Span]:
    usable: list[Span] = []
    for span in sorted(spans, key=lambda each: each.start):
        free = usable[-1].end if usable else 0
        inside = free <= span.start < span.end <= len(whole)
        if inside and _is_edge(whole, span.start) and _is_edge(whole, span.end):
            usable.append(span)
    return usable


def _is_edge(whole: bytes, at: int) -> bool:
    return at == len(whole) or whole[at] & 0xC0 != 0x80


def _piece(text: str, whole: bytes, start: int, end: int) -> str:
    lost = "\ufffd" not in text  # then a replacement character stands for a lone surrogate
    piece = whole[start:end].decode()
    return clean(piece.replace("\ufffd", "") if lost else piece)


class _Found:
    """Collects the pieces of a text."""

    def __init__(self) -> None:
        self._html: list[str] = []
        self._text: list[str] = []
        self._links: dict[Link, None] = {}
        self._mentions: dict[str, None] = {}
        self._hashtags: dict[str, None] = {}

    def words(self, words: str) -> None:
        self._text.append(words)
        self._html.append(escaped(words))

    def span(self, words: str, features: tuple[Feature, ...]) -> None:
        href = ""
        for feature in features:
            address = web_address(feature.href)
            if feature.kind == "link" and address is not None:
                self._links[Link(address, words.strip())] = None
            elif feature.kind == "mention":
                self._mentions["@" + words.strip().lstrip("@")] = None
            elif feature.kind == "hashtag":
                self._hashtags[words.strip().lstrip("#＃")] = None
            href = href or address or ""
        self._text.append(words)
        self._html.append(anchor(href, escaped(words)) if href else escaped(words))

    def rich(self) -> RichText:
        text = "".join(self._text)
        body = "".join(self._html)
        return RichText(
            html=f"<p>{body}</p>" if text.strip() else "",
            text=text if text.strip() else "",
            links=tuple(self._links),
            mentions=tuple(self._mentions),
            hashtags=tuple(self._hashtags),
        )


def headed(said: RichText, title: str, target: str | None) -> RichText:
    """
    Set a title above words that have none of their own; links and tags are not carried over.

    Args:
        title: As a person reads it; empty for none.
        target: Where the title leads, if anywhere.
    """
    if not title:
        return said
    head = anchor(target, escaped(title)) if target else escaped(title)
    return RichText(
        html=f"<p><strong>{head}</strong></p>{said.html}",
        text="\n\n".join(filter(None, (title, said.text))),
    )


def escaped(words: str) -> str:
    """Write words as HTML; line ends become <br>."""
    return html.escape(words, quote=False).replace("\n", "<br>")


def anchor(href: str, inner: str) -> str:
    """Write a link; `inner` is HTML already."""
    return f'<a href="{html.escape(href)}" rel="nofollow noopener">{inner}</a>'
