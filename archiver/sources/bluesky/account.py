"""Which threads did an account on Bluesky begin lately?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator

from archiver.errors import FetchError, NotFound, ParseError, RateLimited
from archiver.models import Author, ListingObservation, SourceRef
from archiver.sources.answers import record_ids
from archiver.sources.bluesky.post import Seen
from archiver.sources.bluesky.servers import Withheld
from archiver.sources.bluesky.talk import Talk
from archiver.sources.bluesky.text import read_author
from archiver.sources.bluesky.urls import PLATFORM, POSTS, at_uri
from archiver.sources.bluesky.who import who_wrote
from archiver.sources.fields import Fields

ENOUGH = 20
"""Threads after which no further page is asked for."""
MOST = 40
MAX_PAGES = 3
_LONG_AGO = dt.datetime.min.replace(tzinfo=dt.UTC)

Asked = tuple[tuple[str, str], ...]
Pages = Callable[[Asked], Fields]
"""Asks for a page; is given its cursor, if it is not the first."""


def read(ref: SourceRef, talk: Talk) -> ListingObservation:
    """
    Read an account's newest threads; reposts and replies to others are left out.

    Where the AppView does not answer, the account's own repository does.

    Raises:
        Missing: If something must be asked first.
        FetchError: If neither the account's feed nor its repository can be read.
        ParseError: If an answer is not what is documented.
    """
    try:
        author, roots = _shown(ref.key[0], talk)
        reason = ""
    except (RateLimited, NotFound, Withheld):
        raise
    except (FetchError, ParseError) as err:
        found = _at_home(ref.key[0], talk)
        if found is None:
            raise err
        author, roots = found
        reason = "the AppView could not be read; the account's repository was"
    return ListingObservation(
        platform=PLATFORM,
        author=author,
        url=author.url,
        title=author.name or author.handle,
        thread_urls=newest(roots),
        observed_at=talk.at,
        reason=reason,
        record_ids=record_ids(talk.servers.answers.seen),
    )


def newest(roots: dict[str, dt.datetime]) -> tuple[str, ...]:
    """Give the pages of threads, newest first."""
    found = sorted(roots, key=lambda uri: (roots[uri], uri), reverse=True)[:MOST]
    uris = (at_uri(each) for each in found)
    return tuple(uri.page for uri in uris if uri is not None and uri.page is not None)


def pages(ask: Pages) -> Iterator[Fields]:
    """Give the pages of a listing, as long as somebody takes them and there are more."""
    cursors: set[str] = set()
    more: Asked = ()
    for _ in range(MAX_PAGES):
        page = ask(more)
        yield page
        cursor = page.maybe_text("cursor")
        if not cursor or cursor in cursors:
            return
        cursors.add(cursor)
        more = (("cursor", cursor),)


def note_root(roots: dict[str, dt.datetime], post: Seen, above: Fields | None = None) -> str | None:
    """
    Note the thread that a post is part of, if the post's author began it.

    Args:
        roots: First posts by address, and when they were made as far as that was seen.
        above: The first post as shown beside it, if it was.

    Returns:
        The address of the first post; None if somebody else began the thread.
    """
    root = at_uri(post.root or post.id)
    if root is None or root.did != post.uri.did or root.collection != POSTS:
        return None
    made = post.created_at or _LONG_AGO
    if above is not None and above.has("record"):
        made = Seen.in_view(above).created_at or made
    roots[str(root)] = min(made, roots.get(str(root), made))
    return str(root)


def is_repost(entry: Fields) -> bool:
    """Say whether an entry of a feed is there because somebody reposted it."""
    reason = entry.maybe_inner("reason")
    return reason is not None and reason.words("$type").endswith("#reasonRepost")


def _shown(actor: str, talk: Talk) -> tuple[Author, dict[str, dt.datetime]]:
    profile = talk.servers.query(
        "app.bsky.actor.getProfile", ("actor", actor), subject="the account"
    )
    author = read_author(profile)
    asked = (("actor", author.id), ("filter", "posts_and_author_threads"), ("limit", "100"))
    method = "app.bsky.feed.getAuthorFeed"
    roots: dict[str, dt.datetime] = {}
    for page in pages(lambda more: talk.servers.query(method, *asked, *more, subject="the feed")):
        for entry in page.objects("feed"):
            post = Seen.in_view(entry.inner("post"))
            if not is_repost(entry) and post.uri.did == author.id:
                reply = entry.maybe_inner("reply")
                note_root(roots, post, reply.maybe_inner("root") if reply else None)
        if len(roots) >= ENOUGH:
            break
    return author, roots


def _at_home(actor: str, talk: Talk) -> tuple[Author, dict[str, dt.datetime]] | None:
    """Read the newest records of the account's repository; None if that is not possible."""
    try:
        did = talk.servers.did_of(actor)
        pds = talk.servers.home(did)
        if pds is None:
            return None
        asked = (("repo", did), ("collection", POSTS), ("limit", "100"))
        method = "com.atproto.repo.listRecords"
        page = talk.servers.ask(pds, method, *asked, subject="the repository")
        roots: dict[str, dt.datetime] = {}
        for entry in page.objects("records"):
            note_root(roots, Seen.in_repository(entry, did))
        talk.answers_nobody = True
        return who_wrote(did, talk, stored=False).author, roots
    except (FetchError, ParseError):
        return None
