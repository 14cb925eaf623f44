"""Which slots does a document of a feed show, and when do the oldest become an archive document?"""

from __future__ import annotations

import zlib
from collections.abc import Iterable

from feeds.document import MAX_BYTES, MAX_ENTRIES, Entry, Tombstone
from feeds.entries import load
from feeds.publish.slots import moment
from feeds.publish.state import DamagedState, State

BLOCK = 50
"""Entries of an archive document, at most."""
BLOCK_BYTES = MAX_BYTES // 2

_CACHED_BYTES = 64_000_000
_OLDEST_FIRST = (
    "SELECT slot.sort, slot.entry, entry.size FROM slot JOIN entry ON entry.n = slot.entry"
    " WHERE slot.feed = ? AND slot.block = 0 ORDER BY slot.sort, entry.id"
)
_NEWEST_FIRST = (
    "SELECT entry.n, entry.id, entry.size FROM slot JOIN entry ON entry.n = slot.entry"
    " WHERE slot.feed = ? AND slot.block = ? ORDER BY slot.sort DESC, entry.id DESC"
)

Slot = tuple[int, int, int]
"""Sort time, entry, size in bytes."""


class Windows:
    """Reads feeds out of the cache, document by document."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._loaded: dict[int, Entry] = {}
        self._loaded_bytes = 0

    def settle(self, feed: int) -> None:
        """Let a feed hold no more than its document shows: the oldest become archive documents."""
        rows: list[Slot] = [tuple(row) for row in self._state.ask(_OLDEST_FIRST, feed)]
        number = self.last_block(feed)
        for block in blocks_of(rows):
            number += 1
            self._move(feed, block, number)
            self._state.ask("INSERT OR IGNORE INTO block VALUES (?, ?)", feed, number)
            self._state.begin("block", [f"{feed}/{number}"])
            if number > 1:  # it leads to this one from now on
                self._state.begin("block", [f"{feed}/{number - 1}"])

    def last_block(self, feed: int) -> int:
        """Give the number of the newest archive document; 0 if there is none."""
        return self._state.one("SELECT max(number) FROM block WHERE feed = ?", feed) or 0

    def newest(self, feed: int) -> list[Entry]:
        """Give the entries of the document that readers subscribe to."""
        chosen: dict[str, int] = {}
        left = MAX_BYTES
        last = self.last_block(feed)
        for block in (0, *range(last, max(last - 4, 0), -1)):
            for n, ref, size in self._state.ask(_NEWEST_FIRST, feed, block):
                if ref in chosen:
                    continue
                left -= size
                if len(chosen) == MAX_ENTRIES or (chosen and left < 0):
                    return self._entries(chosen.values())
                chosen[ref] = n
        return self._entries(chosen.values())

    def of_block(self, feed: int, number: int) -> list[Entry]:
        """Give the entries of an archive document."""
        newest: dict[str, int] = {}
        for n, ref, _ in self._state.ask(_NEWEST_FIRST, feed, number):
            newest.setdefault(ref, n)
        return self._entries(newest.values())

    def tombstones(self, feed: int) -> list[Tombstone]:
        """Give the newest tombstones of a feed."""
        rows = self._state.ask(
            "SELECT ref, at FROM tombstone WHERE feed = ? ORDER BY at DESC, ref LIMIT ?",
            *(feed, MAX_ENTRIES),
        )
        return [Tombstone(ref, moment(at)) for ref, at in rows]

    def _move(self, feed: int, slots: Iterable[Slot], block: int) -> None:
        """Move open slots into a block."""
        self._state.many(
            "UPDATE slot SET block = ? WHERE feed = ? AND block = 0 AND sort = ? AND entry = ?",
            ((block, feed, sort, entry) for sort, entry, _ in slots),
        )

    def _entries(self, numbers: Iterable[int]) -> list[Entry]:
        return [self._loaded.get(n) or self._load(n) for n in numbers]

    def _load(self, n: int) -> Entry:
        body, size = self._state.ask("SELECT body, size FROM entry WHERE n = ?", n)[0]
        try:
            entry = load(zlib.decompress(body))
        except (ValueError, zlib.error) as err:
            raise DamagedState(f"entry {n}") from err
        if self._loaded_bytes < _CACHED_BYTES:  # several feeds show the same entries
            self._loaded[n] = entry
            self._loaded_bytes += size
        return entry


def blocks_of(oldest_first: list[Slot]) -> list[list[Slot]]:
    """
    Give the blocks that have to be split off so that the rest fits into one document.

    >>> [len(block) for block in blocks_of([(at, at, 10) for at in range(240)])]
    [50, 50, 50]
    """
    blocks: list[list[Slot]] = []
    start, left = 0, sum(size for _, _, size in oldest_first)
    while len(oldest_first) - start > MAX_ENTRIES or (
        left > MAX_BYTES and len(oldest_first) - start > 1
    ):
        block: list[Slot] = []
        held = 0
        for slot in oldest_first[start : min(start + BLOCK, len(oldest_first) - 1)]:
            held += slot[2]
            if block and held > BLOCK_BYTES:
                break
            block.append(slot)
        blocks.append(block)
        start += len(block)
        left -= sum(size for _, _, size in block)
    return blocks
