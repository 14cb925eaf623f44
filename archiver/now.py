"""How is a seed captured at once, without the scheduler? (archiver capture, demo --once)"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from archiver import seeds
from archiver.capture.browser.chromium import MISSING
from archiver.errors import ArchiverError, UsageError
from archiver.models import Crawl, CrawlRequest, Snapshots
from archiver.pipeline import capture
from archiver.services import Progress, Services


@dataclass(frozen=True, slots=True)
class Captured:
    """What became of one seed: a thread, an error, or neither (a listing)."""

    seed: str
    thread_id: str | None = None
    error: ArchiverError | None = None


def how(services: Services, *, snapshots: bool, browser: bool) -> Snapshots:
    """
    Say how link targets are kept, by the options of a command.

    Raises:
        UsageError: If a browser is wanted and there is none, or no snapshots are.
    """
    if not browser:
        return Snapshots.HTTP if snapshots else Snapshots.NONE
    if not snapshots:
        raise UsageError("--browser takes snapshots; leave --no-snapshots out")
    if services.browser is None:
        raise UsageError(MISSING)
    return Snapshots.BROWSER


async def capture_all(
    services: Services,
    wanted: Sequence[str],
    progress: Progress,
    *,
    tags: tuple[str, ...] = (),
    snapshots: Snapshots = Snapshots.HTTP,
    watch: str | None = None,
    embargo_until: dt.datetime | None = None,
) -> list[Captured]:
    """
    Capture seeds one after the other; an account's threads follow it.

    Args:
        services: The adapters of this archive.
        wanted: URLs and files.
        progress: Is told one line per step.
        tags: Added to each thread.
        snapshots: How link targets are kept.
        watch: Name of the watch that this belongs to, if any.
        embargo_until: Until then threads that are new to us are kept from readers.

    Returns:
        One result per seed and per thread found; an error of one seed does not stop the rest.
    """
    results: list[Captured] = []
    waiting = [seeds.named(seed) for seed in wanted]
    asked = set(waiting)
    while waiting:
        seed = waiting.pop(0)
        request = CrawlRequest(seed, services.now(), watch, snapshots, tags, embargo_until)
        results_of_one, found = await _capture_one(services, request, progress)
        results += results_of_one
        waiting.extend(url for url in found if url not in asked)
        asked.update(found)
    return results


async def _capture_one(
    services: Services, request: CrawlRequest, progress: Progress
) -> tuple[list[Captured], tuple[str, ...]]:
    store = services.store
    crawl: Crawl | None = await asyncio.to_thread(store.start, request)
    if crawl is None:
        busy = ArchiverError(
            f"{request.url}: is being captured at this moment; `archiver status` says when it ends"
        )
        return [Captured(request.url, error=busy)], ()
    try:
        result = await capture(services, crawl, progress)
    except ArchiverError as err:
        await asyncio.to_thread(
            store.fail, crawl.id, at=services.now(), error=str(err), retry_at=None
        )
        return [Captured(request.url, error=err)], ()
    except asyncio.CancelledError:
        store.release(crawl.id)
        raise
    await asyncio.to_thread(store.finish, crawl.id, at=services.now(), thread_id=result.thread_id)
    named = [result.thread_id] if result.thread_id or not result.held else result.held
    return [Captured(request.url, each) for each in named], result.found_urls
