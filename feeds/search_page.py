"""How is the page of a search written? Pure: finds as lines, marked pieces as text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from archiver.core.excerpt import excerpt
from archiver.core.memento import uri_m
from archiver.core.searchquery import Query
from archiver.core.snippet import Piece
from archiver.core.urls import host_of
from archiver.models import PostState
from archiver.models.search import Found, Hit, SearchOrder, ThreadName
from feeds import addresses, clean, wording
from feeds.formats import FORMATS
from feeds.render import FeedLink, Site, render

_STATES = {PostState.VANISHED: "gone since", PostState.EDITED: "edited"}


@dataclass(frozen=True, slots=True)
class HitLine:
    """
    A find in the list; all text clean.

    Attributes:
        covered: The content warning that stands before its text; empty if there is none.
        pieces: The words around what was found.
        threads: Titles and addresses of the threads that a target stands in.
        copy: Address of our copy of a target.
    """

    kind: str
    title: str
    href: str
    language: str | None
    author: str
    source: str
    written: str
    written_iso: str
    state: str
    covered: str
    pieces: tuple[Piece, ...]
    threads: tuple[tuple[str, str], ...] = ()
    copy: str = ""


def search_page(
    site: Site,
    asked: str,
    *,
    query: Query | None = None,
    found: Found | None = None,
    order: SearchOrder = SearchOrder.BEST,
    fault: str = "",
    paged: bool = False,
) -> bytes:
    """
    Write the page with the question and what was found.

    Args:
        asked: As it was typed; shown in the field again.
        query: Understood; None if nothing was asked or it could not be.
        found: None in the same cases.
        fault: A sentence that says why the question could not be read.
        paged: It is not the first page.
    """
    words = clean.line(asked)
    lines = tuple(_line(hit, query, site.base_url) for hit in found.hits) if found and query else ()
    newest = order is SearchOrder.NEWEST
    here = f"{site.base_url}/search"
    other = _at(here, words, newest=not newest)
    return render(
        "search.html.jinja",
        site,
        root=f"{urlsplit(site.base_url).path.rstrip('/')}/",
        canonical="",
        title=f"{words} – search" if words else "Search",
        description="Words in posts and in what their links led to.",
        image="",
        language=None,
        asked=words,
        fault=clean.line(fault),
        answered=query is not None,
        hits=lines,
        newest=newest,
        other=other,
        more=_at(here, words, newest=newest, after=found.more) if found and found.more else "",
        paged=paged,
        waiting=found.waiting if found else 0,
        feeds=search_feeds(site, words) if query is not None else (),
        all_feeds=(),
    )


def search_feeds(site: Site, words: str) -> Sequence[FeedLink]:
    """Give the feeds of a search in each format."""
    return tuple(
        FeedLink(
            each.NAME,
            each.MIME,
            f"{site.base_url}/search{each.EXTENSION}?{urlencode({'q': words})}",
            f"{words} ({each.NAME})",
        )
        for each in FORMATS
    )


def _at(here: str, words: str, *, newest: bool, after: str = "") -> str:
    asked = {"q": words}
    if newest:
        asked["order"] = "newest"
    if after:
        asked["after"] = after
    return f"{here}?{urlencode(asked)}"


def _line(hit: Hit, query: Query, base_url: str) -> HitLine:
    pieces = tuple(
        Piece(clean.text(piece.text), piece.marked) for piece in excerpt(hit, query.wanted)
    )
    when, iso = wording.moment(hit.at), wording.iso(hit.at)
    if hit.snapshot is not None:
        copy = hit.snapshot
        title = clean.line(copy.title) or clean.line(copy.url, longest=120)
        threads = tuple(
            (
                _title(each),
                addresses.thread_page(base_url, each.id),
            )
            for each in hit.threads[:5]
        )
        return HitLine(
            kind="target",
            title=title,
            href=uri_m(base_url, copy.url, copy.at),
            language=clean.language(copy.language),
            author="",
            source=clean.line(host_of(copy.url)),
            written=when,
            written_iso=iso,
            state="",
            covered="",
            pieces=pieces,
            threads=threads,
            copy=clean.url(copy.url),
        )
    return _post_line(hit, base_url, pieces, when, iso)


def _title(thread: ThreadName) -> str:
    """Name a thread; a content warning stands for a title that may give away what it covers."""
    if thread.warning.strip():
        return f"Content warning: {clean.line(thread.warning, longest=160)}"
    return clean.line(thread.title, longest=160) or f"Thread {thread.id}"


def _post_line(hit: Hit, base_url: str, pieces: tuple[Piece, ...], when: str, iso: str) -> HitLine:
    assert hit.post is not None
    thread, post = hit.threads[0], hit.post.post
    return HitLine(
        kind="post",
        title=_title(thread),
        href=addresses.post_anchor(base_url, thread.id, hit.post.position),
        language=clean.language(post.language),
        author=wording.author(post.author),
        source=wording.platform(thread.platform),
        written=when,
        written_iso=iso,
        state=_STATES.get(hit.post.state, ""),
        covered=clean.line(post.content_warning, longest=200),
        pieces=pieces,
    )
