"""
Which entries does each feed hold, and in which of its documents?

An entry stands in a slot of each feed of its thread, by the time when it came or changed. Slots of
block 0 are in the document that readers subscribe to. When that is full, the oldest become a block,
an archive document (RFC 5005), whose slots keep the version of the entry that they had.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import zlib
from collections.abc import Iterable, Set
from dataclasses import dataclass

from feeds.document import Entry, size_of
from feeds.entries import dump
from feeds.publish.state import State
from feeds.scopes import Granularity

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)
_NUMBERS = {each: number for number, each in enumerate(Granularity)}
_NOWHERE: frozenset[int] = frozenset()


def feed_number(scope: int, granularity: Granularity) -> int:
    """Give the number of a feed: of one scope in one granularity."""
    return scope * 4 + _NUMBERS[granularity]


def feed_of(number: int) -> tuple[int, Granularity]:
    """Give back the scope and the granularity."""
    return number // 4, tuple(Granularity)[number % 4]


def micros(at: dt.datetime) -> int:
    """Write a time as whole microseconds since 1970."""
    return (at - _EPOCH) // _MICROSECOND


def moment(at: int) -> dt.datetime:
    """Read what `micros` wrote."""
    return _EPOCH + at * _MICROSECOND


@dataclass(frozen=True, slots=True)
class Told:
    """
    An entry on its way into feeds.

    Attributes:
        since: When readers could first see it, if later than its own time: an embargo ended.
    """

    granularity: Granularity
    entry: Entry
    since: dt.datetime | None = None

    @property
    def gone_at(self) -> dt.datetime | None:
        """When the post was seen to be gone: a tombstone then stands for it."""
        return self.entry.post.gone_at if self.entry.post else None

    @property
    def sort(self) -> int:
        """Where it stands among others."""
        updated = self.entry.updated
        return micros(max(updated, self.since) if self.since else updated)


@dataclass(frozen=True, slots=True)
class Place:
    """
    A thread among its scopes, by their numbers.

    Attributes:
        former: The scopes that it belonged to when it was last published.
    """

    n: int
    id: str
    scopes: Set[int]
    former: Set[int]


class Slots:
    """Keeps the entries of threads in the feeds of their scopes; notes which documents change."""

    def __init__(self, state: State, *, again: bool) -> None:
        """
        Args:
            again: Everything is rendered anew: archive documents then show what is now.
        """
        self._state = state
        self._again = again

    def keep(self, place: Place, told: Iterable[Told]) -> list[Told]:
        """Make these the entries of a thread, in its scopes' feeds; give those that are new."""
        rows = self._state.ask(
            "SELECT told, id, n, digest, updated FROM entry WHERE thread = ? AND current", place.n
        )
        held = {(row[0], row[1]): row[2:] for row in rows}
        for scope in place.former - place.scopes:
            self._leave(place, scope)
        new: list[Told] = []
        for each in told:
            old = held.pop((each.granularity.value, each.entry.id), None)
            if old is None:
                new.append(each)
            self._put(place, each, old)
        for (granularity, ref), (_, _, updated) in held.items():
            self._drop(place, Granularity(granularity), ref, updated)
        return new

    def forget(self, place: Place, at: dt.datetime | None) -> None:
        """
        Take all entries of a thread out of all feeds.

        Args:
            at: Time of their tombstones; that of each entry if None.
        """
        rows = self._state.ask(
            "SELECT told, id, max(updated) FROM entry WHERE thread = ? GROUP BY told, id", place.n
        )
        for granularity, ref, updated in rows:
            self._drop(place, Granularity(granularity), ref, micros(at) if at else updated)

    def _put(self, place: Place, told: Told, old: tuple[int, bytes, int] | None) -> None:
        body, updated = dump(told.entry), micros(told.entry.updated)
        digest = hashlib.sha256(body).digest()[:16]
        if old is not None and old[1] == digest:
            self._join(place, old[0], told, place.scopes - place.former)
            return
        n = self._state.add(
            "INSERT INTO entry (thread, told, id, updated, size, digest, body)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            *(place.n, told.granularity.value, told.entry.id, updated, size_of(told.entry)),
            *(digest, zlib.compress(body, 6)),
        )
        settled: Set[int] = _NOWHERE if old is None else self._replace(place, told, n)
        moved = old is None or updated > old[2]
        self._join(place, n, told, place.scopes, _NOWHERE if moved else settled)

    def _join(
        self,
        place: Place,
        n: int,
        told: Told,
        scopes: Set[int],
        settled: Set[int] = _NOWHERE,
    ) -> None:
        """Let an entry stand in the feeds of these scopes, `settled` feeds left out."""
        feeds = {feed_number(scope, told.granularity) for scope in scopes} - settled
        if told.gone_at is not None:
            self._bury(place, feeds, told.entry.id, micros(told.gone_at))
            return
        for feed in feeds:
            slot = (feed, 0, told.sort, n)
            self._state.ask("INSERT OR IGNORE INTO slot VALUES (?, ?, ?, ?)", *slot)
            self._state.ask("DELETE FROM tombstone WHERE feed = ? AND ref = ?", feed, told.entry.id)
        self._state.begin("feed", feeds)

    def _replace(self, place: Place, told: Told, n: int) -> Set[int]:
        """
        Let a new version of an entry take the place of older ones.

        Returns:
            Feeds in which it stands now in an archive document, and stood nowhere else.
        """
        archived: set[int] = set()
        open_: set[int] = set()
        for old in self._versions(place, told.granularity, told.entry.id):
            if old == n:
                continue
            for feed, block, sort in self._slots_of(old):
                (archived if block else open_).add(feed)
                if block and not self._again:
                    continue
                self._remove(feed, block, sort, old)
                if block:
                    slot = (feed, block, sort, n)
                    self._state.ask("INSERT OR IGNORE INTO slot VALUES (?, ?, ?, ?)", *slot)
            self._let_go(old)
        return archived - open_ if self._again else _NOWHERE

    def _leave(self, place: Place, scope: int) -> None:
        """Take the entries of a thread out of the feeds of one scope."""
        for granularity in Granularity:
            feed = feed_number(scope, granularity)
            rows = self._state.ask(
                "SELECT slot.block, slot.sort, slot.entry FROM entry"
                " JOIN slot ON slot.entry = entry.n WHERE entry.thread = ? AND slot.feed = ?",
                *(place.n, feed),
            )
            for block, sort, n in rows:
                self._remove(feed, block, sort, n)
            self._state.ask("DELETE FROM tombstone WHERE thread = ? AND feed = ?", place.id, feed)
            self._state.begin("feed", [feed])

    def _drop(self, place: Place, granularity: Granularity, ref: str, at: int) -> None:
        """Take an entry out of everything, and say so in each feed that may have shown it."""
        for n in self._versions(place, granularity, ref):
            for feed, block, sort in self._slots_of(n):
                self._remove(feed, block, sort, n)
            self._state.ask("DELETE FROM entry WHERE n = ?", n)
        feeds = {feed_number(scope, granularity) for scope in place.scopes | place.former}
        self._bury(place, feeds, ref, at)

    def _bury(self, place: Place, feeds: Set[int], ref: str, at: int) -> None:
        self._state.many(
            "INSERT OR REPLACE INTO tombstone VALUES (?, ?, ?, ?)",
            ((feed, ref, at, place.id) for feed in feeds),
        )
        self._state.begin("feed", feeds)

    def _remove(self, feed: int, block: int, sort: int, n: int) -> None:
        self._state.ask(
            "DELETE FROM slot WHERE feed = ? AND block = ? AND sort = ? AND entry = ?",
            *(feed, block, sort, n),
        )
        if block:
            self._state.begin("block", [f"{feed}/{block}"])
        self._state.begin("feed", [feed])

    def _let_go(self, n: int) -> None:
        """Remove an older version, unless an archive document shows it."""
        if self._slots_of(n):
            self._state.ask("UPDATE entry SET current = 0 WHERE n = ?", n)
        else:
            self._state.ask("DELETE FROM entry WHERE n = ?", n)

    def _versions(self, place: Place, granularity: Granularity, ref: str) -> list[int]:
        rows = self._state.ask(
            "SELECT n FROM entry WHERE thread = ? AND told = ? AND id = ? ORDER BY n",
            *(place.n, granularity.value, ref),
        )
        return [row[0] for row in rows]

    def _slots_of(self, n: int) -> list[tuple[int, int, int]]:
        rows = self._state.ask("SELECT feed, block, sort FROM slot WHERE entry = ?", n)
        return [(feed, block, sort) for feed, block, sort in rows]
