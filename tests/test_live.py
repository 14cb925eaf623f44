"""Which live events queue a crawl, and is each of those kept as evidence? A real store."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from archiver.core import jetstream
from archiver.core.concerned import SETTLE_S, wanted_crawls
from archiver.core.ids import thread_id
from archiver.core.jetstream import Event
from archiver.errors import StoreError
from archiver.live import Live, watched
from archiver.models import (
    Author,
    CrawlRequest,
    Post,
    RecordRef,
    RecordType,
    Watch,
)
from archiver.net.jetstream import Take, Wanted
from archiver.ports import RawExchange
from archiver.sources.bluesky import Bluesky
from archiver.store.sql import SqlStore
from tests.net.jetstream_server import DESK, account, commit, identity, until
from tests.store.samples import NOON, running, thread

SOURCE = Bluesky(appview="https://a.example", plc="https://p.example")
AT = 1_795_507_200_000_000
ACCOUNT = "https://bsky.app/profile/desk.example"
GATES = "app.bsky.feed.threadgate"


def uri(key: str, did: str = DESK) -> str:
    """Give the address of a post."""
    return f"at://{did}/app.bsky.feed.post/{key}"


def page(key: str, did: str = DESK) -> str:
    """Give the page of a post, by DID."""
    return f"https://bsky.app/profile/{did}/post/{key}"


@dataclass
class Script:
    """A stream that tells what it is given. Implements live.Stream."""

    take: Take | None = None
    wanted: Wanted | None = None
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    async def follow(self, wanted: Wanted, take: Take) -> None:
        await wanted()
        self.take, self.wanted = take, wanted
        await self.ended.wait()

    def stop(self) -> None:
        self.ended.set()


@dataclass
class Records:
    """A writer that keeps resources in memory. Implements ports.RecordWriter."""

    kept: list[tuple[str, str, bytes]] = field(default_factory=list)
    broken: bool = False

    async def write_exchange(self, raw: RawExchange) -> RecordRef:
        raise AssertionError("nothing is fetched here")

    async def write_resource(self, url: str, at: dt.datetime, mime: str, body: bytes) -> RecordRef:
        if self.broken:
            raise StoreError("the disk is full")
        self.kept.append((url, mime, body))
        return RecordRef("urn:uuid:1", RecordType.RESOURCE, url, at, mime, None, None, "x", 0, 0)

    async def close(self) -> None:
        """Nothing is open."""


@dataclass
class Scene:
    """What a test of live events looks at."""

    store: SqlStore
    records: Records
    stream: Script
    live: Live
    woken: list[bool]

    async def happen(self, told: dict[str, Any]) -> bool:
        """Let something happen; say whether it mattered."""
        frame = json.dumps(told)
        event = jetstream.read(frame)
        assert isinstance(event, Event)
        assert self.stream.take is not None
        return await self.stream.take(event, frame)

    def queued(self) -> list[str]:
        """Give the seeds of the queued crawls, oldest first."""
        return [each.url for each in reversed(self.store.crawls()) if each.state == "queued"]


@contextmanager
def stored(folder: Path) -> Iterator[SqlStore]:
    """Give a store with a watched account of two threads, and one thread that nobody watches."""
    store = SqlStore.open(folder)
    store.add_watch(Watch("desk", ACCOUNT, every_s=900.0, tags=("cables",)))
    keep(store, "k1", "k1", "k2", watch="desk")
    keep(store, "k5", "k5", watch="desk")
    keep(store, "e1", "e1", did="did:plc:eve", watch=None)
    try:
        yield store
    finally:
        store.close()


def keep(store: SqlStore, root: str, *keys: str, did: str = DESK, watch: str | None = None) -> None:
    """Keep a thread of these posts."""
    author = Author(did, "desk.example", "Desk")
    posts = [Post(uri(key, did), author, page(key, did), f"Post {key}") for key in keys]
    native = uri(root, did)
    made = replace(
        thread(*posts),
        id=thread_id("bluesky", native),
        platform="bluesky",
        native_id=native,
        url=page(root, "desk.example"),
        author=author,
    )
    crawl = running(store, page(root, did), watch=watch)
    store.save_thread(crawl, made, ())
    store.finish(crawl.id, at=NOON, thread_id=made.id)


@asynccontextmanager
async def listening(folder: Path) -> AsyncIterator[Scene]:
    """Listen until the block ends."""
    with stored(folder) as store:
        records, stream, woken = Records(), Script(), list[bool]()
        live = Live(
            stream,
            store,
            records,
            (SOURCE,),
            wake=lambda: woken.append(True),
            now=lambda: NOON,
            try_again_s=0.02,
        )
        task = asyncio.create_task(live.run())
        await until(lambda: stream.take is not None)
        try:
            yield Scene(store, records, stream, live, woken)
        finally:
            live.stop()
            async with asyncio.timeout(5):
                await task


CASES: list[tuple[str, dict[str, Any], list[str]]] = [
    ("deleted post", commit(AT, "delete", "k2"), [page("k1")]),
    ("deleted first post", commit(AT, "delete", "k5"), [page("k5")]),
    ("overwritten post", commit(AT, "update", "k2"), [page("k1")]),
    (
        "next post of a thread",
        commit(AT, "create", "k3", record={"reply": {"root": {"uri": uri("k1")}}}),
        [page("k1")],
    ),
    ("new thread of a watched account", commit(AT, "create", "k9", record={}), [page("k9")]),
    (
        "next post of a thread that is not here",
        commit(AT, "create", "k8", record={"reply": {"root": {"uri": uri("k7")}}}),
        [page("k7")],
    ),
    ("other rules of a thread", commit(AT, "create", "k1", collection=GATES), [page("k1")]),
    ("account gone", account(AT), [ACCOUNT, page("k5"), page("k1")]),
    ("other handle", identity(AT), [ACCOUNT, page("k5"), page("k1")]),
    ("deleted post that was never here", commit(AT, "delete", "k4"), []),
    (
        "reply to somebody else",
        commit(AT, "create", "k8", record={"reply": {"root": {"uri": uri("e1", "did:plc:eve")}}}),
        [],
    ),
    ("rules of a thread that is not here", commit(AT, "create", "k9", collection=GATES), []),
    ("like", commit(AT, "create", "k1", collection="app.bsky.feed.like"), []),
    ("thread that nobody watches", commit(AT, "delete", "e1", did="did:plc:eve"), []),
    ("account that nobody watches", account(AT, did="did:plc:eve"), []),
]


@pytest.mark.parametrize(("told", "seeds"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
async def test_event_queues_what_it_concerns(
    tmp_path: Path, told: dict[str, Any], seeds: list[str]
) -> None:
    """Each case is one event; what matters is kept as it came, and nothing else."""
    async with listening(tmp_path) as scene:
        assert await scene.happen(told) is bool(seeds)
        assert sorted(scene.queued()) == sorted(seeds)
        assert len(scene.woken) == len(seeds)
        if seeds:
            url = f"urn:thread-archiver:jetstream:{AT}:{DESK}"
            assert scene.records.kept == [(url, "application/json", json.dumps(told).encode())]
            assert {each.watch for each in scene.store.crawls()[: len(seeds)]} == {"desk"}
        else:
            assert scene.records.kept == []


async def test_thread_that_goes_on_is_captured_a_little_later(tmp_path: Path) -> None:
    """First posts and deletions at once; what is being written has time to go on."""
    more = commit(AT, "create", "k6", record={"reply": {"root": {"uri": uri("k5")}}})
    async with listening(tmp_path) as scene:
        for told in (commit(AT, "delete", "k2"), commit(AT, "create", "k9", record={}), more):
            await scene.happen(told)
        due = {each.url: each.due_at for each in scene.store.crawls() if each.state == "queued"}
        assert due == {
            page("k1"): NOON,
            page("k9"): NOON,
            page("k5"): NOON + dt.timedelta(seconds=SETTLE_S),
        }


async def test_deletion_of_what_is_captured_just_now_is_not_lost(tmp_path: Path) -> None:
    """It is told before the thread is stored, and kept until it is."""
    async with listening(tmp_path) as scene:
        told = commit(AT, "delete", "k9")
        assert await scene.happen(told) is False
        assert scene.stream.wanted is not None
        await scene.stream.wanted()
        assert scene.queued() == []
        keep(scene.store, "k9", "k9", watch="desk")
        scene.records.broken = True
        await scene.stream.wanted()
        assert scene.queued() == []
        scene.records.broken = False
        await scene.stream.wanted()
        assert scene.queued() == [page("k9")]
        await scene.stream.wanted()
        assert len(scene.records.kept) == 1


async def test_event_during_a_capture_queues_another_one(tmp_path: Path) -> None:
    """What is running may have looked before it happened."""
    async with listening(tmp_path) as scene:
        crawl = running(scene.store, page("k1"))
        await scene.happen(commit(AT, "delete", "k2"))
        await asyncio.sleep(0.1)
        assert scene.queued() == []
        scene.store.finish(crawl.id, at=NOON, thread_id=crawl.thread_id)
        await until(lambda: scene.queued() == [page("k1")])
        await asyncio.sleep(0.1)
        assert scene.queued() == [page("k1")]


async def test_event_that_cannot_be_kept_is_refused(tmp_path: Path) -> None:
    """So that the stream tells it again; nothing is queued without its proof."""
    async with listening(tmp_path) as scene:
        scene.records.broken = True
        with pytest.raises(StoreError):
            await scene.happen(commit(AT, "delete", "k2"))
        assert scene.queued() == []


async def test_new_watch_is_listened_to(tmp_path: Path) -> None:
    """And a paused one is not."""
    async with listening(tmp_path) as scene:
        assert scene.stream.wanted is not None
        assert await scene.stream.wanted() == (DESK,)
        scene.store.add_watch(Watch("joe", "https://bsky.app/profile/did:plc:joe", every_s=900.0))
        assert set(await scene.stream.wanted()) == {DESK, "did:plc:joe"}
        await scene.happen(commit(AT, "create", "j1", did="did:plc:joe", record={}))
        assert scene.queued() == [page("j1", "did:plc:joe")]
        scene.store.pause_watch("desk", True)
        assert await scene.stream.wanted() == ("did:plc:joe",)


def test_thread_that_came_by_another_address_is_queued_by_its_own(tmp_path: Path) -> None:
    """What is stored is known by the seed; where that is not known, the thread's page is used."""
    with stored(tmp_path) as store:
        crawl = running(store, "a file", watch="desk")
        known = store.thread_for_seed(page("k1"))
        assert known is not None
        other = replace(known, id=thread_id("bluesky", uri("k6")), native_id=uri("k6"))
        store.save_thread(crawl, replace(other, posts=other.posts[:1]), ())
        held = watched(store, (SOURCE,))
        assert held.posts[uri("k1")].seed in {page("k1"), page("k1", "desk.example")}
        assert held.posts[uri("k6")].seed == page("k1", "desk.example")
        assert held.posts[uri("k5")].seed == page("k5")


def test_watched_thread_makes_its_author_matter(tmp_path: Path) -> None:
    """A watch of one thread queues that one only; other platforms are none of ours."""
    with stored(tmp_path) as store:
        store.add_watch(Watch("eve", page("e1", "did:plc:eve"), every_s=900.0))
        store.add_watch(Watch("other", "https://social.example/@desk/1", every_s=900.0))
        crawl = running(store, "https://social.example/@desk/1", watch="other")
        store.save_thread(crawl, thread(), ())
        held = watched(store, (SOURCE,))
        assert set(held.dids) == {DESK, "did:plc:eve"}
        assert set(held.accounts) == {DESK}
        assert set(held.posts) == {uri("k1"), uri("k2"), uri("k5"), uri("e1", "did:plc:eve")}
        assert watched(store, ()).dids == ()


async def test_database_that_cannot_be_read_ends_nothing(tmp_path: Path) -> None:
    """What was watched before still is."""
    async with listening(tmp_path) as scene:
        assert scene.stream.wanted is not None
        scene.store.close()
        (tmp_path / "archive.sqlite").rename(tmp_path / "away")
        (tmp_path / "archive.sqlite").mkdir()
        assert await scene.stream.wanted() == (DESK,)
        (tmp_path / "archive.sqlite").rmdir()
        (tmp_path / "away").rename(tmp_path / "archive.sqlite")


def test_request_carries_what_the_watch_says(tmp_path: Path) -> None:
    """Tags and kind of snapshots, as if the schedule had queued it."""
    with stored(tmp_path) as store:
        event = jetstream.read(json.dumps(commit(AT, "delete", "k2")))
        assert isinstance(event, Event)
        (crawl,) = wanted_crawls(event, watched(store, (SOURCE,)), NOON)
        assert crawl == CrawlRequest(page("k1"), NOON, "desk", tags=("cables",))
