"""Which crawls does a live event of Bluesky ask for, given what is watched?"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from archiver.core import jetstream
from archiver.core.jetstream import Event
from archiver.models import CrawlRequest, Thread, Watch

SETTLE_S = 20.0
"""A thread that is being written is captured so many seconds after its newest post."""

_MOST_AT_ONCE = 40


@dataclass(frozen=True, slots=True)
class Target:
    """
    A thread that is watched, and by which watch.

    Attributes:
        seed: The address by which it was captured: what is stored of a thread is known by that.
    """

    thread: Thread
    watch: Watch
    seed: str


@dataclass(frozen=True, slots=True)
class Watched:
    """
    What is watched on Bluesky.

    Attributes:
        posts: Threads by the AT-URI of each of their posts.
        authors: Threads by the DID of their author, newest first.
        accounts: Watches of whole accounts, by DID.
    """

    posts: dict[str, Target] = field(default_factory=dict)
    authors: dict[str, list[Target]] = field(default_factory=dict)
    accounts: dict[str, Watch] = field(default_factory=dict)

    @property
    def dids(self) -> tuple[str, ...]:
        """The accounts to listen to: those watched whole come first."""
        return tuple(dict.fromkeys((*self.accounts, *self.authors)))


def page_of(uri: str) -> str:
    """Give the page of a post by DID, as the listing of an account has it."""
    did, _, rest = uri.removeprefix("at://").partition("/")
    return f"https://bsky.app/profile/{did}/post/{rest.rpartition('/')[2]}"


def wanted_crawls(event: Event, held: Watched, now: dt.datetime) -> tuple[CrawlRequest, ...]:
    """
    Say which crawls an event asks for; none if it does not concern what is watched.

    Args:
        now: UTC-aware. A first post, an edit or a deletion is captured at once; a thread that
            goes on, once it had time to do so.
    """
    if event.kind != "commit":
        whole = held.accounts.get(event.did)
        threads = [_request(each, now) for each in held.authors.get(event.did, ())]
        account = [_of_watch(whole, whole.url, now)] if whole else []
        return tuple((*account, *threads))[:_MOST_AT_ONCE]
    if event.collection not in (jetstream.POSTS, jetstream.GATES):
        return ()
    known = held.posts.get(event.post)
    if known is not None:
        return (_request(known, now),)
    if event.collection == jetstream.GATES or event.operation != "create":
        return ()
    return _begun(event, held, now)


def _begun(event: Event, held: Watched, now: dt.datetime) -> tuple[CrawlRequest, ...]:
    """A new post: of a thread that is watched, or the beginning of one of a watched account."""
    root = event.root or event.uri
    due_at = now + dt.timedelta(seconds=SETTLE_S) if event.root else now
    thread = held.posts.get(root)
    if thread is not None and thread.thread.author.id == event.did:
        return (_request(thread, due_at),)
    whole = held.accounts.get(event.did)
    if whole is None or not root.startswith(f"at://{event.did}/{jetstream.POSTS}/"):
        return ()
    return (_of_watch(whole, page_of(root), due_at),)


def _request(target: Target, due_at: dt.datetime) -> CrawlRequest:
    return _of_watch(target.watch, target.seed, due_at)


def _of_watch(watch: Watch, url: str, due_at: dt.datetime) -> CrawlRequest:
    return CrawlRequest(url, due_at, watch.name, watch.snapshots, watch.tags)
