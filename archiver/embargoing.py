"""When is a thread under embargo from its first capture, so that nothing is published between?"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterator, Sequence

from archiver import withholding
from archiver.core import ids
from archiver.errors import UsageError
from archiver.models import Crawl, Decision, PolicyState, ThreadObservation
from archiver.ports import Store
from archiver.reports import versions
from archiver.services import Services


async def keep_from_readers(
    services: Services, crawl: Crawl, observation: ThreadObservation
) -> None:
    """
    Decide that a thread that is new to us is under embargo, if its crawl or its watch says so.

    It holds before the thread is kept, so no publication can come between. A thread that we have,
    or about which somebody decided, is left as it is.

    Raises:
        StoreError: If the decision could not be kept; the thread must not be, then.
    """
    found = await asyncio.to_thread(_decision, services.store, crawl, observation, services.now())
    if found is not None:
        await withholding.decide(services, found)


def _decision(
    store: Store, crawl: Crawl, observation: ThreadObservation, now: dt.datetime
) -> Decision | None:
    until, who = crawl.embargo_until, "capture --embargo"
    if until is None and crawl.watch is not None:
        watch = next((each for each in store.watches() if each.name == crawl.watch), None)
        if watch is not None and watch.embargo_s is not None:
            until, who = now + dt.timedelta(seconds=watch.embargo_s), f"watch {watch.name}"
    if until is None or until <= now:
        return None
    identity = ids.thread_id(observation.platform, observation.native_id)
    if store.thread(identity) is not None or store.policy_of(identity) is not None:
        return None
    return Decision(identity, PolicyState.EMBARGOED, now, until, who, "since its first capture")


def until_given(text: str | None, now: dt.datetime) -> dt.datetime | None:
    """Read the time of `--embargo`. Raises UsageError if it is none, or has gone by."""
    until = None if text is None else versions.time_given(text)
    if until is not None and until <= now:
        raise UsageError(f"{text}: has gone by; --embargo takes a time to come")
    return until


def seen_already(store: Store, thread_ids: Sequence[str]) -> Iterator[str]:
    """Give a sentence for each of these threads that readers may see all the same."""
    for each in thread_ids:
        holds = store.policy_of(each)
        if holds is None or not holds.hidden:
            yield (
                f"{each}: was here before, so it is under no embargo; "
                "`archiver withhold --until` takes it from readers"
            )
