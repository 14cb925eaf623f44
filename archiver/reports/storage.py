"""How much room does the archive take, and where?"""

from __future__ import annotations

import datetime as dt
import os
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from archiver.config import Settings
from archiver.models.listing import ThreadLine
from archiver.ports import Store

_NAMED_AT = re.compile(r"-(\d{4})(\d{2})\d{11}-\d+-")


@dataclass(frozen=True, slots=True)
class Part:
    """What one kind of files takes, in bytes and in number."""

    name: str
    bytes: int = 0
    files: int = 0


@dataclass(frozen=True, slots=True)
class StorageUse:
    """
    What was found at a time.

    Attributes:
        parts: WARCs, database, published files, media among them, what is made anew, temporary.
        free: Bytes that are left on the disk of data_dir.
        total: Bytes of that disk.
        months: Bytes of the WARCs by the month in which each was begun, as `2026-11`, ascending.
        largest: The threads whose media are largest, with their bytes.
    """

    at: dt.datetime
    parts: tuple[Part, ...]
    free: int
    total: int
    months: tuple[tuple[str, int], ...]
    largest: tuple[tuple[ThreadLine, int], ...]


def measure(settings: Settings, store: Store, now: dt.datetime) -> StorageUse:
    """
    Look at every file of the archive. Of a large one it takes seconds, so keep what it gives.

    A file that goes away meanwhile, and a folder that may not be read, count as nothing.
    """
    data_dir, public = settings.data_dir, settings.publish_dir
    warcs = list(_files(data_dir / "warc"))
    shown = list(_files(public))
    databases = [
        each for each in _files(data_dir, deep=False) if each[0].name.startswith("archive.sqlite")
    ]
    media = [each for each in shown if each[0].is_relative_to(public / "media")]
    known = {"warc", "tmp", "locks"} | ({public.name} if public.parent == data_dir else set())
    others = [
        each for each in _beside(data_dir, known) if not each[0].name.startswith("archive.sqlite")
    ]
    disk = shutil.disk_usage(data_dir if data_dir.exists() else ".")
    largest = store.largest(limit=10)
    lines = store.lines_of(tuple(thread_id for thread_id, _ in largest))
    return StorageUse(
        at=now,
        parts=(
            _part("WARCs", warcs),
            _part("Database", databases),
            Part("Published pages and feeds", _sum(shown) - _sum(media), len(shown) - len(media)),
            _part("Published media", media),
            _part("Temporary", list(_files(data_dir / "tmp"))),
            _part("Caches, keys and the rest", others),
        ),
        free=disk.free,
        total=disk.total,
        months=_months(warcs),
        largest=tuple((lines[each], size) for each, size in largest if each in lines),
    )


def month_of(name: str, changed: dt.datetime) -> str:
    """
    Say in which month a WARC was begun: as its name says, or when it was changed last.

    >>> month_of("a-20261124093000000-00000-0f3a5c7e.warc.gz", dt.datetime(2027, 1, 1))
    '2026-11'
    """
    found = _NAMED_AT.search(name)
    return f"{found[1]}-{found[2]}" if found else f"{changed:%Y-%m}"


Sized = tuple[Path, os.stat_result]


def _months(warcs: list[Sized]) -> tuple[tuple[str, int], ...]:
    sums: Counter[str] = Counter()
    for path, found in warcs:
        changed = dt.datetime.fromtimestamp(found.st_mtime, dt.UTC)
        sums[month_of(path.name, changed)] += found.st_size
    return tuple(sorted(sums.items()))


def _part(name: str, found: list[Sized]) -> Part:
    return Part(name, _sum(found), len(found))


def _sum(found: list[Sized]) -> int:
    return sum(each.st_size for _, each in found)


def _beside(data_dir: Path, known: set[str]) -> Iterator[Sized]:
    yield from _files(data_dir, deep=False)
    try:
        folders = [each for each in data_dir.iterdir() if each.is_dir() and not each.is_symlink()]
    except OSError:
        return
    for folder in folders:
        if folder.name not in known:
            yield from _files(folder)


def _files(folder: Path, *, deep: bool = True) -> Iterator[Sized]:
    """Give the files of a folder; links are not followed."""
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        try:
            if entry.is_dir(follow_symlinks=False):
                if deep:
                    yield from _files(Path(entry.path))
            elif entry.is_file(follow_symlinks=False):
                yield Path(entry.path), entry.stat(follow_symlinks=False)
        except OSError:
            continue
