"""Which scopes are there, and which threads belong to each?"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from feeds.publish.leaves import Leaves
from feeds.publish.slots import feed_number
from feeds.publish.state import DamagedState, State
from feeds.scopes import Granularity, Scope


@dataclass(frozen=True, slots=True)
class Known:
    """
    A scope that has feeds.

    Attributes:
        scope: As it is told by threads.
        kind: The first part of its key: `all`, `watch`, `platform`, `account`, `tag`.
        name: Of a watch as it is called, of an account or tag as its page is headed.
        original: Address of an account outside; else empty.
        threads: How many belong to it.
    """

    n: int
    scope: Scope
    kind: str
    name: str
    original: str
    threads: int


class Membership:
    """Keeps scopes and their threads; notes which feeds and pages change."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._leaves = Leaves(state)

    def keep(self, scope: Scope, name: str, original: str = "", *, said: int = 0) -> int:
        """
        Keep what a scope is called; give its number.

        Args:
            said: How new that is: an account is called as its newest thread says.
        """
        told = json.dumps(
            [scope.title, scope.description, scope.url_stem, scope.home_url, name, original]
        )
        row = self._state.ask("SELECT n, told, said FROM scope WHERE key = ?", scope.key)
        if not row:
            n = self._state.add(
                "INSERT INTO scope (key, kind, told, said) VALUES (?, ?, ?, ?)",
                *(scope.key, scope.key.partition("/")[0], told, said),
            )
            self._touch(n)
            return n
        n, known, when = row[0]
        if said >= when and (told, said) != (known, when):
            self._state.ask("UPDATE scope SET told = ?, said = ? WHERE n = ?", told, said, n)
            if told != known:
                self._touch(n)
        return int(n)

    def forget_what_was_said(self) -> None:
        """Let every scope be called anew, whatever is older."""
        self._state.ask("UPDATE scope SET said = 0")

    def join(self, thread: int, captured: int, scopes: Iterable[int]) -> set[int]:
        """Make these the scopes of a thread; give those that it belonged to before."""
        wanted = set(scopes)
        rows = self._state.ask("SELECT scope, captured, page FROM member WHERE thread = ?", thread)
        held = {scope: when for scope, when, _ in rows}
        for scope, when, page in rows:
            self._leaves.begin(scope, [page])
            if scope not in wanted or when != captured:
                self._state.ask(
                    "DELETE FROM member WHERE scope = ? AND captured = ? AND thread = ?",
                    *(scope, when, thread),
                )
                self._leaves.left(scope, page)
                self._count(scope, -1)
        for scope in wanted:
            if held.get(scope) != captured:
                self._state.ask(
                    "INSERT INTO member (scope, captured, thread) VALUES (?, ?, ?)",
                    *(scope, captured, thread),
                )
                self._count(scope, 1)
        self._state.begin("scope", wanted | held.keys())
        return set(held)

    def scope(self, n: int) -> Known | None:
        """Give a scope by its number."""
        return next(iter(self._known("WHERE n = ?", n)), None)

    def of_kind(self, kind: str, *, most: int) -> list[Known]:
        """Give scopes of a kind, those with most threads first."""
        return self._known("WHERE kind = ? ORDER BY threads DESC, key LIMIT ?", kind, most)

    def all_of_kind(self, kind: str) -> list[Known]:
        """Give all scopes of a kind, by key."""
        return self._known("WHERE kind = ? ORDER BY key", kind)

    def numbers(self) -> list[int]:
        """Give the numbers of all scopes."""
        return [row[0] for row in self._state.ask("SELECT n FROM scope ORDER BY n")]

    def remove(self, n: int) -> None:
        """Remove a scope that has no threads, with what its feeds still hold."""
        first, last = feed_number(n, Granularity.THREADS), feed_number(n, Granularity.CHANGES)
        for table in ("slot", "block", "tombstone"):
            self._state.ask(f"DELETE FROM {table} WHERE feed BETWEEN ? AND ?", first, last)
        self._state.ask("DELETE FROM scope WHERE n = ?", n)

    def _touch(self, n: int) -> None:
        self._state.begin("feed", (feed_number(n, each) for each in Granularity))
        self._state.begin("scope", [n])

    def _count(self, n: int, more: int) -> None:
        self._state.ask("UPDATE scope SET threads = threads + ? WHERE n = ?", more, n)

    def _known(self, condition: str, *values: object) -> list[Known]:
        rows = self._state.ask(
            f"SELECT n, key, kind, told, threads FROM scope {condition}", *values
        )
        return [_known_of(*row) for row in rows]


def _known_of(n: int, key: str, kind: str, told: str, threads: int) -> Known:
    try:
        title, description, url_stem, home_url, name, original = json.loads(told)
    except (ValueError, TypeError) as err:
        raise DamagedState(f"scope {key}") from err
    scope = Scope(key, title, description, url_stem, home_url)
    return Known(n, scope, kind, name, original, threads)
