"""Which threads does a feed hold? Its entries, of all its documents up to a bound."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from bs4 import BeautifulSoup

from archiver.core import charset, htmltext, urls
from archiver.core.richtext import RichText
from archiver.errors import FetchError, ParseError, TooLarge
from archiver.models import Author, Exchange, FetchRequest, ListingObservation, ThreadObservation
from archiver.sources.answers import Answers, failure, record_ids, reduced
from archiver.sources.web import identity, jsonfeed, xmlfeed
from archiver.sources.web.entry import Entry, Feed
from archiver.sources.web.kind import Kind, kind_of
from archiver.sources.web.told import PLATFORM, headline_of, thread

MAX_DOCUMENTS = 10
"""How many documents of a feed are read: itself, and older ones that it leads to (RFC 5005)."""

MAX_ENTRIES = 1_000
MAX_BYTES = 12_000_000  # of a document
MAX_CONTENT = 500_000  # letters of an entry (core.htmltext reads no more)
_REASON = "An entry of a feed is one post; the feed may hold less than the page."
_LONG = f"An entry of a feed is one post; only the first {MAX_CONTENT:,} letters of it were read."
_RELATIVE = re.compile(r"\bhref\s*+=\s*+[\"']?+\s*+(?!https?://)", re.IGNORECASE)
_KINDS = (Kind.XML_FEED, Kind.JSON_FEED)


@dataclass(frozen=True, slots=True)
class Shown:
    """An entry, and the document that it stands in."""

    entry: Entry
    feed: Feed
    answer: Exchange


def is_feed(answer: Exchange) -> bool:
    """Say whether an answer is a feed."""
    return kind_of(answer) in _KINDS


def need_all(answers: Answers, first: Exchange, ask: FetchRequest) -> None:
    """Raise Missing while an older document must be asked for; else do nothing."""
    _documents(answers, first, ask)


def observed(answers: Answers, first: Exchange, seed: str, ask: FetchRequest) -> ListingObservation:
    """
    Read a feed and the older documents that it leads to.

    Args:
        first: The answer to the seed.
        seed: Where the watch points; entries are named within it.
        ask: The request for the seed; older documents are asked for alike.

    Raises:
        Missing: If an older document must be asked for first.
        FetchError, ParseError: If the first document cannot be read; of a later one the reason
            is said instead.
    """
    documents, limits = _documents(answers, first, ask)
    held = [Shown(entry, feed, answer) for feed, answer in documents for entry in feed.entries]
    told = [each for each in held if not each.entry.is_empty]
    names = identity.of_entries([each.entry for each in told], seed)
    newest: dict[str, Shown] = {}
    for name, each in zip(names, told, strict=True):
        if name not in newest or _age(each.entry) > _age(newest[name].entry):
            newest[name] = each
    kept = list(newest.items())
    if len(kept) > MAX_ENTRIES:
        limits.append(f"only the first {MAX_ENTRIES:,} of its {len(kept):,} entries were read")
    unread = sum(feed.unread for feed, _ in documents) + len(held) - len(told)
    if unread:
        limits.append(f"{unread:,} of its entries could not be read")
    if not held:
        limits.append("it holds no entries")
    feed = documents[0][0]
    return ListingObservation(
        platform=PLATFORM,
        url=seed,
        thread_urls=(),
        observed_at=first.at,
        title=headline_of(feed.title),
        threads=tuple(_thread(name, each, seed) for name, each in kept[:MAX_ENTRIES]),
        reason="; ".join(limits),
        record_ids=record_ids(answers.seen),
    )


def _documents(
    answers: Answers, first: Exchange, ask: FetchRequest
) -> tuple[list[tuple[Feed, Exchange]], list[str]]:
    found = [(_read(first), first)]
    limits = [found[0][0].cut] if found[0][0].cut else []
    asked = {ask.url, first.request.url}
    entries = len(found[0][0].entries)
    while (onward := found[-1][0].next) and entries < MAX_ENTRIES:
        onward = urls.without_fragment(onward)
        if onward in asked:
            break
        if len(found) == MAX_DOCUMENTS:
            limits.append(f"only the newest {MAX_DOCUMENTS} of its documents were read")
            break
        asked.add(onward)
        answer = answers.get(replace(ask, url=onward))
        try:
            feed = _read(answer)
        except (FetchError, ParseError) as err:
            limits.append(str(err))
            break
        found.append((feed, answer))
        entries += len(feed.entries)
        limits += [feed.cut] if feed.cut else []
    return found, limits


def _read(answer: Exchange) -> Feed:
    return reduced(answer, _feed)


def _feed(answer: Exchange) -> Feed:
    problem = failure(answer, subject="the feed")
    if problem is not None:
        raise problem
    if kind_of(answer) is Kind.JSON_FEED:
        return jsonfeed.read(answer, platform=PLATFORM)
    url = answer.request.url
    if len(answer.body) > MAX_BYTES:
        raise TooLarge(
            f"{url}: a feed of {len(answer.body):,} bytes; no more than {MAX_BYTES:,} are read",
            uri_r=url,
        )
    feed = xmlfeed.read(charset.decoded(answer.body, answer.header("content-type") or ""), url)
    if feed is None:
        raise ParseError(
            f"{url}: is no RSS, Atom or JSON feed that can be read; open it in a browser to see"
            " what it is",
            uri_r=url,
            platform=PLATFORM,
        )
    return feed


def _age(entry: Entry) -> float:
    at = entry.updated or entry.published
    return at.timestamp() if at else float("-inf")


def _thread(name: str, shown: Shown, seed: str) -> ThreadObservation:
    entry, feed, answer = shown.entry, shown.feed, shown.answer
    headline = headline_of(entry.title)
    return thread(
        name,
        entry.url,
        _author(entry, feed, seed),
        headline,
        _body(entry),
        observed_at=answer.at,
        reason=_REASON if len(entry.html) <= MAX_CONTENT else _LONG,
        published=entry.published or entry.updated,
        updated=entry.updated,
        tags=entry.tags,
        media=entry.media,
        language=entry.language or feed.language,
        record_ids=(answer.record_id,) if answer.record_id else (),
    )


def _author(entry: Entry, feed: Feed, seed: str) -> Author:
    """
    The feed is who speaks; names of writers are words, and mean nobody for ever.

    Where no writer is named, the site is: the title of a feed may say of which part it is, or
    how many news it holds.
    """
    site = feed.home if urls.same_site(feed.home, seed) else seed
    name = headline_of(entry.author or feed.author) or urls.host_of(site)
    return Author(id=identity.of_page(seed), name=name, url=feed.home)


def _body(entry: Entry) -> RichText:
    return htmltext.from_html(_resolved(entry.html[:MAX_CONTENT], entry.base))


def _resolved(html: str, base: str) -> str:
    """Make the links in a content absolute; where they are so already, nothing is done."""
    if not _RELATIVE.search(html):
        return html
    soup = BeautifulSoup(html, "lxml")
    for each in soup.find_all("a", href=True):
        each["href"] = urls.absolute(base, str(each["href"]))
    return str(soup)
