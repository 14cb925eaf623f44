"""Which threads did an account on Bluesky begin lately?"""

from __future__ import annotations

import datetime as dt

from archiver.models import ListingObservation, SourceRef
from archiver.sources.bluesky.post import Seen
from archiver.sources.bluesky.talk import Talk, refuse_if_unwanted
from archiver.sources.bluesky.text import read_author
from archiver.sources.bluesky.urls import PLATFORM, at_uri
from archiver.sources.fields import Fields

_ENOUGH = 20
_MOST = 40
_MAX_PAGES = 3
_LONG_AGO = dt.datetime.min.replace(tzinfo=dt.UTC)


def read(ref: SourceRef, talk: Talk) -> ListingObservation:
    """
    Read an account's newest threads; reposts and replies to others are left out.

    Raises:
        Missing: If something must be asked first.
        FetchError: If the account or its feed cannot be read; AccessDenied if it asks not to be
            shown to visitors.
        ParseError: If an answer is not what is documented.
    """
    profile = talk.query("app.bsky.actor.getProfile", ("actor", ref.key[0]), subject="the account")
    refuse_if_unwanted(profile, ref.url)
    author = read_author(profile)
    roots = _roots(talk, author.id)
    newest = sorted(roots, key=lambda uri: (roots[uri], uri), reverse=True)[:_MOST]
    return ListingObservation(
        platform=PLATFORM,
        author=author,
        url=author.url,
        thread_urls=tuple(page for page in map(_page, newest) if page),
        observed_at=talk.answers.seen[0].at,
    )


def _roots(talk: Talk, did: str) -> dict[str, dt.datetime]:
    """Give the first posts of the account's threads, and when they were made."""
    asked = (("actor", did), ("filter", "posts_and_author_threads"), ("limit", "100"))
    roots: dict[str, dt.datetime] = {}
    cursors: list[str] = []
    for _ in range(_MAX_PAGES):
        more = (("cursor", cursors[-1]),) if cursors else ()
        page = talk.query("app.bsky.feed.getAuthorFeed", *asked, *more, subject="the feed")
        for each in page.objects("feed"):
            if not _is_repost(each):
                _note_root(roots, each, did)
        cursor = page.maybe_text("cursor")
        if not cursor or cursor in cursors or len(roots) >= _ENOUGH:
            break
        cursors.append(cursor)
    return roots


def _is_repost(each: Fields) -> bool:
    reason = each.maybe_inner("reason")
    return reason is not None and reason.words("$type").endswith("#reasonRepost")


def _note_root(roots: dict[str, dt.datetime], each: Fields, did: str) -> None:
    post = Seen.in_view(each.inner("post"))
    root = at_uri(post.root or post.id)
    if root is None or root.did != did:
        return
    made = post.created_at or _LONG_AGO
    reply = each.maybe_inner("reply")
    above = reply.maybe_inner("root") if reply else None
    if above is not None and above.has("record"):
        made = Seen.in_view(above).created_at or made
    roots[str(root)] = min(made, roots.get(str(root), made))


def _page(uri: str) -> str | None:
    root = at_uri(uri)
    return root.page if root else None
