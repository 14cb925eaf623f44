"""What does one post on a Thread Reader page say? Text, links, media and quote of its markup."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urljoin

from bs4 import CData, NavigableString, Tag

from archiver.core.richtext import clean, web_address
from archiver.core.textlinks import Span, SpanKind
from archiver.models import Media, MediaKind, Quote

_SPACE = re.compile(r"[ \t\r\n\f]+")
_STATUS = re.compile(r"https?://(?:[a-z]+\.)?(?:twitter|x)\.com/[^/?#]+/status(?:es)?/\d+", re.I)
_TWEET_ID = re.compile(r"\d{1,20}")
_BLOCKS = frozenset({"p", "div", "li", "ul", "ol", "blockquote", "hr", "h1", "h2", "h3", "tr"})
_SILENT = frozenset({"script", "style", "noscript", "template", "button", "form", "svg", "object"})
# The permalink sign, and previews of links that the page's own script adds after loading.
_DECORATION = frozenset({"tw-permalink", "row", "tweet-url"})
_NO_ALT = frozenset({"image", "video", "gif"})  # what the page writes where the author wrote none


@dataclass(frozen=True, slots=True)
class ReaderPost:
    """What a post's markup says; `spans` lie in `text`."""

    text: str
    spans: tuple[Span, ...]
    media: tuple[Media, ...]
    quote: Quote | None


def read_post(post: Tag, page_url: str) -> ReaderPost:
    """
    Read the markup of one post.

    Args:
        post: The `div.content-tweet`; it is not changed.
        page_url: What relative addresses are resolved against; empty if unknown.

    Source: reference/protocols.md, 5.3
    """
    walk = _Walk(page_url)
    walk.through(post)
    text, spans = walk.lines.finished()
    return ReaderPost(text, spans, tuple(dict.fromkeys(walk.media)), walk.quote)


@dataclass(frozen=True, slots=True)
class _End:
    """Stands on the stack where an element ends."""

    tag: Tag
    start: int


class _Walk:
    """One walk over the markup, with its own stack: its depth is not ours to choose."""

    def __init__(self, page_url: str) -> None:
        self._page_url = page_url
        self.lines = _Lines()
        self.media: list[Media] = []
        self.quote: Quote | None = None

    def through(self, post: Tag) -> None:
        stack: list[object] = list(reversed(post.contents))
        while stack:
            node = stack.pop()
            if isinstance(node, _End):
                self._close(node)
            elif isinstance(node, Tag):
                if not self._read_whole(node):
                    stack.append(_End(node, self._open(node)))
                    stack.extend(reversed(node.contents))
            elif type(node) in (NavigableString, CData):  # comments are other subclasses
                self.lines.add(str(node))

    def _open(self, tag: Tag) -> int:
        if tag.name == "br":
            self.lines.end_line()
        elif tag.name in _BLOCKS:
            self.lines.end_block()
        return self.lines.length

    def _close(self, end: _End) -> None:
        if end.tag.name == "a":
            self._mark_anchor(end.tag, end.start)
        elif end.tag.name in _BLOCKS:
            self.lines.end_block()

    def _mark_anchor(self, tag: Tag, start: int) -> None:
        words = self.lines.since(start).strip()
        classes = _classes(tag)
        href = self._address(attribute(tag, "href"))
        if "entity-mention" in classes and words.startswith("@"):
            self.lines.mark(start, SpanKind.MENTION, words)
        elif "entity-hashtag" in classes and words.startswith("#"):
            self.lines.mark(start, SpanKind.HASHTAG, words[1:])
        elif href is not None and words:
            self.lines.mark(start, SpanKind.LINK, href)

    def _read_whole(self, tag: Tag) -> bool:
        """Deal with an element that is no running text; False if its content is to be walked."""
        classes = _classes(tag)
        if tag.name in _SILENT or classes & _DECORATION:
            return True
        if "entity-embed" in classes or "twitter-tweet" in classes or tag.name == "iframe":
            self._read_embed(tag)
        elif "entity-image" in classes or tag.name == "img":
            self._read_images(tag)
        elif "entity-video" in classes or tag.name == "video":
            self._read_videos(tag)
        else:
            return False
        return True

    def _read_embed(self, tag: Tag) -> None:
        if self.quote is None:
            url = next(_quoted_urls(tag), None)
            if url is not None:
                self.quote = Quote(url, text=_quoted_text(tag))

    def _read_images(self, tag: Tag) -> None:
        holder = attribute(tag.find("a"), "href")
        for image in [tag] if tag.name == "img" else tag.find_all("img"):
            alt = clean(attribute(image, "alt")).strip()
            if "emoji" in _classes(image):
                self.lines.add(alt)
                continue
            url = self._first(attribute(image, "data-src"), attribute(image, "src"), holder)
            if url is not None:
                alt = "" if alt.lower() in _NO_ALT else alt
                self.media.append(Media(MediaKind.IMAGE, url, alt=alt))

    def _read_videos(self, tag: Tag) -> None:
        for video in [tag] if tag.name == "video" else tag.find_all("video"):
            inner = [video, *video.find_all("source")]
            names = [attribute(each, name) for each in inner for name in ("data-src", "src")]
            url = self._first(*names)
            if url is not None:
                kind = MediaKind.GIF if "/tweet_video/" in url else MediaKind.VIDEO
                poster = self._first(attribute(video, "data-poster"), attribute(video, "poster"))
                self.media.append(Media(kind, url, preview_url=poster))

    def _first(self, *hrefs: str) -> str | None:
        """Give the first that is an address of the web: a saved page points into its folder."""
        return next(filter(None, map(self._address, hrefs)), None)

    def _address(self, href: str) -> str | None:
        if not href or href.endswith("/1px.png"):  # stands where a picture is loaded later
            return None
        try:
            return web_address(urljoin(self._page_url, href))
        except ValueError:
            return None


class _Lines:
    """Running text as a browser shows it: white space runs as one space, breaks as line ends."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._spans: list[Span] = []
        self._last = "\n\n"
        self.length = 0

    def add(self, words: str) -> None:
        text = _SPACE.sub(" ", clean(words))
        if text.startswith(" ") and self._last[-1:] in (" ", "\n"):
            text = text[1:]
        self._append(text)

    def end_line(self) -> None:
        """Break the line; more than one empty line says nothing."""
        self._drop_space()
        if not self._last.endswith("\n\n"):
            self._append("\n")

    def end_block(self) -> None:
        """Break the line, unless nothing stands on it."""
        self._drop_space()
        if not self._last.endswith("\n"):
            self._append("\n")

    def since(self, start: int) -> str:
        """Give the text from a place on; looks only at the parts that hold it."""
        found: list[str] = []
        at = self.length
        for part in reversed(self._parts):
            if at <= start:
                break
            at -= len(part)
            found.append(part[max(start - at, 0) :])
        return "".join(reversed(found))

    def mark(self, start: int, kind: SpanKind, value: str) -> None:
        words = self.since(start)
        first = start + len(words) - len(words.lstrip())
        self._spans.append(Span(first, first + len(words.strip()), kind, value))

    def finished(self) -> tuple[str, tuple[Span, ...]]:
        return "".join(self._parts).rstrip(), tuple(self._spans)

    def _append(self, text: str) -> None:
        if text:
            self._parts.append(text)
            self.length += len(text)
            self._last = (self._last + text)[-2:]

    def _drop_space(self) -> None:
        if self._parts and self._last.endswith(" "):
            self._parts[-1] = self._parts[-1][:-1]
            self.length -= 1
            self._last = self._last[:-1]  # never a line end: no space is added after one


def _classes(tag: Tag) -> set[str]:
    return set(attribute(tag, "class").split())


def attribute(tag: object, name: str) -> str:
    """Give an attribute as one string; empty if it is not there."""
    if not isinstance(tag, Tag):
        return ""
    value = tag.get(name)
    return " ".join(value) if isinstance(value, list) else value or ""


def _quoted_urls(tag: Tag) -> Iterator[str]:
    for anchor in tag.find_all("a"):
        if found := _STATUS.match(attribute(anchor, "href")):
            yield found[0]
    for frame in [tag, *tag.find_all("iframe")]:
        if found := _TWEET_ID.fullmatch(attribute(frame, "data-tweet-id")):
            yield f"https://twitter.com/i/status/{found[0]}"


def _quoted_text(tag: Tag) -> str:
    """Give the words of the quoted post, where the page holds them: in the paragraphs."""
    paragraphs = (" ".join(each.get_text(" ").split()) for each in tag.find_all("p"))
    return clean("\n".join(filter(None, paragraphs)))
