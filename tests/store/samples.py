"""What do the tests of the store keep? Small values, made where they differ."""

from __future__ import annotations

import datetime as dt
from typing import Any

from archiver.core.ids import thread_id
from archiver.models import (
    Author,
    Chain,
    Completeness,
    Crawl,
    CrawlRequest,
    Hop,
    Link,
    Mechanism,
    MediaCopy,
    Outcome,
    Post,
    PostState,
    RecordRef,
    RecordType,
    Revision,
    RevisionKind,
    Snapshot,
    StoredPost,
    Thread,
)
from archiver.ports import Store

NOON = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)
SEED = "https://social.example/@desk/1"
LINK = "http://sho.rt/a"
TARGET = "https://news.example/story"


def later(**units: float) -> dt.datetime:
    """Give a time after noon, e.g. later(minutes=5)."""
    return NOON + dt.timedelta(**units)


def request(url: str = SEED, **changes: Any) -> CrawlRequest:
    """Give a request that is due at noon."""
    values: dict[str, Any] = {"due_at": NOON}
    return CrawlRequest(url=url, **values | changes)


def running(store: Store, url: str = SEED, **changes: Any) -> Crawl:
    """Give a crawl that runs."""
    crawl = store.start(request(url, **changes))
    assert crawl is not None
    return crawl


def post(name: str = "1", *links: str, **changes: Any) -> Post:
    """Give a post with links."""
    given: dict[str, Any] = {
        "id": f"https://social.example/posts/{name}",
        "author": Author("https://social.example/users/desk", "desk@social.example", "Desk"),
        "url": f"https://social.example/@desk/{name}",
        "text": f"Post {name}",
        "created_at": NOON,
        "links": tuple(Link(url, url) for url in links),
    }
    return Post(**given | changes)


def thread(*posts: Post, native: str = "1", **changes: Any) -> Thread:
    """Give a thread of these posts (by default one, with one link)."""
    given = posts or (post("1", LINK),)
    values: dict[str, Any] = {
        "id": thread_id("mastodon", native),
        "platform": "mastodon",
        "native_id": native,
        "url": f"https://social.example/@desk/{native}",
        "author": Author("https://social.example/users/desk", "desk@social.example", "Desk"),
        "title": "A thread",
        "posts": tuple(
            StoredPost(each, PostState.PRESENT, position, NOON, NOON)
            for position, each in enumerate(given, start=1)
        ),
        "completeness": Completeness(len(given), len(given), 0, "all that the platform names"),
        "first_captured_at": NOON,
        "last_captured_at": NOON,
        "updated_at": NOON,
    }
    return Thread(**values | changes)


def added(*posts: Post, at: dt.datetime = NOON) -> tuple[Revision, ...]:
    """Give the revisions that say that these posts were added."""
    return tuple(
        Revision(RevisionKind.ADDED, each.id, at, (f"urn:uuid:{each.id}",), None, each)
        for each in posts
    )


def save(store: Store, kept: Thread | None = None, **changes: Any) -> tuple[Crawl, Thread]:
    """Save a thread as its first crawl does, and give both."""
    kept = kept or thread()
    crawl = running(store, **{"url": kept.url} | changes)
    store.save_thread(crawl, kept, added(*(each.post for each in kept.posts)))
    return crawl, kept


def chain(
    uri_r: str = LINK, target: str = TARGET, *, at: dt.datetime = NOON, **changes: Any
) -> Chain:
    """Give a chain of one redirect."""
    hops = (
        Hop(uri_r, at, 301, Mechanism.HTTP, target, "192.0.2.1", f"urn:uuid:{uri_r}-{at}"),
        Hop(target, at, 200, None, None, "192.0.2.2", f"urn:uuid:{target}-{at}"),
    )
    values: dict[str, Any] = {"outcome": Outcome.OK, "hops": hops}
    return Chain(uri_r=uri_r, target=target, at=at, **values | changes)


def snapshot(url: str = TARGET, *, at: dt.datetime = NOON, **changes: Any) -> Snapshot:
    """Give a whole snapshot with some text."""
    values: dict[str, Any] = {
        "outcome": Outcome.OK,
        "status": 200,
        "digest": "sha256:aa",
        "record_id": f"urn:uuid:{url}-{at}",
        "mime": "text/html",
        "title": "Story",
        "text": "It is known.",
        "text_digest": "sha256:bb",
    }
    return Snapshot(url=url, at=at, **values | changes)


def refusal(url: str = TARGET, *, at: dt.datetime = NOON, **changes: Any) -> Snapshot:
    """Give a snapshot of a page that is not there."""
    values = {"outcome": Outcome.DEAD, "status": 404, "text": "", "text_digest": ""}
    return snapshot(url, at=at, **values | changes)


def media(url: str = "https://files.example/1.jpg", **changes: Any) -> MediaCopy:
    """Give our copy of a picture."""
    values: dict[str, Any] = {
        "outcome": Outcome.OK,
        "record_id": f"urn:uuid:{url}",
        "digest": "sha256:cc",
        "mime": "image/jpeg",
        "bytes": 1234,
        "at": NOON,
    }
    return MediaCopy(url=url, **values | changes)


def record(number: int = 1, **changes: Any) -> RecordRef:
    """Give where the n-th response lies."""
    values: dict[str, Any] = {
        "record_id": f"urn:uuid:00000000-0000-4000-8000-{number:012d}",
        "type": RecordType.RESPONSE,
        "url": TARGET,
        "at": later(seconds=number),
        "mime": "text/html",
        "status": 200,
        "digest": f"sha256:{number:064x}",
        "filename": "TA-20260501120000-00000.warc.gz",
        "offset": number * 1000,
        "length": 900,
        "payload_bytes": 5000,
    }
    return RecordRef(**values | changes)
