"""What hangs on a thread? Its links, what stands at their ends, its media: followed and kept."""

from __future__ import annotations

import asyncio
import itertools

from archiver.capture.chain import follow
from archiver.capture.page import Snapshotter
from archiver.core import links
from archiver.journal import Copied, Followed, Taken
from archiver.models import (
    Chain,
    Crawl,
    Exchange,
    FetchRequest,
    MediaCopy,
    MediaKind,
    Outcome,
    Purpose,
    Snapshots,
    Thread,
)
from archiver.report import counted
from archiver.services import Progress, Services, at_once

_LINKS_AT_ONCE = 16


async def keep_links(services: Services, crawl: Crawl, thread: Thread, progress: Progress) -> None:
    """
    Follow each distinct link of a thread once, and snapshot each distinct target once.

    What this crawl did before it was killed is not done again: its rows say so.
    """
    store = services.store
    done = {each.uri_r: each for each in await asyncio.to_thread(store.chains_of_crawl, crawl.id)}
    kept = {each.url for each in await asyncio.to_thread(store.snapshots_of_crawl, crawl.id)}
    snapshotter = Snapshotter(services.fetcher)
    claimed = set(kept)
    wanted = links.distinct(thread)
    count = itertools.count(1)

    async def one(uri_r: str) -> None:
        earlier = done.get(uri_r)
        if earlier is not None and _is_finished(earlier, crawl, kept):
            return
        chain, target = await follow(
            uri_r, services.fetcher, max_hops=services.max_hops, now=services.now()
        )
        await services.journal.note(Followed(crawl.id, thread.id, chain))
        await asyncio.to_thread(store.save_chain, crawl.id, thread.id, chain)
        hops = counted(len(chain.hops), "hop")
        line = f"{uri_r}: {hops}, {chain.outcome}, {chain.target}"
        progress(line, done=next(count), total=len(wanted))
        if target is None or crawl.snapshots is Snapshots.NONE or chain.hops[-1].url in claimed:
            return
        claimed.add(chain.hops[-1].url)
        await _keep_snapshot(services, crawl, snapshotter, target, progress)

    await at_once(_LINKS_AT_ONCE, wanted, one)


def _is_finished(chain: Chain, crawl: Crawl, kept: set[str]) -> bool:
    answered = bool(chain.hops) and chain.hops[-1].record_id is not None
    return crawl.snapshots is Snapshots.NONE or not answered or chain.hops[-1].url in kept


async def _keep_snapshot(
    services: Services,
    crawl: Crawl,
    snapshotter: Snapshotter,
    target: Exchange,
    progress: Progress,
) -> None:
    taken = await snapshotter.snapshot(target)
    await services.journal.note(Taken(crawl.id, taken))
    await asyncio.to_thread(services.store.save_snapshot, crawl.id, taken)
    parts = f"{taken.requisites - taken.missing} of {taken.requisites} requisites"
    progress(f"snapshot of {taken.url}: {taken.outcome}, {parts}")


async def keep_media(services: Services, thread: Thread, progress: Progress) -> None:
    """Keep each attachment, poster and avatar once; one that failed is tried at the next crawl."""
    copies = await asyncio.to_thread(services.store.media_of_thread, thread.id)
    have = {copy.url for copy in copies if copy.outcome is Outcome.OK}
    wanted = [url for url in _media_urls(thread) if url not in have]
    count = itertools.count(1)

    async def one(url: str) -> None:
        answer = await services.fetcher.fetch(
            FetchRequest(url, Purpose.MEDIA, keep_bytes=0, via=thread.url, hops_from_seed="E")
        )
        copy = _copy(answer)
        await services.journal.note(Copied(thread.id, copy))
        await asyncio.to_thread(services.store.save_media, thread.id, copy)
        line = f"media {url}: {copy.outcome}, {copy.bytes} bytes"
        progress(line, done=next(count), total=len(wanted))

    await at_once(_LINKS_AT_ONCE, wanted, one)


def _media_urls(thread: Thread) -> tuple[str, ...]:
    urls = [thread.author.avatar_url]
    for each in thread.posts:
        for media in each.post.media:
            urls.append(media.url)
            if media.kind is not MediaKind.IMAGE:
                urls.append(media.preview_url)
    return tuple(dict.fromkeys(url for url in urls if url))


def _copy(answer: Exchange) -> MediaCopy:
    return MediaCopy(
        url=answer.request.url,
        outcome=links.outcome_of(answer),
        record_id=answer.record_id,
        digest=answer.digest,
        mime=answer.mime,
        bytes=answer.size,
        at=answer.at,
    )
