"""Which threads are queued when an account was read, or a watch fires?"""

from __future__ import annotations

from dataclasses import replace

from archiver.core.ids import thread_id
from archiver.models import Crawl, Snapshots, Watch
from archiver.queue.wanted import queue_found, queue_watch
from archiver.store.sql import SqlStore
from tests.store.samples import NOON, later, post, running, save, thread

ACCOUNT = "https://social.example/@desk"
WATCH = Watch("W", ACCOUNT, every_s=900.0, recapture_s=(3600.0, 86400.0), tags=("t",))


def captured(store: SqlStore, number: int, *, watch: str | None = "W", hours: float = 0) -> str:
    """Keep a thread whose last capture was so many hours after noon; give its seed."""
    kept = thread(post(str(number)), native=str(number), last_captured_at=later(hours=hours))
    crawl, _ = save(store, kept, watch=watch)
    store.finish(crawl.id, at=NOON, thread_id=kept.id)
    return kept.url


def account(store: SqlStore) -> Crawl:
    """Give the crawl of the account."""
    store.add_watch(WATCH)
    return running(store, ACCOUNT, watch="W", tags=("t",), snapshots=Snapshots.NONE)


def queued(store: SqlStore) -> list[str]:
    """Give the URLs that wait."""
    return [crawl.url for crawl in store.crawls() if crawl.state == "queued"]


def test_new_threads_are_queued_as_the_account_was(store: SqlStore) -> None:
    """With its watch, tags and kind of snapshots; each once."""
    crawl = account(store)
    found = ("https://a.example/1", "https://a.example/2", "https://a.example/1")
    assert queue_found(store, crawl, found, NOON) == 2
    assert queue_found(store, crawl, found, NOON) == 0
    row = store.crawls()[0]
    assert (row.url, row.watch, row.tags, row.snapshots) == (
        "https://a.example/2",
        "W",
        ("t",),
        Snapshots.NONE,
    )


def test_known_threads_wait_for_their_age(store: SqlStore) -> None:
    """Of two, only the one that was not captured since it was an hour old."""
    crawl = account(store)
    found = (captured(store, 1), captured(store, 2, hours=1))
    assert queue_found(store, crawl, found, later(minutes=59)) == 0
    assert queue_found(store, crawl, found, later(hours=2)) == 1
    assert queued(store) == [found[0]]


def test_thread_known_from_elsewhere_joins_the_watch(store: SqlStore) -> None:
    """Somebody captured it by hand; its next capture is at once, for the watch's feed."""
    crawl = account(store)
    url = captured(store, 1, watch=None)
    assert queue_found(store, crawl, (url,), NOON) == 1


def test_account_without_watch_queues_only_new_threads(store: SqlStore) -> None:
    """Nothing says when the others would be due."""
    crawl = running(store, ACCOUNT)
    known = captured(store, 1, watch=None)
    assert queue_found(store, crawl, (known, "https://a.example/9"), later(days=9)) == 1


def test_thread_that_failed_rests(store: SqlStore) -> None:
    """An account that lists a broken post does not fill the log with it."""
    crawl = account(store)
    bad = running(store, "https://a.example/bad")
    store.fail(bad.id, at=NOON, error="odd", retry_at=None)
    assert queue_found(store, crawl, (bad.url,), later(hours=1)) == 0
    assert queue_found(store, crawl, (bad.url,), later(hours=7)) == 1


def test_firing_queues_the_seed_and_what_is_due(store: SqlStore) -> None:
    """The account itself, and the thread that became an hour old."""
    store.add_watch(WATCH)
    due, done = captured(store, 1), captured(store, 2, hours=1)
    captured(store, 3, watch=None)
    assert queue_watch(store, WATCH, later(hours=2)) == 2
    assert set(queued(store)) == {ACCOUNT, due} and done not in queued(store)
    assert queue_watch(store, WATCH, later(hours=2)) == 0


def test_watched_thread_is_queued_once(store: SqlStore) -> None:
    """Under the seed's own address, not again under the platform's."""
    seed = "https://m.example/short-form"
    watch = Watch("W", seed, every_s=900.0, recapture_s=(3600.0,))
    crawl, kept = save(store, thread(), url=seed, watch="W")
    store.finish(crawl.id, at=NOON, thread_id=kept.id)
    assert queue_watch(store, watch, later(days=1)) == 1
    assert queued(store) == [seed]


def test_quiet_watched_thread_waits_for_its_age(store: SqlStore) -> None:
    """At each firing while it is young; then at its ages; at once again after a change."""
    seed = "https://m.example/short-form"
    watch = Watch("W", seed, every_s=900.0, recapture_s=(3600.0, 86400.0))
    crawl, kept = save(store, thread(last_captured_at=later(minutes=45)), url=seed, watch="W")
    store.finish(crawl.id, at=NOON, thread_id=kept.id)
    assert queue_watch(store, watch, later(minutes=60)) == 1
    again = running(store, seed)
    quiet = replace(kept, last_captured_at=later(minutes=60))
    store.save_thread(again, quiet, ())
    store.finish(again.id, at=later(minutes=60), thread_id=kept.id)
    assert queue_watch(store, watch, later(minutes=75)) == 0
    assert queue_watch(store, watch, later(hours=24)) == 1
    third = running(store, seed)
    changed = replace(quiet, updated_at=later(days=1), last_captured_at=later(days=1))
    store.save_thread(third, changed, ())
    store.finish(third.id, at=later(days=1), thread_id=kept.id)
    assert queue_watch(store, watch, later(days=1, minutes=15)) == 1


def test_change_brings_a_thread_of_an_account_back(store: SqlStore) -> None:
    """It had passed all its ages; an hour after a change it is due again."""
    store.add_watch(WATCH)
    kept = thread(last_captured_at=later(days=9), updated_at=later(days=9))
    crawl, _ = save(store, kept, watch="W")
    store.finish(crawl.id, at=NOON, thread_id=kept.id)
    assert queue_watch(store, WATCH, later(days=9, minutes=50)) == 1
    store.finish(running(store, ACCOUNT).id, at=later(days=9), thread_id=None)
    assert queue_watch(store, WATCH, later(days=9, hours=1)) == 2


def test_entry_of_a_feed_is_never_captured_as_a_page(store: SqlStore) -> None:
    """Its address is that of a page, which would be another thread; the feed is read again."""
    feed = "https://news.example/feed"
    watch = Watch("W", feed, every_s=900.0, recapture_s=(3600.0,))
    entry = thread(native="news.example 1", id=thread_id("web", "news.example 1"), platform="web")
    crawl = running(store, feed, watch="W")
    store.save_thread(crawl, entry, (), leads=False)
    store.finish(crawl.id, at=NOON, thread_id=None)
    assert queue_watch(store, watch, later(days=3)) == 1
    assert queued(store) == [feed]


def test_watch_without_ages_queues_its_seed(store: SqlStore) -> None:
    """Whatever threads it has."""
    captured(store, 1)
    plain = Watch("W", ACCOUNT, every_s=900.0)
    assert queue_watch(store, plain, later(days=30)) == 1
