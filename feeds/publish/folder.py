"""How does a file get into publish_dir, whole or not at all?"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NoReturn

from archiver.errors import PublishError

_PART = re.compile(r"\.?[A-Za-z0-9_-][A-Za-z0-9._-]{0,120}")
_READ = 1 << 20
_MANY = 100
_FEEDS = (".rss", ".atom", ".json")
_MOST_FEEDS = 10_000


class Folder:
    """
    The folder that readers see.

    A file is written beside its place and renamed into it, so that a reader never meets half of
    one; one that would be equal is left alone, so that its time stays. Names of unfinished files
    are fixed: what a killed process left is overwritten by the next one. Only `sync` waits for the
    disk, for many files at once: whoever writes notes before what it is, and strikes it out after.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._renamed: list[Path] = []
        self.written = 0
        self.unchanged = 0
        self.removed = 0
        self.feeds: list[str] = []

    def open(self) -> None:
        """Make the folder if it is not there. Raises PublishError."""
        with _told(self._root):
            self._root.mkdir(parents=True, exist_ok=True)
            self._root = self._root.resolve(strict=True)

    def has(self, path: str) -> bool:
        """Say whether a file is there."""
        return self.place(path).is_file()

    def content(self, path: str) -> bytes | None:
        """Give what a file holds; None if it is not there."""
        place = self.place(path)
        with _told(place):
            try:
                return place.read_bytes()
            except FileNotFoundError:
                return None

    def place(self, path: str) -> Path:
        """
        Give where a file stands.

        Raises:
            PublishError: If the path could lead out of the folder.
        """
        parts = path.split("/")
        if not all(_PART.fullmatch(part) for part in parts):
            raise PublishError(f"{path!r}: is no path below {self._root}", path=path)
        return self._root.joinpath(*parts)

    def put(self, path: str, content: bytes) -> bool:
        """
        Write a file, unless it holds exactly this already; True if it was written.

        Raises:
            PublishError: If the disk refuses.
        """
        place = self.place(path)
        with _told(place):
            if _holds(place, content):
                self.unchanged += 1
                return False
            self._replace(place, [content])
        if place.suffix in _FEEDS and len(self.feeds) < _MOST_FEEDS:
            self.feeds.append(path)
        return True

    def stream(self, path: str, pieces: Iterable[bytes]) -> None:
        """
        Write a file piece by piece.

        Raises:
            PublishError: If the disk refuses. What `pieces` raises passes through; no file is left.
        """
        place = self.place(path)
        with _told(place):
            self._replace(place, pieces)

    def remove(self, path: str) -> None:
        """Remove a file, and the folders in which it was the last one."""
        place = self._inside(path)
        with _told(place):
            try:
                place.unlink()
            except FileNotFoundError:
                return
            self.removed += 1
            with contextlib.suppress(OSError):  # others are in it
                for folder in place.parents:
                    if folder == self._root:
                        break
                    folder.rmdir()

    def remove_tree(self, path: str) -> None:
        """Remove a folder with all files in it, whatever they are."""
        place = self._inside(path)
        self.removed += len(self.paths_below(path))
        with _told(place):
            if place.is_symlink():
                place.unlink()
            elif place.is_dir():
                shutil.rmtree(place)

    def paths_below(self, path: str) -> tuple[str, ...]:
        """Give the files below a folder, sorted, those that are half written left out."""
        place = self.place(path)
        with _told(place):
            found = [
                Path(folder, name).relative_to(self._root).as_posix()
                for folder, _, names in os.walk(place)
                for name in names
            ]
        return tuple(sorted(each for each in found if all(map(_PART.fullmatch, each.split("/")))))

    def size_below(self, path: str) -> tuple[int, int]:
        """Count the files below a folder, and their bytes; those half written left out."""
        files = bytes_ = 0
        with _told(self._root):
            waiting = [self.place(path)]
            while waiting:
                try:
                    with os.scandir(waiting.pop()) as found:
                        for each in found:
                            if each.is_dir(follow_symlinks=False):
                                waiting.append(Path(each.path))
                            elif _PART.fullmatch(each.name) and not each.name.endswith(".new"):
                                files += 1
                                bytes_ += each.stat(follow_symlinks=False).st_size
                except (FileNotFoundError, NotADirectoryError):
                    continue
        return files, bytes_

    def names_in(self, path: str) -> tuple[str, ...]:
        """Give the names in a folder, sorted; empty if it is not there."""
        place = self.place(path)
        with _told(place):
            try:
                return tuple(sorted(os.listdir(place)))
            except (FileNotFoundError, NotADirectoryError):
                return ()

    def sync(self) -> None:
        """Return once all that was written is on the disk, under its name."""
        if len(self._renamed) > _MANY:
            os.sync()  # the disk writes them in its own order: many times quicker than one by one
        else:
            for place in self._renamed:
                _fsync(place, os.O_RDONLY)
            for folder in sorted({place.parent for place in self._renamed}):
                _fsync(folder, os.O_RDONLY | os.O_DIRECTORY)
        self._renamed.clear()

    def _inside(self, path: str) -> Path:
        """Give where a file stands that may be removed: no link leads there from the folder."""
        place = self.place(path)
        with _told(place):
            if not place.parent.resolve().is_relative_to(self._root):
                _refuse(place, "a link leads out of the folder")
        return place

    def _replace(self, place: Path, pieces: Iterable[bytes]) -> None:
        folder = place.parent
        if not folder.resolve().is_relative_to(self._root):
            _refuse(place, "a link leads out of the folder")
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = folder / f".{place.name}.new"
        try:
            # O_NOFOLLOW: a link in the place of the unfinished file is not written through.
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
            with open(os.open(unfinished, flags, 0o644), "wb") as file:
                file.writelines(pieces)
            unfinished.replace(place)
        except BaseException:
            with contextlib.suppress(OSError):
                unfinished.unlink()
            raise
        self._renamed.append(place)
        self.written += 1


def _holds(place: Path, content: bytes) -> bool:
    try:
        with place.open("rb") as file:
            if os.fstat(file.fileno()).st_size != len(content):
                return False
            return all(
                file.read(_READ) == content[at : at + _READ] for at in range(0, len(content), _READ)
            )
    except (FileNotFoundError, NotADirectoryError):
        return False


def _fsync(place: Path, flags: int) -> None:
    with _told(place), contextlib.suppress(FileNotFoundError):  # removed since
        descriptor = os.open(place, flags | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextlib.contextmanager
def _told(place: Path) -> Iterator[None]:
    """Say what the system refused, where, and what to do."""
    try:
        yield
    except OSError as err:
        _refuse(place, err.strerror or str(err), err)


def _refuse(place: Path, why: str, err: OSError | None = None) -> NoReturn:
    raise PublishError(
        f"{place}: could not be published ({why}); make room or mend the folder, "
        "then run `archiver publish`",
        path=str(place),
    ) from err
