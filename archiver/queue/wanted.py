"""Which threads of an account or a watch are queued now? New ones, and those of a due age."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from archiver.core.due import recapture_due, rested
from archiver.models import Crawl, CrawlRequest, CrawlState, Thread, Watch
from archiver.ports import Store


def queue_found(store: Store, crawl: Crawl, urls: Iterable[str], now: dt.datetime) -> int:
    """
    Queue the threads that an account's crawl found.

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
            request = CrawlRequest(url, now, crawl.watch, crawl.snapshots, crawl.tags)
            queued += store.enqueue(request) is not None
    return queued


def queue_watch(store: Store, watch: Watch, now: dt.datetime) -> int:
    """
    Queue a watch's seed, and those of its threads that are due by its ages.

    Returns:
        How many were queued.
    """
    queued = int(store.enqueue(_request(watch, watch.url, now)) is not None)
    if not watch.recapture_s:
        return queued
    itself = store.thread_for_seed(watch.url)
    for thread in store.threads_of_watch(watch.name):
        if itself is not None and thread.id == itself.id:
            continue  # the seed that was just queued
        if _aged(thread, watch.recapture_s, now) and _has_rested(store, thread.url, now):
            queued += store.enqueue(_request(watch, thread.url, now)) is not None
    return queued


def _members(store: Store, watch: str | None) -> frozenset[str]:
    if watch is None:
        return frozenset()
    return frozenset(thread.id for thread in store.threads_of_watch(watch))


def _aged(thread: Thread, ages_s: Sequence[float], now: dt.datetime) -> bool:
    return recapture_due(thread.first_captured_at, thread.last_captured_at, ages_s, now)


def _has_rested(store: Store, url: str, now: dt.datetime) -> bool:
    last = store.last_crawl(url)
    failed = last is not None and last.state is CrawlState.FAILED
    return rested(last.started_at if last is not None and failed else None, now)


def _request(watch: Watch, url: str, now: dt.datetime) -> CrawlRequest:
    return CrawlRequest(url, now, watch.name, watch.snapshots, watch.tags)
