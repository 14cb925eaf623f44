"""
How do WARCs and WACZs of others come in? Their records first, then what our sources read in them.

    file -> WARCs in it -> records that are new here -> a WARC of this archive
    our own journal in it, or addresses that a source knows -> exchanges -> observation -> thread
    links, pages and media of these threads -> followed again, over the records alone

What another archive says of itself is never believed: only its records are read. A thread that we
captured ourselves is not changed by a file that somebody brings; what differs is said beside it.
"""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import hashlib
import json
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from archiver import journal, observing
from archiver.asking import MAX_ROUNDS
from archiver.bootstrap import Archive
from archiver.capture import media
from archiver.capture.chain import follow
from archiver.capture.page import Snapshotter
from archiver.capture.zipped import Zipped
from archiver.clock import utc_now
from archiver.core import ids, links
from archiver.core.urls import without_fragment
from archiver.errors import ArchiverError, NotThisPlatform, StoreError, UsageError
from archiver.importing.fitting import fitted
from archiver.importing.precedence import followed_ourselves, kept_ourselves, media_wanted
from archiver.importing.provenance import examined, keep_origin
from archiver.importing.recorded import RecordedFetcher
from archiver.importing.room import require_honest_size, require_room
from archiver.importing.views import pages_with_views, views_of
from archiver.journal import Copied, Ended, Followed, Observed, Taken
from archiver.models import (
    Crawl,
    CrawlRequest,
    CrawlState,
    Exchange,
    FetchRequest,
    Observation,
    RecordRef,
    Snapshot,
    Snapshots,
    SourceRef,
    Thread,
    ThreadObservation,
)
from archiver.models.origin import Origin
from archiver.pipeline import keep_observation
from archiver.ports import Source
from archiver.reports.report import counted
from archiver.rereading import Rereader
from archiver.services import Progress, Services
from archiver.warc.adopt import Adopted, adopt

_MOST_PAGES_BYTES = 64_000_000
_MOST_ENTRY_BYTES = 64_000_000
_MOST_SEEDS = 20_000
_READS_ANYTHING = frozenset({"web", "text"})
"""Sources to which every address is one of theirs: not each page of a WARC is a thread."""


@dataclass(frozen=True, slots=True)
class TakenIn:
    """
    What came of a WARC or WACZ.

    Attributes:
        records: Captures that were new here; `held`: those that were here already.
        threads: Ids of the threads that were read in it.
        notes: What was found of a package, and what was left out and why, one sentence each.
        origin: Where the records come from, as it was kept.
    """

    records: int
    held: int
    threads: tuple[str, ...]
    posts: int
    notes: tuple[str, ...]
    origin: Origin


async def take_in(services: Services, archive: Archive, file: Path, progress: Progress) -> TakenIn:
    """
    Keep the records of a file, and the threads that our sources read in them.

    Raises:
        UsageError: If it is neither WARC nor WACZ, or one that no honest hand made.
        StoreError: If it cannot be kept.
    """
    await asyncio.to_thread(_require_room, archive, file)
    brought = await asyncio.to_thread(examined, file, services.now())
    adopted, addresses = await asyncio.to_thread(_adopted, archive, file, progress)
    for each in adopted:
        await asyncio.to_thread(services.store.add_records, each.records)
    origin = await keep_origin(services, archive, brought, adopted)
    reading = _Reading(services, archive, file.name, progress)
    await reading.read([ref for each in adopted for ref in each.records], addresses)
    faults = [fault for each in adopted for fault in each.faults]
    return TakenIn(
        records=sum(len(each.records) for each in adopted),
        held=sum(each.held for each in adopted),
        threads=tuple(reading.threads),
        posts=sum(reading.threads.values()),
        notes=(*brought.notes(), *_shortened(faults), *_shortened(reading.notes)),
        origin=origin,
    )


def is_wacz(path: Path) -> bool:
    """Say whether a file is a ZIP that holds a web archive."""
    if not zipfile.is_zipfile(path):
        return False
    with Zipped.open(path) as zipped:
        return "datapackage.json" in zipped.names()


def _is_packed(file: Path) -> bool:
    with file.open("rb") as opened:
        return opened.read(2) == b"PK"


def _require_room(archive: Archive, file: Path) -> None:
    """Refuse what does not fit, or is made to fill the disk, before it is read or written."""
    wanted = size = file.stat().st_size
    if _is_packed(file):
        with Zipped.open(file) as zipped:
            sizes = [zipped.size(name) for name in zipped.names() if _is_warc(name)]
        require_honest_size(size, sum(sizes), file.name)
        # What is taken stays, and the largest is unpacked beside it for the time being.
        wanted = sum(sizes) + max(sizes, default=0)
    require_room(archive.settings.data_dir, wanted, file.name)


def _adopted(
    archive: Archive, file: Path, progress: Progress
) -> tuple[list[Adopted], tuple[str, ...]]:
    """Take the records in; give what was taken, and the addresses of a WACZ's pages."""
    if not _is_packed(file):
        return [_adopt(archive, file, file.name, progress)], ()
    with Zipped.open(file) as zipped:
        names = [name for name in zipped.names() if _is_warc(name)]
        if not names:
            raise UsageError(f"{file}: holds no WARC in its folder archive/; it is no WACZ")
        done = [_unpacked(archive, zipped, name, file.name, progress) for name in names]
        return done, _pages(zipped)


def _is_warc(name: str) -> bool:
    return name.startswith("archive/") and name.endswith((".warc", ".warc.gz"))


def _unpacked(
    archive: Archive, zipped: Zipped, name: str, file: str, progress: Progress
) -> Adopted:
    tmp_dir = archive.settings.data_dir / "tmp"
    tmp_dir.mkdir(parents=True, exist_ok=True)
    draft = tmp_dir / f"{hashlib.sha256(f'{file} {name}'.encode()).hexdigest()[:16]}.warc"
    try:
        with draft.open("wb") as target:
            zipped.copy(name, target, zipped.size(name))
        return _adopt(archive, draft, f"{file}: {name}", progress)
    except OSError as err:
        raise StoreError(f"{file}: {name} cannot be unpacked ({err.strerror or err})") from err
    finally:
        draft.unlink(missing_ok=True)


def _adopt(archive: Archive, path: Path, called: str, progress: Progress) -> Adopted:
    tmp_dir = archive.settings.data_dir / "tmp"
    taken = adopt(
        path, archive.warc_dir, archive.store.record, called=called, tmp_dir=tmp_dir, now=utc_now()
    )
    progress(f"{called}: {counted(len(taken.records), 'record')} taken, {taken.held} held already")
    return taken


def _pages(zipped: Zipped) -> tuple[str, ...]:
    """Give the addresses of a WACZ's pages; a list that cannot be read is none."""
    if "pages/pages.jsonl" not in zipped.names():
        return ()
    text = zipped.read("pages/pages.jsonl", _MOST_PAGES_BYTES).decode("utf-8", "replace")
    return tuple(url for line in text.splitlines() if (url := _page_url(line)))


def _page_url(line: str) -> str:
    try:
        page = json.loads(line)
    except (ValueError, RecursionError):
        return ""
    url = page.get("url") if isinstance(page, dict) else None
    return url if isinstance(url, str) else ""


@dataclass(slots=True)
class _Reading:
    """Threads that are read in the records of one file."""

    services: Services
    archive: Archive
    file: str
    progress: Progress
    threads: dict[str, int] = field(default_factory=dict)  # id -> posts that were shown last
    notes: list[str] = field(default_factory=list)
    records: Sequence[RecordRef] = ()
    _new: set[str] = field(default_factory=set)  # threads that nobody held before this file

    async def read(self, refs: Sequence[RecordRef], pages: Sequence[str]) -> None:
        """Read what a journal of ours names; where there is none, what sources know by address."""
        self.records = refs
        rereader = Rereader(self.archive.payloads, self.services.sources)
        entries = [ref for ref in refs if journal.is_entry(ref.url, ref.mime)]
        captures = [ref for ref in refs if not journal.is_entry(ref.url, ref.mime)]
        if entries:
            await self._of_journal(sorted(entries, key=lambda ref: ref.at), captures, rereader)
        else:
            await self._of_addresses(captures, pages, rereader)

    async def _of_journal(
        self, entries: Sequence[RecordRef], captures: Sequence[RecordRef], rereader: Rereader
    ) -> None:
        for done, ref in enumerate(entries, start=1):
            try:
                entry = await asyncio.to_thread(self._entry, ref)
                if isinstance(entry, Observed):
                    await self._observed(entry, ref.at, captures, rereader)
            except ArchiverError as err:
                self.notes.append(f"{self.file}, {ref.record_id}: {err}")
            self.progress(f"{done:,} of {len(entries):,} steps read", done=done, total=len(entries))

    def _entry(self, ref: RecordRef) -> journal.Entry | None:
        with self.archive.payloads.open(ref.record_id) as recorded:
            body = recorded.body.read(_MOST_ENTRY_BYTES + 1)
        if len(body) > _MOST_ENTRY_BYTES:
            raise StoreError(f"is an entry of over {_MOST_ENTRY_BYTES:,} bytes, as none of ours is")
        return journal.read(ref.url, body)

    async def _observed(
        self, entry: Observed, at: dt.datetime, captures: Sequence[RecordRef], rereader: Rereader
    ) -> None:
        if entry.threads:
            raise StoreError("holds a thread that no recorded answer shows; it was left out")
        seen = await asyncio.to_thread(rereader.read, entry, self.services.store.known_thread)
        fetcher = RecordedFetcher(captures, rereader, at)
        await self._keep(entry.crawl.url, seen, entry, fetcher)

    async def _of_addresses(
        self, captures: Sequence[RecordRef], pages: Sequence[str], rereader: Rereader
    ) -> None:
        newest = max((ref.at for ref in captures), default=self.services.now())
        fetcher = RecordedFetcher(captures, rereader, newest)
        urls = dict.fromkeys((*pages, *(ref.url for ref in captures)))
        for url in list(urls)[:_MOST_SEEDS]:
            for source, ref in observing.matched(self.services.sources, url):
                if source.platform in _READS_ANYTHING:
                    continue
                answers = await _asked(fetcher, source, ref)
                if not any(each.record_id for each in answers):
                    continue
                try:
                    seen = await asyncio.to_thread(source.parse, ref, answers)
                except NotThisPlatform:
                    continue
                except ArchiverError as err:
                    self.notes.append(str(err))
                    continue
                now = self.services.now()
                crawl = Crawl(0, url, CrawlState.RUNNING, now, snapshots=Snapshots.NONE)
                await self._keep(
                    url, seen, Observed(crawl, ref.platform, journal.notes(answers)), fetcher
                )
                break

    async def _keep(
        self, url: str, seen: Observation, entry: Observed, fetcher: RecordedFetcher
    ) -> None:
        """Keep an observation as a crawl of its own, and what hangs on its thread."""
        told = f"read in {self.file}, which others wrote"
        seen = observing.limited(seen, told)
        entry = dataclasses.replace(entry, limit="; ".join(filter(None, (entry.limit, told))))
        leads = isinstance(seen, ThreadObservation)
        for each in (seen,) if isinstance(seen, ThreadObservation) else seen.threads:
            request = CrawlRequest(url, self.services.now(), snapshots=Snapshots.NONE)
            crawl = await asyncio.to_thread(self.services.store.start, request)
            if crawl is None:
                raise StoreError(f"{url}: is being captured at this moment; import it again later")
            try:
                thread = await self._kept(crawl, each, entry, leads=leads)
                await self._hanging(crawl, thread, fetcher)
            except ArchiverError as err:
                await self._ended(crawl, None, str(err))
                raise
            await self._ended(crawl, thread.id, "")
            self.threads[thread.id] = sum(not post.gap for post in each.posts)

    async def _ended(self, crawl: Crawl, thread_id: str | None, error: str) -> None:
        store, now = self.services.store, self.services.now()
        await self.services.journal.note(Ended(crawl, now, thread_id, error))
        if error:
            await asyncio.to_thread(store.fail, crawl.id, at=now, error=error, retry_at=None)
        else:
            await asyncio.to_thread(store.finish, crawl.id, at=now, thread_id=thread_id)

    async def _kept(
        self, crawl: Crawl, seen: ThreadObservation, entry: Observed, *, leads: bool
    ) -> Thread:
        identity = ids.thread_id(seen.platform, seen.native_id)
        stored = await asyncio.to_thread(self.services.store.thread, identity)
        if stored is None:
            self._new.add(identity)
        if identity in self._new and leads:
            ours = dataclasses.replace(entry, crawl=crawl)
        else:
            if stored is not None and identity not in self._new:
                seen = fitted(stored, seen, witness=self.file, added=f"with what {self.file} held")
            ours = Observed(crawl, seen.platform, entry.asked, threads=(seen,))
        await self.services.journal.note(ours)
        thread, _ = await keep_observation(self.services, crawl, seen, leads=leads)
        return thread

    async def _hanging(self, crawl: Crawl, thread: Thread, fetcher: RecordedFetcher) -> None:
        """Follow links, keep their pages and the media, as far as the records go."""
        store, note = self.services.store, self.services.journal.note
        snapshotter = Snapshotter(fetcher, texts=self.services.texts)
        followed = await asyncio.to_thread(store.followed_at, thread.id)
        for uri_r in links.distinct(thread):
            if not fetcher.holds(uri_r) or (thread.id not in self._new and uri_r in followed):
                continue
            if await asyncio.to_thread(followed_ourselves, store, uri_r):
                continue
            chain, target = await follow(
                uri_r, fetcher, max_hops=self.services.max_hops, now=self.services.now()
            )
            if target is None:  # the records end on the way
                continue
            chain = dataclasses.replace(chain, at=chain.hops[0].at)
            await note(Followed(crawl.id, thread.id, chain))
            await asyncio.to_thread(store.save_chain, crawl.id, thread.id, chain)
            await self._taken(crawl, await snapshotter.snapshot(target))
        own = without_fragment(thread.url)
        if own in pages_with_views(self.records) and fetcher.holds(own):
            shown = await fetcher.fetch(FetchRequest(own))
            await self._taken(crawl, await snapshotter.snapshot(shown))
        is_new = thread.id in self._new
        wanted = await asyncio.to_thread(media_wanted, store, thread, is_new=is_new)
        for url in filter(fetcher.holds, wanted):
            copy = await media.keep(url, fetcher, via=thread.url)
            await note(Copied(thread.id, copy))
            await asyncio.to_thread(store.save_media, thread.id, copy)

    async def _taken(self, crawl: Crawl, taken: Snapshot) -> None:
        """Keep a snapshot with what a browser made of the page, where we have none of our own."""
        if await asyncio.to_thread(kept_ourselves, self.services.store, taken.url):
            return
        views = await asyncio.to_thread(
            views_of, taken.url, taken.at, self.records, self.archive.payloads
        )
        if views:
            taken = dataclasses.replace(taken, engine="browser", views=views)
        await self.services.journal.note(Taken(crawl.id, taken))
        await asyncio.to_thread(self.services.store.save_snapshot, crawl.id, taken)


async def _asked(fetcher: RecordedFetcher, source: Source, ref: SourceRef) -> tuple[Exchange, ...]:
    """Ask the records what a source wants to know; nobody is paid for that."""
    seen: list[Exchange] = []
    for _ in range(MAX_ROUNDS):
        wanted = await asyncio.to_thread(source.plan, ref, tuple(seen))
        answers = [await fetcher.fetch(each) for each in wanted]
        if not any(each.record_id for each in answers):
            break
        seen += answers
    return tuple(seen)


def _shortened(notes: Sequence[str], most: int = 20) -> Iterator[str]:
    yield from notes[:most]
    if len(notes) > most:
        yield f"and {len(notes) - most:,} more of this kind"
