"""How is a batch of captures made durable? Serialise, compress, write, fsync, index, or nothing."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

from archiver.errors import StoreError
from archiver.models import RecordRef, RecordType
from archiver.ports import RawExchange, RecordIndex
from archiver.warc.index import cdxj_line
from archiver.warc.members import (
    Place,
    Resource,
    StreamedExchange,
    exchange_members,
    resource_members,
)
from archiver.warc.names import find_warc
from archiver.warc.openwarc import OpenWarc, Provenance

STREAMED_BYTES = 4_000_000
"""A response from this length on is never held in memory."""

Wanted = RawExchange | Resource
_log = logging.getLogger(__name__)


def release(wanted: Wanted) -> None:
    """Close the file that came with a capture."""
    if isinstance(wanted, RawExchange):
        wanted.response.close()


class BatchWriter:
    """Writes batches, one after another, from one thread. Nothing it promises is raised."""

    def __init__(
        self,
        folder: Path,
        prefix: str,
        provenance: Provenance,
        index: RecordIndex,
        rotate_bytes: int,
    ) -> None:
        self._folder = folder
        self._prefix = prefix
        self._provenance = provenance
        self._index = index
        self._rotate_bytes = rotate_bytes
        self._serial = 0
        self._warc: OpenWarc | None = None
        self._untold: tuple[RecordRef, ...] = ()

    def write(self, wanted: Sequence[Wanted]) -> list[RecordRef | StoreError]:
        """
        Write captures so that each is whole on the disk and in the index, or not there.

        Returns:
            For each capture where it lies, or why it could not be kept, in the same order.
        """
        results: list[RecordRef | StoreError] = []
        try:
            for group in _groups(wanted):
                results += self._write_group(group)
        finally:
            for each in wanted:
                release(each)
        return results

    def finish(self) -> StoreError | None:
        """Close the open file, if there is one, and say what went wrong with that."""
        error = self._tell(()) if self._untold else None
        warc, self._warc = self._warc, None
        if warc is None:
            return error
        try:
            warc.finish()
        except OSError as exc:
            return StoreError(f"{warc.path} could not be closed: {_said(exc)}; the next start will")
        return error

    def _write_group(self, group: Sequence[Wanted]) -> Sequence[RecordRef | StoreError]:
        try:
            originals = self._originals(group)
            warc = self._opened()
        except (StoreError, OSError) as exc:
            return [self._refusal(exc) for _ in group]
        try:
            results = _appended(warc, group, originals)
            refs = [each for each in results if isinstance(each, RecordRef)]
            warc.commit([cdxj_line(ref) for ref in refs])
        except OSError as exc:
            self._cut_back(warc)
            return [self._refusal(exc) for _ in group]
        if (error := self._tell(refs)) is not None:
            return [StoreError(str(error)) for _ in group]
        if warc.size >= self._rotate_bytes and (error := self.finish()) is not None:
            _log.error("WARC left open", extra={"warc": warc.filename, "error": str(error)})
        return results

    def _opened(self) -> OpenWarc:
        if self._warc is None:
            self._warc = OpenWarc.create(self._folder, self._prefix, self._serial, self._provenance)
            self._serial += 1
        return self._warc

    def _originals(self, group: Sequence[Wanted]) -> dict[str, RecordRef]:
        """Find earlier whole responses with the same payloads, whose files are still here."""
        digests = {
            each.payload_digest: None
            for each in group
            if isinstance(each, RawExchange) and _may_repeat(each)
        }
        if not digests:
            return {}
        found = self._index.originals(list(digests))
        files = {ref.filename for ref in found.values()}
        sizes = {name: _size(find_warc(self._folder, name)) for name in files}
        return {
            digest: ref
            for digest, ref in found.items()
            if _is_whole(ref) and ref.offset + ref.length <= sizes[ref.filename]
        }

    def _tell(self, refs: Sequence[RecordRef]) -> StoreError | None:
        """Tell the index; what it refuses is told again with the next batch: the WARC has it."""
        told = (*self._untold, *refs)
        try:
            if told:
                self._index.add_records(told)
        except StoreError as exc:
            self._untold = told
            return exc
        self._untold = ()
        return None

    def _cut_back(self, warc: OpenWarc) -> None:
        try:
            warc.cut_back()
        except OSError as exc:
            _log.error("WARC not cut back", extra={"warc": warc.filename, "error": str(exc)})
            self._warc = None
            warc.abandon()
            return
        # What refused one file may take another: a limit on file sizes, a bad block.
        if (error := self.finish()) is not None:
            _log.error("WARC left open", extra={"warc": warc.filename, "error": str(error)})

    def _refusal(self, exc: StoreError | OSError) -> StoreError:
        if isinstance(exc, StoreError):
            return StoreError(str(exc))
        return StoreError(
            f"{self._folder} could not take a capture: {_said(exc)}; "
            "nothing of it was kept; make room or repair the disk, then capture again"
        )


def _size(path: Path | None) -> int:
    """Say how long a WARC is; of one that is gone or cut short nothing can be repeated."""
    try:
        return path.stat().st_size if path is not None else 0
    except FileNotFoundError:
        return 0


def _said(exc: OSError) -> str:
    return exc.strerror or str(exc)


def _groups(wanted: Sequence[Wanted]) -> Iterator[Sequence[Wanted]]:
    """Split so that each response that is streamed stands alone: it may fail half-way."""
    group: list[Wanted] = []
    for each in wanted:
        if _is_streamed(each):
            if group:
                yield group
            yield [each]
            group = []
        else:
            group.append(each)
    if group:
        yield group


def _may_repeat(wanted: Wanted) -> bool:
    # A payload whose end is missing is not known to be equal; an empty one has nothing to save.
    return isinstance(wanted, RawExchange) and wanted.payload_bytes > 0 and wanted.truncated is None


def _is_whole(ref: RecordRef) -> bool:
    return ref.type is RecordType.RESPONSE and ref.truncated is None


def _appended(
    warc: OpenWarc, group: Sequence[Wanted], originals: dict[str, RecordRef]
) -> list[RecordRef | StoreError]:
    """Append a group; a capture that cannot be serialised fails alone."""
    pieces: list[bytes] = []
    at = warc.size
    results: list[RecordRef | StoreError] = []
    for each in group:
        try:
            ref, members = _members(each, warc, at, originals)
        except ValueError as exc:
            results.append(StoreError(f"{each.url[:200]!r} cannot be recorded: {exc}"))
            continue
        pieces += members
        at += sum(map(len, members))
        results.append(ref)
    if pieces:
        warc.append(pieces)
    return results


def _members(
    each: Wanted, warc: OpenWarc, at: int, originals: dict[str, RecordRef]
) -> tuple[RecordRef, list[bytes]]:
    """Give what is to be appended of a capture; of one that is streamed nothing is left."""
    place = Place(warc.filename, warc.warcinfo_id, at)
    if isinstance(each, Resource):
        return resource_members(each, place)
    original = originals.get(each.payload_digest) if _may_repeat(each) else None
    if original is None and _is_streamed(each):
        return _stream(each, warc, place), []
    ref, members = exchange_members(each, place, original)
    if original is None and _may_repeat(each):
        originals[each.payload_digest] = ref
    return ref, members


def _stream(raw: RawExchange, warc: OpenWarc, place: Place) -> RecordRef:
    streamed = StreamedExchange(raw, place)
    try:
        for piece in streamed.pieces():
            if piece:
                warc.append((piece,))
    except ValueError:
        warc.cut_back()
        raise
    return streamed.ref


def _is_streamed(wanted: Wanted) -> bool:
    return isinstance(wanted, RawExchange) and wanted.response_bytes >= STREAMED_BYTES
