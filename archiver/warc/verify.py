"""Is a WARC what it says it is? Holds every byte of it against its digests, rules and index."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from archiver.errors import StoreError
from archiver.models import Header, RecordRef
from archiver.warc.examine import Examined, ref_of, scan, told_by
from archiver.warc.index import read_lines
from archiver.warc.names import OPEN, closed_name, find_warc, index_path
from archiver.warc.reader import BrokenRecord
from archiver.warc.rules import header_faults
from archiver.warc.verify_index import index_faults

_MOST_FAULTS = 1_000
_CLAIMS = frozenset({"payloadBytes", "payloadDigest"})


@dataclass(frozen=True, slots=True)
class FileVerdict:
    """
    What a check of one file found.

    Attributes:
        path: Where the file stands.
        records: How many records could be read.
        faults: One sentence each, with file and offset; empty if all is well.
        refs: Responses, revisits and resources as they lie, by offset.
    """

    path: Path
    records: int
    faults: tuple[str, ...]
    refs: tuple[RecordRef, ...]


def verify_file(path: Path) -> FileVerdict:
    """
    Check a WARC, ours or another's, compressed or not, and the index beside it if there is one.

    Each gzip member must be one record, each record whole and lawful, its digests those of its
    bytes, the records it was captured with in the same file, and the index equal to what the file
    holds. Of a file that is still open, what its writer has not indexed yet is not judged.

    Args:
        path: The file; one that was closed or is still open is found under its other name.
    """
    path = find_warc(path.parent, closed_name(path)) or path
    try:
        beside = index_path(path)
        lines = tuple(read_lines(beside)) if beside.exists() else None
    except OSError as exc:
        return FileVerdict(path, 0, (f"{path} cannot be read: {exc.strerror or exc}",), ())
    known = [line.offset for line in lines or () if not line.fault]
    # What a writer (or one that was killed) had not indexed yet, it had promised to nobody: the
    # next start keeps what of it is whole.
    check = _Check(path, last=max(known, default=0) if path.name.endswith(OPEN) else None)
    try:
        for found in scan(path, known):
            check.take(found)
    except StoreError as exc:
        check.faults.append(str(exc))
    check.compare_companions()
    faults = check.faults
    if lines is not None:
        order = not path.name.endswith(OPEN)
        faults += index_faults(lines, check.refs(), path, in_order=order)
    if len(faults) > _MOST_FAULTS:
        faults[_MOST_FAULTS:] = [f"{path}: {len(faults) - _MOST_FAULTS} more faults"]
    return FileVerdict(path, check.records, tuple(faults), check.refs())


@dataclass(slots=True)
class _Entry:
    """What is remembered of a record once its bytes have gone by."""

    offset: int
    type: str
    companions: tuple[str, ...]
    ref: RecordRef | None
    claims: tuple[Header, ...]


@dataclass(slots=True)
class _Check:
    """
    The check of one file.

    Attributes:
        last: Where the last exchange begins that counts, in a file that is being written.
    """

    path: Path
    last: int | None
    faults: list[str] = field(default_factory=list)
    entries: dict[str, _Entry] = field(default_factory=dict)
    records: int = 0
    _awaited: set[str] = field(default_factory=set)

    def take(self, found: Examined | BrokenRecord) -> None:
        """Judge the next record by itself."""
        if isinstance(found, BrokenRecord):
            if self.last is None or found.offset <= self.last:
                self.faults.append(str(found))
            return
        record = found.record
        if self._is_too_new(found):
            return
        self.records += 1
        for phrase in (*header_faults(record), *_digest_faults(found)):
            self._blame(record.offset, record.type, phrase)
        if record.record_id in self.entries:
            self._blame(record.offset, record.type, "has the id of an earlier record")
        self.entries[record.record_id] = _Entry(
            record.offset,
            record.type,
            record.concurrent_to,
            ref_of(found, self.path),
            tuple(each for each in found.fields if each[0] in _CLAIMS),
        )

    def compare_companions(self) -> None:
        """Hold records of one exchange against each other."""
        for entry in self.entries.values():
            for companion in entry.companions:
                other = self.entries.get(companion)
                if other is None:
                    phrase = f"was captured with {companion[:80]}, which is not in this file"
                    self._blame(entry.offset, entry.type, phrase)
                elif entry.type == "metadata" and other.ref is not None:
                    other.ref = told_by(other.ref, entry.claims)
                    self._compare_claims(entry, other.ref)

    def refs(self) -> tuple[RecordRef, ...]:
        """Give where the indexed records lie, by offset."""
        refs = (entry.ref for entry in self.entries.values() if entry.ref is not None)
        return tuple(sorted(refs, key=lambda ref: ref.offset))

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
                self._blame(metadata.offset, metadata.type, phrase)

    def _blame(self, offset: int, kind: str, phrase: str) -> None:
        self.faults.append(f"{self.path} at {offset}: the {kind[:20] or 'record'} {phrase}")


def _digest_faults(found: Examined) -> Iterator[str]:
    for declared in found.record.all("WARC-Block-Digest"):
        if not found.block.fits(declared):
            yield f"has block digest {declared[:90]}, and its block {found.block.sha256}"
    if found.framing_fault and not found.record.get("WARC-Truncated"):
        yield f"is not truncated, yet its chunks are broken: {found.framing_fault}"
    if found.payload is None:
        return
    for declared in found.record.all("WARC-Payload-Digest"):
        # Other writers digest a chunked body as it is framed; both readings are in use.
        fits_framed = found.framed is not None and found.framed.fits(declared)
        if not found.payload.fits(declared) and not fits_framed:
            yield f"has payload digest {declared[:90]}, and its payload {found.payload.sha256}"
