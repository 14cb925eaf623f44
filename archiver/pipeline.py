"""
How does a seed become evidence? The shell: it calls the parts in order and holds no rules itself.

    seed -> source.match -> plan/fetch rounds -> parse -> journal -> merge -> store
    links of the thread -> follow (hop by hop) -> snapshot of each distinct target -> store
    media of the thread -> fetch -> store

Every step can be done again: what a crawl already has in its rows is skipped (design 5).
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Sequence

from archiver import embargoing, observing
from archiver.care.custodian import seed_digest
from archiver.core import ids, merge
from archiver.errors import ArchiverError
from archiver.evidence.custody_lines import CustodyKind, Fact
from archiver.journal import Ended
from archiver.models import (
    CaptureResult,
    Crawl,
    ListingObservation,
    Observed,
    Outcome,
    Revision,
    Thread,
    ThreadObservation,
)
from archiver.ports import Store
from archiver.reports.report import counted
from archiver.services import Progress, Services
from archiver.targets import keep_links, keep_media, keep_page


async def capture(services: Services, crawl: Crawl, progress: Progress) -> CaptureResult:
    """
    Capture one seed: its thread or threads, the chains and targets of their links, their media.

    Args:
        services: The adapters of this archive.
        crawl: The running crawl row.
        progress: Is told one line per step.

    Returns:
        The thread; for a listing the URLs of its threads, and the threads that it holds itself.

    Raises:
        UnsupportedSeed: If no source knows the seed.
        FetchError: If the seed itself could not be read; what came is recorded.
        ParseError: If the answers are not what the platform documents.
    """
    named = observing.without_folders(crawl)
    try:
        result = await _captured(services, crawl, progress)
    except ArchiverError as err:
        await services.journal.note(Ended(named, services.now(), error=str(err)))
        await _note(services, named, failed=True)
        raise
    await services.journal.note(Ended(named, services.now(), result.thread_id))
    await _note(services, named, thread=result.thread_id, changes=len(result.revisions))
    return result


async def _note(
    services: Services,
    crawl: Crawl,
    *,
    thread: str | None = None,
    changes: int = 0,
    failed: bool = False,
) -> None:
    """Tell the custody log, once for all that a crawl recorded."""
    if services.custodian is None:
        return
    facts: dict[str, Fact] = {
        "seed_sha256": seed_digest(crawl.url),
        "crawl": crawl.id,
        "thread": thread,
        "changes": changes,
        "failed": failed,
    }
    await asyncio.to_thread(services.custodian.note, CustodyKind.CAPTURED, facts)


async def _captured(services: Services, crawl: Crawl, progress: Progress) -> CaptureResult:
    observation = await observing.observe(services, crawl, progress)
    if isinstance(observation, ListingObservation):
        return await _keep_listing(services, crawl, observation, progress)
    thread, revisions = await keep_observation(services, crawl, observation)
    progress(_summary(thread, revisions))
    await _keep_what_hangs_on(services, crawl, thread, progress)
    return CaptureResult(thread.id, revisions)


async def keep_observation(
    services: Services, crawl: Crawl, observation: ThreadObservation, *, leads: bool = True
) -> tuple[Thread, tuple[Revision, ...]]:
    """
    Merge what was seen into the thread that is stored, and keep it.

    Args:
        leads: Whether the crawl's seed names this thread, and not a listing that holds it.

    Returns:
        The thread as it is now, and what happened to it.
    """
    await embargoing.keep_from_readers(services, crawl, observation)
    return await asyncio.to_thread(keep_now, services.store, crawl, observation, leads=leads)


def keep_now(
    store: Store, crawl: Crawl, observation: ThreadObservation, *, leads: bool
) -> tuple[Thread, tuple[Revision, ...]]:
    """Do what `keep_observation` promises, in this thread."""
    identity = ids.thread_id(observation.platform, observation.native_id)
    copied = _copied(store, identity, observation)
    thread, revisions = merge.merge(store.thread(identity), observation, copied=copied)
    tags = tuple(dict.fromkeys((*thread.tags, *crawl.tags)))
    thread = dataclasses.replace(thread, tags=tags)
    observed = Observed(
        at=observation.observed_at,
        platform=observation.platform,
        completeness=observation.completeness,
        differences=observation.differences,
        record_ids=observation.record_ids,
    )
    store.save_thread(crawl, thread, revisions, observed, leads=leads)
    return thread, revisions


def _copied(store: Store, thread_id: str, seen: ThreadObservation) -> frozenset[str]:
    """Give the attachments that we hold, where the platform names some by their bytes."""
    if not any(media.key for post in seen.posts for media in post.media):
        return frozenset()
    copies = store.media_of_thread(thread_id)
    return frozenset(copy.url for copy in copies if copy.outcome is Outcome.OK)


async def _keep_listing(
    services: Services, crawl: Crawl, listing: ListingObservation, progress: Progress
) -> CaptureResult:
    found = len(listing.thread_urls) + len(listing.threads)
    note = f" ({listing.reason})" if listing.reason else ""
    progress(f"{counted(found, 'thread')} found at {listing.url}{note}")
    happened: list[Revision] = []
    for each in listing.threads:
        thread, revisions = await keep_observation(services, crawl, each, leads=False)
        happened += revisions
        # A listing is asked often: what hangs on its threads is kept when they are new or change.
        unfollowed = await asyncio.to_thread(services.store.unfollowed, thread.id)
        if revisions or unfollowed:
            progress(_summary(thread, revisions))
            await _keep_what_hangs_on(services, crawl, thread, progress)
    held = tuple(ids.thread_id(each.platform, each.native_id) for each in listing.threads)
    return CaptureResult(None, tuple(happened), listing.thread_urls, held)


async def _keep_what_hangs_on(
    services: Services, crawl: Crawl, thread: Thread, progress: Progress
) -> None:
    await keep_links(services, crawl, thread, progress)
    await keep_media(services, thread, progress)
    await keep_page(services, crawl, thread, progress)


def _summary(thread: Thread, revisions: Sequence[Revision]) -> str:
    counts: dict[str, int] = {}
    for revision in revisions:
        counts[revision.kind] = counts.get(revision.kind, 0) + 1
    changes = ", ".join(f"{count} {kind}" for kind, count in counts.items()) or "nothing new"
    done = thread.completeness
    held = f"{counted(done.captured, 'post')}, {counted(done.gaps, 'gap')}"
    return f"thread {thread.id}: {held} ({changes})"
