"""Where does a record lie, and which bytes are its own there?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from archiver.errors import StoreError
from archiver.models import RecordRef
from archiver.warc.names import find_warc

_PIECE_BYTES = 1 << 20


class Located:
    """What readers of records share: a folder of WARCs, and who knows where records lie."""

    def __init__(self, warc_dir: Path, find: Callable[[str], RecordRef | None]) -> None:
        """
        Prepare to read.

        Args:
            warc_dir: Folder of the WARCs, closed or open.
            find: Says where the record of an id lies.
        """
        self._folder = warc_dir
        self._find = find

    def _known(self, record_id: str) -> RecordRef:
        ref = self._find(record_id)
        if ref is None:
            raise StoreError(
                f"{record_id} is not in the index; `archiver rebuild` makes the database again"
            )
        return ref


def warc_there(folder: Path, filename: str) -> Path:
    """Find a WARC by the name it has once closed. Raises StoreError if it is gone."""
    path = find_warc(folder, filename)
    if path is None:
        raise StoreError(f"{filename} is not in {folder}; bring it back from a copy")
    return path


def stretch(file: BinaryIO, offset: int, length: int) -> Iterator[bytes]:
    """Give a stretch of an open file in pieces; less of it where the file ends."""
    file.seek(offset)
    while length and (piece := file.read(min(length, _PIECE_BYTES))):
        length -= len(piece)
        yield piece


def stored(path: Path, offset: int, length: int) -> Iterator[bytes]:
    """Give a stretch of a file in pieces. Raises StoreError if it cannot be read whole."""
    given = 0
    try:
        with path.open("rb") as file:
            for piece in stretch(file, offset, length):
                given += len(piece)
                yield piece
    except OSError as err:
        raise StoreError(f"{path} cannot be read: {err.strerror or err}") from err
    if given < length:
        raise StoreError(f"{path} became shorter while it was read; try again")
