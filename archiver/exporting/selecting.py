"""Which records does a thread need, to be read, replayed, checked and made again elsewhere?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from archiver import journal
from archiver.bootstrap import Archive
from archiver.core import charset, markup, requisites, urls
from archiver.core.ids import thread_id
from archiver.core.imported import is_foreign
from archiver.core.requisites import Kind, Requisite, Wanted
from archiver.errors import ArchiverError
from archiver.models import (
    Exchange,
    FetchRequest,
    Outcome,
    RecordRef,
    RecordType,
    Snapshot,
    ThreadView,
)
from archiver.ports import Recorded
from archiver.resolvers.http_redirect import HttpRedirect
from archiver.warc.excerpt import facts_of

_HTML = frozenset({"text/html", "application/xhtml+xml"})
_MOST_BYTES = 8_000_000  # of a page or sheet, as they were read when they were captured
_MOST_REDIRECTS = 10
_MOST_DEPTH = 5  # of sheets and frames in others, as they were captured
_REDIRECT = HttpRedirect()
_ENTRY_WITHIN = dt.timedelta(hours=2)
"""An entry of the journal is written after the records it speaks of, and not later than this."""
_REQUISITES_WITHIN = dt.timedelta(minutes=10)
"""What a browser asks for a page, it asks within this time: a page may take five minutes."""


@dataclass(frozen=True, slots=True)
class Selection:
    """
    The records of a thread.

    Attributes:
        records: Each once.
        pages: The snapshots among them, oldest first.
        entries: How many of the records are entries of the journal.
        missing: One sentence for each record that is named and cannot be found.
    """

    records: tuple[RecordRef, ...]
    pages: tuple[Snapshot, ...]
    entries: int
    missing: tuple[str, ...]


def select(archive: Archive, view: ThreadView) -> Selection:
    """
    Find all records that a thread needs.

    Args:
        archive: The archive.
        view: The thread.

    Raises:
        StoreError: If the database refuses.
    """
    found = _Found(archive)
    found.name(archive.store.evidence_of(view.thread.id))
    pages = tuple(_pages(archive, view))
    for page in pages:
        found.name(_named_by(page))
        found.requisites(page)
    entries = tuple(_entries(archive, view.thread.id, tuple(found.records.values())))
    for ref, named in entries:
        found.add(ref)
        found.name(named)
    records = tuple(found.records.values())
    return Selection(records, pages, len(entries), tuple(found.missing))


def select_for_readers(archive: Archive, view: ThreadView) -> Selection:
    """
    Find the records with which anybody may be shown a thread and the pages of its links.

    They are chains, snapshots with their requisites and views, and media. What the thread was read
    from is not among them, nor the journal, nor any record that `/web/` would not show.

    Args:
        archive: The archive.
        view: The thread as readers see it, without sealed posts.

    Raises:
        StoreError: If the database refuses.
    """
    found = _Found(archive, public=True)
    found.own(each.record_id for each in view.media if each.record_id)
    for link in view.links:
        for run in archive.store.chain_history(link.uri_r):
            found.name((each.record_id for each in run.chain.hops if each.record_id), of_page=True)
    hidden = archive.store.is_hidden
    pages = tuple(
        each
        for each in _pages(archive, view)
        if not hidden(each.url, each.record_id or "", of_page=True)
    )
    for page in pages:
        found.name(_named_by(page), of_page=True)
        found.requisites(page)
    return Selection(tuple(found.records.values()), pages, 0, tuple(found.missing))


def _pages(archive: Archive, view: ThreadView) -> Iterator[Snapshot]:
    """Give every snapshot of the thread's own page and of what its links ever led to."""
    targets = dict.fromkeys([urls.without_fragment(view.thread.url)] if view.page else [])
    for link in view.links:
        for run in archive.store.chain_history(link.uri_r):
            targets[urls.without_fragment(run.chain.target)] = None
    copies = (each for url in targets for each in archive.store.snapshots_of(url))
    yield from sorted(copies, key=lambda each: (each.at, each.url))


def _named_by(page: Snapshot) -> Iterator[str]:
    yield from [page.record_id] if page.record_id else []
    yield from (each.record_id for each in page.views)


class _Found:
    """Collects records, with the originals of revisits; in public what readers may see alone."""

    def __init__(self, archive: Archive, *, public: bool = False) -> None:
        self.records: dict[str, RecordRef] = {}
        self.missing: list[str] = []
        self._archive = archive
        self._public = public

    def own(self, record_ids: Iterable[str]) -> None:
        """Add what readers see of the thread, though another that is withheld may hold it too."""
        for record_id in record_ids:
            ref = self._archive.store.record(record_id)
            if ref is None:
                self.missing.append(f"{record_id} is named and not in the index")
            else:
                self._keep(ref, of_page=False)

    def name(self, record_ids: Iterable[str], *, of_page: bool = False) -> None:
        """Add records by their ids; `of_page`: a page, or known to have been asked for by one."""
        for record_id in record_ids:
            ref = None if record_id in self.records else self._archive.store.record(record_id)
            if ref is not None:
                self.add(ref, of_page=of_page)
            elif record_id not in self.records:
                self.missing.append(f"{record_id} is named and not in the index")

    def add(self, ref: RecordRef, *, of_page: bool = False) -> None:
        """Add a record, and what it repeats."""
        hidden = self._archive.store.is_hidden
        if self._public and hidden(ref.url, ref.record_id, of_page=of_page):
            return
        self._keep(ref, of_page=of_page)

    def _keep(self, ref: RecordRef, *, of_page: bool) -> None:
        if ref.record_id in self.records:
            return
        self.records[ref.record_id] = ref
        if ref.type is RecordType.REVISIT and ref.refers_to is not None:
            self.name([ref.refers_to], of_page=of_page)

    def requisites(self, page: Snapshot) -> None:
        """Add what a page needs to be shown again."""
        ref = self.records.get(page.record_id or "")
        if ref is None or page.outcome is not Outcome.OK:
            return
        if page.mime in _HTML:
            wanted = _Page(self._archive, page, ref.filename)
            wanted.read(ref, Kind.FRAME, depth=0)
            for each in wanted.found:
                self.add(each)
        if page.engine == "browser":
            for each in self._asked_by(page, ref):
                self.add(each, of_page=True)

    def _asked_by(self, page: Snapshot, ref: RecordRef) -> Iterator[RecordRef]:
        """Give what a browser asked because of a page: `via` in the metadata leads back to it."""
        last = max((self.records[each.record_id].at for each in page.views
                    if each.record_id in self.records), default=page.at)  # fmt: skip
        until = max(last, page.at) + (dt.timedelta() if page.views else _REQUISITES_WITHIN)
        files = {self.records[each].filename for each in _named_by(page) if each in self.records}
        reached = {page.url, ref.url}
        for name in sorted(files):
            for each in self._archive.store.records_in(name):
                if not page.at <= each.at <= until or each.type is RecordType.RESOURCE:
                    continue
                facts = dict(facts_of(self._archive.warc_dir, each))
                if facts.get("via") in reached:
                    reached.add(each.url)
                    yield each


@dataclass(slots=True)
class _Page:
    """What one page needs by its own words, read as it was read when it was captured."""

    archive: Archive
    page: Snapshot
    beside: str  # its WARC: a page of ours needs nothing that others wrote
    found: list[RecordRef] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)

    def read(self, ref: RecordRef, kind: Kind, *, depth: int) -> None:
        """Read a document, and find what it names."""
        wanted = self._wanted(ref, kind)
        for requisite in wanted.requisites:
            if requisite.url in self.seen or len(self.seen) > requisites.MAX_REQUISITES:
                continue
            self.seen.add(requisite.url)
            there = self._followed(requisite)
            if there is not None and requisite.kind is not Kind.OTHER and depth < _MOST_DEPTH:
                self.read(there, requisite.kind, depth=depth + 1)

    def _followed(self, requisite: Requisite) -> RecordRef | None:
        """Add the copy of a requisite, and where it was moved to; give the last."""
        url = requisite.url
        for _ in range(_MOST_REDIRECTS + 1):
            ref = self.archive.store.nearest_record(url, self.page.at, beside=self.beside)
            if ref is None:
                return None
            self.found.append(ref)
            onward = self._onward(ref) if 300 <= (ref.status or 0) < 400 else None
            if onward is None:
                return ref
            url = onward
        return None

    def _onward(self, ref: RecordRef) -> str | None:
        answer = self._answer(ref, 0)
        hop = _REDIRECT.next_hop(answer) if answer is not None else None
        return urls.without_fragment(hop.url) if hop is not None else None

    def _wanted(self, ref: RecordRef, kind: Kind) -> Wanted:
        answer = self._answer(ref, _MOST_BYTES)
        if answer is None:
            return Wanted()
        content_type = answer.header("content-type") or ""
        if kind is Kind.STYLE:
            named = charset.declared(content_type)
            return requisites.of_css(answer.body, ref.url, charset=named)
        if answer.mime not in _HTML:
            return Wanted()
        return requisites.of_html(markup.read(charset.decoded(answer.body, content_type)), ref.url)

    def _answer(self, ref: RecordRef, most: int) -> Exchange | None:
        try:
            with self.archive.payloads.open(ref.record_id) as recorded:
                return _exchange(recorded, recorded.body.read(most))
        except ArchiverError:
            return None  # what cannot be read is told when it is copied


def _exchange(recorded: Recorded, body: bytes) -> Exchange:
    return Exchange(
        FetchRequest(recorded.url),
        recorded.at,
        Outcome.OK,
        recorded.status,
        recorded.headers,
        body,
    )


def _entries(
    archive: Archive, thread_id: str, evidence: Sequence[RecordRef]
) -> Iterator[tuple[RecordRef, tuple[str, ...]]]:
    """
    Give the journal's entries about a thread, each with the records that it was read from.

    Those that hold words of other threads are left out: they may be withheld. So is who decided
    what of this one, and why: that is for this archive alone.
    """
    windows = _windows(sorted(each.at for each in evidence))
    near = (
        ref
        for since, until in windows
        for ref in archive.store.resources(journal.MIME, since=since, until=until)
    )
    read = [(ref, entry) for ref in near if (entry := _entry(archive, ref)) is not None]
    about = _About.of(thread_id, evidence, [entry for _, entry in read])
    for ref, entry in read:
        if about.holds(entry):
            asked = entry.asked if isinstance(entry, journal.Observed) else ()
            yield ref, tuple(each.record_id for each in asked if each.record_id)


def _windows(times: Iterable[dt.datetime]) -> list[tuple[dt.datetime, dt.datetime]]:
    found: list[tuple[dt.datetime, dt.datetime]] = []
    for at in times:
        if found and at <= found[-1][1]:
            found[-1] = (found[-1][0], at + _ENTRY_WITHIN)
        else:
            found.append((at, at + _ENTRY_WITHIN))
    return found


def _entry(archive: Archive, ref: RecordRef) -> journal.Entry | None:
    if is_foreign(ref.filename) or not journal.is_entry(ref.url, ref.mime):
        return None  # what others noted is no step of ours
    try:
        with archive.payloads.open(ref.record_id) as recorded:
            return journal.read(ref.url, recorded.body.read())
    except ArchiverError:
        return None  # `archiver verify` tells of it; the records it speaks of are copied anyhow


@dataclass(frozen=True, slots=True)
class _About:
    """What makes an entry one about a thread; `own` are crawls that led to no other thread."""

    thread_id: str
    evidence: frozenset[str]
    crawls: frozenset[int]
    own: frozenset[int]

    @classmethod
    def of(
        cls, thread_id: str, evidence: Iterable[RecordRef], entries: Iterable[journal.Entry]
    ) -> _About:
        led: dict[int, set[str]] = {}
        for entry in entries:
            if isinstance(entry, journal.Followed):
                led.setdefault(entry.crawl_id, set()).add(entry.thread_id)
            elif isinstance(entry, journal.Ended):
                led.setdefault(entry.crawl.id, set()).update(filter(None, [entry.thread_id]))
        crawls = frozenset(number for number, led_to in led.items() if thread_id in led_to)
        own = frozenset(number for number in crawls if led[number] == {thread_id})
        return cls(thread_id, frozenset(each.record_id for each in evidence), crawls, own)

    def holds(self, entry: journal.Entry) -> bool:
        """Say whether an entry is needed, and speaks of no other thread."""
        match entry:
            case journal.Followed() | journal.Copied() | journal.Ended():
                return entry.thread_id == self.thread_id
            case journal.Taken():
                return entry.snapshot.record_id in self.evidence and entry.crawl_id in self.crawls
            case journal.Observed():
                asked = {each.record_id for each in entry.asked if each.record_id}
                known = entry.crawl.id in self.own or asked <= self.evidence
                return known and entry.crawl.id in self.crawls and self._only(entry)
        return False

    def _only(self, entry: journal.Observed) -> bool:
        held = (thread_id(each.platform, each.native_id) for each in entry.threads)
        return all(each == self.thread_id for each in held)
