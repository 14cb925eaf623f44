"""Is a crawl row a durable intent, run by one process at a time?"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from archiver.models import CrawlState, Snapshots, Watch
from archiver.store.sql import SqlStore
from tests.store.samples import NOON, SEED, later, request, running

Opener = Callable[[], SqlStore]


def test_one_live_crawl_exists_per_url(store: SqlStore) -> None:
    """A second request for the same URL is refused until the first has ended."""
    first = store.enqueue(request())
    assert first is not None and first.state is CrawlState.QUEUED
    assert store.enqueue(request()) is None
    taken = store.claim(NOON)
    assert taken is not None and taken.id == first.id
    assert store.enqueue(request()) is None
    store.finish(first.id, at=NOON, thread_id=None)
    assert store.enqueue(request()) is not None


def test_request_comes_back_as_it_was_made(store: SqlStore) -> None:
    """Watch, tags and kind of snapshots stand in the row."""
    asked = request(watch="W", tags=("a", "b", "a"), snapshots=Snapshots.NONE)
    row = store.enqueue(asked)
    assert row is not None
    assert (row.watch, row.tags, row.snapshots) == ("W", ("a", "b"), Snapshots.NONE)
    assert row.due_at == NOON and store.crawls() == (row,)


def test_claim_takes_the_longest_due_first(store: SqlStore) -> None:
    """Rows are taken in the order of their due times, none before its time."""
    store.enqueue(request("http://x/2", due_at=later(minutes=2)))
    store.enqueue(request("http://x/1", due_at=later(minutes=1)))
    store.enqueue(request("http://x/9", due_at=later(minutes=9)))
    assert store.next_due() == later(minutes=1)
    taken = [store.claim(later(minutes=5)) for _ in range(3)]
    assert [row.url if row else None for row in taken] == ["http://x/1", "http://x/2", None]
    assert store.next_due() == later(minutes=9)


def test_claimed_row_says_when_and_how_often_it_started(store: SqlStore) -> None:
    """started_at is the time of the claim; attempts count from 1."""
    store.enqueue(request())
    row = store.claim(later(seconds=3))
    assert row is not None
    assert (row.state, row.attempts) == (CrawlState.RUNNING, 1)
    assert row.started_at == later(seconds=3)


def test_many_threads_never_claim_one_row_twice(store: SqlStore) -> None:
    """Each of forty rows is claimed exactly once by eight threads."""
    for number in range(40):
        store.enqueue(request(f"http://x/{number}"))
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda _: store.claim(NOON), range(48)))
    ids = [row.id for row in taken if row is not None]
    assert len(ids) == len(set(ids)) == 40


def test_failed_crawl_is_kept_with_its_reason(store: SqlStore) -> None:
    """Without retry_at a row is failed for good and no longer live."""
    crawl = running(store)
    store.fail(crawl.id, at=later(minutes=1), error="it is gone", retry_at=None)
    row = store.crawls()[0]
    assert (row.state, row.error) == (CrawlState.FAILED, "it is gone")
    assert row.finished_at == later(minutes=1)
    assert store.counts()["failed"] == 1


def test_failed_crawl_is_queued_again_for_its_time(store: SqlStore) -> None:
    """With retry_at it waits, remembers why, and counts its attempts."""
    crawl = running(store)
    store.fail(crawl.id, at=NOON, error="busy", retry_at=later(minutes=5))
    assert store.claim(later(minutes=4)) is None
    row = store.claim(later(minutes=5))
    assert row is not None
    assert (row.id, row.attempts, row.error) == (crawl.id, 2, "busy")


def test_released_crawl_is_as_it_was(store: SqlStore) -> None:
    """A stop is no attempt, and the row is due at once."""
    store.enqueue(request())
    taken = store.claim(NOON)
    assert taken is not None
    store.release(taken.id)
    again = store.claim(NOON)
    assert again is not None
    assert (again.id, again.attempts) == (taken.id, 1)


def test_finished_crawl_is_not_released(store: SqlStore) -> None:
    """Release and failure that come too late change nothing."""
    crawl = running(store)
    store.finish(crawl.id, at=NOON, thread_id=None)
    store.release(crawl.id)
    store.fail(crawl.id, at=NOON, error="late", retry_at=None)
    row = store.crawls()[0]
    assert (row.state, row.error) == (CrawlState.DONE, "")


def test_start_takes_over_a_queued_row(store: SqlStore) -> None:
    """A person's wish joins what the watch queued: its watch stays, the wish's options win."""
    queued = store.enqueue(request(watch="W", tags=("news",)))
    started = store.start(request(tags=("mine",), snapshots=Snapshots.NONE))
    assert queued is not None and started is not None
    assert (started.id, started.watch, started.tags) == (queued.id, "W", ("news", "mine"))
    assert started.snapshots is Snapshots.NONE
    assert store.claim(later(days=1)) is None


def test_start_leaves_alone_what_a_living_process_runs(open_store: Opener) -> None:
    """None says that somebody is at it."""
    mine, other = open_store(), open_store()
    assert mine.start(request()) is not None
    assert other.start(request()) is None
    assert mine.start(request()) is None
    assert other.recover_crawls() == 0


def test_start_takes_over_what_a_dead_process_ran(open_store: Opener) -> None:
    """The row goes on, so what it has stored already is skipped."""
    dead, mine = open_store(), open_store()
    first = running(dead)
    dead.close()
    taken = mine.start(request())
    assert taken is not None
    assert (taken.id, taken.attempts) == (first.id, 2)


def test_crawls_of_dead_processes_are_queued_again(open_store: Opener) -> None:
    """Only those: what living processes run goes on."""
    dead, alive, mine = open_store(), open_store(), open_store()
    lost = running(dead, "http://x/lost")
    kept = running(alive, "http://x/kept")
    dead.close()
    assert mine.recover_crawls() == 1
    states = {row.id: row.state for row in mine.crawls()}
    assert states == {lost.id: CrawlState.QUEUED, kept.id: CrawlState.RUNNING}
    assert mine.recover_crawls() == 0


def test_newest_crawls_come_first(store: SqlStore) -> None:
    """As `status` lists them, at most as many as asked for."""
    for number in range(3):
        store.enqueue(request(f"http://x/{number}"))
    assert [row.url for row in store.crawls(limit=2)] == ["http://x/2", "http://x/1"]


def test_seeds_that_fail_are_found_and_counted(store: SqlStore) -> None:
    """Each once, by its last crawl: one that failed before and went well since is none of them."""
    for url in ("http://x/mended", "http://x/gone", "http://x/gone", "http://x/mended"):
        store.fail(running(store, url).id, at=NOON, error=f"{url}: no", retry_at=None)
    store.finish(running(store, "http://x/mended").id, at=NOON, thread_id=None)
    store.fail(running(store, "http://x/busy").id, at=NOON, error="busy", retry_at=later(hours=1))
    store.enqueue(request("http://x/gone"))
    store.enqueue(request("http://x/new"))
    assert [each.url for each in store.failing()] == ["http://x/busy", "http://x/gone"]
    assert store.counts()["failed"] == 1
    gone = running(store, "http://x/gone")
    assert [each.url for each in store.failing()] == ["http://x/busy"]
    store.fail(gone.id, at=NOON, error="no", retry_at=None)
    assert store.failing()[0].id == gone.id


def test_threads_asked_are_counted_by_watch(store: SqlStore) -> None:
    """Each address once, and not the seed of the watch itself."""
    store.add_watch(Watch("List", "/lists/a.csv", every_s=60.0, origin="command"))
    store.add_watch(Watch("New", "http://x/new", every_s=60.0, origin="command"))
    for url in ("/lists/a.csv", "http://x/1", "http://x/2", "http://x/1"):
        store.finish(running(store, url, watch="List").id, at=NOON, thread_id=None)
    store.finish(running(store, "http://x/3").id, at=NOON, thread_id=None)
    store.enqueue(request("http://x/4", watch="List"))
    assert store.threads_asked() == {"List": 2}


def test_last_crawl_is_one_that_started(store: SqlStore) -> None:
    """A row that only waits says nothing about when the seed was last crawled."""
    assert store.last_crawl(SEED) is None
    crawl = running(store)
    store.finish(crawl.id, at=NOON, thread_id="t")
    store.enqueue(request())
    last = store.last_crawl(SEED)
    assert last is not None
    assert (last.id, last.thread_id) == (crawl.id, "t")
