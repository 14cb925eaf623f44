"""Which process works on an archive? File locks that end with their process, however it dies."""

from __future__ import annotations

import contextlib
import fcntl
import os
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from filelock import FileLock, Timeout

from archiver.errors import StoreError

_FOLDER = "locks"


def lock_folder(data_dir: Path) -> Path:
    """
    Give the folder of an archive's locks; it is made if it is not there.

    Raises:
        StoreError: If it cannot be made.
    """
    folder = data_dir / _FOLDER
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as err:
        raise StoreError(f"{data_dir}: cannot be used for the archive ({err.strerror})") from err
    return folder


def is_read_only(data_dir: Path) -> bool:
    """Say whether an archive is there and cannot be written: a disc, a mounted image."""
    return data_dir.is_dir() and not os.access(data_dir, os.W_OK)


@contextmanager
def archive_lock(data_dir: Path) -> Iterator[None]:
    """
    Be the one process that runs the schedule and the queue of an archive.

    Args:
        data_dir: Folder of the archive; made if it is not there.

    Raises:
        StoreError: If another process is it.
    """
    lock = FileLock(lock_folder(data_dir) / "run.lock", thread_local=False)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise StoreError(
            f"{data_dir}: another archiver runs this archive; stop it first, "
            "or name another folder with --data-dir"
        ) from None
    except OSError as err:
        raise StoreError(f"{data_dir}: cannot be locked ({err.strerror})") from err
    with contextlib.ExitStack() as stack:
        stack.callback(lock.release)
        yield


class Shared:
    """
    Says that this process has the archive open, until `release`; many may at once.

    A rebuild puts another database in the place of the one that they would go on writing to.
    """

    def __init__(self, data_dir: Path) -> None:
        """Raises StoreError if the archive is being rebuilt."""
        self._file: BinaryIO | None = _flocked(
            data_dir, fcntl.LOCK_SH, f"{data_dir}: is being rebuilt; try again when that is done"
        )

    def release(self) -> None:
        """Say that it is closed."""
        if self._file is not None:
            self._file.close()
            self._file = None


@contextmanager
def sole_lock(data_dir: Path) -> Iterator[None]:
    """
    Be the only process that has the archive open.

    Raises:
        StoreError: If another one has.
    """
    busy = (
        f"{data_dir}: another archiver has this archive open (a capture, or `archiver serve`); "
        "end it first"
    )
    with _flocked(data_dir, fcntl.LOCK_EX, busy):
        yield


def _flocked(data_dir: Path, kind: int, busy: str) -> BinaryIO:
    path = lock_folder(data_dir) / "open.lock"
    try:
        file = path.open("ab")
    except OSError as err:
        raise StoreError(f"{path}: cannot be locked ({err.strerror})") from err
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except OSError as err:
        file.close()
        raise StoreError(busy) from err
    return file


class Owner:
    """A lock file that says: the process that runs these crawls lives. Taken when first needed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._name = uuid.uuid4().hex
        self._held: FileLock | None = None
        self._taking = threading.Lock()

    def hold(self) -> str:
        """
        Give the name under which this process is known to live.

        Raises:
            StoreError: If the lock file cannot be made.
        """
        with self._taking:
            if self._held is None:
                # The file may be cleaned away in the moment before it is locked; filelock sees
                # that and makes it again.
                lock = FileLock(self._path(self._name), thread_local=False)
                try:
                    lock.acquire(timeout=10)
                except (OSError, Timeout) as err:
                    raise StoreError(f"{self._folder}: cannot hold a lock there ({err})") from err
                self._held = lock
        return self._name

    def lives(self, name: str | None) -> bool:
        """Say whether the process that holds a name lives; its lock file is removed if not."""
        if name is None:
            return False
        if self._held is not None and name == self._name:
            return True
        return not _removed_if_free(self._path(name))

    def clean(self) -> None:
        """Remove the lock files of processes that are gone."""
        for path in self._folder.glob(f"{'[0-9a-f]' * 32}.lock"):
            self.lives(path.stem)

    def release(self) -> None:
        """Say that this process runs no crawl any more."""
        with self._taking:
            if self._held is not None:
                self._path(self._name).unlink(missing_ok=True)
                self._held.release()
                self._held = None

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.lock"


def _removed_if_free(path: Path) -> bool:
    if not path.exists():
        return True
    lock = FileLock(path, thread_local=False)
    try:
        with lock.acquire(timeout=0):
            path.unlink(missing_ok=True)
    except Timeout:
        return False
    return True
