"""Which live events concern what is watched? Each is kept as evidence, and queues a crawl."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from archiver.config import Settings
from archiver.core.concerned import Target, Watched, page_of, wanted_crawls
from archiver.core.jetstream import Event
from archiver.errors import StoreError
from archiver.models import CrawlRequest, RefKind, SourceRef, Thread, Watch
from archiver.net.jetstream import Jetstream, Take, Wanted
from archiver.ports import RecordWriter, Source, Store
from archiver.services import Services

_log = logging.getLogger(__name__)

PLATFORM = "bluesky"
_LOOK_AFRESH_S = 10.0
_MOST_UNKNOWN = 200
_TRY_AGAIN_S = 5.0
_TRIES = 240


class Stream(Protocol):
    """Where live events come from."""

    async def follow(self, wanted: Wanted, take: Take) -> None:
        """Hand over events until `stop` is called."""

    def stop(self) -> None:
        """End `follow`."""


def watched(store: Store, sources: Iterable[Source]) -> Watched:
    """Say what is watched on Bluesky now, by the watches that are not paused."""
    found = Watched()
    sources = tuple(sources)
    known = next((source for source in sources if source.platform == PLATFORM), None)
    for watch in store.watches():
        if watch.paused or known is None or _is_elsewhere(watch, sources):
            continue
        ref = known.match(watch.url)
        is_account = ref is not None and ref.kind is RefKind.ACCOUNT
        if ref is not None and is_account and ref.key[0].startswith("did:"):
            found.accounts[ref.key[0]] = watch
        for thread, seed in _threads(store, watch, ref):
            target = Target(thread, watch, seed)
            did = thread.author.id
            found.authors.setdefault(did, []).append(target)
            found.posts[thread.native_id] = target
            found.posts.update((each.post.id, target) for each in thread.posts)
            if is_account:
                found.accounts.setdefault(did, watch)
    for targets in found.authors.values():
        targets.sort(key=lambda each: each.thread.last_captured_at, reverse=True)
    return found


def _is_elsewhere(watch: Watch, sources: Iterable[Source]) -> bool:
    """Say whether a watch is of another platform; a file of addresses may hold any."""
    first = next((each.platform for each in sources if each.match(watch.url)), PLATFORM)
    return first != PLATFORM


def _threads(store: Store, watch: Watch, ref: SourceRef | None) -> Iterator[tuple[Thread, str]]:
    itself = store.thread_for_seed(watch.url) if ref is not None else None
    if itself is not None and itself.platform == PLATFORM:
        yield itself, watch.url
    for thread in store.threads_of_watch(watch.name):
        if thread.platform == PLATFORM and (itself is None or thread.id != itself.id):
            page = page_of(thread.native_id)
            yield thread, page if store.known_thread(page) else thread.url


class Live:
    """Turns live events into crawls, so that a deletion is captured when it happens."""

    def __init__(
        self,
        stream: Stream,
        store: Store,
        writer: RecordWriter,
        sources: Iterable[Source],
        *,
        wake: Callable[[], None],
        now: Callable[[], dt.datetime],
        try_again_s: float = _TRY_AGAIN_S,
    ) -> None:
        """
        Args:
            stream: Where events come from.
            wake: Tells the worker that a crawl was queued.
            now: The time, UTC-aware.
            try_again_s: How soon a crawl is queued again whose thread is being captured just
                now, in seconds: what is running may have looked before the event.
        """
        self._stream = stream
        self._store = store
        self._writer = writer
        self._sources = tuple(sources)
        self._wake = wake
        self._now = now
        self._try_again_s = try_again_s
        self._held = Watched()
        self._looked_at: float | None = None
        self._pending: dict[str, tuple[CrawlRequest, int]] = {}
        self._unknown: deque[tuple[Event, str]] = deque(maxlen=_MOST_UNKNOWN)
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """End `run`."""
        self._stopping.set()
        self._stream.stop()

    async def run(self) -> None:
        """Listen until `stop` is called."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._stream.follow(self._dids, self._take))
            group.create_task(self._queue_again())

    async def _dids(self) -> tuple[str, ...]:
        await self._look()
        await self._look_through_unknown()
        return self._held.dids

    async def _look(self) -> None:
        """See what is watched now; while the database cannot be read, what was counts."""
        try:
            self._held = await asyncio.to_thread(watched, self._store, self._sources)
        except StoreError as err:
            _log.warning("cannot see what is watched", extra={"error": str(err)})
        self._looked_at = asyncio.get_running_loop().time()

    async def _take(self, event: Event, frame: str) -> bool:
        """
        Keep an event that matters, and queue what it asks for.

        Raises:
            StoreError: If it could not be kept: it must come again.
        """
        crawls = wanted_crawls(event, self._held, self._now())
        if not crawls and event.kind == "commit" and self._may_be_new():
            await self._look()  # a thread that was captured a moment ago
            crawls = wanted_crawls(event, self._held, self._now())
        if not crawls:
            if event.kind == "commit" and event.operation != "create":
                self._unknown.append((event, frame))
            return False
        await self._keep(event, frame, crawls)
        return True

    async def _look_through_unknown(self) -> None:
        """See whether what was deleted or edited is known by now: it may be captured just then."""
        waiting = tuple(self._unknown)
        self._unknown.clear()
        for event, frame in waiting:
            crawls = wanted_crawls(event, self._held, self._now())
            try:
                if crawls:
                    await self._keep(event, frame, crawls)
                    continue
            except StoreError as err:
                _log.warning("cannot keep a live event", extra={"error": str(err)})
            self._unknown.append((event, frame))

    async def _keep(self, event: Event, frame: str, crawls: Iterable[CrawlRequest]) -> None:
        url = f"urn:thread-archiver:jetstream:{event.cursor}:{event.did}"
        body = frame.encode("utf-8", "replace")
        await self._writer.write_resource(url, self._now(), "application/json", body)
        _log.info(
            "live event",
            extra={"event": event.operation or event.kind, "did": event.did, "rkey": event.rkey},
        )
        for crawl in crawls:
            await self._queue(crawl, 0)

    def _may_be_new(self) -> bool:
        looked_at = self._looked_at
        return looked_at is None or asyncio.get_running_loop().time() - looked_at > _LOOK_AFRESH_S

    async def _queue(self, crawl: CrawlRequest, tries: int) -> None:
        if await asyncio.to_thread(self._store.enqueue, crawl) is not None:
            self._pending.pop(crawl.url, None)
            self._wake()
        elif tries < _TRIES:
            self._pending[crawl.url] = crawl, tries + 1
        else:
            del self._pending[crawl.url]

    async def _queue_again(self) -> None:
        """Queue what could not be queued because a crawl of the same thread was on."""
        while not self._stopping.is_set():
            try:
                async with asyncio.timeout(self._try_again_s):
                    await self._stopping.wait()
            except TimeoutError:
                pass
            for crawl, tries in tuple(self._pending.values()):
                try:
                    await self._queue(crawl, tries)
                except StoreError as err:
                    _log.warning("cannot queue a crawl", extra={"error": str(err)})


def watch_live(settings: Settings, services: Services, *, wake: Callable[[], None]) -> Live | None:
    """
    Give what listens to live events; None if platforms.bluesky.jetstream is not set.

    It must be called inside a running event loop.
    """
    base = settings.platforms.bluesky.jetstream
    if not base:
        return None
    stream = Jetstream(
        base,
        settings.network,
        keep=settings.data_dir / "live" / "jetstream.json",
        now=services.now,
    )
    return Live(
        stream, services.store, services.writer, services.sources, wake=wake, now=services.now
    )
