"""What hangs on a thread? Its links, what stands at their ends, its media: followed and kept."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import itertools
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from archiver.capture import media
from archiver.capture.browser.chromium import MISSING
from archiver.capture.chain import follow
from archiver.capture.page import Snapshotter
from archiver.capture.witness import TimeGate
from archiver.core import links
from archiver.journal import Copied, Followed, Taken
from archiver.models import (
    Chain,
    Crawl,
    Exchange,
    MediaKind,
    Outcome,
    Snapshots,
    Thread,
)
from archiver.reports.report import counted
from archiver.services import Progress, Services, at_once

MOST_LINKS = 2_000
"""Links of one thread that one crawl follows."""

_LINKS_AT_ONCE = 16
_NEVER = dt.datetime.min.replace(tzinfo=dt.UTC)
_log = logging.getLogger(__name__)


async def keep_links(
    services: Services,
    crawl: Crawl,
    thread: Thread,
    progress: Progress,
    *,
    most: int = MOST_LINKS,
) -> None:
    """
    Follow each distinct link of a thread once, and snapshot each distinct target once.

    What this crawl did before it was killed is not done again: its rows say so.

    Args:
        most: Links that are followed now: first those that never were, then those whose turn is
            longest ago. The rest waits for the next crawl.
    """
    wanted = await _wanted(services, thread, progress, most)
    keeper = await _Keeper.of(services, crawl, thread, progress, len(wanted))
    await at_once(_LINKS_AT_ONCE, wanted, keeper.keep)


async def keep_page(services: Services, crawl: Crawl, thread: Thread, progress: Progress) -> None:
    """
    Show the thread's own page on its platform to a browser: a witness beside the API's answer.

    Does nothing unless the crawl keeps its targets with a browser and there is one.
    """
    if crawl.snapshots is not Snapshots.BROWSER:
        return
    if services.browser is None:
        progress(MISSING)
        _log.warning(MISSING)
        return
    url = thread.url.partition("#")[0]
    taken = await asyncio.to_thread(services.store.snapshots_of_crawl, crawl.id)
    if not url.startswith(("http://", "https://")) or any(
        each.url == url and each.views for each in taken
    ):
        return
    chain, target = await _followed(services, url)
    if target is None:
        progress(f"page of the thread {url}: {chain.outcome}")
        return
    await _keep_snapshot(services, crawl, _snapshotter(services, crawl), target, progress, url=url)


async def resolve(services: Services, uri_r: str) -> Chain:
    """Follow one link to its end and record every hop; the outcome is data, never an error."""
    chain, _ = await _followed(services, uri_r)
    gate = _timegate(services)
    return chain if gate is None else await _attested(services, gate, chain, chain.at)


async def _followed(services: Services, uri_r: str) -> tuple[Chain, Exchange | None]:
    return await follow(
        uri_r,
        services.fetcher,
        max_hops=services.max_hops,
        now=services.now(),
        tables=services.tables,
        writer=services.writer,
    )


def _timegate(services: Services) -> TimeGate | None:
    return TimeGate(services.fetcher, services.timegate) if services.timegate else None


async def _attested(
    services: Services, gate: TimeGate, chain: Chain, written_at: dt.datetime
) -> Chain:
    """Ask for a witness of a target that is dead to us, unless one is known already."""
    if not links.is_lost(chain):
        return chain
    history = await asyncio.to_thread(services.store.chain_history, chain.uri_r)
    known = history[-1].chain if history else None
    if known is not None and known.witness is not None and known.target == chain.target:
        return dataclasses.replace(chain, witness=known.witness)
    told = await gate.testimony(chain.target, written_at)
    error = "; ".join(filter(None, (chain.error, told.note)))
    return dataclasses.replace(chain, witness=told.witness, error=error)


async def _wanted(services: Services, thread: Thread, progress: Progress, most: int) -> list[str]:
    """Choose which links are followed now."""
    wanted = list(links.distinct(thread))
    if len(wanted) <= most:
        return wanted
    followed = await asyncio.to_thread(services.store.followed_at, thread.id)
    turns = sorted(wanted, key=lambda uri_r: followed.get(uri_r, _NEVER))
    line = f"{len(wanted)} links are more than one crawl follows ({most})"
    progress(f"{line}; the rest waits for the next crawl of this thread")
    _log.warning("more links than one crawl follows", extra={"thread_id": thread.id})
    return turns[:most]


@dataclass(frozen=True, slots=True)
class _Keeper:
    """Keeps links one by one, and knows what this crawl has done of it."""

    services: Services
    crawl: Crawl
    thread: Thread
    progress: Progress
    total: int
    done: Mapping[str, Chain]
    kept: frozenset[str]  # pages of which this crawl has a snapshot
    claimed: set[str]  # the same, and those that are being taken
    written_at: Mapping[str, dt.datetime]
    snapshotter: Snapshotter
    gate: TimeGate | None
    count: Iterator[int]

    @classmethod
    async def of(
        cls, services: Services, crawl: Crawl, thread: Thread, progress: Progress, total: int
    ) -> _Keeper:
        """Read from the store what was done before."""
        store = services.store
        done = await asyncio.to_thread(store.chains_of_crawl, crawl.id)
        kept = await asyncio.to_thread(store.snapshots_of_crawl, crawl.id)
        pages = frozenset(each.url for each in kept)
        return cls(
            services=services,
            crawl=crawl,
            thread=thread,
            progress=progress,
            total=total,
            done={each.uri_r: each for each in done},
            kept=pages,
            claimed=set(pages),
            written_at=links.first_seen(thread, services.now()),
            snapshotter=_snapshotter(services, crawl),
            gate=_timegate(services),
            count=itertools.count(1),
        )

    async def keep(self, uri_r: str) -> None:
        """Follow one link, and keep a snapshot of its end."""
        services, crawl = self.services, self.crawl
        earlier = self.done.get(uri_r)
        if earlier is not None and self._is_finished(earlier):
            return
        chain, target = await _followed(services, uri_r)
        if self.gate is not None:
            written_at = self.written_at.get(uri_r, chain.at)
            chain = await _attested(services, self.gate, chain, written_at)
        await services.journal.note(Followed(crawl.id, self.thread.id, chain))
        await asyncio.to_thread(services.store.save_chain, crawl.id, self.thread.id, chain)
        self._tell(chain)
        if target is None or crawl.snapshots is Snapshots.NONE or _page(chain) in self.claimed:
            return
        self.claimed.add(_page(chain))
        await _keep_snapshot(services, crawl, self.snapshotter, target, self.progress)

    def _is_finished(self, chain: Chain) -> bool:
        answered = bool(chain.hops) and chain.hops[-1].status is not None
        return self.crawl.snapshots is Snapshots.NONE or not answered or _page(chain) in self.kept

    def _tell(self, chain: Chain) -> None:
        redirects = counted(chain.redirects, "redirect")
        line = f"{chain.uri_r}: {redirects}, {chain.outcome}, {chain.target}"
        self.progress(line, done=next(self.count), total=self.total)


def _page(chain: Chain) -> str:
    """Give the URL of the answer at the end, which is what a snapshot is of."""
    return chain.hops[-1].url


def _snapshotter(services: Services, crawl: Crawl) -> Snapshotter:
    always = crawl.snapshots is Snapshots.BROWSER
    browser = services.browser if always or services.browser_when_empty else None
    return Snapshotter(services.fetcher, browser=browser, always=always, texts=services.texts)


async def _keep_snapshot(
    services: Services,
    crawl: Crawl,
    snapshotter: Snapshotter,
    target: Exchange,
    progress: Progress,
    *,
    url: str = "",
) -> None:
    """Take a snapshot; `url` names it where the answer came from elsewhere."""
    taken = await snapshotter.snapshot(target)
    if url:
        taken = dataclasses.replace(taken, url=url)
    if crawl.snapshots is Snapshots.BROWSER and services.browser is None:
        taken = dataclasses.replace(taken, error=taken.error or MISSING)
    await services.journal.note(Taken(crawl.id, taken))
    await asyncio.to_thread(services.store.save_snapshot, crawl.id, taken)
    parts = f"{taken.requisites - taken.missing} of {taken.requisites} requisites"
    by = ", by a browser" if taken.views else ""
    progress(f"snapshot of {taken.url}: {taken.outcome}, {parts}{by}")


async def keep_media(services: Services, thread: Thread, progress: Progress) -> None:
    """Keep each attachment, poster, caption and avatar once; what failed is tried next time."""
    copies = await asyncio.to_thread(services.store.media_of_thread, thread.id)
    have = {copy.url for copy in copies if copy.outcome is Outcome.OK}
    wanted = [url for url in media_urls(thread) if url not in have]
    count = itertools.count(1)

    async def one(url: str) -> None:
        copy = await media.keep(url, services.fetcher, via=thread.url)
        await services.journal.note(Copied(thread.id, copy))
        await asyncio.to_thread(services.store.save_media, thread.id, copy)
        line = f"media {url}: {copy.outcome}, {copy.bytes} bytes"
        progress(line, done=next(count), total=len(wanted))

    await at_once(_LINKS_AT_ONCE, wanted, one)


def media_urls(thread: Thread) -> tuple[str, ...]:
    """Give the addresses of a thread's avatar, attachments, posters and captions, each once."""
    urls = [thread.author.avatar_url]
    for post in thread.posts:
        for each in post.post.media:
            urls += [each.url, *each.captions]
            if each.kind is not MediaKind.IMAGE:
                urls.append(each.preview_url)
    return tuple(dict.fromkeys(url for url in urls if url))
