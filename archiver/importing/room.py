"""Is there room on the disk for what a file unpacks to? Asked before a byte of it is written."""

from __future__ import annotations

import shutil
from pathlib import Path

from archiver.errors import StoreError

_SPARE_BYTES = 500_000_000
"""What is left to the archive itself: a capture that finds no room is lost."""


def require_room(folder: Path, wanted: int, called: str) -> None:
    """
    Refuse what does not fit on a disk.

    Args:
        folder: On the disk that is meant; it, or a folder above it, is there.
        wanted: Bytes that are going to be written.
        called: The file's name for people.

    Raises:
        StoreError: If it would leave less than the archive needs to go on.
    """
    there = next(each for each in (folder, *folder.parents) if each.exists())
    free = shutil.disk_usage(there).free
    if wanted + _SPARE_BYTES > free:
        raise StoreError(
            f"{called}: takes up to {wanted:,} bytes of {folder}, where {free:,} are free; make"
            " room there, or give data_dir a larger disk"
        )
