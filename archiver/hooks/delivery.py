"""When is an event sent to whom, and when again after a failure?"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from archiver.errors import ArchiverError
from archiver.hooks.message import request_of
from archiver.hooks.outbox import Outbox, Waiting
from archiver.models import Exchange, FetchRequest, Outcome
from archiver.waking import Waking

log = logging.getLogger(__name__)

LOOK_S = 30.0
"""How often it is looked whether another process kept events."""
GIVEN_UP_S = 5 * 86_400.0
_PAUSES_S = (5.0, 300.0, 1_800.0, 7_200.0, 18_000.0, 36_000.0, 50_400.0)
_AT_ONCE = 50

Send = Callable[[FetchRequest], Awaitable[Exchange]]


@dataclass(frozen=True, slots=True)
class Hook:
    """
    A receiver.

    Attributes:
        events: Types that it wants.
        key: Signs what it is sent.
    """

    name: str
    url: str
    events: frozenset[str]
    key: bytes = field(repr=False)


def pause_s(attempts: int, jitter: float) -> float:
    """
    Say how long to wait after so many failures.

    Args:
        attempts: >= 1.
        jitter: 0 to 1: so receivers that were down together are not asked together.

    >>> pause_s(1, 0.5), pause_s(3, 0.5), pause_s(99, 0.0)
    (5.0, 1800.0, 40320.0)
    """
    return _PAUSES_S[min(attempts, len(_PAUSES_S)) - 1] * (0.8 + 0.4 * jitter)


def is_taken(answer: Exchange) -> bool:
    """Say whether the receiver took it: 2xx, and nothing else."""
    return answer.outcome is Outcome.OK and 200 <= (answer.status or 0) < 300


def concerns_all(answer: Exchange) -> bool:
    """Say whether a failure is the receiver's, so that nothing else would be taken either."""
    status = answer.status or 0
    own = 400 <= status < 500 and status not in (401, 403, 404, 408, 410, 429)
    return not (answer.outcome is Outcome.OK and own)


def told(answer: Exchange) -> str:
    """Say in plain words why it was not taken."""
    if answer.outcome is not Outcome.OK or answer.status is None:
        return answer.error or f"no answer ({answer.outcome.value})"
    if 300 <= answer.status < 400:
        return f"it answered {answer.status}, a redirect, which is not followed"
    return f"it answered {answer.status}"


class Deliveries(Waking):
    """Sends what waits in the outbox, each webhook on its own; a failure is kept and outlived."""

    def __init__(
        self,
        hooks: Sequence[Hook],
        outbox: Outbox,
        send: Send,
        *,
        hidden: Callable[[str], bool],
        look: Callable[[], object],
        now_s: Callable[[], float],
        jitter: Callable[[], float],
    ) -> None:
        """
        Args:
            send: Makes a guarded request that is not recorded and follows no redirect.
            hidden: Whether readers may not see a thread: then nothing is told of it.
            look: Called before each round; may keep more events.
            now_s: Gives the time in seconds since 1970.
            jitter: Gives a number from 0 to 1.
        """
        super().__init__()
        self._hooks = hooks
        self._outbox = outbox
        self._send = send
        self._hidden = hidden
        self._look = look
        self._now_s = now_s
        self._jitter = jitter

    async def run(self) -> None:
        """Deliver, until stopped."""
        while not self._stopping:
            wait_s = LOOK_S
            try:
                await asyncio.to_thread(self._look)
                await self.deliver()
                wait_s = await asyncio.to_thread(self._left_s)
            except ArchiverError as err:
                log.warning("webhooks not told", extra={"error": str(err)})
            await self._pause(wait_s)
            self._wake.clear()

    async def deliver(self) -> None:
        """Send all that is due; one slow receiver holds up no other."""
        async with asyncio.TaskGroup() as group:
            for hook in self._hooks:
                group.create_task(self._to(hook))

    def _left_s(self) -> float:
        due = self._outbox.next_due([each.name for each in self._hooks])
        return LOOK_S if due is None else min(max(due - self._now_s(), 0.05), LOOK_S)

    async def _to(self, hook: Hook) -> None:
        try:
            while not self._stopping:
                found = await asyncio.to_thread(
                    self._outbox.due, hook.name, self._now_s(), limit=_AT_ONCE
                )
                if not found or not await self._all(hook, found):
                    return
        except ArchiverError as err:
            log.warning("webhook not told", extra={"webhook": hook.name, "error": str(err)})

    async def _all(self, hook: Hook, found: Sequence[Waiting]) -> bool:
        """Deliver each; False as soon as nothing else is to be sent there now."""
        for each in found:
            if self._stopping or not await self._one(hook, each):
                return False
        return True

    async def _one(self, hook: Hook, each: Waiting) -> bool:
        """Deliver one; False if nothing else is to be sent there now."""
        secret = await asyncio.to_thread(self._is_hidden, each)
        if secret:
            await asyncio.to_thread(self._outbox.drop, each)
            return True
        now_s = self._now_s()
        answer = await self._send(request_of(hook.url, each.event, int(now_s), each.body, hook.key))
        if is_taken(answer):
            await asyncio.to_thread(self._outbox.delivered, hook.name, each, self._now_s())
            return True
        goes_on: bool = await asyncio.to_thread(self._failed, hook, each, answer)
        return goes_on

    def _is_hidden(self, each: Waiting) -> bool:
        return bool(each.thread_id) and self._hidden(each.thread_id)

    def _failed(self, hook: Hook, each: Waiting, answer: Exchange) -> bool:
        now_s, whole = self._now_s(), concerns_all(answer)
        known = self._outbox.receiver(hook.name)
        again = now_s + pause_s(each.attempts + 1, self._jitter())
        paused = now_s + pause_s(known.failures + 1, self._jitter()) if whole else 0.0
        due = None if now_s - each.since > GIVEN_UP_S else max(again, paused)
        self._outbox.failed(
            hook.name, each, told(answer), due=due, paused_until=paused, now_s=now_s
        )
        log.warning("webhook failed", extra={"webhook": hook.name, "error": told(answer)})
        return not whole
