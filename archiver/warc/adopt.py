"""How does another's WARC come into the archive? Record by record, its bytes unchanged."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from isal import isal_zlib

from archiver.core.imported import PREFIX
from archiver.core.imported import is_foreign as is_foreign
from archiver.disk import sync_folder
from archiver.errors import StoreError, UsageError
from archiver.models import Header, RecordRef
from archiver.warc.examine import Examined, ref_of, scan, told_by
from archiver.warc.index import cdxj_line, write_sorted
from archiver.warc.located import stretch
from archiver.warc.names import index_path
from archiver.warc.reader import BrokenRecord

_PIECE = 1 << 20
_GZIP = b"\x1f\x8b"
_AHEAD = dt.timedelta(days=1)  # clocks differ, and some forget their zone
_SEVERAL = "more than one record"
_LARGEST_MEMBER = 2_000_000_000
_SPARE_BYTES = 500_000_000  # left to the archive itself
_INFLATES = 400
"""Text of the web is packed to a tenth; what unpacks to so many times its size was made to."""


@dataclass(frozen=True, slots=True)
class Adopted:
    """
    What was taken over of a WARC.

    Attributes:
        filename: Its name here; empty if nothing of it was new.
        records: Responses, revisits and resources that were taken, as they lie here.
        held: How many of its captures this archive had already.
        faults: Why others were left out, one sentence each.
    """

    filename: str
    records: tuple[RecordRef, ...]
    held: int
    faults: tuple[str, ...]


def adopt(
    path: Path,
    warc_dir: Path,
    known: Callable[[str], RecordRef | None],
    *,
    called: str,
    tmp_dir: Path,
    now: dt.datetime | None = None,
) -> Adopted:
    """
    Copy the records of a WARC that are new here into a WARC of this archive, with its index.

    Each record keeps its bytes to the letter; only how records are packed may change, since here
    each is a gzip member of its own. Records whose bytes are not what their digest says, or that
    cannot be read, stay outside, and with them those of the same exchange. Again does nothing.

    Args:
        path: The file, packed by record, as a whole, or not at all.
        known: Finds a record of this archive by its id.
        called: The file's name for people.
        tmp_dir: Takes drafts; on the disk of warc_dir.
        now: Current time, UTC-aware: a record that is dated a day later or more is a forgery, and
            would stand after all that is captured until then. None if any date will do.

    Raises:
        UsageError: If it is no WARC, or unpacks to more than any honest one.
        StoreError: If it cannot be read, or the disk refuses.
    """
    try:
        tmp_dir.mkdir(parents=True, exist_ok=True)
        warc_dir.mkdir(parents=True, exist_ok=True)
        plain = _unpacked(path, tmp_dir, called)
        try:
            found = _read(plain or path, called, now + _AHEAD if now else None)
            return _taken(plain or path, found, warc_dir, known, called, tmp_dir)
        finally:
            if plain is not None:
                plain.unlink(missing_ok=True)
    except OSError as err:
        raise StoreError(f"{called}: cannot be taken in ({err.strerror or err})") from err


@dataclass(frozen=True, slots=True)
class _Kept:
    """
    What is remembered of a record until it is copied: very many may lie in one file.

    Attributes:
        offset, length: Where it lies in the file that is read, in bytes.
        sha256: Of its block.
        ref: As an index has it, at its place there; None if it is of no kind that is indexed.
        told: Of a metadata record, what completes a revisit.
    """

    record_id: str
    offset: int
    length: int
    sha256: str
    concurrent_to: tuple[str, ...]
    ref: RecordRef | None
    told: tuple[Header, ...]

    @classmethod
    def of(cls, each: Examined, path: Path) -> _Kept:
        """Forget all else of a record that was read."""
        record = each.record
        return cls(
            record_id=record.record_id,
            offset=record.offset,
            length=record.length,
            sha256=each.block.sha256,
            concurrent_to=tuple(record.concurrent_to),
            ref=ref_of(each, path),
            told=tuple(line for line in each.fields if line[0] == "payloadBytes")[:1],
        )


@dataclass(slots=True)
class _Found:
    """
    What a WARC holds, before it is taken.

    Attributes:
        groups: Records of one exchange by the id of its capture; others stand for themselves.
        spoiled: Captures that cannot be taken.
    """

    groups: dict[str, list[_Kept]] = field(default_factory=dict)
    spoiled: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)


def _taken(
    path: Path,
    found: _Found,
    warc_dir: Path,
    known: Callable[[str], RecordRef | None],
    called: str,
    tmp_dir: Path,
) -> Adopted:
    held = 0
    wanted: list[_Kept] = []
    captures = 0
    for key, group in found.groups.items():
        refs = [each.ref for each in group if each.ref is not None]
        if key in found.spoiled:
            continue
        if refs and any(known(ref.record_id) is not None for ref in refs):
            held += len(refs)
            found.faults += _claimed(refs, known, called)
            continue
        captures += len(refs)
        wanted += group
    if not captures:
        return Adopted("", (), held, tuple(found.faults))
    wanted.sort(key=lambda each: each.offset)
    name = f"{PREFIX}{_digest(wanted)}.warc.gz"
    refs_here = _copied(path, wanted, warc_dir / name, tmp_dir)
    return Adopted(name, refs_here, held, tuple(found.faults))


def _read(path: Path, called: str, latest: dt.datetime | None) -> _Found:
    found = _Found()
    of: dict[str, str] = {}  # id of a record -> the group that it is in
    for each in scan(path):
        if isinstance(each, BrokenRecord):
            found.faults.append(
                f"{called} at {each.offset}: {each.fault}; what follows is not read"
            )
            continue
        record = each.record
        companions = [of[known] for known in record.concurrent_to if known in of]
        key = companions[0] if companions else record.record_id
        fault = _fault(each, of, latest)
        of.setdefault(record.record_id, key)
        if fault:
            found.faults.append(f"{called} at {record.offset}: the {record.type[:20]} {fault}")
            found.spoiled.add(key)
            continue
        found.groups.setdefault(key, []).append(_Kept.of(each, path))
    if not found.groups:
        why = f" ({found.faults[0]})" if found.faults else ""
        raise UsageError(f"{called}: holds no record that can be read{why}")
    return found


def _fault(each: Examined, of: dict[str, str], latest: dt.datetime | None) -> str:
    record = each.record
    if not record.record_id or record.date is None:
        return "has no id or no date"
    if record.record_id in of:
        return "has the id of an earlier one"
    if latest is not None and record.date > latest:
        return f"is dated {record.date:%Y-%m-%d}, which is yet to come"
    if not all(each.block.fits(declared) for declared in record.all("WARC-Block-Digest")):
        return "is not what its block digest says"
    return ""


def _claimed(
    refs: list[RecordRef], known: Callable[[str], RecordRef | None], called: str
) -> Iterator[str]:
    """Two records of one id are one record, or one of them lies."""
    for ref in refs:
        ours = known(ref.record_id)
        if ours is not None and (ours.url, ours.at, ours.digest) != (ref.url, ref.at, ref.digest):
            yield (
                f"{called} at {ref.offset}: {ref.record_id} is the id of another record of this "
                "archive; nothing of that exchange was taken"
            )


def _digest(wanted: list[_Kept]) -> str:
    """Name what is taken by its bytes, so that a second time finds the same file."""
    told = hashlib.sha256()
    for each in wanted:
        told.update(f"{each.record_id} {each.sha256}\n".encode())
    return told.hexdigest()[:24]


def _copied(path: Path, wanted: list[_Kept], place: Path, tmp_dir: Path) -> tuple[RecordRef, ...]:
    draft = tmp_dir / f"{place.name}.draft"
    refs: dict[str, RecordRef] = {}
    with path.open("rb") as source, draft.open("wb") as target:
        packed = source.read(2) == _GZIP
        for each in wanted:
            at = target.tell()
            pieces = stretch(source, each.offset, each.length)
            target.writelines(pieces if packed else _packed(pieces))
            if each.ref is not None:
                here = replace(each.ref, filename=place.name, offset=at, length=target.tell() - at)
                refs[here.record_id] = here
            else:
                for companion in each.concurrent_to:
                    if companion in refs:
                        refs[companion] = told_by(refs[companion], each.told)
        target.flush()
        os.fsync(target.fileno())
    write_sorted(index_path(place), [cdxj_line(ref).encode() for ref in refs.values()])
    draft.replace(place)
    sync_folder(place.parent)
    return tuple(refs.values())


def _packed(pieces: Iterator[bytes]) -> Iterator[bytes]:
    packer = isal_zlib.compressobj(1, wbits=31)
    for piece in pieces:
        yield packer.compress(piece)
    yield packer.flush()


def _unpacked(path: Path, tmp_dir: Path, called: str) -> Path | None:
    """Unpack a file that is one gzip stream of many records; None if it is none."""
    with path.open("rb") as file:
        if file.read(2) != _GZIP:
            return None
    first = next(iter(scan(path)), None)
    if not isinstance(first, BrokenRecord) or _SEVERAL not in first.fault:
        return None
    plain = tmp_dir / f"{hashlib.sha256(called.encode()).hexdigest()[:16]}.plain"
    most = max(_LARGEST_MEMBER, _INFLATES * path.stat().st_size)
    most = min(most, max(0, shutil.disk_usage(tmp_dir).free - _SPARE_BYTES))
    with path.open("rb") as source, plain.open("wb") as target:
        for piece in _inflated(source.read, called):
            target.write(piece)
            if target.tell() > most:
                target.close()
                plain.unlink()
                raise UsageError(
                    f"{called}: unpacks to over {most:,} bytes, more than an honest one does or"
                    " the disk has; nothing was taken"
                )
    return plain


def _inflated(read: Callable[[int], bytes], called: str) -> Iterator[bytes]:
    left = b""
    while left or (left := read(_PIECE)):
        stream = isal_zlib.decompressobj(31)
        while not stream.eof:
            fed = stream.unconsumed_tail or left or read(_PIECE)
            left = b""
            try:
                piece: bytes = stream.decompress(fed, _PIECE)
            except isal_zlib.error as err:  # type: ignore[misc]  # its stub: an instance
                raise UsageError(f"{called}: its gzip stream is broken ({err})") from err
            if not piece and not fed:
                raise UsageError(f"{called}: its gzip stream ends early")
            yield piece
        left = stream.unused_data
