"""Which threads of a listing or a watch are queued now? New ones, and those of a due age."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from archiver.core import due
from archiver.models import Crawl, CrawlRequest, CrawlState, Thread, Watch
from archiver.ports import Store

_WEB = "web"


def queue_found(store: Store, crawl: Crawl, urls: Iterable[str], now: dt.datetime) -> int:
    """
    Queue the threads that the crawl of a listing found: an account, a tag, a file of addresses.

    A thread that is not here yet, or not yet part of the crawl's watch, is queued at once; a
    known one when it is due by the watch's ages.

    Returns:
        How many were queued.
    """
    watch = next((each for each in store.watches() if each.name == crawl.watch), None)
    members = _members(store, crawl.watch)
    queued = 0
    for url in urls:
        known = store.thread_for_seed(url)
        if known is not None and known.id in members:
            wanted = watch is not None and _aged(known, watch.recapture_s, now)
        else:
            wanted = known is None or crawl.watch is not None
        if wanted and _has_rested(store, url, now):
            request = CrawlRequest(
                url, now, crawl.watch, crawl.snapshots, crawl.tags, crawl.embargo_until
            )
            queued += store.enqueue(request) is not None
    return queued


def queue_watch(store: Store, watch: Watch, now: dt.datetime) -> int:
    """
    Queue a watch's seed, and those of its threads that are due by its ages.

    A seed that is a thread itself is left out while it is quiet, as core.due.watched_at says.

    Returns:
        How many were queued.
    """
    itself = store.thread_for_seed(watch.url)
    queued = 0
    if itself is None or due.is_due(seed_due_at(itself, watch), now):
        queued += store.enqueue(_request(watch, watch.url, now)) is not None
    if not watch.recapture_s:
        return queued
    for thread in store.threads_of_watch(watch.name):
        if itself is not None and thread.id == itself.id:
            continue  # the seed, of which was decided above
        if _aged(thread, watch.recapture_s, now) and _is_seed(store, thread, now):
            queued += store.enqueue(_request(watch, thread.url, now)) is not None
    return queued


def seed_due_at(thread: Thread, watch: Watch) -> dt.datetime | None:
    """Say from when on a firing captures the thread that a watch names itself; None if never."""
    counted = due.counted_from(thread.first_captured_at, thread.updated_at)
    return due.watched_at(counted, thread.last_captured_at, watch.recapture_s)


def _is_seed(store: Store, thread: Thread, now: dt.datetime) -> bool:
    """
    Say whether a thread can be captured by its own address now.

    An entry of a feed cannot: its address is that of a page, which is another thread.
    """
    if thread.platform == _WEB:
        led = store.thread_for_seed(thread.url)
        if led is None or led.id != thread.id:
            return False
    return _has_rested(store, thread.url, now)


def _members(store: Store, watch: str | None) -> frozenset[str]:
    if watch is None:
        return frozenset()
    return frozenset(thread.id for thread in store.threads_of_watch(watch))


def _aged(thread: Thread, ages_s: Sequence[float], now: dt.datetime) -> bool:
    counted = due.counted_from(thread.first_captured_at, thread.updated_at)
    return due.is_due(due.recapture_at(counted, thread.last_captured_at, ages_s), now)


def _has_rested(store: Store, url: str, now: dt.datetime) -> bool:
    last = store.last_crawl(url)
    failed = last is not None and last.state is CrawlState.FAILED
    return due.rested(last.started_at if last is not None and failed else None, now)


def _request(watch: Watch, url: str, now: dt.datetime) -> CrawlRequest:
    return CrawlRequest(url, now, watch.name, watch.snapshots, watch.tags)
