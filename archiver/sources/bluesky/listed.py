"""Which posts does an author's own listing have, back to the first one of a thread?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from archiver.errors import ParseError
from archiver.models import Exchange
from archiver.sources.answers import json_object
from archiver.sources.bluesky.post import Seen
from archiver.sources.bluesky.talk import Talk
from archiver.sources.bluesky.urls import PLATFORM, POSTS, AtUri, at_uri, is_before, xrpc
from archiver.sources.fields import Fields

MAX_PAGES = 50
"""Pages of 100 records that are read of a repository, per capture."""

Keep = Callable[[Seen], None]
"""Is told each post that can be read."""


def read_repository(talk: Talk, pds: str, root: AtUri, keep: Keep) -> bool:
    """
    Read a repository, newest records first.

    Args:
        pds: Its server.
        root: The first post of the thread; older ones are not asked for.

    Returns:
        False if that took too many pages.

    Raises:
        Missing: If something must be asked first.
        FetchError: If it cannot be read.
        ParseError: If an answer is not what is documented.
    """
    asked = (("repo", root.did), ("collection", POSTS), ("limit", "100"))
    method = "com.atproto.repo.listRecords"

    def ask(*more: tuple[str, str]) -> Page:
        url = xrpc(pds, method, *asked, *more)
        return talk.servers.through(url, _records, subject="the repository")

    if _read_back(ask, root, keep):
        return True
    talk.note(f"the author's repository was read for {MAX_PAGES} pages only")
    return False


def read_feed(talk: Talk, root: AtUri, keep: Keep) -> bool:
    """Read the author's feed as the AppView shows it. Says and raises as `read_repository`."""
    asked = (
        ("actor", root.did),
        ("filter", "posts_and_author_threads"),
        ("limit", "100"),
    )
    method = "app.bsky.feed.getAuthorFeed"

    def ask(*more: tuple[str, str]) -> Page:
        url = xrpc(talk.servers.appview, method, *asked, *more)
        return talk.servers.through(url, _feed, subject="the feed")

    if _read_back(ask, root, keep):
        return True
    talk.note(f"the author's feed was read for {MAX_PAGES} pages only")
    return False


@dataclass(frozen=True, slots=True)
class Page:
    """
    A page of a listing.

    Attributes:
        posts: What can be read; the rest does not say that it belongs to a thread.
        keys: Keys of all of them, as far as they have one.
        cursor: Of the next page; empty if there is none.
    """

    posts: tuple[Seen, ...]
    keys: tuple[str, ...]
    cursor: str = ""


def _read_back(ask: Callable[..., Page], root: AtUri, keep: Keep) -> bool:
    """Take page by page until one goes back beyond the first post; False if there are too many."""
    cursors: set[str] = set()
    more: tuple[tuple[str, str], ...] = ()
    for _ in range(MAX_PAGES):
        page = ask(*more)
        for seen in page.posts:
            if seen.uri.did == root.did:
                keep(seen)
        if not page.cursor or page.cursor in cursors:
            return True
        if any(is_before(key, root.rkey) for key in page.keys):
            return True
        cursors.add(page.cursor)
        more = (("cursor", page.cursor),)
    return False


def _records(answer: Exchange) -> Page:
    value = json_object(answer, platform=PLATFORM, subject="the repository")
    entries = value.objects("records")
    posts = tuple(filter(None, map(_record, entries)))
    uris = (at_uri(str(each.values.get("uri"))) for each in entries)
    keys = tuple(uri.rkey for uri in uris if uri is not None)
    return Page(posts, keys, value.words("cursor") if entries else "")


def _record(entry: Fields) -> Seen | None:
    try:
        uri = at_uri(entry.text("uri"))
        return Seen.in_repository(entry, uri.did) if uri else None
    except ParseError:
        return None


def _feed(answer: Exchange) -> Page:
    value = json_object(answer, platform=PLATFORM, subject="the feed")
    entries = [each for each in value.objects("feed") if not each.has("reason")]
    posts = tuple(filter(None, map(_view, entries)))
    return Page(posts, tuple(post.uri.rkey for post in posts), value.words("cursor"))


def _view(entry: Fields) -> Seen | None:
    try:
        return Seen.in_view(entry.inner("post"))
    except ParseError:
        return None
