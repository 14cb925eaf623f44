"""Is there room on the disk for what a file unpacks to? Asked before a byte of it is written."""

from __future__ import annotations

import shutil
from pathlib import Path

from archiver.errors import StoreError, UsageError

_SPARE_BYTES = 500_000_000
"""What is left to the archive itself: a capture that finds no room is lost."""
_SMALL_BYTES, _INFLATES = 500_000_000, 50
"""WARCs of text pack ten times, and seldom thirty; those packed already, not at all."""


def require_honest_size(packed: int, wanted: int, called: str) -> None:
    """
    Refuse a package whose files unpack to more than those of an honest one do.

    Args:
        packed: Bytes of the package.
        wanted: Bytes of all that is unpacked of it.
        called: The file's name for people.

    Raises:
        UsageError: If it is made to fill the disk.
    """
    if wanted > max(_SMALL_BYTES, _INFLATES * packed):
        raise UsageError(
            f"{called}: its {packed:,} bytes unpack to {wanted:,}, over {_INFLATES} times as many,"
            " as no honest package does; nothing of it was taken. If you trust it, unpack it and"
            " import the WARCs in its folder archive/"
        )


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
