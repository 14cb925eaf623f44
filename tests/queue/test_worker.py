"""Are due crawls run, a few at a time, each to an end that its row says?"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from archiver.errors import AccessDenied, FetchError, StoreError
from archiver.models import CaptureResult, Crawl, CrawlState
from archiver.queue.policy import ATTEMPTS
from archiver.queue.worker import Worker
from archiver.store.sql import SqlStore
from tests.queue.conftest import Clock, until
from tests.store.samples import SEED, later, request, running

Work = Callable[[Crawl], Awaitable[CaptureResult]]


@contextlib.asynccontextmanager
async def working(store: SqlStore, work: Work, clock: Clock, **how: int) -> AsyncIterator[Worker]:
    """Run a worker for a while, and stop it as the shell does."""
    worker = Worker(store, work, now=clock, poll_s=0.02, jitter=lambda: 0.0, **how)
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        group.create_task(worker.run())
        yield worker
        worker.stop()


async def settled(store: SqlStore) -> tuple[Crawl, ...]:
    """Wait until nothing runs and nothing is due at noon; give the rows, oldest first."""

    def moving(crawl: Crawl) -> bool:
        waits = crawl.state is CrawlState.QUEUED and crawl.due_at <= later()
        return waits or crawl.state is CrawlState.RUNNING

    await until(lambda: not any(moving(crawl) for crawl in store.crawls()))
    return store.crawls()[::-1]


async def done(_: Crawl) -> CaptureResult:
    """Work that succeeds at once."""
    return CaptureResult("t1")


def failing(error: BaseException) -> Work:
    """Work that fails in this way."""

    async def fail(_: Crawl) -> CaptureResult:
        raise error

    return fail


async def test_due_crawl_is_run_to_its_end(store: SqlStore, clock: Clock) -> None:
    """The row then says what came of it."""
    store.enqueue(request())
    async with working(store, done, clock):
        (row,) = await settled(store)
    assert (row.state, row.thread_id, row.attempts) == (CrawlState.DONE, "t1", 1)
    assert row.finished_at == later()


async def test_crawl_queued_later_is_taken_up(store: SqlStore, clock: Clock) -> None:
    """At once when the worker is woken, soon when another process queued it."""
    async with working(store, done, clock) as worker:
        for number in range(3):
            store.enqueue(request(f"http://x/{number}"))
            worker.wake()
            assert (await settled(store))[-1].state is CrawlState.DONE
        store.enqueue(request("http://x/from-elsewhere"))
        assert (await settled(store))[-1].state is CrawlState.DONE


async def test_crawl_waits_until_it_is_due(store: SqlStore, clock: Clock) -> None:
    """By the clock that is given in."""
    store.enqueue(request(due_at=later(minutes=5)))
    async with working(store, done, clock) as worker:
        await asyncio.sleep(0.1)
        assert store.crawls()[0].state is CrawlState.QUEUED
        clock.forward(minutes=5)
        worker.wake()
        await until(lambda: store.crawls()[0].state is CrawlState.DONE)


async def test_only_so_many_crawls_run_at_once(store: SqlStore, clock: Clock) -> None:
    """All are run; never more than the limit together."""
    now, most = 0, 0

    async def counted(crawl: Crawl) -> CaptureResult:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.02)
        now -= 1
        return CaptureResult(None)

    for number in range(9):
        store.enqueue(request(f"http://x/{number}"))
    async with working(store, counted, clock, concurrency=3):
        rows = await settled(store)
    assert {row.state for row in rows} == {CrawlState.DONE}
    assert most == 3


async def test_refusal_fails_at_once(store: SqlStore, clock: Clock) -> None:
    """The row holds the one sentence of the error."""
    store.enqueue(request())
    error = AccessDenied(f"{SEED}: a login is needed", uri_r=SEED, status=403)
    async with working(store, failing(error), clock):
        (row,) = await settled(store)
    assert (row.state, row.error) == (CrawlState.FAILED, f"{SEED}: a login is needed")


async def test_failure_is_told_with_its_watch(
    store: SqlStore, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """An address alone does not say which list it came from."""
    store.enqueue(request(watch="Reading list"))
    error = AccessDenied(f"{SEED}: a login is needed", uri_r=SEED, status=403)
    with caplog.at_level(logging.WARNING):
        async with working(store, failing(error), clock):
            await settled(store)
    assert [vars(entry)["watch"] for entry in caplog.records] == ["Reading list"]


async def test_busy_server_is_asked_again_later(store: SqlStore, clock: Clock) -> None:
    """The row waits for its time, and does not hold a slot meanwhile."""
    store.enqueue(request())
    busy = FetchError("busy", uri_r=SEED, status=503, retry_after_s=600)
    async with working(store, failing(busy), clock):
        (row,) = await settled(store)
    assert (row.state, row.error, row.due_at) == (CrawlState.QUEUED, "busy", later(minutes=10))


async def test_five_attempts_are_enough(store: SqlStore, clock: Clock) -> None:
    """A server that stays busy makes a crawl that failed."""
    store.enqueue(request())
    busy = FetchError("busy", uri_r=SEED, status=503)
    async with working(store, failing(busy), clock) as worker:
        while store.crawls()[0].state is not CrawlState.FAILED:
            clock.forward(hours=1)
            worker.wake()
            await asyncio.sleep(0.01)
    row = store.crawls()[0]
    assert (row.attempts, row.error) == (ATTEMPTS, "busy")


async def test_broken_work_does_not_end_the_worker(
    store: SqlStore, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """The traceback goes to the log, a plain sentence into the row, and the next crawl runs."""

    async def work(crawl: Crawl) -> CaptureResult:
        if crawl.url == "http://x/odd":
            raise KeyError("secret detail")
        return CaptureResult("t1")

    store.enqueue(request("http://x/odd"))
    store.enqueue(request("http://x/fine"))
    with caplog.at_level(logging.ERROR):
        async with working(store, work, clock, concurrency=1):
            odd, fine = await settled(store)
    assert (odd.state, fine.state) == (CrawlState.FAILED, CrawlState.DONE)
    assert "http://x/odd: the archiver itself broke (KeyError)" in odd.error
    assert "secret detail" not in odd.error
    assert any(entry.exc_info for entry in caplog.records)


async def test_cancellation_that_work_lets_escape_is_a_failure(
    store: SqlStore, clock: Clock
) -> None:
    """Nobody asked for it: putting the row back would run it for ever."""
    store.enqueue(request())
    async with working(store, failing(asyncio.CancelledError()), clock):
        (row,) = await settled(store)
    assert row.state is CrawlState.FAILED


async def test_stop_puts_back_what_runs(store: SqlStore, clock: Clock) -> None:
    """Work is cancelled; its row waits for the next start as if nothing had been."""
    begun, ended = asyncio.Event(), asyncio.Event()

    async def endless(_: Crawl) -> CaptureResult:
        begun.set()
        try:
            await asyncio.sleep(3600)
        finally:
            ended.set()
        raise AssertionError

    store.enqueue(request())
    async with working(store, endless, clock):
        await begun.wait()
    assert ended.is_set()
    row = store.crawls()[0]
    assert (row.state, row.attempts) == (CrawlState.QUEUED, 0)
    async with working(store, done, clock):
        (row,) = await settled(store)
    assert (row.state, row.attempts) == (CrawlState.DONE, 1)


async def test_cancelled_worker_puts_back_what_runs(store: SqlStore, clock: Clock) -> None:
    """Another part of the process failed, and the group ends the worker."""
    begun = asyncio.Event()

    async def endless(_: Crawl) -> CaptureResult:
        begun.set()
        await asyncio.sleep(3600)
        raise AssertionError

    store.enqueue(request())
    running_worker = asyncio.create_task(Worker(store, endless, now=clock).run())
    await begun.wait()
    running_worker.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running_worker
    assert store.crawls()[0].state is CrawlState.QUEUED


async def test_crawls_of_a_dead_process_are_run(
    store: SqlStore, tmp_path: Path, clock: Clock
) -> None:
    """What was running when the machine went down is taken up at the start."""
    dead = SqlStore.open(tmp_path)
    lost = running(dead)
    dead.close()
    async with working(store, done, clock):
        (row,) = await settled(store)
    assert (row.id, row.state, row.attempts) == (lost.id, CrawlState.DONE, 2)


async def test_crawl_that_kills_its_process_is_given_up(
    store: SqlStore, tmp_path: Path, clock: Clock
) -> None:
    """After five starts that nobody lived to see the end of."""
    for _ in range(ATTEMPTS):
        dead = SqlStore.open(tmp_path)
        running(dead)
        dead.close()
    async with working(store, done, clock):
        (row,) = await settled(store)
    assert row.state is CrawlState.FAILED
    assert "given up" in row.error


async def test_threads_of_an_account_are_run_as_well(store: SqlStore, clock: Clock) -> None:
    """What an account's crawl found is queued and taken up."""

    async def work(crawl: Crawl) -> CaptureResult:
        if crawl.url == SEED:
            return CaptureResult(None, found_urls=("http://x/1", "http://x/2"))
        return CaptureResult("t1")

    store.enqueue(request(watch="W"))
    async with working(store, work, clock):
        await until(lambda: len(store.crawls()) == 3)
        rows = await settled(store)
    assert [(row.url, row.state, row.watch) for row in rows[1:]] == [
        ("http://x/1", CrawlState.DONE, "W"),
        ("http://x/2", CrawlState.DONE, "W"),
    ]


class Flaky(SqlStore):
    """A store whose disk is full for a while."""

    refused = ""
    left = 3

    def _refuse(self, what: str) -> None:
        if what == self.refused and self.left:
            self.left -= 1
            raise StoreError("the disk is full")

    def claim(self, now: dt.datetime) -> Crawl | None:
        """Refuse at first, if that is what is refused."""
        self._refuse("claim")
        return super().claim(now)

    def finish(self, crawl_id: int, *, at: dt.datetime, thread_id: str | None) -> None:
        """Refuse at first, if that is what is refused."""
        self._refuse("finish")
        super().finish(crawl_id, at=at, thread_id=thread_id)

    def release(self, crawl_id: int) -> None:
        """Refuse at first, if that is what is refused."""
        self._refuse("release")
        super().release(crawl_id)


@pytest.fixture
def flaky(store: SqlStore) -> Flaky:
    """The same store on a bad disk."""
    return Flaky(store._database, store._owner, store._open)


@pytest.mark.parametrize("refused", ["claim", "finish"])
async def test_worker_outlives_a_full_disk(flaky: Flaky, clock: Clock, refused: str) -> None:
    """It goes on once there is room: no crawl stays running for ever."""
    flaky.refused = refused
    flaky.enqueue(request())
    async with working(flaky, done, clock):
        (row,) = await settled(flaky)
    assert row.state is CrawlState.DONE
    assert flaky.left == 0


async def test_stop_on_a_full_disk_ends_all_the_same(flaky: Flaky, clock: Clock) -> None:
    """The row is taken back when the next start finds that this process is gone."""
    flaky.refused = "release"
    flaky.enqueue(request())
    begun = asyncio.Event()

    async def endless(_: Crawl) -> CaptureResult:
        begun.set()
        await asyncio.sleep(3600)
        raise AssertionError

    async with working(flaky, endless, clock):
        await begun.wait()
    assert flaky.crawls()[0].state is CrawlState.RUNNING
