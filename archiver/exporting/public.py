"""What of a thread may stand in a package that anybody gets? What replays it, and no more."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from archiver.bootstrap import SOFTWARE, Archive
from archiver.core import shown
from archiver.errors import StoreError
from archiver.exporting.contents import ROOT, Reading, copies_of
from archiver.exporting.selecting import Selection, select_for_readers
from archiver.models import ThreadView
from archiver.packages import wacz
from archiver.packages.pages import ListedPage, pages_jsonl
from archiver.packages.parts import Part, text
from archiver.warc.excerpt import Excerpt, Made
from archiver.warc.members import Resource

_HTML = "text/html; charset=utf-8"
_COMPANIONS_BYTES = 30_000  # more than request and metadata record take, a long TLS chain too
_SHORT_BYTES = 2_000_000_000


def write_public(
    archive: Archive, view: ThreadView, path: Path, *, now: dt.datetime, reading: Reading
) -> None:
    """
    Write the WACZ with which readers replay a thread: its pages and media, and the reading page.

    Without what the thread was read from, the journal, custody and signature, and without each
    record that `/web/` would not show.

    Args:
        archive: The archive.
        view: The thread as readers see it (feeds.sealing.unsealed).
        path: Where to; what stands there is overwritten. Nothing is left of it after an error.
        now: Time of the package.
        reading: Writes the reading page.

    Raises:
        StoreError: If a record cannot be read or the disk refuses.
        FixityError: If a record is damaged.
    """
    package = _Package(archive, view, select_for_readers(archive, view), now, reading)
    whole = False
    try:
        with path.open("w+b") as file:
            wacz.write(file, package.parts(), package.about())
        whole = True
    except OSError as err:
        raise StoreError(f"{path}: could not be written ({err.strerror or err})") from err
    finally:
        if not whole:
            path.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class _Package:
    """The package of one thread."""

    archive: Archive
    view: ThreadView
    selection: Selection
    now: dt.datetime
    reading: Reading

    def parts(self) -> Iterator[Part]:
        """Give its files; the index after the WARC it is made of."""
        excerpt = self._excerpt()
        most = sum(each.length + _COMPANIONS_BYTES for each in self.selection.records)
        yield Part(wacz.WARC, excerpt.pieces, packed=True, endless=most > _SHORT_BYTES)
        yield Part(wacz.INDEX, lambda: (line + b"\n" for line in excerpt.lines), packed=True)
        yield text(wacz.PAGES, pages_jsonl(self._pages()))

    def about(self) -> wacz.About:
        """Give what its list says."""
        return wacz.About(
            title=self._title(),
            description=self._description(),
            created=self.now,
            software=SOFTWARE,
            main_url=self._own_url(),
            main_at=self.now,
        )

    def _own_url(self) -> str:
        return f"{self.archive.settings.publish.base_url}/t/{self.view.thread.id}/"

    def _title(self) -> str:
        thread = self.view.thread
        return " ".join((thread.title or thread.url).split())[:300]

    def _description(self) -> str:
        thread = self.view.thread
        return f"Pages of thread {thread.id} of {thread.platform}, for replay."

    def _excerpt(self) -> Excerpt:
        name = wacz.WARC.rpartition("/")[2]
        facts = (("software", SOFTWARE), ("description", self._description()))
        key = f"{self.view.thread.id} {self.now.isoformat()}"
        page = Resource(self._own_url(), self.now, _HTML, self._page())
        made = Made(name, key, self.now, facts)
        return Excerpt(self.archive.warc_dir, self.selection.records, made, (page,))

    def _page(self) -> bytes:
        """Write the reading page; a player shows its own copies of the media."""
        copies = tuple(copies_of(self.archive, self.view, self.reading))
        by_digest = {copy.digest: path for path, copy in copies}
        paths = {
            each.url: by_digest[each.digest] for each in self.view.media if each.digest in by_digest
        }
        page = self.reading.page(self.view, paths, root=ROOT, notices=(), facts=(), proofs=())
        return self.reading.inside(page, {path: copy.url for path, copy in copies})

    def _pages(self) -> Iterator[ListedPage]:
        posts = "\n\n".join(each.post.text for each in self.view.thread.posts)
        yield ListedPage(self._own_url(), self.now, self._title(), posts)
        for each in self.selection.pages:
            if shown.is_whole(each):
                yield ListedPage(each.url, each.at, each.title, each.text)
