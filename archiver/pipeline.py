"""
How does a seed become evidence? The shell: it calls the parts in order and holds no rules itself.

    seed -> source.match -> plan/fetch rounds -> parse -> merge -> store
    links of the thread -> follow (hop by hop) -> snapshot of each distinct target -> store
    media of the thread -> fetch -> store

Every step can be done again: what a crawl already has in its rows is skipped (design 5).
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Iterable, Sequence

from archiver import errors, seeds
from archiver.capture.chain import follow
from archiver.core import ids, merge, urls
from archiver.models import (
    CaptureResult,
    Chain,
    Crawl,
    Exchange,
    KnownPost,
    ListingObservation,
    Observation,
    PostState,
    Revision,
    SourceRef,
    Thread,
    ThreadObservation,
)
from archiver.ports import Fetcher, Source
from archiver.report import counted
from archiver.services import Progress, Services
from archiver.targets import keep_links, keep_media

MAX_ROUNDS = 2_000
"""A source that still asks after so many rounds is stopped; what it has by then is kept."""


async def capture(services: Services, crawl: Crawl, progress: Progress) -> CaptureResult:
    """
    Capture one seed: its thread, the chains and targets of its links, its media.

    Args:
        services: The adapters of this archive.
        crawl: The running crawl row.
        progress: Is told one line per step.

    Returns:
        The thread, or for an account the URLs of its threads.

    Raises:
        UnsupportedSeed: If no source knows the seed.
        FetchError: If the seed itself could not be read; what came is recorded.
        ParseError: If the answers are not what the platform documents.
    """
    observation = await _observe(services, crawl, progress)
    if isinstance(observation, ListingObservation):
        progress(f"{len(observation.thread_urls)} threads found at {observation.url}")
        return CaptureResult(thread_id=None, found_urls=observation.thread_urls)
    thread, revisions = await _keep(services, crawl, observation)
    progress(_summary(thread, revisions))
    await keep_links(services, crawl, thread, progress)
    await keep_media(services, thread, progress)
    return CaptureResult(thread.id, revisions)


async def resolve(services: Services, uri_r: str) -> Chain:
    """Follow one link to its end and record every hop; the outcome is data, never an error."""
    chain, _ = await follow(uri_r, services.fetcher, max_hops=services.max_hops, now=services.now())
    return chain


async def _observe(services: Services, crawl: Crawl, progress: Progress) -> Observation:
    if seeds.is_file(crawl.url):
        return await seeds.read_file(crawl.url, services.writer, services.now())
    ref, source = _matched(services.sources, _checked(crawl.url))
    stored = await asyncio.to_thread(services.store.thread_for_seed, crawl.url)
    if stored is not None:
        held = [each.post for each in stored.posts if each.state is not PostState.GAP]
        known = tuple(KnownPost(post.id, post.url) for post in held)
        ref = dataclasses.replace(ref, known=known)
    seen = await _ask(services.fetcher, source, ref, progress)
    return source.parse(ref, seen)


def _checked(url: str) -> str:
    try:
        urls.fetchable(url.replace("at://", "https://", 1))
    except ValueError as err:
        raise errors.UsageError(f"{url}: {err}") from err
    return url


def _matched(sources: Iterable[Source], url: str) -> tuple[SourceRef, Source]:
    for source in sources:
        ref = source.match(url)
        if ref is not None:
            return ref, source
    names = ", ".join(source.platform for source in sources)
    raise errors.UnsupportedSeed(
        f"{url}: no source knows this address; supported are {names}, and text files of a thread",
        uri_r=url,
    )


async def _ask(
    fetcher: Fetcher, source: Source, ref: SourceRef, progress: Progress
) -> tuple[Exchange, ...]:
    """Fetch what the source plans, round by round, until it asks for nothing more."""
    seen: list[Exchange] = []
    for _ in range(MAX_ROUNDS):
        wanted = source.plan(ref, tuple(seen))
        if not wanted:
            break
        answers = await asyncio.gather(*(fetcher.fetch(request) for request in wanted))
        for answer in answers:
            progress(f"asked {answer.request.url}: {answer.status or answer.outcome}")
        seen.extend(answers)
    return tuple(seen)


async def _keep(
    services: Services, crawl: Crawl, observation: ThreadObservation
) -> tuple[Thread, tuple[Revision, ...]]:
    identity = ids.thread_id(observation.platform, observation.native_id)
    stored = await asyncio.to_thread(services.store.thread, identity)
    thread, revisions = merge.merge(stored, observation)
    tags = tuple(dict.fromkeys((*thread.tags, *crawl.tags)))
    thread = dataclasses.replace(thread, tags=tags)
    await asyncio.to_thread(services.store.save_thread, crawl, thread, revisions)
    return thread, revisions


def _summary(thread: Thread, revisions: Sequence[Revision]) -> str:
    counts: dict[str, int] = {}
    for revision in revisions:
        counts[revision.kind] = counts.get(revision.kind, 0) + 1
    changes = ", ".join(f"{count} {kind}" for kind, count in counts.items()) or "nothing new"
    done = thread.completeness
    held = f"{counted(done.captured, 'post')}, {counted(done.gaps, 'gap')}"
    return f"thread {thread.id}: {held} ({changes})"
