"""How are the pages of a thread written? Pure; no request to others, and all read without script.

ThreadView -> reading_of -> scroll_of  -> t/ID/          scenes, full bleed
                         |             -> t/ID/plain/    an article
           -> history_of -> t/ID/history/    -> stories_of -> t/ID/links/    -> t/ID/embed/
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Protocol
from urllib.parse import urlsplit

from archiver.models import ThreadView
from feeds import addresses, clean
from feeds.document import Entry
from feeds.history_page import history_of
from feeds.link_page import TlsLines, counted_states, stories_of
from feeds.list_pages import FeedLine as FeedLine
from feeds.list_pages import Pages as Pages
from feeds.list_pages import ThreadLine as ThreadLine
from feeds.list_pages import WatchLine as WatchLine
from feeds.list_pages import feeds_page as feeds_page
from feeds.list_pages import index_page as index_page
from feeds.list_pages import scope_page as scope_page
from feeds.reading import reading_of
from feeds.render import Page as Page
from feeds.render import Site as Site
from feeds.render import all_feeds, feeds_at, render
from feeds.scroll import scroll_of, shape_of
from feeds.sharing import shared_of


class ThreadEntries(Protocol):
    """The entries of a thread, as feeds have them; pages need that of the thread itself."""

    @property
    def thread(self) -> Entry: ...


def thread_pages(
    view: ThreadView,
    entries: ThreadEntries,
    site: Site,
    copies: Mapping[str, str],
    tls: Mapping[str, TlsLines] | None = None,
    foreign: Container[str] = (),
) -> tuple[Page, ...]:
    """
    Write all pages of a thread; which ones they are is said by their paths alone.

    Args:
        view: Without what is sealed.
        entries: The thread as feeds have it.
        copies: Original URL of an attachment -> path of our copy below publish_dir.
        tls: Record id of a target's copy -> what its connection agreed on.
        foreign: Ids of records that others wrote and we imported.
    """
    entry, thread = entries.thread, view.thread
    folder = f"t/{thread.id}/"
    own = addresses.thread_feed(site.base_url, thread.id)
    reading = reading_of(view, entry, base_url=site.base_url, copies=copies)
    words: dict[str, object] = {
        "title": entry.title,
        "description": entry.summary,
        "image": entry.image or "",
        "language": entry.language,
        "entry": entry,
        "thread": reading,
        "account": f"by/{addresses.account_key(thread.platform, thread.author.id)}/"
        if thread.author.id
        else "",
        "tags": [(tag, f"tag/{addresses.tag_slug(tag)}/") for tag in entry.tags],
        "shared": shared_of(entry, site.base_url, clean.line(site.title)),
        "feeds": feeds_at(own, entry.title),
        "changes_feeds": feeds_at(addresses.feed_beside(own, "changes"), "Changes"),
        "all_feeds": all_feeds(site),
    }
    stories = stories_of(view, site.base_url, copies, tls, foreign)
    scroll = scroll_of(reading.posts)
    made: tuple[tuple[str, str, dict[str, object]], ...] = (
        ("", "scroll", {"scroll": scroll, "shape_of": shape_of}),
        ("plain/", "plain", {}),
        ("history/", "history", {"history": history_of(view, copies)}),
        ("links/", "links", {"stories": stories, "standing": counted_states(stories)}),
        ("embed/", "embed", {"cover": scroll.cover}),
    )
    return tuple(
        Page(
            f"{folder}{place}index.html",
            render(
                f"{name}.html.jinja",
                site,
                root="../../../" if place else "../../",
                up="../" if place else "",
                canonical=f"{entry.url}{'' if name in ('plain', 'embed') else place}",
                **words,
                **own_words,
            ),
        )
        for place, name, own_words in made
    )


def message_page(site: Site, title: str, sentence: str, *, original: str = "") -> bytes:
    """
    Write a page that says why there is nothing else at an address.

    Args:
        original: An outside address to go on to, if any.
    """
    return render(
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
        all_feeds=all_feeds(site),
    )
