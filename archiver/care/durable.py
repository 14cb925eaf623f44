"""How is what care keeps put on the disk? Whole or not at all, and a refusal is a sentence."""

from __future__ import annotations

from pathlib import Path

from archiver import disk
from archiver.errors import StoreError


def put(path: Path, body: bytes) -> None:
    """
    Write a file under its name at once; it and its name outlive a power failure then.

    Raises:
        StoreError: If the disk refuses; what stood there still does.
    """
    try:
        disk.put(path, body)
    except OSError as err:
        raise StoreError(f"{path}: could not be written ({err.strerror or err})") from err
