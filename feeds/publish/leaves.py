"""On which page of its account or tag does a thread stand?"""

from __future__ import annotations

from feeds.html import Pages, ThreadLine
from feeds.publish.lists import PAGE, line_of
from feeds.publish.state import State

PAGED = ("account", "tag")
"""Kinds of scopes that have pages of their own."""


class Leaves:
    """
    The pages of accounts and tags, by first capture.

    As in the list of all threads, pages of older threads are numbered from the oldest, a thread
    stays on its page for ever, and page 0 is the first that readers see.
    """

    def __init__(self, state: State) -> None:
        self._state = state

    def settle(self, scope: int) -> None:
        """Move the oldest of the first page to pages of older threads, when they fill one."""
        while self.count(scope, 0) >= 2 * PAGE:
            number = self.last(scope) + 1
            oldest = (
                "SELECT thread FROM member WHERE scope = ? AND page = 0 ORDER BY captured, thread"
            )
            self._state.ask(
                f"UPDATE member SET page = ? WHERE scope = ? AND thread IN ({oldest} LIMIT ?)",
                *(number, scope, scope, PAGE),
            )
            self.begin(scope, [number, *self._around(scope, number)])

    def left(self, scope: int, number: int) -> None:
        """Note that a thread left a page, which may be empty now."""
        self.begin(scope, [number])
        if number and not self.count(scope, number):
            self.begin(scope, self._around(scope, number))

    def begin(self, scope: int, numbers: list[int]) -> None:
        """Note pages that are to be written."""
        self._state.begin("leaf", (f"{scope}/{each}" for each in numbers if each))
        if 0 in numbers:
            self._state.begin("scope", [scope])

    def begin_all(self) -> None:
        """Note all pages of older threads."""
        rows = self._state.ask("SELECT DISTINCT scope, page FROM member WHERE page > 0")
        self._state.begin("leaf", (f"{scope}/{page}" for scope, page in rows))

    def numbers(self, scope: int) -> list[int]:
        """Give the pages of older threads of a scope."""
        statement = "SELECT DISTINCT page FROM member WHERE scope = ? AND page > 0 ORDER BY page"
        return [row[0] for row in self._state.ask(statement, scope)]

    def last(self, scope: int) -> int:
        """Give the newest page of older threads; 0 if there is none."""
        return self._state.one("SELECT max(page) FROM member WHERE scope = ?", scope) or 0

    def beside(self, scope: int, number: int, home: str) -> Pages:
        """Say which pages stand beside one; `home` is the folder of the first page."""
        newer, older = self._newer(scope, number), self._older(scope, number)
        return Pages(
            newer=None if newer is None else leaf_of(home, newer),
            older=leaf_of(home, older) if older else None,
        )

    def lines(self, scope: int, number: int) -> list[ThreadLine]:
        """Give what stands on a page, newest first."""
        rows = self._state.ask(
            "SELECT thread.id, thread.line FROM member JOIN thread ON thread.n = member.thread"
            " WHERE member.scope = ? AND member.page = ?"
            " ORDER BY member.captured DESC, thread.id DESC",
            *(scope, number),
        )
        return [line_of(*row) for row in rows]

    def count(self, scope: int, number: int) -> int:
        """Count the threads on a page."""
        statement = "SELECT count(*) FROM member WHERE scope = ? AND page = ?"
        count: int = self._state.one(statement, scope, number)
        return count

    def _around(self, scope: int, number: int) -> list[int]:
        beside = (self._newer(scope, number), self._older(scope, number))
        return [each for each in beside if each is not None]

    def _newer(self, scope: int, number: int) -> int | None:
        if number == 0:
            return None
        statement = "SELECT min(page) FROM member WHERE scope = ? AND page > ?"
        found: int | None = self._state.one(statement, scope, number)
        return found or 0

    def _older(self, scope: int, number: int) -> int | None:
        if number == 0:
            return self.last(scope) or None
        statement = "SELECT max(page) FROM member WHERE scope = ? AND page < ? AND page > 0"
        found: int | None = self._state.one(statement, scope, number)
        return found


def leaf_of(home: str, number: int) -> str:
    """
    Give the folder of a page of an account or a tag.

    >>> leaf_of("tag/ports/", 0), leaf_of("tag/ports/", 3)
    ('tag/ports/', 'tag/ports/3/')
    """
    return f"{home}{number}/" if number else home
