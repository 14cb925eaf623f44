"""Is a WACZ what it says it is? Zip, list, WARCs, index, pages, proofs: each against the others."""

from __future__ import annotations

import datetime as dt
import functools
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from archiver.checking.chronology import late_faults
from archiver.checking.lines import lines_of
from archiver.checking.named import named_otherwise
from archiver.checking.proofs import believed, custody_faults, proof_faults, stamp_faults
from archiver.errors import StoreError
from archiver.models.faults import Fault, Meaning
from archiver.packages.manifest import CALENDARS, MANIFEST, TIMESTAMP
from archiver.packages.opened_zip import OpenedZip
from archiver.packages.verify_listing import (
    DATAPACKAGE,
    DIGEST,
    MOST_JSON_BYTES,
    Listing,
    layout_faults,
    listing,
    listing_faults,
)
from archiver.packages.verify_pages import MOST_LINE_BYTES, nearest_of, page_faults
from archiver.packages.zip_directory import STORED, BrokenZip
from archiver.warc.digests import Digests, fault_of
from archiver.warc.index import lines_in, split_lines
from archiver.warc.surt import surt
from archiver.warc.verify import FileVerdict, verify_within
from archiver.warc.verify_index import Held, index_faults
from archiver.warc.verify_packed import unpacked
from archiver.warc.verify_repeats import repeat_faults

_MOST_FAULTS = 1_000
_OURS = "thread-archiver"
_CUSTODY = "custody/custody.jsonl"
_HEAD = "custody/head.json"


def verify_wacz(path: Path, *, now: dt.datetime, anchors: Sequence[bytes] = ()) -> FileVerdict:
    """
    Check a WACZ: all that stands in it, and nothing else.

    Args:
        path: The package.
        now: Current time, UTC-aware.
        anchors: Certificates (PEM) of timestamp authorities that are trusted besides those
            shipped.

    Source: WACZ 1.1.1; wacz-auth 0.1.0
    """
    try:
        check = _Check(path, OpenedZip(path), now, anchors)
        check.run()
    except (OSError, StoreError) as exc:
        what = f"cannot be read: {exc}"
        return FileVerdict(path, 0, (Fault(path, None, what, Meaning.UNREADABLE),), ())
    faults: list[str] = [*check.faults]
    if len(faults) > _MOST_FAULTS:
        what = f"{len(faults) - _MOST_FAULTS} more faults"
        faults[_MOST_FAULTS:] = [Fault(path, None, what, Meaning.DAMAGED)]
    records = sum(each.records for each in check.warcs)
    return FileVerdict(path, records, tuple(faults), (), tuple(check.notes))


@dataclass(slots=True)
class _Check:
    path: Path
    zip: OpenedZip
    now: dt.datetime
    anchors: Sequence[bytes]
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    warcs: list[FileVerdict] = field(default_factory=list)
    listing: Listing = field(default_factory=Listing)

    def run(self) -> None:
        """Look at everything; a part that cannot be read does not keep the rest from it."""
        self.faults += self.zip.faults
        if not self.zip.entries:
            return
        for name, phrase in layout_faults(self.zip.entries):
            self._blame(name, phrase, Meaning.INCOMPLETE if not name else Meaning.UNLAWFUL)
        self._list()
        self._digests()
        self._warcs()
        for name in self._names("indexes/"):
            self._index(name)
        self._pages()
        self._proofs()

    def _list(self) -> None:
        raw = self._whole(DATAPACKAGE)
        if raw is None:
            return
        self.listing = listing(raw)
        for phrase in self.listing.faults:
            self._blame(DATAPACKAGE, phrase, Meaning.LISTING)
        for phrase in self.listing.notes:
            self.notes.append(f"{self.path / DATAPACKAGE}: {phrase}")
        found = listing_faults(self.listing, self.zip.entries)
        for name, phrase in itertools.islice(found, _MOST_FAULTS):
            meaning = Meaning.UNLAWFUL if "deflated" in phrase else Meaning.LISTING
            self._blame(name, phrase, meaning)

    def _digests(self) -> None:
        """Unpack every file once: its checksum, its size, and the digest that the list has."""
        declared = {each.path: each.hash for each in self.listing.resources}
        for name in self.zip.entries:
            said = declared.get(name, "")
            digests = Digests((said,))
            try:
                for piece in self.zip.pieces(name):
                    digests.update(piece)
            except BrokenZip as exc:
                self._blame(name, f"{exc.what} (byte {exc.offset} of the zip)", Meaning.DAMAGED)
                continue
            if said and (fault := fault_of(said)):
                self._blame(name, f"is listed with a hash of which {fault}", Meaning.LISTING)
            elif said and not digests.fits(said):
                held = digests.like(said)
                self._blame(name, f"is listed with {said[:140]}, and has {held}", Meaning.ALTERED)
            elif phrase := named_otherwise(name, digests.sha256):
                self._blame(name, phrase, Meaning.ALTERED)

    def _warcs(self) -> None:
        known = self._known()
        for name in self._names("archive/"):
            if self.zip.entries[name].method != STORED:
                self.notes.append(f"{self.path / name}: its records were not read: it is deflated")
                continue
            bare = name.rpartition("/")[2]
            opened = functools.partial(self.zip.opened, name)
            found = verify_within(self.path / name, opened, known.get(bare, ()), now=self.now)
            self.warcs.append(found)
        for verdict in self.warcs:
            self.faults += [each for each in verdict.faults if isinstance(each, Fault)]
            self.notes += verdict.notes
        faults, notes = repeat_faults(self.warcs, lambda _: None, whole=True)
        self.faults += faults
        self.notes += notes

    def _known(self) -> dict[str, list[int]]:
        """Say where the indexes let records begin, so that reading can go on after a fault."""
        known: dict[str, list[int]] = {}
        for name in self._names("indexes/"):
            if not name.endswith(".idx"):
                for line in lines_in(split_lines(self._unpacked(name))):
                    if not line.fault:
                        known.setdefault(line.filename.rpartition("/")[2], []).append(line.offset)
        return known

    def _index(self, name: str) -> None:
        if name.endswith(".idx"):
            return
        held = {each.path.name: Held(each.path, each.refs, each.places) for each in self.warcs}
        lines = lines_in(split_lines(self._unpacked(name)))
        self.faults += index_faults(lines, held, self.path / name, in_order=True)

    def _unpacked(self, name: str) -> Iterator[bytes]:
        """Give an index in plain lines; where it is broken it ends, as its digest has told."""
        pieces = self._pieces(name)
        return unpacked(pieces) if name.endswith(".gz") else pieces

    def _pieces(self, name: str) -> Iterator[bytes]:
        try:
            yield from self.zip.pieces(name)
        except BrokenZip:
            return

    def _pages(self) -> None:
        times: dict[str, list[dt.datetime]] = {}
        for ref in sorted(
            (ref for each in self.warcs for ref in each.refs), key=lambda ref: ref.at
        ):
            times.setdefault(surt(ref.url), []).append(ref.at)
        nearest = nearest_of(times, surt)
        ours = self.listing.software.startswith(_OURS)
        for name in self._names("pages/"):
            main = self.listing.page if name == "pages/pages.jsonl" else ""
            lines = lines_of(self._pieces(name), MOST_LINE_BYTES)
            for at, phrase, is_fault in page_faults(lines, nearest, main=main.encode()):
                # Others date a page by when it began to load; we by its record.
                if is_fault or (ours and "s away from its ts" in phrase):
                    fault = Fault(self.path / name, at, phrase, Meaning.INCOMPLETE)
                    self.faults.append(fault)
                else:
                    self.notes.append(f"{self.path / name} at {at}: {phrase}")

    def _proofs(self) -> None:
        datapackage, digest = self._whole(DATAPACKAGE), self._whole(DIGEST)
        manifest, token, ots = map(self._whole, (MANIFEST, TIMESTAMP, CALENDARS))
        whom = believed(digest, manifest, token, self.anchors)
        if digest is not None and datapackage is not None:
            self._tell(proof_faults(datapackage, digest, whom, self.now))
        listed = {each.path: each.hash for each in self.listing.resources}
        self._tell(stamp_faults(manifest, token, ots, listed, whom))
        newest = max((ref.at for each in self.warcs for ref in each.refs), default=None)
        self._tell(late_faults(digest, token, ots, newest, self.now))
        if {_CUSTODY, _HEAD} & self.zip.entries.keys():
            lines = self._pieces(_CUSTODY) if _CUSTODY in self.zip.entries else ()
            for phrase, is_fault in custody_faults(lines, self._whole(_HEAD), self.now):
                if is_fault:
                    self._blame(_CUSTODY, phrase, Meaning.REWRITTEN)
                else:
                    self.notes.append(f"{self.path / _CUSTODY}: {phrase}")
        elif self.listing.software.startswith(_OURS):
            self.notes.append(f"{self.path}: no custody log is in it: nothing says what was done")

    def _tell(self, found: Iterator[tuple[str, str]]) -> None:
        for name, phrase in found:
            if name:
                self._blame(name, phrase, Meaning.UNPROVEN)
            else:
                self.notes.append(f"{self.path}: {phrase}")

    def _whole(self, name: str) -> bytes | None:
        entry = self.zip.entries.get(name)
        if entry is None:
            return None
        if entry.bytes > MOST_JSON_BYTES:
            self._blame(name, f"is {entry.bytes} bytes long", Meaning.BOMB)
            return None
        return b"".join(self._pieces(name))

    def _names(self, folder: str) -> list[str]:
        return sorted(name for name in self.zip.entries if name.startswith(folder))

    def _blame(self, name: str, phrase: str, meaning: Meaning) -> None:
        offset = self.zip.at(name) if name in self.zip.entries else None
        where = self.path / name if name else self.path
        # Inside a package every offset counts from where the file in it begins.
        self.faults.append(Fault(where, None if offset is None else 0, phrase, meaning))
