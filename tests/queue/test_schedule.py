"""Do watches fire when they are due, and only then?"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from archiver.models import Crawl, Watch
from archiver.queue.schedule import Schedule
from archiver.store.sql import SqlStore
from tests.queue.conftest import until
from tests.store.samples import request

ACCOUNT = "https://social.example/@desk"


def present() -> dt.datetime:
    """Give the time: APScheduler goes by the real one."""
    return dt.datetime.now(dt.UTC)


def ago(**units: float) -> dt.datetime:
    """Give a time in the past, e.g. ago(minutes=5)."""
    return present() - dt.timedelta(**units)


def watch(**changes: object) -> Watch:
    """Give a watch that fires every hour."""
    values = {"name": "W", "url": ACCOUNT, "every_s": 3600.0}
    return Watch(**values | changes)  # type: ignore[arg-type]  # any field


def crawled(store: SqlStore, at: dt.datetime) -> None:
    """Keep that the watch was crawled then."""
    crawl = store.start(request(ACCOUNT, due_at=at))
    assert crawl is not None
    store.finish(crawl.id, at=at, thread_id=None)


@contextlib.asynccontextmanager
async def scheduling(
    store: SqlStore, wake: Callable[[], None] = lambda: None
) -> AsyncIterator[Schedule]:
    """Run a schedule for a while."""
    schedule = Schedule(store, wake=wake, now=present, poll_s=0.02)
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        group.create_task(schedule.run())
        yield schedule
        schedule.stop()


async def fired(store: SqlStore, count: int = 1) -> tuple[Crawl, ...]:
    """Wait for so many rows."""
    await until(lambda: len(store.crawls()) >= count)
    return store.crawls()


async def quiet() -> None:
    """Give it time to do what it should not."""
    await asyncio.sleep(0.2)


async def test_new_watch_fires_at_once(store: SqlStore) -> None:
    """With its tags and name, and the worker is woken."""
    woken = asyncio.Event()
    store.add_watch(watch(tags=("a",)))
    async with scheduling(store, woken.set):
        (row,) = await fired(store)
        await woken.wait()
    assert (row.url, row.watch, row.tags) == (ACCOUNT, "W", ("a",))


async def test_missed_firings_are_one(store: SqlStore) -> None:
    """Nothing ran for a week; the watch fires at once, and once."""
    store.add_watch(watch())
    crawled(store, ago(days=7))
    async with scheduling(store):
        await fired(store, 2)
        await quiet()
    assert len(store.crawls()) == 2


@pytest.mark.parametrize("cron", ["* * * * *", "*/2 * * * *"])
async def test_missed_cron_line_fires_at_once(store: SqlStore, cron: str) -> None:
    """A watch by the clock makes up for a missed turn too."""
    store.add_watch(watch(every_s=None, cron=cron))
    crawled(store, ago(hours=1))
    async with scheduling(store):
        await fired(store, 2)


async def test_watch_that_is_not_due_waits(store: SqlStore) -> None:
    """A restart does not crawl everything again."""
    store.add_watch(watch())
    store.add_watch(watch(name="C", url=f"{ACCOUNT}/c", every_s=None, cron="0 0 30 2 *"))
    crawled(store, ago(minutes=1))
    never = store.start(request(f"{ACCOUNT}/c", due_at=ago(minutes=1)))
    assert never is not None
    store.finish(never.id, at=present(), thread_id=None)
    async with scheduling(store):
        await quiet()
    assert len(store.crawls()) == 2


async def test_watch_fires_again_and_again(store: SqlStore) -> None:
    """Each time its crawl has ended, one more row."""
    store.add_watch(watch(every_s=0.1))
    async with scheduling(store):
        for count in range(1, 4):
            row = (await fired(store, count))[0]
            taken = store.claim(present())
            assert taken is not None and taken.id == row.id
            store.finish(taken.id, at=present(), thread_id=None)


async def test_live_crawl_is_not_queued_twice(store: SqlStore) -> None:
    """A slow crawl is not overtaken by its own watch."""
    store.add_watch(watch(every_s=0.05))
    async with scheduling(store):
        await fired(store)
        await quiet()
    assert len(store.crawls()) == 1


async def test_watches_of_another_process_are_taken_up(store: SqlStore, tmp_path: Path) -> None:
    """Added, changed and removed while the schedule runs."""
    other = SqlStore.open(tmp_path)
    async with scheduling(store):
        await quiet()
        other.add_watch(watch())
        await fired(store)
        other.add_watch(watch(url=f"{ACCOUNT}/changed"))
        assert (await fired(store, 2))[0].url == f"{ACCOUNT}/changed"
        other.add_watch(watch(url=f"{ACCOUNT}/quick", every_s=0.05))
        await fired(store, 3)
        other.remove_watch("W")
        await quiet()
        taken = store.claim(present())
        while taken is not None:
            store.finish(taken.id, at=present(), thread_id=None)
            taken = store.claim(present())
        await quiet()
        assert len(store.crawls()) == 3
    other.close()


async def test_paused_watch_does_not_fire(store: SqlStore) -> None:
    """Until it goes on; then it makes up for what it missed."""
    store.add_watch(watch(paused=True))
    async with scheduling(store):
        await quiet()
        assert store.crawls() == ()
        store.pause_watch("W", False)
        await fired(store)


async def test_stopped_schedule_fires_nothing(store: SqlStore) -> None:
    """Not even what is due."""
    async with scheduling(store):
        await quiet()
    store.add_watch(watch(every_s=0.01))
    await quiet()
    assert store.crawls() == ()
