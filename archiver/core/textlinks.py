"""Which links, mentions and hashtags does plain text hold, and how does it read as html?"""

from __future__ import annotations

import enum
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from archiver.core import suffixes
from archiver.core.richtext import anchor, escaped
from archiver.models import Link

_URL_ASCII = frozenset(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~:/?#[]@!$&'()*+,;=%|"
)
_TRAILING = frozenset(".,;:!?'([|")  # belongs to the sentence, if it is the last of a link
_PAIRS = {")": "(", "]": "["}
# What may stand right before a bare host shows that it is part of something else.
_GLUE = frozenset("@＠/\\:=#＃&?%~+$")

# Scripts written without spaces: their letters touch a link without belonging to it.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u0f00-\u109f\u1100-\u11ff\u1780-\u17ff"
    "\u2e80-\ua4cf\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]"
)
_SCHEME = re.compile(r"https?://", re.IGNORECASE)
# Possessive: every run is read once, so hostile text costs no more than its length.
_HOST = re.compile(r"[\w-]++(?:\.[\w-]++)*+")
_PORT = re.compile(r":\d{1,5}(?=/)")
_MENTION = re.compile(
    r"[@＠]([A-Za-z0-9_]++(?:[.-][A-Za-z0-9_]++)*+)(?:@([A-Za-z0-9-]++(?:\.[A-Za-z0-9-]++)++))?+"
)
_HASH = re.compile("[#＃]")


class SpanKind(enum.StrEnum):
    """What a piece of text is."""

    LINK = "link"
    MENTION = "mention"
    HASHTAG = "hashtag"


@dataclass(frozen=True, slots=True)
class Span:
    """
    A piece of a text that means something.

    Attributes:
        start: In code points from the start of the text.
        end: Exclusive.
        value: An absolute http or https URL; a handle with its @; a tag without its #.
    """

    start: int
    end: int
    kind: SpanKind
    value: str


def find(text: str, taken: Iterable[Span] = ()) -> tuple[Span, ...]:
    """
    Find what a reader would take for a link, a mention or a hashtag.

    Links are full http and https URLs, and bare hosts of a known public suffix with a path
    (`bit.ly/3PFV01u`) or with `www.` before them; so `report.pdf`, `e.g.` and addresses of mail
    are none. Punctuation that ends a sentence and brackets opened outside are left out. A bare
    link right before an ellipsis was shortened for display: it leads nowhere we know, and is none.

    Args:
        text: Plain text of any length; costs time in proportion to it.
        taken: Spans that are known already; nothing is found inside them.

    Returns:
        Spans in order, without overlaps; `taken` is among them.
    """
    found = sorted(taken, key=_start)
    for finder in (_urls, _bare_links, _mentions, _hashtags):
        found = sorted([*found, *_outside(finder(text), found)], key=_start)
    return tuple(found)


def html_of(text: str, spans: Iterable[Span] = ()) -> str:
    """
    Write text as one html paragraph: escaped, links as `<a href>`, line ends as `<br>`.

    Args:
        spans: Those that are no links, overlap an earlier one, or lie outside are passed over.
    """
    parts: list[str] = []
    at = 0
    for span in sorted(spans, key=_start):
        usable = span.kind is SpanKind.LINK and _SCHEME.match(span.value)
        if not usable or not at <= span.start < span.end <= len(text):
            continue
        parts.append(escaped(text[at : span.start]))
        parts.append(anchor(span.value, escaped(text[span.start : span.end])))
        at = span.end
    parts.append(escaped(text[at:]))
    return f"<p>{''.join(parts)}</p>"


def links(text: str, spans: Iterable[Span]) -> tuple[Link, ...]:
    """Give the links among spans of a text, each once, in order."""
    return tuple(
        dict.fromkeys(
            Link(span.value, text[span.start : span.end])
            for span in spans
            if span.kind is SpanKind.LINK
        )
    )


def values(spans: Iterable[Span], kind: SpanKind) -> tuple[str, ...]:
    """Give the values of one kind of span, each once, in order."""
    return tuple(dict.fromkeys(span.value for span in spans if span.kind is kind))


def _start(span: Span) -> int:
    return span.start


def _outside(new: Iterable[Span], known: list[Span]) -> Iterator[Span]:
    """Both in order: keep the new ones that touch no known one, in one walk along both."""
    at = 0
    for span in new:
        while at < len(known) and known[at].end <= span.start:
            at += 1
        if at == len(known) or known[at].start >= span.end:
            yield span


def _urls(text: str) -> Iterator[Span]:
    end = 0
    for scheme in _SCHEME.finditer(text):
        if scheme.start() < end or _follows_word(text, scheme.start()):
            continue
        host = _HOST.match(text, scheme.end())
        if host is None and not text.startswith("[", scheme.end()):  # [ opens an IPv6 address
            continue
        shown = _without_neighbours(host[0]) if host else ""
        end = scheme.end() + len(shown)
        if host is None or end == host.end():
            end = _end_of_path(text, end)
        if end > scheme.end():
            yield Span(scheme.start(), end, SpanKind.LINK, text[scheme.start() : end])


def _without_neighbours(host: str) -> str:
    """Cut letters of an unspaced script that follow a host: `a.example見て` is `a.example`."""
    letter = _UNSPACED.search(host)
    if letter is None or _is_public(host) or "." not in host[: letter.start()]:
        return host
    return host[: letter.start()]


def _bare_links(text: str) -> Iterator[Span]:
    end = 0
    for run in _HOST.finditer(text):
        start = run.start() + _skip_neighbours(run[0])
        before = text[run.start() - 1 : run.start()]
        if start < end or (start == run.start() and before in _GLUE):
            continue
        host = text[start : run.end()]
        port = _PORT.match(text, run.end())
        after = port.end() if port else run.end()
        has_path = text.startswith("/", after) and not text.startswith("//", after)
        is_www = host[:4].lower() == "www." and not text.startswith(("@", "/"), run.end())
        if not (has_path or is_www) or not _is_public(host):
            continue
        stop = _end_of_path(text, after) if has_path else run.end()
        if text.startswith("…", stop):
            continue
        end = stop
        yield Span(start, stop, SpanKind.LINK, f"https://{text[start:stop]}")


def _skip_neighbours(host: str) -> int:
    """How many letters of an unspaced script stand before an ASCII host: `見てbit.ly` has 2."""
    label = host.partition(".")[0]
    letters = list(_UNSPACED.finditer(label))
    if not letters or letters[-1].end() == len(label):
        return 0
    return letters[-1].end()


def _end_of_path(text: str, start: int) -> int:
    """Say where a link ends whose host ends at `start`."""
    end, opened = start, {"(": 0, "[": 0}
    while end < len(text) and _in_url(text[end]):
        char = text[end]
        if char in opened:
            opened[char] += 1
        elif char in _PAIRS:
            if not opened[_PAIRS[char]]:
                break
            opened[_PAIRS[char]] -= 1
        end += 1
    while end > start and text[end - 1] in _TRAILING:
        end -= 1
    return end


def _in_url(char: str) -> bool:
    if char.isascii():
        return char in _URL_ASCII
    return unicodedata.category(char)[0] in "LMN" and not _UNSPACED.match(char)


def _follows_word(text: str, start: int) -> bool:
    if start == 0:
        return False
    before = text[start - 1]
    return (before.isalnum() or before == "_") and not _UNSPACED.match(before)


def _mentions(text: str) -> Iterator[Span]:
    for found in _MENTION.finditer(text):
        start = found.start()
        if _follows_word(text, start) or text[start - 1 : start] in ("@", "＠", "/"):
            continue
        name, host = found[1], found[2]
        if host:
            yield Span(start, found.end(), SpanKind.MENTION, f"@{name}@{host}")
            continue
        if not _is_public(name):  # dots and hyphens belong to handles that are host names
            name = re.split("[.-]", name, maxsplit=1)[0]
        yield Span(start, start + 1 + len(name), SpanKind.MENTION, f"@{name}")


def _hashtags(text: str) -> Iterator[Span]:
    for sign in _HASH.finditer(text):
        before = text[sign.start() - 1 : sign.start()]
        if before and (before.isalnum() or before in "_&/#＃"):
            continue
        end = _end_while(text, sign.end(), _in_tag)
        tag = text[sign.end() : end]
        if any(unicodedata.category(char)[0] == "L" for char in tag):
            yield Span(sign.start(), end, SpanKind.HASHTAG, tag)


def _end_while(text: str, start: int, holds: Callable[[str], bool]) -> int:
    end = start
    while end < len(text) and holds(text[end]):
        end += 1
    return end


def _in_tag(char: str) -> bool:
    return char == "_" or char == "\u200c" or unicodedata.category(char)[0] in "LMN"


@lru_cache(maxsize=4096)
def _is_public(host: str) -> bool:
    """Say whether a host ends in a public suffix and has a name before it."""
    if "." not in host or len(host) > 253 or any(not 0 < len(x) < 64 for x in host.split(".")):
        return False
    return bool(suffixes.registrable(host, private=False))
