"""When is each watch due? APScheduler decides; a firing inserts crawl rows and returns."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import logging
from collections.abc import Callable

from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from archiver.core.due import first_run
from archiver.errors import StoreError
from archiver.models import Watch
from archiver.ports import Store
from archiver.queue.wanted import queue_watch

_log = logging.getLogger(__name__)

_SPREAD = 0.02
_LARGEST_SPREAD_S = 30.0


class Schedule:
    """
    Fires the watches that the store holds.

    Watches that another process adds, pauses or removes are taken up within `poll_s`. One that
    was due while nothing ran fires at once, and once.
    """

    def __init__(
        self,
        store: Store,
        *,
        wake: Callable[[], None],
        now: Callable[[], dt.datetime],
        poll_s: float = 3.0,
    ) -> None:
        """
        Args:
            wake: Is called when rows were queued.
            now: The time, UTC-aware.
            poll_s: How often the store's watches are compared with the jobs, in seconds.
        """
        self._store = store
        self._wake = wake
        self._now = now
        self._poll_s = poll_s
        self._jobs: dict[str, Watch] = {}
        self._stopped = asyncio.Event()

    def stop(self) -> None:
        """End `run`; no watch fires after it."""
        self._stopped.set()

    async def run(self) -> None:
        """Fire watches until `stop` is called."""
        scheduler = AsyncIOScheduler(
            timezone=dt.UTC,
            # A late firing counts however late it is; several missed ones are one.
            job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1},
        )
        scheduler.start()
        try:
            while not self._stopped.is_set():
                await self._reconcile(scheduler)
                await self._pause()
        finally:
            scheduler.shutdown(wait=False)
            await asyncio.sleep(0)  # it only asked the loop for it

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(self._poll_s):
                await self._stopped.wait()
        except TimeoutError:
            pass

    async def _reconcile(self, scheduler: AsyncIOScheduler) -> None:
        """Make the jobs those of the watches that are not paused."""
        try:
            wanted = await asyncio.to_thread(self._wanted)
        except StoreError as err:
            _log.warning("cannot read the watches", extra={"error": str(err)})
            return
        for name in self._jobs.keys() - wanted.keys():
            with contextlib.suppress(JobLookupError):  # one that never fires again is gone already
                scheduler.remove_job(name)
        for name, (watch, first) in wanted.items():
            if self._jobs.get(name) != watch:
                scheduler.add_job(
                    self._fire,
                    _trigger(watch),
                    args=(watch,),
                    id=name,
                    name=name,
                    next_run_time=first,
                    replace_existing=True,
                )
        self._jobs = {name: watch for name, (watch, _) in wanted.items()}

    def _wanted(self) -> dict[str, tuple[Watch, dt.datetime | None]]:
        watches = [watch for watch in self._store.watches() if not watch.paused]
        return {watch.name: (watch, self._first_run(watch)) for watch in watches}

    def _first_run(self, watch: Watch) -> dt.datetime | None:
        """When a watch fires first; None if never, or if its job stands already."""
        if self._jobs.get(watch.name) == watch:
            return None
        last = self._store.last_crawl(watch.url)
        if last is None or last.started_at is None:
            return first_run(None, self._now())
        due_at = next_after(watch, last.started_at)
        return None if due_at is None else first_run(due_at, self._now())

    async def _fire(self, watch: Watch) -> None:
        try:
            queued = await asyncio.to_thread(queue_watch, self._store, watch, self._now())
        except StoreError as err:
            _log.warning("a watch cannot fire", extra={"watch": watch.name, "error": str(err)})
            return
        _log.info("watch fired", extra={"watch": watch.name, "queued": queued})
        if queued:
            self._wake()


def _trigger(watch: Watch) -> BaseTrigger:
    if watch.cron is not None:
        return CronTrigger.from_crontab(watch.cron, timezone=dt.UTC)
    every_s = watch.every_s or 3600.0
    # A little later each time, so that watches that began together do not stay together.
    spread = min(every_s * _SPREAD, _LARGEST_SPREAD_S)
    return IntervalTrigger(seconds=every_s, timezone=dt.UTC, jitter=spread)


def next_after(watch: Watch, started: dt.datetime) -> dt.datetime | None:
    """Say when a watch fires after a crawl that began at `started`; None if its cron never does."""
    if watch.cron is None:
        return started + dt.timedelta(seconds=watch.every_s or 3600.0)
    found: dt.datetime | None = _trigger(watch).get_next_fire_time(started, started)
    return found
