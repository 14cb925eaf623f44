"""
How is the database made again from the WARCs alone? (design 1)

    each WARC -> its records -> index
    each entry of the journal, in the order of time -> the rows that it once made

Observations are read again from the recorded exchanges by the sources of today, so what a source
has learnt since then is in every thread. Chains, snapshots and copies are facts, and taken as such.
"""

from __future__ import annotations

import datetime as dt
import itertools
import logging
import shutil
import sqlite3
from collections.abc import Container, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from archiver import journal, seeds, typed
from archiver.core.ids import thread_id
from archiver.errors import ArchiverError, StoreError
from archiver.journal import Copied, Decided, Ended, Followed, Observed, Paid, Taken
from archiver.models import (
    Crawl,
    ListingObservation,
    RecordRef,
    ThreadObservation,
    Watch,
)
from archiver.pipeline import keep_now
from archiver.ports import NO_COST, PayloadReader, Source
from archiver.rereading import Rereader
from archiver.services import Progress
from archiver.store.lock import archive_lock, sole_lock
from archiver.store.sql import DATABASE, SqlStore
from archiver.warc.adopt import is_foreign
from archiver.warc.names import OPEN, held_warcs
from archiver.warc.payload import WarcPayloads
from archiver.warc.recover import indexed, recover

_log = logging.getLogger(__name__)
_UNENDED = "the archiver ended while it captured this"
FOLDER = "rebuild"
_TOGETHER = 500
"""Steps of one transaction."""
BEFORE = f"{DATABASE}.before-rebuild"


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """
    What a rebuild found.

    Attributes:
        exchanges: Recorded exchanges that observations were read from again.
        unread: One sentence for each entry that could not be taken.
        before: Where the former database was moved; None if there was none.
    """

    warcs: int
    records: int
    entries: int
    exchanges: int
    threads: int
    watches: int
    unread: tuple[str, ...]
    before: Path | None


def rebuild(
    data_dir: Path,
    sources: Sequence[Source],
    configured: Sequence[Watch],
    progress: Progress,
    *,
    accept_loss: bool = False,
) -> Rebuilt:
    """
    Make the database again; the former one is kept beside it.

    Args:
        data_dir: Folder of the archive.
        sources: All sources, as they read today.
        configured: The watches of config.toml.
        progress: Is told one line per WARC and now and then between.
        accept_loss: Go on although WARCs are missing that the former database names.

    Raises:
        StoreError: If another process has the archive open, if WARCs are missing, or the disk
            refuses; the former database is then untouched.
    """
    with archive_lock(data_dir), sole_lock(data_dir):
        warc_dir = data_dir / "warc"
        recover(warc_dir)
        _refuse_open(warc_dir)
        if not accept_loss:
            _refuse_loss(data_dir / DATABASE, warc_dir)
        folder = data_dir / FOLDER
        shutil.rmtree(folder, ignore_errors=True)
        store = SqlStore.open(folder)
        try:
            store.sync_watches(configured)  # first, since a watch knows where its file stands
            watches = typed.restore(store, data_dir)
            made = _Rebuild(store, warc_dir, sources, progress).run()
        finally:
            store.close()
        before = _put_in_place(data_dir, folder)
    return replace(made, watches=watches, before=before)


def _refuse_open(warc_dir: Path) -> None:
    if any(path.name.endswith(OPEN) for path in held_warcs(warc_dir)):
        raise StoreError(
            f"{warc_dir}: something is being captured into it; try again when that is done"
        )


def _refuse_loss(database: Path, warc_dir: Path) -> None:
    """An unmounted disk looks like an empty archive, and must not become one."""
    if not database.exists():
        return
    try:
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
            named = {name for (name,) in connection.execute("SELECT name FROM warc_file")}
    except sqlite3.Error:
        return  # it is to be made again because it cannot be read
    missing = sorted(named - {path.name for path in held_warcs(warc_dir)})
    if missing:
        raise StoreError(
            f"{warc_dir}: {len(missing)} WARCs are missing that {database.name} names, such as "
            f"{missing[0]}; bring them back, or give --accept-loss"
        )


def _put_in_place(data_dir: Path, folder: Path) -> Path | None:
    """Swap the databases; whatever moment this ends at, one of them is whole and named."""
    current, kept = data_dir / DATABASE, _unused(data_dir / BEFORE)
    try:
        if current.exists():
            for ending in ("", "-wal", "-shm"):
                beside = current.with_name(current.name + ending)
                if beside.exists():
                    beside.rename(kept.with_name(kept.name + ending))
        (folder / DATABASE).rename(current)
        shutil.rmtree(folder, ignore_errors=True)
    except OSError as err:
        raise StoreError(
            f"{current}: cannot be put in place ({err.strerror}); the new database is "
            f"{folder / DATABASE}, the former one {kept}"
        ) from err
    return kept if kept.exists() else None


def _unused(path: Path) -> Path:
    """Never write over a database that was kept: it may hold what this one lacks."""
    names = (path.with_name(f"{path.name}-{number}") for number in itertools.count(2))
    return next(each for each in (path, *itertools.islice(names, 999)) if not each.exists())


class _Rebuild:
    """One rebuild into an empty store."""

    def __init__(
        self, store: SqlStore, warc_dir: Path, sources: Sequence[Source], progress: Progress
    ) -> None:
        self._store = store
        self._warc_dir = warc_dir
        self._progress = progress
        self._steps = Steps(store, WarcPayloads(warc_dir, store.record), sources)
        self._unread: list[str] = []

    def run(self) -> Rebuilt:
        warcs = held_warcs(self._warc_dir)
        records = self._index(warcs)
        entries = entries_of(self._store)
        for start in range(0, len(entries), _TOGETHER):
            some = entries[start : start + _TOGETHER]
            with self._store.together():
                for ref in some:
                    self._steps.take(ref)
            done = start + len(some)
            line = f"{done:,} of {len(entries):,} steps taken again"
            self._progress(line, done=done, total=len(entries))
        threads = self._store.counts()["threads"]
        unread = (*self._unread, *self._steps.unread)
        exchanges = self._steps.exchanges
        return Rebuilt(len(warcs), records, len(entries), exchanges, threads, 0, unread, None)

    def _index(self, warcs: Sequence[Path]) -> int:
        total = 0
        for done, path in enumerate(warcs, start=1):
            refs, faults = indexed(path)
            self._unread += faults
            self._store.add_records(refs)
            total += len(refs)
            self._progress(
                f"{path.name}: {len(refs):,} indexed records", done=done, total=len(warcs)
            )
        return total


def entries_of(store: SqlStore) -> list[RecordRef]:
    """
    Give the records that are entries of our journal, by time.

    What others wrote into WARCs that were imported is their word, not our journal.
    """
    resources = store.resources(journal.MIME)
    ours = (each for each in resources if not is_foreign(each.filename))
    return [each for each in ours if journal.is_entry(each.url, each.mime)]


class Steps:
    """
    Takes the steps of a journal again, into a store.

    Attributes:
        unread: One sentence for each entry that could not be taken.
        exchanges: Recorded exchanges that observations were read from again.
        threads: The threads that were kept.
    """

    def __init__(
        self,
        store: SqlStore,
        payloads: PayloadReader,
        sources: Sequence[Source],
        only: Container[str] | None = None,
    ) -> None:
        """`only` these threads are kept; None for all."""
        self._store = store
        self._payloads = payloads
        self._rereader = Rereader(payloads, sources)
        self._files = [each for each in store.watches() if seeds.is_file(each.url)]
        self._only = only
        self.unread: list[str] = []
        self.exchanges = 0
        self.threads: set[str] = set()

    def entry(self, ref: RecordRef) -> journal.Entry:
        """Read an entry. Raises StoreError, FixityError."""
        with self._payloads.open(ref.record_id) as recorded:
            entry = journal.read(ref.url, recorded.body.read())
        if entry is None:
            raise StoreError("is of a kind that this version does not know; update the archiver")
        return entry

    def take(self, ref: RecordRef) -> None:
        """Read an entry, and make the rows that it once made; what fails is told in `unread`."""
        try:
            self._make(ref, self.entry(ref))
        except ArchiverError as err:
            self.unread.append(f"{ref.filename}, {ref.record_id}: {err}")
        except Exception as err:  # the boundary of a step: one must not end all the others
            _log.exception("step broke", extra={"record_id": ref.record_id})
            broke = f"the archiver itself broke ({type(err).__name__}); please report it"
            self.unread.append(f"{ref.filename}, {ref.record_id}: {broke}")

    def _make(self, ref: RecordRef, entry: journal.Entry) -> None:
        if isinstance(entry, Observed | Ended):
            entry = replace(entry, crawl=self._placed(entry.crawl))
        if isinstance(entry, Observed):
            self._observe(entry, ref.at)
        elif isinstance(entry, Followed | Copied) and entry.thread_id not in self.threads:
            raise StoreError(f"hangs on thread {entry.thread_id}, which was not read again")
        elif isinstance(entry, Followed):
            self._store.save_chain(entry.crawl_id, entry.thread_id, entry.chain)
        elif isinstance(entry, Taken):
            self._store.save_snapshot(entry.crawl_id, entry.snapshot)
        elif isinstance(entry, Copied):
            self._store.save_media(entry.thread_id, entry.copy)
        elif isinstance(entry, Ended):
            self._store.restore_crawl(
                entry.crawl, at=entry.at, thread_id=entry.thread_id, error=entry.error
            )
        elif isinstance(entry, Paid):
            self._store.add_spent(entry.platform, f"{ref.at:%Y-%m}", entry.cost)
        elif isinstance(entry, Decided):
            self._store.decide(entry.decision)

    def _placed(self, crawl: Crawl) -> Crawl:
        """
        Give a file its folders again, which the journal leaves out: those of its watch, or of the
        only watched file of its name.
        """
        known = {each.name: each.url for each in self._files if Path(each.url).name == crawl.url}
        path = known.get(crawl.watch or "")
        if path is None and len(set(known.values())) == 1:
            path = next(iter(known.values()))
        return crawl if path is None else replace(crawl, url=path)

    def _observe(self, entry: Observed, at: dt.datetime) -> None:
        # Its number is taken, whether or not the crawl came to an end that was written down.
        self._store.restore_crawl(entry.crawl, at=at, thread_id=None, error=_UNENDED)
        if entry.cost != NO_COST:
            self._store.add_spent(entry.platform, f"{at:%Y-%m}", entry.cost)
        self.exchanges += 0 if entry.threads else len(entry.asked)
        known = self._store.known_thread
        for observation in entry.threads or (self._rereader.read(entry, known),):
            if isinstance(observation, ListingObservation):
                for each in observation.threads:
                    self._keep(entry, each, leads=False)
            else:
                self._keep(entry, observation, leads=not entry.threads)

    def _keep(self, entry: Observed, observation: ThreadObservation, *, leads: bool) -> None:
        identity = thread_id(observation.platform, observation.native_id)
        if self._only is None or identity in self._only:
            keep_now(self._store, entry.crawl, observation, leads=leads)
            self.threads.add(identity)
