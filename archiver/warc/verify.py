"""Is a WARC what it says it is? Holds every byte of it against its digests, rules and index."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from archiver.errors import StoreError
from archiver.models import RecordRef
from archiver.models.faults import Fault, Meaning
from archiver.warc.examine import scan
from archiver.warc.index import read_lines
from archiver.warc.judge import Judge, Place, Repeat
from archiver.warc.names import OPEN, closed_name, find_warc, index_path
from archiver.warc.verify_index import Held, index_faults

_MOST_FAULTS = 1_000


@dataclass(frozen=True, slots=True)
class FileVerdict:
    """
    What a check of one file found.

    Attributes:
        path: Where the file stands.
        records: How many records could be read.
        faults: One sentence each (a `Fault`), with file and offset; empty if all is well.
        refs: Responses, revisits and resources as they lie, by offset.
        notes: What is worth knowing and no fault, one sentence each.
        places: All records as they lie, by offset.
        repeats: What its revisits say of their originals.
    """

    path: Path
    records: int
    faults: tuple[str, ...]
    refs: tuple[RecordRef, ...]
    notes: tuple[str, ...] = ()
    places: tuple[Place, ...] = ()
    repeats: tuple[Repeat, ...] = ()

    @property
    def held(self) -> Held:
        """What an index may say of the file."""
        return Held(self.path, self.refs, self.places)


def verify_file(path: Path, *, now: dt.datetime | None = None) -> FileVerdict:
    """
    Check a WARC, ours or another's, compressed or not, and the index beside it if there is one.

    Each gzip member must be one record, each record whole and lawful, its digests those of its
    bytes, the records it was captured with in the same file, and the index equal to what the file
    holds. Of a file that is still open, what its writer has not indexed yet is not judged.

    Args:
        path: The file; one that was closed or is still open is found under its other name.
        now: Current time, UTC-aware: no record can be dated later. None to ask no clock.
    """
    for _ in range(2):  # its writer may close it, and so rename it, at this very moment
        found = find_warc(path.parent, closed_name(path)) or path
        verdict = _verified(found, now)
        if found.exists() or not found.name.endswith(OPEN):
            break
    return verdict


def verify_within(
    path: Path,
    opened: Callable[[], BinaryIO],
    known: Iterable[int] = (),
    *,
    now: dt.datetime | None = None,
) -> FileVerdict:
    """
    Check a WARC that stands inside another file; no index is looked for.

    Args:
        path: Names it: the package, then the path in it.
        opened: Opens it; called anew for each stretch that can be read.
        known: Where records are said to begin, to go on after a fault.
        now: As of `verify_file`.
    """
    judge = Judge(path, now=now)
    _judged(judge, known, opened)
    return _verdict(path, judge, ())


def _verified(path: Path, now: dt.datetime | None) -> FileVerdict:
    try:
        beside = index_path(path)
        lines = tuple(read_lines(beside)) if beside.exists() else None
    except OSError as exc:
        what = f"cannot be read: {exc.strerror or exc}"
        return FileVerdict(path, 0, (Fault(path, None, what, Meaning.UNREADABLE),), ())
    known = [line.offset for line in lines or () if not line.fault]
    # What a writer (or one that was killed) had not indexed yet, it had promised to nobody: the
    # next start keeps what of it is whole.
    last = max(known, default=0) if path.name.endswith(OPEN) else None
    judge = Judge(path, last=last, now=now)
    _judged(judge, known, None)
    if lines is None:
        return _verdict(path, judge, ())
    held = {closed_name(path): Held(path, judge.refs(), judge.places())}
    in_order = not path.name.endswith(OPEN)
    return _verdict(path, judge, index_faults(lines, held, beside, in_order=in_order))


def _judged(judge: Judge, known: Iterable[int], opened: Callable[[], BinaryIO] | None) -> None:
    try:
        for found in scan(judge.path, known, opened):
            judge.take(found)
    except StoreError as exc:
        what = str(exc).removeprefix(f"{judge.path} ")
        judge.faults.append(Fault(judge.path, None, what, Meaning.UNREADABLE))
    judge.compare_companions()


def _verdict(path: Path, judge: Judge, more: Iterable[Fault]) -> FileVerdict:
    faults = [*judge.faults, *more]
    if len(faults) > _MOST_FAULTS:
        what = f"{len(faults) - _MOST_FAULTS} more faults"
        faults[_MOST_FAULTS:] = [Fault(path, None, what, Meaning.DAMAGED)]
    return FileVerdict(
        path,
        judge.records,
        tuple(faults),
        judge.refs(),
        judge.notes(),
        judge.places(),
        tuple(judge.repeats),
    )
