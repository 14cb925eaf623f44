"""What does one post on a Nitter page say? Words, links, media and quote of its markup."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from urllib.parse import unquote, urljoin, urlsplit

from bs4 import CData, NavigableString, Tag

from archiver.core.richtext import RichText, clean, web_address
from archiver.core.textlinks import Span, SpanKind
from archiver.models import Author, Media, MediaKind, Quote
from archiver.sources.readerpost import attribute
from archiver.sources.x import urls
from archiver.sources.x.text import marked

_STATUS = re.compile(r"/[A-Za-z0-9_]{1,20}/status/([1-9][0-9]{0,18})")
_MAX_CHARS = 100_000


@dataclass(frozen=True, slots=True)
class Shown:
    """A post as a Nitter page shows it; `made` is the time that stands beside it."""

    id: str
    author: Author
    words: RichText
    media: tuple[Media, ...]
    quote: Quote | None
    made: dt.datetime | None


def read_shown(row: Tag) -> Shown | None:
    """
    Read a `.timeline-item`; None if it shows no post, such as an `.unavailable-box`.

    Source: reference/protocols.md, 5.3 (Nitter HTML)
    """
    post_id = _id_of(row)
    if post_id is None or row.find(class_="unavailable-box") is not None:
        return None
    body = row.find(class_="tweet-body")
    inner = body if isinstance(body, Tag) else row
    quote = inner.find(class_="quote")
    quoted = quote.extract() if isinstance(quote, Tag) else None
    content = inner.find(class_="tweet-content")
    return Shown(
        id=post_id,
        author=_author(row, inner),
        words=words_of(content) if isinstance(content, Tag) else RichText(),
        media=_media(inner),
        quote=_quote(quoted) if quoted is not None else None,
        made=_date(inner),
    )


def _id_of(row: Tag) -> str | None:
    """The address of a post stands on its date, and on a link over all of it."""
    for name in ("tweet-link", "tweet-date"):
        found = row.find(class_=name)
        if isinstance(found, Tag):
            anchor = found if found.name == "a" else found.find("a")
            at = _STATUS.match(_path(attribute(anchor, "href")))
            if at:
                return at[1]
    return None


def _author(row: Tag, inner: Tag) -> Author:
    handle = attribute(row, "data-username") or _words(inner.find(class_="username"))
    handle = handle.strip().removeprefix("@")
    handle = handle if urls.is_name(handle) else ""
    avatar = inner.select_one(".tweet-avatar img, img.avatar")
    return Author(
        id="",
        handle=handle,
        name=_words(inner.find(class_="fullname")),
        url=urls.account_page(handle),
        avatar_url=urls.avatar(_proxied(attribute(avatar, "src")) or ""),
    )


def words_of(content: Tag) -> RichText:
    """Read running text: line ends count as they stand, links lead where their address says."""
    parts: list[str] = []
    spans: list[Span] = []
    length = 0
    stack: list[object] = list(reversed(content.contents))
    while stack and length < _MAX_CHARS:
        node = stack.pop()
        words, span = "", None
        if isinstance(node, Tag) and node.name == "a":
            words = clean(node.get_text())
            span = _span(attribute(node, "href"), words, length)
        elif isinstance(node, Tag) and node.name == "br":
            words = "\n"
        elif isinstance(node, Tag):
            if node.name not in {"script", "style", "template"}:
                stack.extend(reversed(node.contents))
        elif type(node) in (NavigableString, CData):
            words = clean(str(node))
        if span is not None:
            spans.append(span)
        parts.append(words)
        length += len(words)
    text = "".join(parts)
    start = len(text) - len(text.lstrip())
    text = text.strip()
    moved = (Span(each.start - start, each.end - start, each.kind, each.value) for each in spans)
    return marked(text, [each for each in moved if 0 <= each.start < each.end <= len(text)])


def _span(href: str, words: str, start: int) -> Span | None:
    shown = words.strip()
    end = start + len(words)
    if shown.startswith(("@", "＠")) and urls.is_name(shown[1:]):
        return Span(start, end, SpanKind.MENTION, f"@{shown[1:]}")
    if shown.startswith(("#", "＃")) and len(shown) > 1:
        return Span(start, end, SpanKind.HASHTAG, shown[1:])
    address = web_address(href)
    if address is None or not shown:
        return None
    return Span(start, end, SpanKind.LINK, address)


def _media(inner: Tag) -> tuple[Media, ...]:
    found: list[Media] = []
    for holder in inner.find_all(class_="attachments"):
        for anchor in holder.select("a.still-image"):
            url = urls.original(_proxied(attribute(anchor, "href")) or "")
            alt = clean(attribute(anchor.find("img"), "alt")).strip()
            if url is not None:
                found.append(Media(MediaKind.IMAGE, url, alt=alt))
        for video in holder.find_all("video"):
            source = video.find("source")
            raw = [attribute(each, key) for each in (source, video) for key in ("src", "data-url")]
            url = next(filter(None, map(_proxied, raw)), None)
            poster = urls.original(_proxied(attribute(video, "poster")) or "")
            gif = "gif" in video.get_attribute_list("class")
            if url is not None:
                kind = MediaKind.GIF if gif else MediaKind.VIDEO
                found.append(Media(kind, url, preview_url=poster))
    return tuple(dict.fromkeys(found))


def _proxied(href: str) -> str | None:
    """
    Give the address at the origin of what a Nitter server hands on.

    >>> _proxied("/pic/orig/media%2FF.jpg"), _proxied("/video/AB12/https%3A%2F%2Fv.example%2Fa.mp4")
    ('https://pbs.twimg.com/media/F.jpg', 'https://v.example/a.mp4')
    """
    path = _path(href)
    if path.startswith("/pic/"):
        path = path.removeprefix("/pic/").removeprefix("orig/")
        if path.startswith("enc/"):
            return None
        inner = unquote(path)
        if inner.startswith(("http://", "https://")):
            return web_address(inner)
        named = inner.partition("/")[0]
        return web_address(f"https://{inner}" if "." in named else f"https://pbs.twimg.com/{inner}")
    if found := re.match(r"/video/[0-9A-Za-z]+/(.+)", path):
        return web_address(unquote(found[1]))
    return web_address(href)


def _quote(quoted: Tag) -> Quote | None:
    link = attribute(quoted.find("a", class_="quote-link"), "href")
    at = _STATUS.match(_path(link))
    if "unavailable" in quoted.get_attribute_list("class") or at is None:
        return Quote(urls.seed(at[1]), state="unavailable") if at else None
    author, content = _author(quoted, quoted), quoted.find(class_="quote-text")
    words = words_of(content) if isinstance(content, Tag) else RichText()
    page = urls.post_page(author.handle, at[1])
    return Quote(page, author=author, text=words.text, html=words.html)


def _date(inner: Tag) -> dt.datetime | None:
    """Read `May 24, 2022 · 5:00 AM UTC`; None if it is something else."""
    holder = inner.find(class_="tweet-date")
    title = attribute(holder.find("a") if isinstance(holder, Tag) else None, "title")
    try:
        return dt.datetime.strptime(title, "%b %d, %Y · %I:%M %p UTC").replace(tzinfo=dt.UTC)
    except ValueError:
        return None


def _path(href: str) -> str:
    try:
        return urlsplit(urljoin("https://nitter.invalid/", href)).path
    except ValueError:
        return ""


def _words(tag: object) -> str:
    return " ".join(clean(tag.get_text()).split()) if isinstance(tag, Tag) else ""
