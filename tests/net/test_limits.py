"""How requests to one host are spaced."""

from __future__ import annotations

import asyncio

from archiver.models import Purpose
from archiver.net.limits import BURST_AT_ONCE, PACED_AT_ONCE, Limits


class Clock:
    """A sleep that only notes how long it was to be."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        """Note the wait and let others run."""
        self.slept.append(seconds)
        await asyncio.sleep(0)


async def most_at_once(limits: Limits, purpose: Purpose, hosts: list[str]) -> int:
    """Run one turn per host, all together; give how many were on at once."""
    running = most = 0

    async def one(host: str) -> None:
        nonlocal running, most
        async with limits.turn(host, purpose):
            running += 1
            most = max(most, running)
            await asyncio.sleep(0.002)
            running -= 1

    async with asyncio.TaskGroup() as group:
        for host in hosts:
            group.create_task(one(host))
    return most


async def test_paced_requests_start_one_delay_apart() -> None:
    """API calls, hops and media share one pace per host."""
    clock = Clock()
    limits = Limits(1.0, sleep=clock.sleep)
    for purpose in (Purpose.API, Purpose.HOP, Purpose.MEDIA):
        async with limits.turn("a.example", purpose):
            pass
    assert [round(wait, 1) for wait in clock.slept] == [1.0, 2.0]


async def test_hosts_do_not_wait_for_each_other() -> None:
    """The pace is per host."""
    clock = Clock()
    limits = Limits(1.0, sleep=clock.sleep)
    for host in ("a.example", "b.example", "c.example"):
        async with limits.turn(host, Purpose.API):
            pass
    assert clock.slept == []


async def test_requisites_come_in_a_burst() -> None:
    """Parts of a page wait for a slot and for nothing else."""
    clock = Clock()
    limits = Limits(1.0, sleep=clock.sleep)
    hosts = ["a.example"] * 20
    assert await most_at_once(limits, Purpose.REQUISITE, hosts) == BURST_AT_ONCE
    assert clock.slept == []


async def test_paced_requests_are_few_at_once() -> None:
    """A slow host is not piled upon."""
    limits = Limits(0.0)
    assert await most_at_once(limits, Purpose.HOP, ["a.example"] * 9) == PACED_AT_ONCE
    hosts = [f"{number}.example" for number in range(9)]
    assert await most_at_once(limits, Purpose.HOP, hosts) == 9


async def test_slot_is_free_again_after_a_cancellation() -> None:
    """A crawl that is stopped leaves no host blocked."""
    limits = Limits(0.0)

    async def forever() -> None:
        async with limits.turn("a.example", Purpose.HOP):
            await asyncio.Event().wait()

    tasks = [asyncio.create_task(forever()) for _ in range(PACED_AT_ONCE)]
    await asyncio.sleep(0)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    async with asyncio.timeout(1), limits.turn("a.example", Purpose.HOP):
        pass


async def test_idle_hosts_are_forgotten() -> None:
    """A process that meets ever new hosts does not grow for ever."""
    limits = Limits(0.0)
    for number in range(3000):
        async with limits.turn(f"{number}.example", Purpose.HOP):
            pass
    assert len(limits) <= 1024


async def test_host_that_asked_for_quiet_gets_it() -> None:
    """After a Retry-After no paced request starts too early, whoever makes it."""
    clock = Clock()
    limits = Limits(0.0, sleep=clock.sleep)
    limits.hold("a.example", 3.0)
    async with limits.turn("a.example", Purpose.API):
        pass
    assert [round(wait) for wait in clock.slept] == [3]
