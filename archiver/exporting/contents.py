"""What stands in the package of a thread? Its records, the thread to read, and what proves both."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from archiver.bootstrap import SOFTWARE, Archive
from archiver.care.custodian import user_at_machine
from archiver.core import shown
from archiver.core.imported import is_foreign
from archiver.errors import FixityError, StoreError
from archiver.evidence.excerpt import Excerpt as CustodyExcerpt
from archiver.exporting.selecting import Selection, select
from archiver.models import MediaCopy, Outcome, RecordRef, ThreadView
from archiver.packages import wacz
from archiver.packages.bag import BagAbout
from archiver.packages.pages import ListedPage, pages_jsonl
from archiver.packages.parts import Part, text
from archiver.packages.readme import Kind, readme
from archiver.reports import report, versions
from archiver.reports.report import Json, time_of
from archiver.warc.excerpt import Excerpt, Made
from archiver.warc.members import Resource

_HEAD_BYTES = 512
_MOST_NAMES = 3
_PIECE = 1 << 20
_COMPANIONS_BYTES = 30_000  # more than request and metadata record take, a long TLS chain too
_SHORT_BYTES = 2_000_000_000
_HTML = "text/html; charset=utf-8"
ROOT = "../"
_CONFORMS = "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/"


class PageWriter(Protocol):
    """Writes the reading page."""

    def __call__(
        self,
        view: ThreadView,
        copies: Mapping[str, str],
        *,
        root: str,
        notices: Sequence[str],
        facts: Sequence[tuple[str, str]],
        proofs: Sequence[RecordRef],
    ) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Reading:
    """
    How threads are made readable: an entry point gives it in, since feeds stand above us.

    Attributes:
        page: Writes the reading page.
        inside: Gives the page as it is shown by a player: with originals in the place of our own
            addresses. Its second argument is path of a copy -> original URL.
        place: Path of a copy of an attachment, by its digest and first bytes; None for no copy.
    """

    page: PageWriter
    inside: Callable[[bytes, Mapping[str, str]], bytes]
    place: Callable[[str | None, bytes], str | None]


CustodyReader = Callable[[str, Collection[str]], CustodyExcerpt]
"""Gives what the custody log tells of a thread, by its id, and of WARCs, by their names."""


def no_custody(_thread_id: str, _warcs: Collection[str]) -> CustodyExcerpt:
    """Tell nothing of the custody log."""
    return CustodyExcerpt()


@dataclass(frozen=True, slots=True)
class Contents:
    """
    All that an export of a thread can hold.

    Attributes:
        copies: The attachments that pages show, with their paths; `media`: original URL -> path.
        notices: Sentences about the thread, such as that it is withheld.
    """

    PAGE: ClassVar[str] = "thread/index.html"

    archive: Archive
    view: ThreadView
    selection: Selection
    copies: tuple[tuple[str, MediaCopy], ...]
    notices: tuple[str, ...]
    now: dt.datetime
    reading: Reading
    custody: CustodyExcerpt

    @property
    def base_url(self) -> str:
        """The address of the published archive."""
        return self.archive.settings.publish.base_url

    @property
    def own_url(self) -> str:
        """Where the reading page stands, in the package as on the web."""
        return f"{self.base_url}/t/{self.view.thread.id}/"

    @property
    def title(self) -> str:
        """What the thread is called."""
        thread = self.view.thread
        return " ".join((thread.title or thread.url).split())[:300]

    def parts(self, kind: Kind) -> Iterator[Part]:
        """Give the files of a package in their order; the index after the WARC it is made of."""
        excerpt = self._excerpt()
        # Sizes of zip64 before a file lead ReplayWeb.page to the wrong place: only where needed.
        most = sum(each.length + _COMPANIONS_BYTES for each in self.selection.records)
        yield Part(wacz.WARC, excerpt.pieces, packed=True, endless=most > _SHORT_BYTES)
        yield Part(wacz.INDEX, lambda: (line + b"\n" for line in excerpt.lines), packed=True)
        yield text(wacz.PAGES, pages_jsonl(self._pages()))
        yield text("thread/thread.json", self.thread_json())
        yield from self.page_parts()
        lines = self.custody.lines
        if lines:  # an empty list is what other people's readers trip over
            yield Part("custody/custody.jsonl", lambda: (each + b"\n" for each in lines))
        if self.custody.head:
            yield text("custody/head.json", self._head())
        yield text("about/README.txt", self._readme(kind))

    def page_parts(self, *, unfolded: bool = False) -> Iterator[Part]:
        """Give the reading page and what it shows; `unfolded` for paper, where nothing unfolds."""
        page = self._page()
        yield text(self.PAGE, page.replace(b"<details", b"<details open") if unfolded else page)
        for path, copy in self.copies:
            yield Part(path, _payload(self.archive, copy), packed=True)

    def thread_json(self) -> bytes:
        """Give the thread for programs: as `show --json`, with what the package adds."""
        view = self.view
        said: Json = report.thread_json(view, self.base_url) | {
            "revisions": [versions.revision_json(each) for each in view.revisions],
            "captures": [versions.observed_json(each) for each in view.observations],
            "media": [self._copy(each) for each in view.media],
            "records": [_record(each) for each in self.selection.records],
            "missing": list(self.selection.missing),
            "notices": list(self.notices),
            "exported": {"at": time_of(self.now), "software": SOFTWARE, "custody": _head_of(self)},
        }
        return json.dumps(said, indent=1, ensure_ascii=True).encode() + b"\n"

    def about(self) -> wacz.About:
        """Give what the list of a WACZ says."""
        return wacz.About(
            title=self.title,
            description=self._description(),
            created=self.now,
            software=SOFTWARE,
            main_url=self.own_url,
            main_at=self.now,
        )

    def bag_about(self) -> BagAbout:
        """Give what a bag says."""
        thread = self.view.thread
        return BagAbout(
            title=self.title,
            description=self._description(),
            identifier=f"thread-archiver:{thread.id}",
            creator=thread.author.name or thread.author.handle or thread.author.id,
            source=thread.url,
            language=thread.language or "",
            created=self.now,
            software=SOFTWARE,
            contact=self.archive.settings.network.contact,
            by=user_at_machine(),
            warcs=tuple(sorted({each.filename for each in self.selection.records})),
        )

    def _description(self) -> str:
        thread = self.view.thread
        said = f"Thread {thread.id} of {thread.platform}, first published at {thread.url}."
        return " ".join((said, *self.notices))

    def _excerpt(self) -> Excerpt:
        thread = self.view.thread
        facts = (
            ("software", SOFTWARE),
            ("format", "WARC File Format 1.1"),
            ("conformsTo", _CONFORMS),
            ("description", self._description()),
            ("isPartOf", f"thread-archiver:{thread.id}"),
        )
        name = wacz.WARC.rpartition("/")[2]
        made = Made(name, f"{thread.id} {self.now.isoformat()}", self.now, facts)
        originals = {path: copy.url for path, copy in self.copies}
        inside = self.reading.inside(self._page(), originals)
        page = Resource(self.own_url, self.now, _HTML, inside)
        return Excerpt(self.archive.warc_dir, self.selection.records, made, (page,))

    def _page(self) -> bytes:
        paths = {path for path, _ in self.copies}
        copies = {each.url: path for each in self.view.media if (path := self._path(each)) in paths}
        return self.reading.page(
            self.view,
            copies,
            root=ROOT,
            notices=self.notices,
            facts=self.facts(),
            proofs=self.proofs(),
        )

    def _path(self, copy: MediaCopy) -> str:
        by_digest = {each.digest: path for path, each in self.copies}
        return by_digest.get(copy.digest, "")

    def facts(self) -> tuple[tuple[str, str], ...]:
        """Give what is said of the export where people read: word and value."""
        thread = self.view.thread
        said = (
            ("Thread", thread.id),
            ("Original id", thread.native_id),
            ("Original address", thread.url),
            ("First captured", time_of(thread.first_captured_at) or ""),
            ("Last captured", time_of(thread.last_captured_at) or ""),
            ("Exported", time_of(self.now) or ""),
            ("Software", SOFTWARE),
            ("Head of the custody log", self.custody.head),
        )
        return tuple((word, value) for word, value in said if value)

    def proofs(self) -> tuple[RecordRef, ...]:
        """Give the records that the thread was read from, oldest first."""
        read = {each for seen in self.view.observations for each in seen.record_ids}
        return tuple(
            sorted(
                (each for each in self.selection.records if each.record_id in read),
                key=lambda ref: (ref.at, ref.record_id),
            )
        )

    def _pages(self) -> Iterator[ListedPage]:
        posts = "\n\n".join(each.post.text for each in self.view.thread.posts)
        yield ListedPage(self.own_url, self.now, self.title, posts)
        for each in self.selection.pages:
            if shown.is_whole(each):
                yield ListedPage(each.url, each.at, each.title, each.text)

    def _copy(self, copy: MediaCopy) -> Json:
        return {
            "url": copy.url,
            "outcome": copy.outcome,
            "record_id": copy.record_id,
            "digest": copy.digest,
            "mime": copy.mime,
            "bytes": copy.bytes,
            "at": time_of(copy.at),
            "path": self._path(copy) or None,
        }

    def _head(self) -> bytes:
        said = {
            "lines": self.custody.count,
            "head": _head_of(self),
            "given": len(self.custody.lines),
            "at": time_of(self.now),
        }
        return json.dumps(said, indent=1).encode() + b"\n"

    def _readme(self, kind: Kind) -> str:
        thread = self.view.thread
        return readme(
            title=self.title,
            thread=thread.id,
            url=thread.url,
            created=time_of(self.now) or "",
            software=SOFTWARE,
            notices=self.notices,
            kind=kind,
            custody=bool(self.custody.head),
        )


def gathered(
    archive: Archive,
    view: ThreadView,
    *,
    now: dt.datetime,
    reading: Reading,
    custody: CustodyReader,
) -> Contents:
    """
    Find all that a package of a thread holds.

    Args:
        custody: Is asked once the records are known.

    Raises:
        StoreError: If the database refuses.
    """
    selection = select(archive, view)
    return Contents(
        archive=archive,
        view=view,
        selection=selection,
        copies=tuple(copies_of(archive, view, reading)),
        notices=(*_notices(archive, view), *imported_notices(selection.records)),
        now=now,
        reading=reading,
        custody=custody(view.thread.id, {each.filename for each in selection.records}),
    )


def copies_of(
    archive: Archive, view: ThreadView, reading: Reading
) -> Iterator[tuple[str, MediaCopy]]:
    """Give path and copy of each attachment that a page can show, once; what cannot be read is
    told by its page."""
    seen: set[str] = set()
    for copy in view.media:
        if copy.outcome is not Outcome.OK or copy.record_id is None:
            continue
        try:
            with archive.payloads.open(copy.record_id) as recorded:
                path = reading.place(copy.digest, recorded.body.read(_HEAD_BYTES))
        except (StoreError, FixityError):
            continue
        if path is not None and path not in seen:
            seen.add(path)
            yield path, copy


def _payload(archive: Archive, copy: MediaCopy) -> Callable[[], Iterator[bytes]]:
    def pieces() -> Iterator[bytes]:
        with archive.payloads.open(copy.record_id or "") as recorded:
            while piece := recorded.body.read(_PIECE):
                yield piece

    return pieces


def _notices(archive: Archive, view: ThreadView) -> Iterator[str]:
    decision = archive.store.policy_of(view.thread.id)
    if decision is not None and decision.hidden:
        until = f" until {time_of(decision.until)}" if decision.until else ""
        yield f"This thread is withheld from readers{until}"
    sealed = sum(bool(each.post.sealed) for each in view.thread.posts)
    if sealed:
        yield f"{report.counted(sealed, 'post')} of this thread must not be published"


def imported_notices(records: Sequence[RecordRef]) -> Iterator[str]:
    """Say how many records this archive took from files of others, and into which WARCs of its."""
    foreign = [each.filename for each in records if is_foreign(each.filename)]
    if foreign:
        names = sorted(set(foreign))
        more = len(names) - _MOST_NAMES
        rest = f" and {more} more" if more > 0 else ""
        said = "was" if len(foreign) == 1 else "were"
        yield (
            f"{report.counted(len(foreign), 'record')} {said} written by others and taken from "
            f"files of theirs, into {', '.join(names[:_MOST_NAMES])}{rest}"
        )


def _head_of(contents: Contents) -> str | None:
    return contents.custody.head or None


def _record(ref: RecordRef) -> Json:
    return {
        "record_id": ref.record_id,
        "type": ref.type,
        "url": ref.url,
        "at": time_of(ref.at),
        "status": ref.status,
        "digest": ref.digest,
        "refers_to": ref.refers_to,
    }
