"""How does a WARC whose writer died become whole again? At start, before anything is written."""

from __future__ import annotations

import datetime as dt
import logging
import os
from dataclasses import dataclass, field
from pathlib import Path

from archiver.disk import sync_folder
from archiver.errors import StoreError
from archiver.models import RecordRef
from archiver.warc.examine import Examined, ref_of, scan, told_by
from archiver.warc.exchange import new_record_id
from archiver.warc.index import cdxj_line, read_lines
from archiver.warc.members import member
from archiver.warc.names import DAMAGED, OPEN, closed_name, index_path
from archiver.warc.openwarc import finish_names, hold
from archiver.warc.reader import BrokenRecord
from archiver.warc.records import (
    RECORD_END,
    WARC_FIELDS,
    field_block,
    record_head,
    sha256,
    warc_date,
)

_log = logging.getLogger(__name__)
_CAPTURES = frozenset({"response", "revisit"})


@dataclass(frozen=True, slots=True)
class Recovered:
    """
    A WARC that was left open and is closed now.

    Attributes:
        filename: Its name by now; it ends in `.damaged` if nothing in it could be read.
        records: Responses, revisits and resources in it, whether or not an index knows them.
        cut_bytes: Length of the torn end that was cut off, in bytes.
    """

    filename: str
    records: tuple[RecordRef, ...]
    cut_bytes: int


def recover(warc_dir: Path) -> tuple[Recovered, ...]:
    """
    Close every WARC that was left open by a process that is gone.

    A file is cut back to the end of its last whole exchange, gets a metadata record that says so,
    and a new index. What its writer had indexed was on the disk and is never cut: if that cannot
    be read, the disk has damaged it, and the file is closed as it is. A file in which nothing can
    be read is set aside. Files of living writers are left alone.

    Args:
        warc_dir: Folder of the WARCs; need not exist.

    Raises:
        StoreError: If the disk refuses.
    """
    try:
        found = [_recovered(path) for path in sorted(warc_dir.glob(f"*.warc.gz{OPEN}"))]
        _remove_stale_indexes(warc_dir)
    except OSError as exc:
        raise StoreError(
            f"{warc_dir} could not be recovered: {exc.strerror or exc} ({exc.filename}); "
            "see to the disk, then start again"
        ) from exc
    return tuple(each for each in found if each is not None)


def indexed(path: Path) -> tuple[tuple[RecordRef, ...], tuple[str, ...]]:
    """
    Give the responses, revisits and resources of a WARC, and what of it cannot be read.

    After a broken record, reading goes on where the index beside it knows the next one.

    Raises:
        StoreError: If the file cannot be read at all.
    """
    beside = index_path(path)
    lines = read_lines(beside) if beside.exists() else ()
    kept = _read(path, [line.offset for line in lines if not line.fault])
    return tuple(kept.refs.values()), tuple(kept.faults)


def _recovered(path: Path) -> Recovered | None:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)
    except FileNotFoundError:  # its writer lives, and has closed it just now
        return None
    try:
        if not hold(descriptor) or not path.exists():
            return None
        return _repaired(path, descriptor)
    finally:
        os.close(descriptor)


def _repaired(path: Path, descriptor: int) -> Recovered:
    size = os.fstat(descriptor).st_size
    beside = index_path(path)
    indexed = [line for line in read_lines(beside) if not line.fault] if beside.exists() else []
    kept = _read(path, [line.offset for line in indexed])
    if not kept.end:
        return _set_aside(path, size)
    torn = size - kept.end
    acknowledged = max((line.offset + line.length for line in indexed), default=0)
    if kept.end < acknowledged:
        _log.error("WARC damaged", extra={"warc": path.name, "offset": kept.end, "bytes": torn})
        torn = 0
    if torn:
        _cut(path, descriptor, kept, torn)
    refs = kept.within()
    finish_names(path, [cdxj_line(ref).encode() for ref in refs])
    return Recovered(closed_name(path), refs, torn)


@dataclass(slots=True)
class _Kept:
    """
    What can be read of a file.

    Attributes:
        end: End of the last whole exchange, in bytes.
        warcinfo_id: Id of its first record.
    """

    path: Path
    end: int = 0
    warcinfo_id: str = ""
    refs: dict[str, RecordRef] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    _awaited: set[str] = field(default_factory=set)

    def take(self, found: Examined) -> None:
        """Take the next whole record; the exchange that it belongs to may not be whole yet."""
        record = found.record
        if record.type == "warcinfo" and not self.warcinfo_id:
            self.warcinfo_id = record.record_id
        if record.type in _CAPTURES:
            self._awaited = set(record.concurrent_to)
        else:
            self._awaited.discard(record.record_id)
        if (ref := ref_of(found, self.path)) is not None:
            self.refs[ref.record_id] = ref
        for companion in record.concurrent_to:
            if record.type == "metadata" and companion in self.refs:
                self.refs[companion] = told_by(self.refs[companion], found.fields)
        if not self._awaited:
            self.end = found.end

    def within(self) -> tuple[RecordRef, ...]:
        """Give what is indexed before the end."""
        return tuple(ref for ref in self.refs.values() if ref.offset < self.end)


def _read(path: Path, resume: list[int]) -> _Kept:
    kept = _Kept(path)
    for found in scan(path, resume):
        if isinstance(found, BrokenRecord):
            _log.warning("broken record", extra={"warc": path.name, "fault": str(found)})
            kept.faults.append(str(found))
        else:
            kept.take(found)
    return kept


def _cut(path: Path, descriptor: int, kept: _Kept, torn: int) -> None:
    """Cut the torn end off, and say so in the file itself."""
    now = dt.datetime.now(dt.UTC)
    _log.warning("torn end cut", extra={"warc": path.name, "offset": kept.end, "bytes": torn})
    os.ftruncate(descriptor, kept.end)
    left = memoryview(_notice(kept, torn, now))
    while left:
        left = left[os.write(descriptor, left) :]
    os.fsync(descriptor)


def _notice(kept: _Kept, torn: int, now: dt.datetime) -> bytes:
    block = field_block(
        (
            ("recovered", warc_date(now)),
            ("reason", "the writing process ended before it could close this file"),
            ("cutOffset", str(kept.end)),
            ("cutBytes", str(torn)),
        )
    )
    about = (("WARC-Refers-To", f"<{kept.warcinfo_id}>"),) if kept.warcinfo_id else ()
    head = record_head(
        (
            ("WARC-Type", "metadata"),
            ("WARC-Record-ID", f"<{new_record_id()}>"),
            ("WARC-Date", warc_date(now)),
            *about,
            ("WARC-Block-Digest", sha256(block)),
            ("Content-Type", WARC_FIELDS),
            ("Content-Length", str(len(block))),
        )
    )
    return member(head + block + RECORD_END)


def _set_aside(path: Path, size: int) -> Recovered:
    """Keep a file in which nothing can be read, under a name that nobody reads by mistake."""
    damaged = path.with_name(closed_name(path) + DAMAGED)
    _log.error("WARC set aside", extra={"warc": damaged.name, "bytes": size})
    path.rename(damaged)
    beside = index_path(path)
    if beside.exists():
        beside.rename(beside.with_name(closed_name(beside) + DAMAGED))
    sync_folder(path.parent)
    return Recovered(damaged.name, (), 0)


def _remove_stale_indexes(warc_dir: Path) -> None:
    """Remove open indexes of closed WARCs: their writer died between the last two steps."""
    for path in warc_dir.glob(f"*.cdxj{OPEN}"):
        if path.with_name(closed_name(path)).exists():
            path.unlink(missing_ok=True)
