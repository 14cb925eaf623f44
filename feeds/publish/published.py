"""Which entry did the last publication give a thread? Read beside publications, never written."""

from __future__ import annotations

import contextlib
import sqlite3
import zlib
from dataclasses import dataclass
from pathlib import Path

from feeds.document import Entry
from feeds.entries import load
from feeds.publish.state import FILE
from feeds.scopes import Granularity

_ENTRY = (
    "SELECT entry.body FROM entry JOIN thread ON thread.n = entry.thread "
    "WHERE thread.id = ? AND entry.told = ? AND entry.current"
)
_WAIT_S = 2.0


@dataclass(frozen=True, slots=True)
class PublishedEntries:
    """The entries that readers have now; `state_dir` is that of `publish`."""

    state_dir: Path

    def entry(self, thread_id: str) -> Entry | None:
        """Give the entry of a thread; None if it is not published, or the cache is made anew."""
        place = f"{(self.state_dir / FILE).absolute().as_uri()}?mode=ro"
        try:
            with contextlib.closing(sqlite3.connect(place, uri=True, timeout=_WAIT_S)) as state:
                values = (thread_id, Granularity.THREADS.value)
                row = state.execute(_ENTRY, values).fetchone()
            return load(zlib.decompress(row[0])) if row is not None else None
        except (sqlite3.Error, zlib.error, ValueError):
            return None  # another version wrote it, or it was just removed: nothing is known
