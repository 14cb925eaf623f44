"""Which entries need not be made again? Those whose thread is the same as when they were made."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict

from feeds.document import Entry

_MOST_BYTES = 64_000_000


class Entries:
    """
    Entries by the digest of what they say, as long as the process lives.

    The digest of each thread's entry stands in the cache on disk (publish.state). So an entry that
    another process has published anew is not found here under it, and made again.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: OrderedDict[str, Entry] = OrderedDict()
        self._bytes = 0

    def keep(self, entry: Entry) -> str:
        """Keep an entry; give its digest."""
        digest = digest_of(entry)
        with self._lock:
            if digest not in self._held:
                self._bytes += len(entry.html)
            self._held[digest] = entry
            self._held.move_to_end(digest)
            while self._bytes > _MOST_BYTES and len(self._held) > 1:
                self._bytes -= len(self._held.popitem(last=False)[1].html)
        return digest

    def get(self, digest: str) -> Entry | None:
        """Give the entry with this digest, if it is held."""
        with self._lock:
            found = self._held.get(digest)
            if found is not None:
                self._held.move_to_end(digest)
            return found


def digest_of(entry: Entry) -> str:
    """Give a digest of all that an entry says."""
    return hashlib.sha256(repr(entry).encode("utf-8", "surrogatepass")).hexdigest()[:32]
