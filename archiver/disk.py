"""How does a file get onto the disk whole, or not at all, so that it outlives a power failure?"""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path


def put(path: Path, body: bytes, *, mode: int = 0o644) -> None:
    """
    Write a file under its name at once; what stood there before stays until it is whole.

    Args:
        mode: Who may read it, as `chmod` takes it; less by the umask.

    Raises:
        OSError: If the disk refuses; what stood there still does.
    """
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(fresh, body, flags, mode)
        fresh.replace(path)
        sync_folder(path.parent)
    except OSError:
        with suppress(OSError):  # the first reason counts
            fresh.unlink(missing_ok=True)
        raise


def put_once(path: Path, body: bytes) -> None:
    """
    Write a secret that only its owner may read, unless somebody was first: then theirs stays.

    Raises:
        OSError: If the disk refuses.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    try:
        _write(fresh, body, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with suppress(FileExistsError):
            os.link(fresh, path)
    finally:
        fresh.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Make names in a folder last (fsync of the folder). Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write(path: Path, body: bytes, flags: int, mode: int) -> None:
    with open(os.open(path, flags, mode), "wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
