"""When may a request to a host start? One pace and one number of slots per host and purpose."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from archiver.models import Purpose

PACED_AT_ONCE = 2
BURST_AT_ONCE = 6
"""What browsers open per host."""

ALL_AT_ONCE = 128
"""Over all hosts; keeps sockets and files within what a process may open."""

_MANY_HOSTS = 1024

Sleep = Callable[[float], Awaitable[None]]


@dataclass(slots=True)
class _Host:
    """What is going on at one host; `next_start` on the monotonic clock, in seconds."""

    next_start: float = 0.0
    users: int = 0
    paced: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(PACED_AT_ONCE))
    burst: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(BURST_AT_ONCE))


class Limits:
    """
    Politeness towards hosts.

    Requisites come in a burst, as a browser asks for them; all else keeps a delay between starts.
    """

    def __init__(self, per_host_delay_s: float, *, sleep: Sleep = asyncio.sleep) -> None:
        """
        Args:
            per_host_delay_s: Seconds between two paced starts at one host, >= 0.
            sleep: Waits so many seconds; tests give one that does not.
        """
        self._delay_s = per_host_delay_s
        self._sleep = sleep
        self._hosts: dict[str, _Host] = {}
        self._all = asyncio.Semaphore(ALL_AT_ONCE)

    def __len__(self) -> int:
        """How many hosts are remembered."""
        return len(self._hosts)

    @asynccontextmanager
    async def turn(self, host: str, purpose: Purpose) -> AsyncIterator[None]:
        """Wait until a request may start, and hold its slot while it runs."""
        state = self._state(host)
        state.users += 1
        try:
            if purpose is Purpose.REQUISITE:
                async with state.burst, self._all:
                    yield
                return
            async with state.paced:
                await self._pace(state)
                async with self._all:
                    yield
        finally:
            state.users -= 1

    def hold(self, host: str, seconds: float) -> None:
        """Let no paced request start at a host for so long: it asked for that."""
        state = self._state(host)
        state.next_start = max(state.next_start, time.monotonic() + seconds)

    async def _pace(self, state: _Host) -> None:
        now = time.monotonic()
        start = max(now, state.next_start)
        state.next_start = start + self._delay_s
        if start > now:
            await self._sleep(start - now)

    def _state(self, host: str) -> _Host:
        state = self._hosts.get(host)
        if state is None:
            if len(self._hosts) >= _MANY_HOSTS:
                self._forget_idle()
            state = self._hosts[host] = _Host()
        return state

    def _forget_idle(self) -> None:
        now = time.monotonic()
        self._hosts = {
            host: state
            for host, state in self._hosts.items()
            if state.users or state.next_start > now
        }
