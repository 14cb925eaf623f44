"""Which of the callbacks that are due does the hub ask now, so that none holds up the others?"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from archiver.errors import StoreError
from feeds.web.hub_store import Asked, Held

log = logging.getLogger(__name__)

OF_HOST = 3
"""Asked at one time of one host: one that answers slowly keeps its own waiting, not others'."""
_STORE_PAUSE_S = 20.0

T = TypeVar("T", Asked, Held)


class Lane(Generic[T]):
    """Work of one kind: so many callbacks at a time, few of each host, and each by itself."""

    def __init__(
        self,
        due: Callable[[int, int], Sequence[T]],
        work: Callable[[T], Awaitable[None]],
        *,
        at_once: int,
        pace_s: float,
        ended: Callable[[], None],
    ) -> None:
        """
        Args:
            due: Gives so many of what is due, and at most so many of each host; called in a thread.
            work: Does one of it.
            at_once: How many are asked at one time.
            pace_s: Between the starts of two requests to one host.
            ended: Called when one is done.
        """
        self._due: Callable[[int, int], Sequence[T]] = due
        self._work: Callable[[T], Awaitable[None]] = work
        self._at_once = at_once
        self._pace_s = pace_s
        self._ended = ended
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._of_host: Counter[str] = Counter()
        self._next: dict[str, float] = {}

    @property
    def tasks(self) -> tuple[asyncio.Task[None], ...]:
        """What goes on."""
        return tuple(self._tasks.values())

    async def fill(self) -> None:
        """Begin what is due as far as there is room. Raises StoreError."""
        room = self._at_once - len(self._tasks)
        if room <= 0:
            return
        # What goes on is due still, and stands among what is given.
        for each in await asyncio.to_thread(self._due, self._at_once + room, OF_HOST):
            if len(self._tasks) >= self._at_once:
                return
            if each.n not in self._tasks and self._of_host[each.host] < OF_HOST:
                self._begin(each)

    def _begin(self, each: T) -> None:
        now = time.monotonic()
        start = max(now, self._next.get(each.host, now))
        self._next[each.host] = start + self._pace_s
        self._of_host[each.host] += 1
        task = asyncio.create_task(self._one(each, start - now))
        self._tasks[each.n] = task
        task.add_done_callback(lambda _: self._end(each))

    def _end(self, each: T) -> None:
        del self._tasks[each.n]
        self._of_host[each.host] -= 1
        if not self._of_host[each.host]:
            del self._of_host[each.host]
        # Of a host that is done with it is remembered for a while when it was asked last.
        now = time.monotonic()
        self._next = {host: at for host, at in self._next.items() if at > now}
        self._ended()

    async def _one(self, each: T, wait_s: float) -> None:
        await asyncio.sleep(wait_s)
        try:
            await self._work(each)
        except StoreError as err:
            log.warning("the hub waits", extra={"error": str(err)})
            await asyncio.sleep(_STORE_PAUSE_S)  # it is due still, and must not be asked at once

    async def close(self) -> None:
        """End what goes on."""
        for task in self.tasks:
            task.cancel()
        for task in self.tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task
