"""Which faults has a record, and which show only beside its companions? Pure, record by record."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from archiver.models import Header, RecordRef
from archiver.models.faults import Fault, Meaning
from archiver.warc.contradictions import Told, between, future_fault, host_fault, told
from archiver.warc.digests import Digests
from archiver.warc.examine import Examined, ref_of, told_by
from archiver.warc.reader import BrokenRecord, Record, unbracketed
from archiver.warc.rules import header_faults, header_notes

_CLAIMS = frozenset({"payloadBytes", "payloadDigest"})
_MOST_NOTES = 20
_OURS = "thread-archiver"


@dataclass(frozen=True, slots=True)
class Place:
    """
    Where a record lies.

    Attributes:
        offset: In bytes.
        length: In bytes, as it lies in the file.
        type: Of the record.
        declared: Its WARC-Payload-Digest; empty if it has none.
    """

    offset: int
    length: int
    type: str
    declared: str = ""


@dataclass(frozen=True, slots=True)
class Repeat:
    """
    What a revisit says of the record whose payload it repeats.

    Attributes:
        offset: Of the revisit, in bytes.
        record_id: Of the revisit.
        refers_to: Id of the original; empty if it is not told.
        url: Of the original; empty if it is not told.
        date: Of the original as written; empty if it is not told.
        digest: Of the payload, as written; empty if it is not told.
    """

    offset: int
    record_id: str
    refers_to: str
    url: str
    date: str
    digest: str


@dataclass(slots=True)
class _Entry:
    """What is remembered of a record once its bytes have gone by."""

    offset: int
    length: int
    type: str
    companions: tuple[str, ...]
    ref: RecordRef | None
    claims: tuple[Header, ...]
    declared: str
    told: Told
    ours: bool


@dataclass(slots=True)
class Judge:
    """
    The check of one file.

    Attributes:
        path: Names the file.
        last: Where the last exchange begins that counts, in a file that is being written.
        now: When it is checked, UTC-aware: nothing can be dated later. None to ask no clock.
        faults: In the order in which they are met.
        repeats: What revisits say of their originals.
        records: How many were judged.
    """

    path: Path
    last: int | None = None
    now: dt.datetime | None = None
    faults: list[Fault] = field(default_factory=list)
    repeats: list[Repeat] = field(default_factory=list)
    records: int = 0
    _notes: dict[str, tuple[int, int]] = field(default_factory=dict)
    _entries: dict[str, _Entry] = field(default_factory=dict)
    _doubled: list[_Entry] = field(default_factory=list)
    _awaited: set[str] = field(default_factory=set)
    _ours: set[str] = field(default_factory=set)

    def take(self, found: Examined | BrokenRecord) -> None:
        """Judge the next record by itself."""
        if isinstance(found, BrokenRecord):
            if self.last is None or found.offset <= self.last:
                self.faults.append(Fault(self.path, found.offset, found.fault, Meaning.DAMAGED))
            return
        record = found.record
        if self._is_too_new(found):
            return
        if not self.records and record.type != "warcinfo":
            self._note(record.offset, "the file does not begin with a warcinfo record")
        self.records += 1
        for phrase in header_faults(record):
            self._blame(record.offset, record.type, phrase, Meaning.UNLAWFUL)
        for phrase in header_notes(record):
            self._note(record.offset, f"the {record.type[:20]} {phrase}")
        if _is_of_nothing(found):
            self._note(
                record.offset, "the revisit has the block digest of no bytes, as wget writes"
            )
        for phrase in _digest_faults(found):
            self._blame(record.offset, record.type, phrase, Meaning.ALTERED)
        self._hold_against_the_world(found)
        self._remember(found)

    def compare_companions(self) -> None:
        """Hold records of one exchange against each other."""
        for entry in self._entries.values():
            for companion in entry.companions:
                other = self._entries.get(companion)
                if other is None:
                    phrase = f"was captured with {companion[:80]}, which is not in this file"
                    self._blame(entry.offset, entry.type, phrase, Meaning.INCOMPLETE)
                    continue
                for phrase in between(entry.told, other.told):
                    self._blame(entry.offset, entry.type, phrase, Meaning.ALTERED)
                if entry.type == "metadata" and other.ref is not None:
                    other.ref = told_by(other.ref, entry.claims)
                    self._compare_claims(entry, other.ref)

    def refs(self) -> tuple[RecordRef, ...]:
        """Give where the indexed records lie, by offset."""
        refs = (entry.ref for entry in self._all() if entry.ref is not None)
        return tuple(sorted(refs, key=lambda ref: ref.offset))

    def notes(self) -> tuple[str, ...]:
        """Give what is no fault, each kind of it once."""
        return tuple(
            f"{self.path} at {offset}: {phrase}" + (f"; so {count} times" if count > 1 else "")
            for phrase, (offset, count) in self._notes.items()
        )

    def places(self) -> tuple[Place, ...]:
        """Give where all records lie, by offset."""
        return tuple(
            Place(each.offset, each.length, each.type, each.declared) for each in self._all()
        )

    def _all(self) -> list[_Entry]:
        return sorted([*self._entries.values(), *self._doubled], key=lambda each: each.offset)

    def _hold_against_the_world(self, found: Examined) -> None:
        """Ask what one record alone gives away: another host than its own, a time yet to come."""
        record = found.record
        said = told(record)
        if record.type == "warcinfo" and dict(found.fields).get("software", "").startswith(_OURS):
            self._ours.add(record.record_id)
        if self.now and (phrase := future_fault(said.date, self.now)):
            self._blame(record.offset, record.type, phrase, Meaning.UNPROVEN)
        if record.type == "request" and (phrase := host_fault(said.url, found.host)):
            # Others fetch through proxies and by other names; our writer never does.
            if self._is_ours(record):
                self._blame(record.offset, record.type, phrase, Meaning.ALTERED)
            else:
                self._note(record.offset, "a request asks another host than its record names")

    def _is_ours(self, record: Record) -> bool:
        """Say whether our writer made it: its warcinfo says so, or that of an earlier companion."""
        if unbracketed(record.get("WARC-Warcinfo-ID") or "") in self._ours:
            return True
        earlier = (self._entries.get(each) for each in record.concurrent_to)
        return any(each is not None and each.ours for each in earlier)

    def _remember(self, found: Examined) -> None:
        record = found.record
        entry = _Entry(
            record.offset,
            record.length,
            record.type,
            record.concurrent_to,
            ref_of(found, self.path),
            tuple(each for each in found.fields if each[0] in _CLAIMS),
            record.get("WARC-Payload-Digest") or "",
            told(record),
            self._is_ours(record),
        )
        if record.record_id in self._entries:
            phrase = "has the id of an earlier record"
            self._blame(record.offset, record.type, phrase, Meaning.UNLAWFUL)
            self._doubled.append(entry)
        else:
            self._entries[record.record_id] = entry
        if record.type == "revisit":
            self.repeats.append(
                Repeat(
                    record.offset,
                    record.record_id,
                    unbracketed(record.get("WARC-Refers-To") or ""),
                    unbracketed(record.get("WARC-Refers-To-Target-URI") or ""),
                    record.get("WARC-Refers-To-Date") or "",
                    record.get("WARC-Payload-Digest") or "",
                )
            )

    def _is_too_new(self, found: Examined) -> bool:
        record = found.record
        if self.last is None or record.offset < self.last:
            return False
        if record.offset == self.last:
            self._awaited = set(record.concurrent_to)
            return False
        return record.record_id not in self._awaited

    def _compare_claims(self, metadata: _Entry, ref: RecordRef) -> None:
        actual = {"payloadBytes": str(ref.payload_bytes), "payloadDigest": ref.digest}
        for name, value in metadata.claims:
            if value != actual[name]:
                phrase = f"says {name} {value[:90]}, and it is {actual[name]}"
                self._blame(metadata.offset, metadata.type, phrase, Meaning.ALTERED)

    def _blame(self, offset: int, kind: str, phrase: str, meaning: Meaning) -> None:
        what = f"the {kind[:20] or 'record'} {phrase}"
        self.faults.append(Fault(self.path, offset, what, meaning))

    def _note(self, offset: int, phrase: str) -> None:
        first, count = self._notes.get(phrase, (offset, 0))
        if count or len(self._notes) < _MOST_NOTES:
            self._notes[phrase] = (first, count + 1)


def _is_of_nothing(found: Examined) -> bool:
    """Say whether a revisit of WARC 1.0 has a block digest of no bytes: a habit of wget."""
    record = found.record
    declared = record.get("WARC-Block-Digest")
    return (
        declared is not None
        and (record.type, record.version) == ("revisit", "WARC/1.0")
        and record.content_length > 0
        and Digests((declared,)).fits(declared)
    )


def _digest_faults(found: Examined) -> Iterator[str]:
    for declared in found.record.all("WARC-Block-Digest"):
        if not found.block.fits(declared) and not _is_of_nothing(found):
            yield f"has block digest {declared[:90]}, and its block {found.block.like(declared)}"
    if found.framing_fault and not found.record.get("WARC-Truncated"):
        yield f"is not truncated, yet its chunks are broken: {found.framing_fault}"
    if found.payload is None:
        return
    for declared in found.record.all("WARC-Payload-Digest"):
        # Other writers digest a chunked body as it is framed; both readings are in use.
        fits_framed = found.framed is not None and found.framed.fits(declared)
        if not found.payload.fits(declared) and not fits_framed:
            held = found.payload.like(declared)
            yield f"has payload digest {declared[:90]}, and its payload {held}"
