"""How do files that people bring come in? Data exports, saved pages, texts, lists of watches."""

from __future__ import annotations

import asyncio
import hashlib
import mimetypes
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from archiver import seeds
from archiver.bootstrap import Archive
from archiver.capture.zipped import Zipped
from archiver.care.keeping import note_imported
from archiver.core import ids
from archiver.errors import ArchiverError, UnsupportedSeed, UsageError
from archiver.importing.fitting import fitted, is_by, is_of_exports
from archiver.importing.warcs import is_wacz, take_in
from archiver.importing.watchlist import looks_like_opml
from archiver.importing.watchlist import take_in as take_in_watches
from archiver.journal import Asked, Copied, Ended, Observed
from archiver.models import (
    Crawl,
    CrawlRequest,
    MediaCopy,
    Outcome,
    Post,
    PostState,
    RecordRef,
    Snapshots,
    Thread,
    ThreadObservation,
)
from archiver.models.origin import Origin
from archiver.observing import observe, without_folders
from archiver.pipeline import keep_observation
from archiver.reports.origins import origin_json
from archiver.reports.report import Json, counted, error_json
from archiver.services import Progress, Services
from archiver.sources.x import assembly, export, exportpost

_AT_ONCE = 50  # threads in one entry of the journal
_MAX_FILE_BYTES = 128_000_000
_MAX_MEDIA_BYTES = 512_000_000
_OF_WARC = (b"WARC/", b"\x1f\x8b")
_SCRIPT = "text/javascript"


@dataclass(frozen=True, slots=True)
class Imported:
    """
    What came of one file.

    Attributes:
        file: As it was named.
        threads: Ids of the threads that it held.
        posts: How many posts of theirs it held.
        left_out: How many of its posts are no part of them, or lines of a list are no watch.
        watches: Names of the watches that were added; None if the file is no list of any.
        notes: Sentences about what was not taken.
        origin: Where the records of a WARC or WACZ come from.
    """

    file: str
    threads: tuple[str, ...] = ()
    posts: int = 0
    left_out: int = 0
    notes: tuple[str, ...] = ()
    error: ArchiverError | None = None
    watches: tuple[str, ...] | None = None
    origin: Origin | None = None


_Taken: TypeAlias = tuple[Imported, str | None]
"""What came of a file, and the thread that it leads to when it is asked for again."""


async def import_all(
    services: Services, archive: Archive, files: Sequence[str], progress: Progress
) -> list[Imported]:
    """Import files one after the other; an error of one does not stop the rest."""
    results: list[Imported] = []
    for file in files:
        try:
            taken = await _import_one(services, archive, file, progress)
            if services.custodian is not None:
                noted = services.custodian, Path(file), taken.threads, taken.origin
                await asyncio.to_thread(note_imported, *noted)
            results.append(taken)
        except ArchiverError as err:
            results.append(Imported(file, error=err))
    return results


async def _import_one(
    services: Services, archive: Archive, file: str, progress: Progress
) -> Imported:
    path = Path(file)
    start = await asyncio.to_thread(_first_bytes, path)
    if start.startswith(_OF_WARC) or await asyncio.to_thread(is_wacz, path):
        return await _import_records(services, archive, path, progress)
    if start.startswith(b"PK"):
        return await _import_export(services, file, progress)
    if looks_like_opml(start):
        listed = await asyncio.to_thread(take_in_watches, services.store, services.sources, path)
        return Imported(file, watches=listed.added, left_out=listed.left_out, notes=listed.notes)
    if await seeds.is_list(seeds.named(file), services.now()):
        raise UnsupportedSeed(
            f"{file}: is a list of addresses; `archiver capture` or a watch takes it", uri_r=file
        )
    return await _import_thread(services, file, progress)


async def _thread(services: Services, thread_id: str) -> Thread | None:
    return await asyncio.to_thread(services.store.thread, thread_id)


def _first_bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(1024)
    except FileNotFoundError:
        raise UsageError(f"{path}: there is no such file") from None
    except OSError as err:
        raise UsageError(f"{path}: cannot be read ({err.strerror})") from err


async def _import_records(
    services: Services, archive: Archive, path: Path, progress: Progress
) -> Imported:
    taken = await take_in(services, archive, path, progress)
    held = f"{taken.held:,} were here already"
    told = f"{counted(taken.records, 'capture')} taken over" + (f", {held}" if taken.held else "")
    notes = (told, *taken.notes)
    return Imported(str(path), taken.threads, taken.posts, notes=notes, origin=taken.origin)


async def _import_thread(services: Services, file: str, progress: Progress) -> Imported:
    """Keep the thread that a file holds; nobody is asked for anything."""

    async def take(crawl: Crawl, named: Crawl) -> _Taken:
        seen = await observe(services, crawl, progress)
        if not isinstance(seen, ThreadObservation):
            raise UnsupportedSeed(f"{file}: holds no thread", uri_r=file)
        thread, _ = await keep_observation(services, crawl, seen)
        held = sum(each.state is not PostState.GAP for each in thread.posts)
        return Imported(file, (thread.id,), held), thread.id

    return await _crawled(services, file, take)


async def _import_export(services: Services, file: str, progress: Progress) -> Imported:
    async def take(crawl: Crawl, named: Crawl) -> _Taken:
        with await asyncio.to_thread(Zipped.open, Path(file)) as zipped:
            return await _Export(services, crawl, named, zipped, progress).take(file), None

    return await _crawled(services, file, take)


async def _crawled(
    services: Services, file: str, take: Callable[[Crawl, Crawl], Awaitable[_Taken]]
) -> Imported:
    """Take a file in as a crawl of its own; `take` is given it, and how it is named to others."""
    store = services.store
    request = CrawlRequest(seeds.named(file), services.now(), snapshots=Snapshots.NONE)
    crawl = await asyncio.to_thread(store.start, request)
    if crawl is None:
        raise ArchiverError(f"{file}: is being imported at this moment; try again later")
    named = without_folders(crawl)
    try:
        result, thread_id = await take(crawl, named)
    except ArchiverError as err:
        now = services.now()
        await services.journal.note(Ended(named, now, error=str(err)))
        await asyncio.to_thread(store.fail, crawl.id, at=now, error=str(err), retry_at=None)
        raise
    except asyncio.CancelledError:
        store.release(crawl.id)
        raise
    now = services.now()
    await services.journal.note(Ended(named, now, thread_id))
    await asyncio.to_thread(store.finish, crawl.id, at=now, thread_id=thread_id)
    return result


class _Export:
    """One data export on its way in: bytes first, then the journal, then rows."""

    def __init__(
        self,
        services: Services,
        crawl: Crawl,
        named: Crawl,
        zipped: Zipped,
        progress: Progress,
    ) -> None:
        self._services = services
        self._crawl = crawl
        self._named = named
        self._zip = zipped
        self._progress = progress
        self._records: list[str] = []
        self._notes: list[str] = []

    async def take(self, file: str) -> Imported:
        members = export.members(self._zip.names(), Path(file).name)
        owner = export.read_account(await self._recorded(members.account), members.account)
        at = self._services.now()
        if members.manifest:
            at = export.made_at(await self._recorded(members.manifest), at)
        posts: list[export.Own] = []
        odd = 0
        for name in members.posts:
            body = await self._recorded(name)
            own, unread = await asyncio.to_thread(export.read_posts, body, name)
            posts += own
            odd += unread
        records = tuple(self._records)
        held = await asyncio.to_thread(assembly.assemble, owner, posts, at, records, odd=odd)
        if held.odd:
            self._notes.append(f"{counted(held.odd, 'post')} could not be read")
        kept = await self._keep(held.threads, members)
        names = {each.native_id for each in kept}
        refused = [each for each in held.threads if each.native_id not in names]
        if refused:
            whose = "is stored as another author's" if len(refused) == 1 else "are others' already"
            self._notes.append(
                f"{counted(len(refused), 'thread')} {whose}; nothing of that was taken"
                f" ({refused[0].url})"
            )
        return Imported(
            file=file,
            threads=tuple(ids.thread_id(each.platform, each.native_id) for each in kept),
            posts=sum(not post.gap for each in kept for post in each.posts),
            left_out=held.left_out + sum(not p.gap for each in refused for p in each.posts),
            notes=tuple(self._notes),
        )

    async def _recorded(self, name: str) -> bytes:
        body = await asyncio.to_thread(self._zip.read, name, _MAX_FILE_BYTES)
        record = await self._record(body, _SCRIPT)
        self._records.append(record.record_id)
        self._progress(f"{name}: {len(body):,} bytes recorded")
        return body

    async def _record(self, body: bytes, mime: str) -> RecordRef:
        url = f"urn:sha256:{hashlib.sha256(body).hexdigest()}"
        return await self._services.writer.write_resource(url, self._services.now(), mime, body)

    async def _keep(
        self, threads: Sequence[ThreadObservation], members: export.Members
    ) -> list[ThreadObservation]:
        """Keep the threads that are the owner's, as far as anybody knows; give those."""
        asked = tuple(
            Asked(self._named.url, self._services.now(), record_id=each) for each in self._records
        )
        kept: list[ThreadObservation] = []
        for start in range(0, len(threads), _AT_ONCE):
            some: list[tuple[ThreadObservation, frozenset[str]]] = []
            for each in threads[start : start + _AT_ONCE]:
                stored = await _thread(self._services, ids.thread_id(each.platform, each.native_id))
                if stored is not None and not is_by(stored, each.author):
                    continue
                kept.append(each)
                some.append(self._fitted(stored, each))
            if some:
                await self._keep_some(tuple(some), asked, members)
            done = min(start + _AT_ONCE, len(threads))
            self._progress(f"{counted(done, 'thread')} kept", done=done, total=len(threads))
        return kept

    async def _keep_some(
        self,
        some: Sequence[tuple[ThreadObservation, frozenset[str]]],
        asked: tuple[Asked, ...],
        members: export.Members,
    ) -> None:
        threads = tuple(each for each, _ in some)
        entry = Observed(
            self._named, threads[0].platform, asked, file_name=self._named.url, threads=threads
        )
        await self._services.journal.note(entry)
        for each, new in some:
            thread, _ = await keep_observation(self._services, self._crawl, each, leads=False)
            await self._keep_media(thread, [post for post in each.posts if post.id in new], members)

    def _fitted(
        self, stored: Thread | None, seen: ThreadObservation
    ) -> tuple[ThreadObservation, frozenset[str]]:
        """Give what may be kept, and the ids of posts whose attachments the export may give."""
        named = frozenset(each.id for each in seen.posts)
        if stored is None:
            return seen, named
        held = {each.post.id for each in stored.posts if each.state is not PostState.GAP}
        said = fitted(stored, seen, witness=self._named.url)
        return said, named if is_of_exports(stored) else named - held

    async def _keep_media(
        self, thread: Thread, posts: Sequence[Post], members: export.Members
    ) -> None:
        store = self._services.store
        copies = await asyncio.to_thread(store.media_of_thread, thread.id)
        have = {copy.url for copy in copies if copy.outcome is Outcome.OK}
        for post in posts:
            for medium, name in exportpost.media_files(post, members.media):
                if medium.url in have:
                    continue
                have.add(medium.url)
                try:
                    body = await asyncio.to_thread(self._zip.read, name, _MAX_MEDIA_BYTES)
                except ArchiverError as err:
                    self._notes.append(str(err))
                    continue
                copy = await self._copied(medium.url, name, body)
                await self._services.journal.note(Copied(thread.id, copy))
                await asyncio.to_thread(store.save_media, thread.id, copy)

    async def _copied(self, url: str, name: str, body: bytes) -> MediaCopy:
        mime = mimetypes.guess_type(name)[0] or "application/octet-stream"
        record = await self._record(body, mime)
        return MediaCopy(
            url=url,
            outcome=Outcome.OK,
            record_id=record.record_id,
            digest=record.digest,
            mime=mime,
            bytes=len(body),
            at=record.at,
        )


def imported_json(results: Sequence[Imported]) -> Json:
    """Give what came in, as `archiver import --json` prints it."""
    return {
        "imported": [
            {
                "file": each.file,
                "threads": list(each.threads),
                "posts": each.posts,
                "watches": list(each.watches or ()),
                "left_out": each.left_out,
                "notes": list(each.notes),
                "origin": origin_json(each.origin) if each.origin else None,
                "error": error_json(each.error) if each.error else None,
            }
            for each in results
        ]
    }


def imported_lines(results: Sequence[Imported]) -> Iterator[str]:
    """Give the same for a person; errors are said elsewhere."""
    for each in results:
        if each.error is None:
            held = f"{counted(len(each.threads), 'thread')}, {counted(each.posts, 'post')}"
            what = "post"
            if each.watches is not None:
                added = len(each.watches)
                held, what = f"{added} {'watch' if added == 1 else 'watches'} added", "line"
            left = f"; {counted(each.left_out, what)} left out" if each.left_out else ""
            yield f"{each.file}: {held}{left}"
            yield from (f"  {note}" for note in each.notes)
