"""How are due crawls run? A few at a time, each to its end; what fails is said in its row."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import random
from collections.abc import Awaitable, Callable

from archiver.errors import ArchiverError, StoreError
from archiver.models import CaptureResult, Crawl
from archiver.ports import Store
from archiver.queue import policy
from archiver.queue.wanted import queue_found

_log = logging.getLogger(__name__)

_RECOVER_EVERY_S = 30.0


class Worker:
    """
    Takes due crawl rows and runs them.

    Work is done at least once: a crawl that was stopped or killed starts again, so `work` must be
    repeatable (design 5).
    """

    def __init__(
        self,
        store: Store,
        work: Callable[[Crawl], Awaitable[CaptureResult]],
        *,
        now: Callable[[], dt.datetime],
        concurrency: int = 4,
        poll_s: float = 1.0,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """
        Args:
            work: Captures one crawl.
            now: The time, UTC-aware.
            concurrency: How many crawls run at once.
            poll_s: How often rows are looked for that others queued, in seconds.
            jitter: Gives 0 to 1; spreads the retries.
        """
        self._store = store
        self._work = work
        self._now = now
        self._concurrency = concurrency
        self._poll_s = poll_s
        self._jitter = jitter
        self._running: dict[asyncio.Task[None], Crawl] = {}
        self._woken = asyncio.Event()
        self._stopping = False
        self._recover_at = 0.0

    def wake(self) -> None:
        """Say that a row was queued."""
        self._woken.set()

    def stop(self) -> None:
        """End `run`: what runs is cancelled and queued again."""
        self._stopping = True
        self.wake()

    async def run(self) -> None:
        """Run due crawls until `stop` is called."""
        async with asyncio.TaskGroup() as group:
            try:
                while not self._stopping:
                    self._woken.clear()
                    await self._fill(group)
                    await self._pause()
            finally:
                for task in self._running:
                    task.cancel()

    async def _fill(self, group: asyncio.TaskGroup) -> None:
        """Start as many due crawls as there is room for."""
        try:
            await self._recover()
            while len(self._running) < self._concurrency and not self._stopping:
                crawl = await asyncio.to_thread(self._store.claim, self._now())
                if crawl is None:
                    return
                task = group.create_task(self._run_one(crawl))
                self._running[task] = crawl
                task.add_done_callback(self._ended)
        except StoreError as err:
            # Whoever works on the disk or the database may be done soon; stopping would not help.
            _log.warning("cannot take crawls", extra={"error": str(err)})

    async def _recover(self) -> None:
        """Take back now and then what another process ran that is gone (`archiver capture`)."""
        now = asyncio.get_running_loop().time()
        if now >= self._recover_at:
            self._recover_at = now + _RECOVER_EVERY_S
            await asyncio.to_thread(self._store.recover_crawls)

    def _ended(self, task: asyncio.Task[None]) -> None:
        # A callback is called even if the task was cancelled before its first step. It works in
        # the loop's own thread: what one awaits while being cancelled may never end.
        crawl = self._running.pop(task)
        if task.cancelled():
            try:
                self._store.release(crawl.id)
            except StoreError as err:  # then the next start finds that this process is gone
                _log.warning("cannot put a crawl back", extra={"error": str(err)})
        self.wake()

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(self._poll_s):
                await self._woken.wait()
        except TimeoutError:
            pass

    async def _run_one(self, crawl: Crawl) -> None:
        if crawl.attempts > policy.ATTEMPTS:
            await self._fail(crawl, _gave_up(crawl), None)
            return
        _log.info("crawl started", extra={"crawl_id": crawl.id, "url": crawl.url})
        try:
            result = await self._work(crawl)
        except asyncio.CancelledError as err:
            if _is_wanted(asyncio.current_task()):
                raise
            await self._fail(crawl, _broke(crawl, err), None)
        except ArchiverError as err:
            retry_at = policy.retry_at(err, crawl.attempts, self._now(), self._jitter())
            await self._fail(crawl, str(err), retry_at)
        except Exception as err:  # the job boundary: one broken crawl must not end the others
            _log.exception("crawl broke", extra={"crawl_id": crawl.id, "url": crawl.url})
            await self._fail(crawl, _broke(crawl, err), None)
        else:
            await self._finish(crawl, result)

    async def _finish(self, crawl: Crawl, result: CaptureResult) -> None:
        if result.found_urls:
            await self._keep(lambda: self._queue_found(crawl, result))
        at, thread_id = self._now(), result.thread_id
        await self._keep(lambda: self._store.finish(crawl.id, at=at, thread_id=thread_id))
        _log.info("crawl done", extra={"crawl_id": crawl.id, "url": crawl.url})

    def _queue_found(self, crawl: Crawl, result: CaptureResult) -> None:
        queue_found(self._store, crawl, result.found_urls, self._now())

    async def _fail(self, crawl: Crawl, error: str, retry_at: dt.datetime | None) -> None:
        again = f"{retry_at:%Y-%m-%d %H:%M:%S} UTC" if retry_at else None
        said = {"error": error, "watch": crawl.watch, "tried_again_at": again}
        _log.warning("crawl failed", extra=said)
        at = self._now()
        await self._keep(lambda: self._store.fail(crawl.id, at=at, error=error, retry_at=retry_at))

    async def _keep(self, write: Callable[[], None]) -> None:
        """Write how a crawl ended; try until it is kept, else the row would say `running` on."""
        while True:
            try:
                await asyncio.to_thread(write)
            except StoreError as err:
                _log.warning("cannot keep how a crawl ended", extra={"error": str(err)})
                await asyncio.sleep(self._poll_s)
            else:
                return


def _is_wanted(task: asyncio.Task[object] | None) -> bool:
    """Whether somebody cancelled this task, or the work only let its own cancellation escape."""
    return task is not None and task.cancelling() > 0


def _gave_up(crawl: Crawl) -> str:
    return (
        f"{crawl.url}: given up; the archiver ended {policy.ATTEMPTS} times while it captured "
        "this. Its log says more"
    )


def _broke(crawl: Crawl, err: BaseException) -> str:
    return (
        f"{crawl.url}: the archiver itself broke ({type(err).__name__}); its log has the details, "
        "please report it"
    )
