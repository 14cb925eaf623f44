"""Which members of our WARCs, copied as they are, make a WARC of some records?"""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from archiver.errors import FixityError
from archiver.models import Header, RecordRef
from archiver.warc.index import INDEXED, cdxj_line
from archiver.warc.located import stored, warc_there
from archiver.warc.members import Place, Resource, member, resource_members
from archiver.warc.reader import BrokenRecord, Record, records
from archiver.warc.records import (
    RECORD_END,
    WARC_FIELDS,
    field_block,
    record_head,
    sha256,
    warc_date,
)

_COMPANIONS = frozenset({"request", "metadata"})
_IDS = uuid.UUID("5c1f9c0e-2f43-5d0b-9a34-7c8f0f6f0e11")
"""Chosen once, for ever: the ids of records that an excerpt adds are made of it."""


@dataclass(frozen=True, slots=True)
class Made:
    """
    What an excerpt says of itself in its first record.

    Attributes:
        name: Of the file.
        key: Makes the ids of its own records; the same for the same excerpt.
        facts: Fields of the warcinfo record.
    """

    name: str
    key: str
    at: dt.datetime
    facts: tuple[Header, ...]


class Excerpt:
    """
    A WARC made of records that lie in ours, in the order of their files and places.

    Each response comes with its request and metadata record, each file's records after the
    warcinfo record that they name. Members are copied byte for byte; before that each is read to
    its end, so that a damaged one is never passed on. `lines` is whole once `pieces` was.
    """

    def __init__(
        self,
        folder: Path,
        wanted: Iterable[RecordRef],
        made: Made,
        resources: Sequence[Resource] = (),
    ) -> None:
        """
        Args:
            folder: Where our WARCs lie, closed or open.
            wanted: Responses, revisits and resources; each once.
            resources: Added after the first record: what was made for the excerpt.
        """
        self._folder = folder
        self._wanted = sorted(wanted, key=lambda ref: (ref.filename, ref.offset))
        self._made = made
        self._resources = resources
        self._offset = 0
        self._lines: list[bytes] = []

    @property
    def lines(self) -> tuple[bytes, ...]:
        """The CDXJ of what was given so far, in byte order, without line ends."""
        return tuple(sorted(self._lines))

    def pieces(self) -> Iterator[bytes]:
        """
        Give the bytes of the WARC.

        Raises:
            StoreError: If a WARC is gone or cannot be read.
            FixityError: If a record is not what the index says.
        """
        for piece in self._given():
            self._offset += len(piece)
            yield piece

    def _given(self) -> Iterator[bytes]:
        info_id = _own_id(self._made, "warcinfo")
        yield member(_warcinfo(self._made, info_id) + RECORD_END)
        for resource in self._resources:
            place = Place(self._made.name, info_id, self._offset)
            own_id = _own_id(self._made, resource.url)
            ref, members = resource_members(resource, place, record_id=own_id)
            self._note(ref)
            yield from members
        for filename, refs in groupby(self._wanted, key=lambda ref: ref.filename):
            path = warc_there(self._folder, filename)
            yield from stored(path, 0, _first_length(path))
            for ref in refs:
                path = warc_there(self._folder, filename)  # it may have been closed meanwhile
                length = _whole_length(path, ref)
                self._note(dataclasses.replace(ref, offset=self._offset))
                yield from stored(path, ref.offset, length)

    def _note(self, ref: RecordRef) -> None:
        if ref.type in INDEXED:
            named = dataclasses.replace(ref, filename=self._made.name)
            self._lines.append(cdxj_line(named).encode())


def facts_of(folder: Path, ref: RecordRef) -> tuple[Header, ...]:
    """
    Give what the metadata record of an exchange says of it, such as `via`; empty if there is none.

    Raises:
        StoreError: If the WARC is gone or cannot be read.
        FixityError: If a record is broken.
    """
    for record in _with_companions(warc_there(folder, ref.filename), ref):
        if record.type == "metadata":
            lines = b"".join(record.pieces()).decode("utf-8", "replace").splitlines()
            pairs = (line.partition(":") for line in lines)
            return tuple((name, value.strip()) for name, colon, value in pairs if colon)
    return ()


def _first_length(path: Path) -> int:
    first = next(records(path), None)
    if first is None or first.type != "warcinfo":
        return 0
    first.drain()
    return first.length


def _whole_length(path: Path, ref: RecordRef) -> int:
    """Give the length of a record with its companions, in bytes; each is read to its end."""
    total = 0
    for record in _with_companions(path, ref):
        record.drain()
        total += record.length
    return total


def _with_companions(path: Path, ref: RecordRef) -> Iterator[Record]:
    """Give a record, and those of the same exchange that stand behind it."""
    source = records(path, start=ref.offset)
    first = next(source, None)
    if first is None or first.record_id != ref.record_id:
        found = first.record_id if first else "the end of the file"
        raise FixityError(
            f"{path} at {ref.offset}: {ref.record_id} should stand here, and it is {found}; "
            "`archiver verify` says what is wrong",
            record_id=ref.record_id,
            expected=ref.record_id,
            actual=found,
        )
    yield first
    first.drain()
    named = set(first.concurrent_to)
    left = set(named)
    while left or not named:
        try:
            record = next(source, None)
        except BrokenRecord:
            if left:
                raise
            return
        is_companion = record is not None and (
            record.record_id in left or ref.record_id in record.concurrent_to
        )
        if record is None or not is_companion or record.type not in _COMPANIONS:
            return
        left.discard(record.record_id)
        yield record


def _own_id(made: Made, what: str) -> str:
    return f"urn:uuid:{uuid.uuid5(_IDS, f'{made.key} {what}')}"


def _warcinfo(made: Made, info_id: str) -> bytes:
    block = field_block(made.facts)
    head = record_head(
        (
            ("WARC-Type", "warcinfo"),
            ("WARC-Record-ID", f"<{info_id}>"),
            ("WARC-Date", warc_date(made.at)),
            ("WARC-Filename", made.name),
            ("WARC-Block-Digest", sha256(block)),
            ("Content-Type", WARC_FIELDS),
            ("Content-Length", str(len(block))),
        )
    )
    return head + block
