"""What does a text in MFM say? Misskey's own markup, read in one pass into allowed HTML."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from urllib.parse import quote

from archiver.core.htmltext import from_html
from archiver.core.richtext import RichText, anchor, clean, escaped, web_address
from archiver.core.textlinks import Span, SpanKind, find

_ASCII_WORDS = r"[A-Za-z0-9 \t\u3000]++"
# Possessive throughout: what does not match is not read again.
_SYNTAX = re.compile(
    rf"""
      (?P<plain><plain>(?P<raw>[^<]*+)</plain>)
    | (?P<code>`(?P<source>[^`\n]++)`)
    | (?P<link>\??\[(?P<label>[^\[\]\n]{{1,500}}+)\]
        \(<?(?P<href>https?://[^\s()<>]*+(?:\([^\s()<>]*+\)[^\s()<>]*+)*+)>?\))
    | (?P<angle><(?P<address>https?://[^\s<>]++)>)
    | (?P<fn>\$\[[a-z0-9_]{{1,40}}+(?:\.[a-z0-9_=.,:\-]{{1,200}}+)?+[ \n])
    | (?P<fnend>\])
    | (?P<tag></?(?P<name>b|i|s|small|center)>)
    | (?P<toggle>\*\*\*|\*\*|~~)
    | (?P<under>__(?P<strong>{_ASCII_WORDS})__)
    | (?P<slant>(?<![A-Za-z0-9])(?P<sign>[*_])(?P<soft>{_ASCII_WORDS})(?P=sign))
    """,
    re.VERBOSE,
)
_TOGGLES = {"***": "strong", "**": "strong", "~~": "del"}
_TAGS = {"b": "strong", "i": "em", "s": "del", "small": "", "center": ""}
_FENCE = "```"


def from_mfm(text: str, *, origin: str, hashtags: frozenset[str] = frozenset()) -> RichText:
    """
    Read a text in MFM.

    Bold, italic, struck out, code, quotes and labelled links are kept; of effects (`$[…]`) only
    their words. Custom emoji stay as `:code:`. What is not closed is text.

    Args:
        text: As the API gives it; costs time in proportion to its length.
        origin: The server that showed it, where local mentions and hashtags lead.
        hashtags: Names that the platform gives, lower case.

    Source: MFM as documented at misskey-hub.net/en/docs/for-users/features/mfm
    """
    parts = (_block(kind, words, origin) for kind, words in _blocks(clean(text)))
    return from_html("".join(parts), hashtags=hashtags)


def _blocks(text: str) -> Iterator[tuple[str, str]]:
    """Give blocks of code, of quoted lines and of others, in order."""
    lines = text.split("\n")
    fences = [at for at, line in enumerate(lines) if line.rstrip() == _FENCE]
    done = at = 0
    while at < len(lines):
        end = _end_of_block(lines, fences, at)
        if end == at:
            at += 1
            continue
        yield "words", "\n".join(lines[done:at])
        if lines[at].startswith(_FENCE):
            yield "code", "\n".join(lines[at + 1 : end - 1])
        else:
            yield "quote", "\n".join(line.lstrip("> ") for line in lines[at:end])
        done = at = end
    yield "words", "\n".join(lines[done:])


def _end_of_block(lines: list[str], fences: list[int], at: int) -> int:
    """Say behind which line a block ends that begins here; `at` itself if none does."""
    if lines[at].startswith(_FENCE):
        nearest = bisect_right(fences, at)
        return fences[nearest] + 1 if nearest < len(fences) else at
    end = at
    while end < len(lines) and lines[end].startswith(">"):
        end += 1
    return end


def _block(kind: str, words: str, origin: str) -> str:
    if not words.strip():
        return ""
    if kind == "code":
        return f"<pre><code>{_verbatim(words)}</code></pre>"
    inner = _inline(words.strip("\n"), origin)
    return f"<blockquote><p>{inner}</p></blockquote>" if kind == "quote" else f"<p>{inner}</p>"


def _verbatim(words: str) -> str:
    return escaped(words).replace("<br>", "\n")


def _inline(text: str, origin: str) -> str:
    writer = _Writer()
    spans = iter(find(text))
    span = next(spans, None)
    sign = _SYNTAX.search(text)
    done = 0
    while span or sign:
        if span is not None and span.start < done:
            span = next(spans, None)
        elif sign is not None and sign.start() < done:
            sign = _SYNTAX.search(text, done)
        elif sign is not None and (span is None or sign.start() <= span.start):
            writer.words(text[done : sign.start()])
            _write(writer, sign, origin)
            done = sign.end()
        elif span is not None:
            shown = _trimmed(text[span.start : span.end])
            writer.words(text[done : span.start])
            writer.html(_anchor(span, shown, origin))
            done = span.start + len(shown)
    writer.words(text[done:])
    return "".join(writer.parts)


def _trimmed(shown: str) -> str:
    """A link takes no `**` or `~~` with it that closes what stands around it."""
    while shown.endswith(("**", "~~")):
        shown = shown[:-2]
    return shown


def _anchor(span: Span, shown: str, origin: str) -> str:
    if span.kind is SpanKind.LINK:
        cut = len(span.value) - (span.end - span.start - len(shown))
        return anchor(span.value[:cut], escaped(shown))
    if span.kind is SpanKind.HASHTAG:
        return _marked("hashtag", f"{origin}/tags/{quote(span.value, safe='')}", shown)
    name, _, host = span.value.lstrip("@").partition("@")
    return _marked("mention", f"https://{host}/@{name}" if host else f"{origin}/@{name}", shown)


def _marked(kind: str, href: str, shown: str) -> str:
    return anchor(href, escaped(shown)).replace("<a ", f'<a class="{kind}" ', 1)


class _Writer:
    """Writes pieces of HTML; what opens and never closes stays as the words that it was."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self._open: list[tuple[str, int]] = []  # key, and where its words stand
        self._count: dict[str, int] = {}

    def words(self, words: str) -> None:
        self.parts.append(escaped(words))

    def html(self, html: str) -> None:
        self.parts.append(html)

    def open(self, key: str, literal: str) -> None:
        self._open.append((key, len(self.parts)))
        self._count[key] = self._count.get(key, 0) + 1
        self.words(literal)

    def close(self, key: str, literal: str, element: str) -> None:
        if not self._count.get(key):
            self.words(literal)
            return
        opened = ""
        while opened != key:
            opened, at = self._open.pop()
            self._count[opened] -= 1
        self.parts[at] = f"<{element}>" if element else ""
        self.html(f"</{element}>" if element else "")

    def toggle(self, sign: str) -> None:
        if self._count.get(sign):
            self.close(sign, sign, _TOGGLES[sign])
        else:
            self.open(sign, sign)


def _write(writer: _Writer, sign: re.Match[str], origin: str) -> None:
    kind = sign.lastgroup or ""
    if sign["toggle"]:
        writer.toggle(sign[0])
    elif sign["fn"]:
        writer.open("fn", sign[0])
    elif sign["fnend"]:
        writer.close("fn", sign[0], "")
    elif sign["tag"] and sign[0].startswith("</"):
        writer.close(sign["name"], sign[0], _TAGS[sign["name"]])
    elif sign["tag"]:
        writer.open(sign["name"], sign[0])
    else:
        writer.html(_whole(sign, kind, origin))


def _whole(sign: re.Match[str], kind: str, origin: str) -> str:
    """Write what is opened and closed at once."""
    if sign["code"]:
        return f"<code>{_verbatim(sign['source'])}</code>"
    if sign["under"]:
        return f"<strong>{escaped(sign['strong'])}</strong>"
    if sign["slant"]:
        return f"<em>{escaped(sign['soft'])}</em>"
    if sign["link"]:
        href = web_address(sign["href"])
        label = _inline(sign["label"], origin)  # no brackets inside: it cannot nest
        return anchor(href, label) if href else escaped(sign[0])
    if sign["angle"]:
        href = web_address(sign["address"])
        return anchor(href, escaped(sign["address"])) if href else escaped(sign[0])
    return escaped(sign["raw"] or "")
