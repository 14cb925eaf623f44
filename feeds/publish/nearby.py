"""Which threads stand next to a thread, and which pages name it?"""

from __future__ import annotations

from collections.abc import Sequence

from feeds.html import Site, ThreadLine
from feeds.nearness import Near, lists_of, with_lists
from feeds.publish.folder import Folder
from feeds.publish.lists import line_of
from feeds.publish.state import State

BESIDE = 2
"""Threads of each thing shared that a page names on either side: those captured just before and
just after. So a thread that comes, changes or goes changes a bounded number of pages."""

_NEXT = (
    "SELECT near.thread FROM near WHERE key = ? AND (captured, thread) {} (?, ?)"
    " ORDER BY captured {order}, thread {order} LIMIT ?"
)
_NEWER = _NEXT.format(">", order="ASC")
_OLDER = _NEXT.format("<", order="DESC")


class Nearby:
    """Keeps what threads share; writes the lists of other threads into pages that stand."""

    def __init__(self, state: State, folder: Folder, site: Site) -> None:
        self._state = state
        self._folder = folder
        self._site = site

    def keep(self, n: int, captured: int, near: Sequence[Near], *, changed: bool) -> None:
        """
        Make this what a thread shares with others; note the pages that then say something else.

        Args:
            changed: Lists say something else of it than before.
        """
        held = set(self._state.ask("SELECT key, captured FROM near WHERE thread = ?", n))
        wanted = {(each.key, captured) for each in near}
        for key, when in held - wanted:
            self._touch(key, when, n)
            statement = "DELETE FROM near WHERE key = ? AND captured = ? AND thread = ?"
            self._state.ask(statement, key, when, n)
        self._state.many(
            "INSERT OR REPLACE INTO near VALUES (?, ?, ?, ?, ?)",
            ((each.key, captured, n, rank, each.words) for rank, each in enumerate(near)),
        )
        for key, when in wanted if changed else wanted - held:
            self._touch(key, when, n)

    def forget(self, n: int) -> None:
        """Let no page name a thread any more."""
        self.keep(n, 0, (), changed=True)

    def lists(self, n: int, thread_id: str) -> dict[str, bytes]:
        """Write the lists for the pages of a thread, by their places."""
        statement = "SELECT key, words, captured FROM near WHERE thread = ? ORDER BY rank"
        rows = self._state.ask(statement, n)
        found = [(Near(key, words), self._lines(key, when, n)) for key, words, when in rows]
        return lists_of(self._site, thread_id, found)

    def write(self, n: int) -> None:
        """Write the lists of a thread anew into its pages, if they stand."""
        rows = self._state.ask("SELECT id FROM thread WHERE n = ?", n)
        if not rows:
            return
        thread_id = rows[0][0]
        lists = self.lists(n, thread_id)
        for place in ("", "links/"):
            path = f"t/{thread_id}/{place}index.html"
            page = self._folder.content(path)
            if page is None:
                continue
            fresh = with_lists(page, lists)
            self._folder.put(path, fresh)
            statement = "UPDATE standing SET bytes = bytes + ? WHERE thread = ?"
            self._state.ask(statement, len(fresh) - len(page), n)

    def _lines(self, key: str, captured: int, n: int) -> list[ThreadLine]:
        numbers = self._beside(key, captured, n)
        rows = [
            row
            for each in numbers
            for row in self._state.ask("SELECT id, line FROM thread WHERE n = ?", each)
        ]
        return [line_of(*row) for row in rows]

    def _beside(self, key: str, captured: int, n: int) -> list[int]:
        """Give the threads next to a place, newest first."""
        newer = self._state.ask(_NEWER, key, captured, n, BESIDE)
        older = self._state.ask(_OLDER, key, captured, n, BESIDE)
        return [row[0] for row in (*reversed(newer), *older)]

    def _touch(self, key: str, captured: int, n: int) -> None:
        self._state.begin("more", self._beside(key, captured, n))
