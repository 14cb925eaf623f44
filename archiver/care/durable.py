"""How does a small file get onto the disk whole, or not at all?"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from archiver.errors import StoreError


def put(path: Path, body: bytes) -> None:
    """
    Write a file under its name at once; it and its name outlive a power failure then.

    Raises:
        StoreError: If the disk refuses; what stood there still does.
    """
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with fresh.open("wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
        sync_folder(path.parent)
    except OSError as err:
        with suppress(OSError):  # the first reason counts
            fresh.unlink(missing_ok=True)
        raise StoreError(f"{path}: could not be written ({err.strerror or err})") from err


def sync_folder(folder: Path) -> None:
    """Make names in a folder last. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
