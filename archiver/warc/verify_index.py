"""Does an index say what its WARCs hold? Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from archiver.models import RecordRef
from archiver.models.faults import Fault, Meaning
from archiver.warc.digests import same
from archiver.warc.index import IndexLine
from archiver.warc.judge import Place
from archiver.warc.names import timestamp17
from archiver.warc.rules import TYPES
from archiver.warc.surt import surt


@dataclass(frozen=True, slots=True)
class Held:
    """What a WARC holds: its responses, revisits and resources, and where all records lie."""

    path: Path
    refs: tuple[RecordRef, ...]
    places: tuple[Place, ...] = ()


def index_faults(
    lines: Iterable[IndexLine], held: Mapping[str, Held], beside: Path, *, in_order: bool
) -> Iterator[Fault]:
    """
    Hold CDXJ lines against what WARCs hold.

    Args:
        held: What each WARC of the index holds, by the name that the lines use.
        beside: Names the index.
        in_order: The lines must be in byte order, as in the index of a closed file.

    Returns:
        One sentence for each line that is wrong, doubled or out of order, and each record without
        one.
    """
    known = {name: _Known.of(each) for name, each in held.items()}
    before = b""
    for line in lines:
        faults = [line.fault] if line.fault else list(_line_faults(line, known))
        if in_order and line.raw < before:
            faults.append("it is not in byte order")
        before = line.raw
        for fault in faults:
            yield Fault(beside, line.at, f"line {line.number}: {fault}", Meaning.INDEX)
    yield from missing_lines(known, held, beside)


@dataclass(slots=True)
class _Known:
    refs: dict[int, RecordRef]
    places: dict[int, Place]
    seen: set[int] = field(default_factory=set)

    @classmethod
    def of(cls, held: Held) -> _Known:
        refs = {each.offset: each for each in held.refs}
        return cls(refs, {each.offset: each for each in held.places})


def missing_lines(
    known: Mapping[str, _Known], held: Mapping[str, Held], beside: Path
) -> Iterator[Fault]:
    """Give the records that no line names."""
    for name, each in known.items():
        for offset in sorted(each.refs.keys() - each.seen):
            what = f"the {each.refs[offset].type} has no line in {beside.name}"
            yield Fault(held[name].path, offset, what, Meaning.INDEX)


def _line_faults(line: IndexLine, known: Mapping[str, _Known]) -> Iterator[str]:
    held = known.get(line.filename.rpartition("/")[2])
    place = held.places.get(line.offset) if held else None
    ref = held.refs.get(line.offset) if held else None
    if held is None or (ref is None and place is None):
        yield f"no record stands at {line.offset} of {line.filename[:200]}"
        return
    if line.offset in held.seen:
        yield f"the record at {line.offset} has a line already"
    held.seen.add(line.offset)
    if ref is None:  # others list requests and metadata as well
        if place is not None and place.type not in TYPES:
            yield f"the record at {line.offset} is of the kind {place.type[:40]!r}, which none is"
        if place is not None and line.length != place.length:
            yield f"it says length {line.length}, and the record takes {place.length} bytes"
        return
    yield from _differences(line, ref, place.declared if place else "")


def _differences(line: IndexLine, ref: RecordRef, declared: str) -> Iterator[str]:
    if line.length != ref.length:
        yield f"it says length {line.length}, and the record takes {ref.length} bytes"
    if line.url != ref.url:
        yield f"it says url {line.url[:200]}, and the record {ref.url}"
    # What was sent is a part of the key of a POST, in the habit of pywb.
    if line.key != surt(ref.url) and "__wb_method=" not in line.key:
        yield f"its key is {line.key[:200]}, and should be {surt(ref.url)}"
    # Others write seconds (14 digits).
    if len(line.timestamp) < 14 or not timestamp17(ref.at).startswith(line.timestamp):
        yield f"its timestamp is {line.timestamp[:40]}, and should be {timestamp17(ref.at)}"
    if ref.status is not None and line.status.isdecimal() and line.status != str(ref.status):
        yield f"it says status {line.status[:20]}, and the record {ref.status}"
    # Digests of other algorithms than the record's own or ours are not compared.
    fits = [same(line.digest, each) for each in (ref.digest or "", declared) if each]
    if line.digest and False in fits and True not in fits:
        yield f"it says digest {line.digest[:90]}, and the payload has {ref.digest or declared}"
