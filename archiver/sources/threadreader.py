"""What does a page of Thread Reader App hold? Threads of X, as a second witness saw them."""

from __future__ import annotations

import codecs
import datetime as dt
import re
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from bs4 import BeautifulSoup, Tag
from bs4.dammit import EncodingDetector

from archiver.core import textlinks
from archiver.core.richtext import clean, title_of, web_address
from archiver.core.textlinks import SpanKind
from archiver.errors import ParseError
from archiver.models import (
    Author,
    Completeness,
    Exchange,
    FetchRequest,
    Post,
    RefKind,
    SourceRef,
    ThreadObservation,
)
from archiver.sources import answers
from archiver.sources.readerpost import read_post

PLATFORM = "threadreader"
MAX_POSTS = 5_000
MAX_BYTES = 8_000_000
"""How much of a page is kept and read; a thread of a thousand posts has half of it."""

_MOST_MARKS = 80_000  # tags, opened or closed; a post has some twenty to forty

# The last one is the reader of the demo web; `.example` is nobody's (RFC 2606).
_HOSTS = frozenset({"threadreaderapp.com", "www.threadreaderapp.com", "reader.example"})
_PATH = re.compile(r"/(?:thread|scrolly)/([0-9]{1,20})(?:\.html)?/?")
_TWEET_ID = re.compile(r"[0-9]{1,20}")
_SCREEN_NAME = re.compile(r"[A-Za-z0-9_]{1,20}")
_COUNT = re.compile(r"\b([0-9]{1,4}) (?:tweets|posts)\b", re.IGNORECASE)
_FIRST_SNOWFLAKE = 29_700_859_247  # 4 November 2010; older ids hold no time
_SNOWFLAKE_EPOCH_MS = 1_288_834_974_657


class ThreadReader:
    """Thread Reader App, and Scrolly Tales, which show the same threads."""

    @property
    def platform(self) -> str:
        """The name of this source."""
        return PLATFORM

    def match(self, url: str) -> SourceRef | None:
        """Recognise `/thread/ID.html`, `/thread/ID` and `/scrolly/ID`; key is the page's URL."""
        try:
            parts = urlsplit(url.strip())
            host = (parts.hostname or "").rstrip(".")
            port = f":{parts.port}" if parts.port else ""
        except ValueError:
            return None
        found = _PATH.fullmatch(parts.path)
        if parts.scheme not in {"http", "https"} or host not in _HOSTS or found is None:
            return None
        page = f"{parts.scheme}://{host}{port}/thread/{found[1]}.html"
        return SourceRef(PLATFORM, RefKind.THREAD, url, key=(page,))

    def plan(self, ref: SourceRef, seen: Sequence[Exchange]) -> Sequence[FetchRequest]:
        """Ask for the thread's page, and for what it redirects to."""
        try:
            self._page(ref, seen)
        except answers.Missing as missing:
            return missing.requests
        return ()

    def parse(self, ref: SourceRef, seen: Sequence[Exchange]) -> ThreadObservation:
        """
        Read the page.

        Raises:
            FetchError: If it could not be read; NotFound for 404 and 410.
            ParseError: If it holds no thread.
        """
        page = self._page(ref, seen)
        problem = answers.failure(page, subject="the thread")
        if problem is not None:
            raise problem
        url = ref.key[0]
        soup = _soup(page.body, page.header("content-type"), url)
        return _observation(soup, url, url, page.at, answers.record_ids(seen))

    def _page(self, ref: SourceRef, seen: Sequence[Exchange]) -> Exchange:
        return answers.Answers(seen).get(ask_page(ref.key[0]))


def ask_page(url: str) -> FetchRequest:
    """Make the request for a page of a thread."""
    return FetchRequest(url, headers=(("Accept", "text/html"),), keep_bytes=MAX_BYTES)


def parse_html(
    body: bytes, name: str, at: dt.datetime, record_ids: tuple[str, ...]
) -> ThreadObservation:
    """
    Read a page that somebody saved.

    Args:
        body: The file; in the encoding that it declares, else UTF-8.
        name: What the file is called, for errors.
        at: When it was read, UTC.
        record_ids: The records that hold it.

    Raises:
        ParseError: If it holds no thread, or far more than a thread can hold.
    """
    soup = _soup(body, None, name)
    return _observation(soup, _saved_from(soup), name, at, record_ids)


def _observation(
    soup: BeautifulSoup, url: str, name: str, at: dt.datetime, record_ids: tuple[str, ...]
) -> ThreadObservation:
    tags = _posts(soup, name)
    author = _author(soup, _screen_name(tags[0]))
    posts: list[Post] = []
    for tag in tags:
        parent = posts[-1].id if posts else None
        posts.append(_post(tag, author, parent, url or "https://threadreaderapp.com/", at))
    root = posts[0]
    return ThreadObservation(
        platform=PLATFORM,
        native_id=root.id,
        url=url or root.url,
        author=author,
        posts=tuple(posts),
        completeness=_completeness(soup, len(posts)),
        observed_at=at,
        title=title_of(root.text),
        record_ids=record_ids,
    )


def _soup(body: bytes, content_type: str | None, name: str) -> BeautifulSoup:
    if len(body) > MAX_BYTES:
        raise _no_thread(name, f"a page of over {MAX_BYTES // 1_000_000} MB")
    declared = re.search(r"charset=[\"']?([\w.:-]+)", content_type or "", re.IGNORECASE)
    charset = declared[1] if declared else None
    for mark, meant in ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16")):
        charset = meant if body.startswith(mark) else charset
    charset = charset or EncodingDetector.find_declared_encoding(body[:4096], is_html=True)
    try:
        text = body.decode(charset or "utf-8", errors="replace")
    except (LookupError, UnicodeError, ValueError):  # not a charset, or one of Python's own codecs
        text = body.decode("utf-8", errors="replace")
    if text.count("<") > _MOST_MARKS:  # the tree of a page costs far more than its bytes
        raise _no_thread(name, f"a page of over {_MOST_MARKS:,} elements")
    # The tag before it keeps an XML declaration from being taken for the start of XML.
    return BeautifulSoup("<html>" + text.removeprefix("\ufeff"), "lxml")


def _no_thread(name: str, what: str) -> ParseError:
    return ParseError(
        f"{name}: {what}; Thread Reader App shows no thread so", uri_r=name, platform=PLATFORM
    )


def _posts(soup: BeautifulSoup, name: str) -> list[Tag]:
    found: dict[str, Tag] = {}
    for tag in soup.select("div.content-tweet[data-tweet]"):
        tweet = str(tag["data-tweet"]).strip()
        if _TWEET_ID.fullmatch(tweet) and tag.find_parent(["footer", "aside"]) is None:
            found.setdefault(tweet, tag)
    if not found:
        raise ParseError(
            f"{name} is no thread: it has no posts in the markup of Thread Reader App;"
            " open the address and see what it shows",
            uri_r=name,
            platform=PLATFORM,
        )
    if len(found) > MAX_POSTS:
        raise ParseError(
            f"{name} holds {len(found)} posts, more than the {MAX_POSTS} that a thread may have",
            uri_r=name,
            platform=PLATFORM,
        )
    return list(found.values())


def _post(tag: Tag, author: Author, parent: str | None, page_url: str, at: dt.datetime) -> Post:
    tweet = str(tag["data-tweet"]).strip()
    read = read_post(tag, page_url)
    spans = textlinks.find(read.text, read.spans)
    handle = _screen_name(tag) or author.handle
    return Post(
        id=tweet,
        author=author if handle == author.handle else _account(handle),
        url=f"https://twitter.com/{handle or 'i/web'}/status/{tweet}",
        text=read.text,
        html=textlinks.html_of(read.text, spans) if read.text else "",
        created_at=_time_of(int(tweet), at),
        parent_id=parent,
        links=textlinks.links(read.text, spans),
        mentions=textlinks.values(spans, SpanKind.MENTION),
        hashtags=textlinks.values(spans, SpanKind.HASHTAG),
        media=read.media,
        quote=read.quote,
    )


def _time_of(tweet: int, at: dt.datetime) -> dt.datetime | None:
    """Read the time out of a post's number; None where it holds none (reference, 5.1)."""
    if tweet < _FIRST_SNOWFLAKE:
        return None
    unix_ms = (tweet >> 22) + _SNOWFLAKE_EPOCH_MS
    if unix_ms > at.timestamp() * 1000:  # no post is younger than the page that shows it
        return None
    return dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(milliseconds=unix_ms)


def _screen_name(tag: Tag) -> str:
    name = str(tag.get("data-screenname") or "").strip().removeprefix("@")
    return name if _SCREEN_NAME.fullmatch(name) else ""


def _account(handle: str) -> Author:
    return Author(id="", handle=handle, url=f"https://twitter.com/{handle}")


def _author(soup: BeautifulSoup, handle: str) -> Author:
    """Read the head of the page. Its number, where shown, is the account's permanent id."""
    name = soup.select_one(".twitter_name")
    picture = soup.select_one(".prof-image img")
    number = str(picture.get("data-twtrid") or "") if picture else ""
    avatar = str(picture.get("src") or "") if picture else ""
    return Author(
        id=number if _TWEET_ID.fullmatch(number) else "",
        handle=handle,
        name=" ".join(clean(name.get_text()).split()) if name else "",
        url=f"https://twitter.com/{handle}" if handle else "",
        avatar_url=web_address(avatar),
    )


def _completeness(soup: BeautifulSoup, captured: int) -> Completeness:
    info = soup.select_one(".thread-info")
    count = _COUNT.search(info.get_text(" ")) if info else None
    if count is None:
        return Completeness(None, captured, 0, "The page does not say how many posts it means.")
    expected = max(int(count[1]), captured)
    reason = f"The page says {count[1]} posts and shows {captured}."
    return Completeness(expected, captured, 0, reason)


def _saved_from(soup: BeautifulSoup) -> str:
    """Give the address a saved page names as its own; empty if it names none of Thread Reader."""
    for address in _named_addresses(soup):
        ref = ThreadReader().match(address)
        if ref is not None:
            return ref.key[0]
    return ""


def _named_addresses(soup: BeautifulSoup) -> Iterator[str]:
    for tag in soup.select('link[rel="canonical"]'):
        yield str(tag.get("href") or "")
    for tag in soup.select('meta[property="og:url"]'):
        yield str(tag.get("content") or "")
