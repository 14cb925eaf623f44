"""How are pages written? Pure: templates and what they say; no script, no request to others."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

import jinja2

from archiver.models import ThreadView
from feeds import addresses, clean
from feeds.assets import assets
from feeds.document import Entry
from feeds.formats import FORMATS
from feeds.reading import Stamp, reading_of


@dataclass(frozen=True, slots=True)
class Site:
    """What all pages share. `base_url` is publish.base_url, without a slash at its end."""

    base_url: str
    title: str


@dataclass(frozen=True, slots=True)
class Page:
    """A page, and where it stands below publish_dir."""

    path: str
    content: bytes


class ThreadEntries(Protocol):
    """The entries of a thread, as feeds have them; pages need that of the thread itself."""

    @property
    def thread(self) -> Entry: ...


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
class _Feed:
    name: str
    mime: str
    url: str
    title: str


def thread_pages(
    view: ThreadView, entries: ThreadEntries, site: Site, copies: Mapping[str, str]
) -> tuple[Page, ...]:
    """
    Write all pages of a thread; which ones they are is said by their paths alone.

    Args:
        entries: The thread as feeds have it.
        copies: Original URL of an attachment -> path of our copy below publish_dir.
    """
    index = thread_page(view, entries.thread, site, copies)
    return (Page(f"t/{view.thread.id}/index.html", index),)


def thread_page(view: ThreadView, entry: Entry, site: Site, copies: Mapping[str, str]) -> bytes:
    """
    Write the page of a thread.

    Args:
        entry: The thread as feeds have it.
        copies: Original URL of an attachment -> path of our copy below publish_dir.
    """
    thread = view.thread
    reading = reading_of(view, entry, base_url=site.base_url, copies=copies)
    own = addresses.thread_feed(site.base_url, thread.id)
    return _render(
        "thread.html.jinja",
        site,
        root="../../",
        canonical=entry.url,
        title=entry.title,
        description=entry.summary,
        image=entry.image or "",
        language=entry.language,
        entry=entry,
        thread=reading,
        feeds=_feeds(own, entry.title),
        all_feeds=_all_feeds(site),
    )


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
    feeds = _all_feeds(site)
    lines = [
        (watch, _feeds(addresses.watch_feed(site.base_url, watch.name), watch.name))
        for watch in watches
    ]
    return _render(
        "index.html.jinja",
        site,
        root="../" * path.count("/") or "./",
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
        feeds=feeds,
        all_feeds=(),
    )


def message_page(site: Site, title: str, sentence: str, *, original: str = "") -> bytes:
    """
    Write a page that says why there is nothing else at an address.

    Args:
        original: An outside address to go on to, if any.
    """
    return _render(
        "message.html.jinja",
        site,
        root=f"{urlsplit(site.base_url).path.rstrip('/')}/",
        canonical="",
        title=clean.line(title),
        description=clean.line(sentence),
        image="",
        language=None,
        sentence=clean.line(sentence, longest=2_000),
        original=clean.url(original),
        feeds=(),
        all_feeds=_all_feeds(site),
    )


def _all_feeds(site: Site) -> tuple[_Feed, ...]:
    return _feeds(addresses.all_feed(site.base_url), clean.line(site.title))


def _feeds(stem: str, title: str) -> tuple[_Feed, ...]:
    return tuple(
        _Feed(each.NAME, each.MIME, f"{stem}{each.EXTENSION}", f"{title} ({each.NAME})")
        for each in FORMATS
    )


def _render(template: str, site: Site, **words: object) -> bytes:
    held = assets()
    page = (
        _environment()
        .get_template(template)
        .render(
            site_title=clean.line(site.title),
            css=held["site.css"].path,
            icon=held["icon.svg"].path,
            **words,
        )
    )
    return clean.text(page).encode("utf-8")


@functools.cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("feeds", "templates/pages"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        keep_trailing_newline=True,
    )
