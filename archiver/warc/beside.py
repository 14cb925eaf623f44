"""What lies with an answer in its WARC: what was noted of it, and its bytes as they are kept?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from archiver.core.imported import is_foreign
from archiver.errors import StoreError
from archiver.models import Header, RecordRef
from archiver.models.origin import Origin
from archiver.warc.excerpt import facts_of
from archiver.warc.names import find_warc
from archiver.warc.origins import origin_of

_PIECE_BYTES = 262_144


class WarcPlaces:
    """Reads around records, from a folder of WARCs: implements ports.RecordPlaces."""

    def __init__(self, warc_dir: Path, find: Callable[[str], RecordRef | None]) -> None:
        """
        Prepare to read.

        Args:
            warc_dir: Folder of the WARCs, closed or open.
            find: Says where the record of an id lies.
        """
        self._folder = warc_dir
        self._find = find

    def facts(self, record_id: str) -> tuple[Header, ...]:
        """
        Give the lines of an exchange's metadata record; none if there is no such record.

        Raises:
            StoreError: If the record is not known, or its file is gone.
            FixityError: If a record is broken.
        """
        return facts_of(self._folder, self._known(record_id))

    def stored(self, record_id: str) -> Iterator[bytes]:
        """
        Give a record as it lies in its file, compressed as it is there.

        Raises:
            StoreError: If the record is not known, or its file cannot be read.
        """
        ref = self._known(record_id)
        path = find_warc(self._folder, ref.filename)
        if path is None:
            raise StoreError(f"{ref.filename} is not in {self._folder}; bring it back from a copy")
        try:
            with path.open("rb") as file:
                file.seek(ref.offset)
                left = ref.length
                while left and (piece := file.read(min(left, _PIECE_BYTES))):
                    left -= len(piece)
                    yield piece
        except OSError as err:
            raise StoreError(f"{path}: cannot be read ({err.strerror})") from err

    def origin(self, filename: str) -> Origin | None:
        """Say from which imported file a WARC of others came; None if it is ours."""
        return origin_of(self._folder, filename) if is_foreign(filename) else None

    def _known(self, record_id: str) -> RecordRef:
        ref = self._find(record_id)
        if ref is None:
            raise StoreError(f"{record_id} is not in the index; `archiver rebuild` makes it again")
        return ref
