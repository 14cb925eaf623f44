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
import datetime as dt
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TypeVar

from archiver import errors, seeds
from archiver.capture.chain import follow
from archiver.capture.page import snapshot
from archiver.core import ids, links, merge
from archiver.models import (
    AccountObservation,
    CaptureResult,
    Chain,
    Crawl,
    Exchange,
    FetchRequest,
    KnownPost,
    Media,
    MediaCopy,
    Outcome,
    Purpose,
    Revision,
    Snapshot,
    Snapshots,
    SourceRef,
    Thread,
    ThreadObservation,
)
from archiver.ports import Fetcher, RecordWriter, Source, Store

MAX_ROUNDS = 2_000
"""A source that still asks after so many rounds is stopped; what it has by then is kept."""

_LINKS_AT_ONCE = 16

Progress = Callable[[str], None]
T = TypeVar("T")


@dataclasses.dataclass(frozen=True, slots=True)
class Services:
    """What a capture needs; bootstrap chooses the adapters."""

    store: Store
    fetcher: Fetcher
    writer: RecordWriter
    sources: Sequence[Source]
    max_hops: int
    now: Callable[[], dt.datetime]


async def capture(services: Services, crawl: Crawl, progress: Progress) -> CaptureResult:
    """
    Capture one seed: its thread, the chains and targets of its links, its media.

    Args:
        crawl: The running crawl row.
        progress: Is told one line per step.

    Returns:
        The thread, or for an account the URLs of its threads.

    Raises:
        UnsupportedSeed: If no source knows the seed.
        FetchError: If the seed itself could not be read; what came is recorded.
        ParseError: If the answers are not what the platform documents.
    """
    try:
        observation = await _observe(services, crawl, progress)
        if isinstance(observation, AccountObservation):
            progress(f"{len(observation.thread_urls)} threads found at {observation.url}")
            return CaptureResult(thread_id=None, found_urls=observation.thread_urls)
        thread, revisions = await _keep(services, crawl, observation)
        progress(_summary(thread, revisions))
        await _follow_links(services, crawl, thread, progress)
        await _keep_media(services, thread, progress)
    finally:
        written = await _keep_records(services)
    return CaptureResult(thread.id, revisions, warcs=written)


async def resolve(services: Services, uri_r: str) -> Chain:
    """Follow one link to its end and record every hop; the outcome is data, never an error."""
    chain, _ = await follow(uri_r, services.fetcher, max_hops=services.max_hops, now=services.now())
    await _keep_records(services)
    return chain


async def _observe(
    services: Services, crawl: Crawl, progress: Progress
) -> ThreadObservation | AccountObservation:
    if seeds.is_file(crawl.url):
        return await seeds.read_file(crawl.url, services.writer, services.now())
    ref, source = _matched(services.sources, crawl.url)
    stored = await asyncio.to_thread(services.store.thread_for_seed, crawl.url)
    if stored is not None:
        known = tuple(KnownPost(each.post.id, each.post.url) for each in stored.posts)
        ref = dataclasses.replace(ref, known=known)
    seen = await _ask(services.fetcher, source, ref, progress)
    return source.parse(ref, seen)


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
    await _keep_records(services)
    await asyncio.to_thread(services.store.save_thread, crawl, thread, revisions)
    return thread, revisions


async def _keep_records(services: Services) -> tuple[str, ...]:
    refs = services.writer.take_written()
    if refs:
        await asyncio.to_thread(services.store.add_records, refs)
    return tuple(sorted({ref.filename for ref in refs}))


def _summary(thread: Thread, revisions: Sequence[Revision]) -> str:
    counts: dict[str, int] = {}
    for revision in revisions:
        counts[revision.kind] = counts.get(revision.kind, 0) + 1
    changes = ", ".join(f"{count} {kind}" for kind, count in counts.items()) or "nothing new"
    done = thread.completeness
    return f"thread {thread.id}: {done.captured} posts, {done.gaps} gaps ({changes})"


async def _follow_links(
    services: Services, crawl: Crawl, thread: Thread, progress: Progress
) -> None:
    """Follow each distinct link once; snapshot each distinct target once."""
    store = services.store
    done = {each.uri_r: each for each in await asyncio.to_thread(store.chains_of_crawl, crawl.id)}
    kept = {each.url for each in await asyncio.to_thread(store.snapshots_of_crawl, crawl.id)}
    claimed = set(kept)

    async def one(uri_r: str) -> None:
        chain, target = done.get(uri_r), None
        if chain is None or chain.target not in kept:
            chain, target = await follow(
                uri_r, services.fetcher, max_hops=services.max_hops, now=services.now()
            )
            await _keep_records(services)
            await asyncio.to_thread(store.save_chain, crawl.id, thread.id, chain)
            progress(f"{uri_r}: {len(chain.hops)} hops, {chain.outcome}, {chain.target}")
        unwanted = crawl.snapshots is Snapshots.NONE or target is None
        if unwanted or chain.target in claimed:
            return
        claimed.add(chain.target)
        await _snapshot(services, crawl, target, progress)

    await _at_once(_LINKS_AT_ONCE, links.distinct(thread), one)


async def _snapshot(
    services: Services, crawl: Crawl, target: Exchange, progress: Progress
) -> Snapshot:
    taken = await snapshot(target, services.fetcher)
    await _keep_records(services)
    await asyncio.to_thread(services.store.save_snapshot, crawl.id, taken)
    parts = taken.requisites - taken.missing
    progress(f"snapshot of {taken.url}: {taken.outcome}, {parts} of {taken.requisites} parts")
    return taken


async def _keep_media(services: Services, thread: Thread, progress: Progress) -> None:
    """Keep each attachment once; one that failed is tried again at the next crawl."""
    copies = await asyncio.to_thread(services.store.media_of_thread, thread.id)
    have = {copy.url for copy in copies if copy.outcome is Outcome.OK}
    wanted = {media.url: media for each in thread.posts for media in each.post.media}

    async def one(media: Media) -> None:
        request = FetchRequest(media.url, Purpose.MEDIA, keep_bytes=0, via=thread.url)
        answer = await services.fetcher.fetch(request)
        copy = _media_copy(answer)
        await _keep_records(services)
        await asyncio.to_thread(services.store.save_media, thread.id, copy)
        progress(f"media {media.url}: {copy.outcome}")

    missing = [media for url, media in wanted.items() if url not in have]
    await _at_once(_LINKS_AT_ONCE, missing, one)


def _media_copy(answer: Exchange) -> MediaCopy:
    return MediaCopy(
        url=answer.request.url,
        outcome=links.outcome_of(answer),
        record_id=answer.record_id,
        digest=answer.digest,
        mime=answer.mime,
        bytes=int(answer.header("content-length") or 0),
        at=answer.at,
    )


async def _at_once(limit: int, wanted: Iterable[T], work: Callable[[T], Awaitable[None]]) -> None:
    """Do `work` for each, at most `limit` at a time; the first error ends the rest."""
    gate = asyncio.Semaphore(limit)

    async def gated(each: T) -> None:
        async with gate:
            await work(each)

    try:
        async with asyncio.TaskGroup() as group:
            for each in wanted:
                group.create_task(gated(each))
    except BaseExceptionGroup as several:
        raise several.exceptions[0] from several
