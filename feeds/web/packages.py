"""Which package does replay get of a thread, and when is one made?"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import os
import tempfile
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from archiver.bootstrap import Archive
from archiver.config import Settings
from archiver.errors import StoreError
from archiver.exporting.contents import ROOT, Reading
from archiver.exporting.public import write_public
from archiver.models import ThreadView
from feeds.render import Site
from feeds.single import led_inside, place_of, single_page
from feeds.web.replay_origin import Busy, view_for_readers

FOLDER = "replay"
"""Below data_dir: packages made for replay, which can be deleted at will."""

MOST_PACKAGES = 100
MOST_BYTES = 10_000_000_000
"""Of all packages that are kept; the last one that was asked for is kept in any case."""

_LONGEST_S = 86_400
"""No package is made for longer."""

_MADE_AS = "of what readers see, 1"
"""Stands in each name, digested: a package that was made otherwise is never given."""


class Packages:
    """
    Gives the WACZ of a thread for replay, made anew when what readers see of it may have changed.

    One that stands there is given at once. At most two are made at a time, and few may wait.
    """

    def __init__(
        self,
        archive: Archive,
        now: Callable[[], dt.datetime],
        *,
        most_packages: int = MOST_PACKAGES,
        most_bytes: int = MOST_BYTES,
        turns: Turns | None = None,
    ) -> None:
        self._archive = archive
        self._now = now
        self._folder = archive.settings.data_dir / FOLDER
        self._most_packages = most_packages
        self._most_bytes = most_bytes
        self._turns = turns or Turns()

    def __call__(self, thread_id: str) -> Path:
        """
        Give the package.

        Raises:
            Busy: If too many packages are being made.
            ArchiverError: If the thread is not there for readers, or its package cannot be made.
        """
        path = self._place(self._view(thread_id))
        if not _is_used(path):
            with self._turns.turn(thread_id):
                view = self._view(thread_id)  # it may have been withheld while we waited
                path = self._place(view)
                if not _is_used(path):
                    self._make(view, path)
        return path

    def _view(self, thread_id: str) -> ThreadView:
        view = view_for_readers(self._archive.store, thread_id)
        if view is None:
            raise StoreError(f"{thread_id}: no such thread here for readers")
        return view

    def _place(self, view: ThreadView) -> Path:
        """Name the package by all that decides what stands in it."""
        store = self._archive.store
        digest = hashlib.sha256(f"{_MADE_AS}\n{view.thread.updated_at.isoformat()}".encode())
        kept_back = (*(each.thread_id for each in store.hidden_threads()), "")
        shown = (each.post.id for each in view.thread.posts)
        held = sorted(store.evidence_of(view.thread.id))
        for each in (*kept_back, *store.sealed_threads(), "", *shown, "", *held):
            digest.update(f"\n{each}".encode("utf-8", "surrogatepass"))
        return self._folder / f"{view.thread.id}-{digest.hexdigest()[:16]}.wacz"

    def _make(self, view: ThreadView, path: Path) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            descriptor, name = tempfile.mkstemp(dir=self._folder, prefix=".", suffix=".draft")
            os.close(descriptor)
            draft = Path(name)
            reading = _reading(self._archive.settings)
            try:
                write_public(self._archive, view, draft, now=self._now(), reading=reading)
                draft.replace(path)
            finally:
                draft.unlink(missing_ok=True)
            self._tidy(path)
        except OSError as err:
            raise StoreError(f"{self._folder}: cannot be written ({err.strerror})") from err

    def _tidy(self, made: Path) -> None:
        """Delete what another took the place of, and what was not asked for for longest."""
        for old in self._folder.glob(f"{made.name.rpartition('-')[0]}-*.wacz"):
            if old != made:
                old.unlink(missing_ok=True)
        begun = made.stat().st_mtime - _LONGEST_S
        for at, _, draft in _measured(self._folder, ".*.draft"):
            if at < begun:  # a crash left it
                draft.unlink(missing_ok=True)
        kept, size = 0, 0
        for _, length, path in sorted(_measured(self._folder, "*.wacz"), reverse=True):
            kept, size = kept + 1, size + length
            if (kept > self._most_packages or size > self._most_bytes) and path != made:
                path.unlink(missing_ok=True)


class Turns:
    """Lets few threads of the program in at a time, and one alone for each thread of posts."""

    def __init__(self, most_inside: int = 2, most_waiting: int = 6) -> None:
        self._most = most_inside + most_waiting
        self._inside = threading.BoundedSemaphore(most_inside)
        self._guard = threading.Lock()
        self._of_thread: dict[str, tuple[threading.Lock, int]] = {}

    @property
    def taken(self) -> int:
        """How many have a turn, or wait for one."""
        with self._guard:
            return self._count()

    @contextlib.contextmanager
    def turn(self, thread_id: str) -> Iterator[None]:
        """Wait for one's turn. Raises Busy if too many wait."""
        lock = self._come(thread_id)
        try:
            with lock, self._inside:
                yield
        finally:
            self._go(thread_id)

    def _come(self, thread_id: str) -> threading.Lock:
        with self._guard:
            if self._count() >= self._most:
                raise Busy("Many packages are being made; ask again in half a minute.")
            lock, number = self._of_thread.get(thread_id, (threading.Lock(), 0))
            self._of_thread[thread_id] = lock, number + 1
            return lock

    def _count(self) -> int:
        return sum(number for _, number in self._of_thread.values())

    def _go(self, thread_id: str) -> None:
        with self._guard:
            lock, number = self._of_thread.pop(thread_id)
            if number > 1:
                self._of_thread[thread_id] = lock, number - 1


def _is_used(path: Path) -> bool:
    """Say whether a package stands there, and note that it was asked for."""
    try:
        os.utime(path)
    except OSError:
        return False
    return True


def _measured(folder: Path, names: str) -> Iterator[tuple[float, int, Path]]:
    """Give when each file was last asked for or written, its length, and where it is."""
    for path in folder.glob(names):
        with contextlib.suppress(OSError):  # another turn deleted it
            found = path.stat()
            yield found.st_mtime, found.st_size, path


def _reading(settings: Settings) -> Reading:
    publish = settings.publish
    return Reading(
        page=partial(single_page, site=Site(publish.base_url, publish.title)),
        inside=partial(led_inside, base_url=publish.base_url, root=ROOT),
        place=place_of,
    )
