"""How are the pages written that list threads, watches and feeds? Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from feeds import addresses, clean, wording
from feeds.link_rows import Stamp
from feeds.render import FeedLink, Site, all_feeds, feeds_at, render
from feeds.scopes import Granularity, Scope


@dataclass(frozen=True, slots=True)
class ThreadLine:
    """A thread in a list."""

    id: str
    title: str
    author: str
    platform: str
    language: str | None
    standing: str
    marks: tuple[str, ...]
    links: str
    written: Stamp
    changed: Stamp | None


@dataclass(frozen=True, slots=True)
class WatchLine:
    """A watch in the list; `threads` in words."""

    name: str
    url: str
    threads: str
    paused: bool


@dataclass(frozen=True, slots=True)
class Pages:
    """Where a list stands among its pages: folders below publish_dir; None if there is none."""

    newer: str | None = None
    older: str | None = None


@dataclass(frozen=True, slots=True)
class FeedLine:
    """
    A scope in the index of feeds.

    Attributes:
        kind: What it is of, for people and in the plural: Watches, Accounts, Tags, Platforms.
        stem: Absolute address of its feed of threads, without extension.
        home: Its page below publish_dir; empty if it has none of its own.
    """

    kind: str
    title: str
    stem: str
    home: str = ""


def index_page(
    site: Site,
    threads: Sequence[ThreadLine],
    watches: Sequence[WatchLine],
    *,
    path: str,
    pages: Pages,
    total: int,
) -> bytes:
    """
    Write a page of the list of threads.

    Args:
        threads: Newest first.
        watches: Empty on all pages but the first.
        path: Of this page's folder below publish_dir: empty for the first, else ending with `/`.
        total: How many threads there are on all pages.
    """
    lines = [
        (watch, feeds_at(addresses.watch_feed(site.base_url, watch.name), watch.name))
        for watch in watches
    ]
    return render(
        "index.html.jinja",
        site,
        root=_root(path),
        canonical=f"{addresses.home(site.base_url)}{path}",
        title=site.title if not path else f"Older threads – {site.title}",
        description="Social threads, captured with what their links led to.",
        image="",
        language=None,
        threads=threads,
        watches=lines,
        pages=pages,
        first=not path,
        total=total,
        feeds=all_feeds(site),
        all_feeds=(),
    )


def scope_page(
    site: Site,
    scope: Scope,
    threads: Sequence[ThreadLine],
    *,
    heading: str,
    lede: str = "",
    original: str = "",
    path: str,
    pages: Pages = Pages(),
    first: bool = True,
    total: int,
) -> bytes:
    """
    Write a page of an account or a tag.

    Args:
        scope: Whose feeds it names: of_account or of_tag.
        threads: Newest first.
        heading: The account's name, or the tag with its sign.
        lede: A sentence about it.
        original: Address of the account outside, if any.
        path: Of this page's folder below publish_dir, ending with `/`: `by/KEY/`, `tag/SLUG/`;
            of older threads: `by/KEY/3/`.
        first: This is the page of the newest threads. Another one does not say how many there are:
            it never changes because a thread was added.
        total: How many threads there are on all pages.
    """
    words = clean.line(heading) or clean.line(scope.title)
    return render(
        "scope.html.jinja",
        site,
        root=_root(path),
        canonical=f"{addresses.home(site.base_url)}{path}",
        title=words if first else f"{words}, older threads",
        description=clean.line(scope.description),
        image="",
        language=None,
        lede=(clean.line(lede) or f"{wording.counted(total, 'thread')}, captured.")
        if first
        else "Older threads.",
        home=_home(path, first=first),
        heading=words,
        first=first,
        original=clean.url(original),
        threads=threads,
        pages=pages,
        beside=_beside(scope.url_stem),
        feeds=feeds_at(scope.url_stem, clean.line(scope.title)),
        all_feeds=all_feeds(site),
    )


def feeds_page(site: Site, lines: Sequence[FeedLine]) -> bytes:
    """
    Write the index of feeds (`feeds/index.html`) with help to subscribe.

    Args:
        lines: Every scope but everything, in the order in which they shall stand; those of a kind
            together.
    """
    kinds: dict[str, list[tuple[FeedLine, tuple[FeedLink, ...]]]] = {}
    for line in lines:
        kinds.setdefault(line.kind, []).append((line, feeds_at(line.stem, clean.line(line.title))))
    return render(
        "feeds.html.jinja",
        site,
        root="../",
        canonical=f"{addresses.home(site.base_url)}feeds/",
        title=f"Feeds – {site.title}",
        description="Every feed of this archive, and how to subscribe.",
        image="",
        language=None,
        kinds=kinds,
        beside=_beside(addresses.all_feed(site.base_url)),
        opml=f"{site.base_url}/feeds.opml",
        feeds=all_feeds(site),
        all_feeds=(),
    )


def _beside(stem: str) -> tuple[tuple[str, tuple[FeedLink, ...]], ...]:
    return tuple(
        (words, feeds_at(addresses.feed_beside(stem, granularity), words))
        for granularity, words in (
            (Granularity.POSTS, "every post"),
            (Granularity.CHANGES, "changes only"),
        )
    )


def _home(path: str, *, first: bool) -> str:
    """Give the folder of the first page."""
    return path if first else path.removesuffix("/").rpartition("/")[0] + "/"


def _root(path: str) -> str:
    return "../" * path.count("/") or "./"
