"""Which posts does an author's own listing have, back to the first one of a thread?"""

from __future__ import annotations

from collections.abc import Callable

from archiver.errors import ParseError
from archiver.sources.bluesky.post import Seen
from archiver.sources.bluesky.talk import Talk
from archiver.sources.bluesky.urls import POSTS, AtUri, at_uri, is_before
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
    cursors: set[str] = set()
    more: tuple[tuple[str, str], ...] = ()
    for _ in range(MAX_PAGES):
        method = "com.atproto.repo.listRecords"
        page = talk.servers.ask(pds, method, *asked, *more, subject="the repository")
        records = page.objects("records")
        found = [_record(entry, root.did, keep) for entry in records]
        cursor = page.maybe_text("cursor")
        if not records or not cursor or cursor in cursors:
            return True
        if any(is_before(uri.rkey, root.rkey) for uri in found if uri is not None):
            return True
        cursors.add(cursor)
        more = (("cursor", cursor),)
    talk.note(f"the author's repository was read for {MAX_PAGES} pages only")
    return False


def read_feed(talk: Talk, root: AtUri, keep: Keep) -> bool:
    """Read the author's feed as the AppView shows it. Says and raises as `read_repository`."""
    asked = (
        ("actor", root.did),
        ("filter", "posts_and_author_threads"),
        ("limit", "100"),
    )
    cursors: set[str] = set()
    more: tuple[tuple[str, str], ...] = ()
    for _ in range(MAX_PAGES):
        method = "app.bsky.feed.getAuthorFeed"
        page = talk.servers.query(method, *asked, *more, subject="the feed")
        own = [each for each in page.objects("feed") if not each.has("reason")]
        found = [_view(each, keep) for each in own]
        cursor = page.maybe_text("cursor")
        past = any(is_before(uri.rkey, root.rkey) for uri in found if uri is not None)
        if past or not cursor or cursor in cursors:
            return True
        cursors.add(cursor)
        more = (("cursor", cursor),)
    talk.note(f"the author's feed was read for {MAX_PAGES} pages only")
    return False


def _record(entry: Fields, did: str, keep: Keep) -> AtUri | None:
    try:
        seen = Seen.in_repository(entry, did)
    except ParseError:
        # Whatever it is, it does not say that it belongs to a thread.
        return at_uri(str(entry.values.get("uri")))
    keep(seen)
    return seen.uri


def _view(entry: Fields, keep: Keep) -> AtUri | None:
    try:
        seen = Seen.in_view(entry.inner("post"))
    except ParseError:
        return None
    keep(seen)
    return seen.uri
