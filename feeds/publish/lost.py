"""Which published files did somebody else remove or cut? A share of them is looked at each time."""

from __future__ import annotations

from typing import Final

from feeds.publish.documents import Documents
from feeds.publish.folder import Folder
from feeds.publish.lists import folder_of
from feeds.publish.membership import Membership
from feeds.publish.state import Rows, State

THREADS = 200
"""Threads whose files are counted in one publication."""
SCOPES = 50
FILES = 200
"""Copies of attachments that are looked for in one publication."""
DOCUMENTS = 50
"""Archive documents, and pages of the list, that are looked for in one publication."""


class Lost:
    """
    Looks, beginning where the publication before ended, and has what is lost written again.

    So what that costs does not grow with the archive: one with fewer threads than THREADS is looked
    at whole each time, and in a larger one a file comes back after some publications.
    """

    def __init__(self, state: State, folder: Folder, documents: Documents) -> None:
        self._state: Final = state
        self._folder: Final = folder
        self._documents: Final = documents
        self._members = Membership(state)

    def look(self) -> None:
        """Note a share of what is lost as to be written again."""
        with self._state.together():
            self._threads()
            self._media()
            self._scopes()
            self._blocks()
            self._pages()

    def _threads(self) -> None:
        rows = self._share(
            "thread",
            "SELECT thread.n, thread.id, files, bytes FROM thread JOIN standing"
            " ON standing.thread = thread.n WHERE thread.n > ? ORDER BY thread.n LIMIT ?",
            THREADS,
        )
        for _, key, files, size in rows:
            if self._folder.size_below(f"t/{key}") != (files, size):
                self._state.begin("thread", [key])

    def _media(self) -> None:
        rows = self._share(
            "media",
            "SELECT media.rowid, path, thread.id FROM media JOIN thread ON thread.n = media.thread"
            " WHERE media.rowid > ? ORDER BY media.rowid LIMIT ?",
            FILES,
        )
        for _, path, key in rows:
            if not self._folder.has(path):
                self._state.begin("thread", [key])

    def _scopes(self) -> None:
        rows = self._share("scope", "SELECT n FROM scope WHERE n > ? ORDER BY n LIMIT ?", SCOPES)
        for (n,) in rows:
            known = self._members.scope(n)
            if known is None:
                continue
            for kind, key, path in self._documents.standing_of(known, archived=False):
                if not self._folder.has(path):
                    self._state.begin(kind, [key])

    def _blocks(self) -> None:
        rows = self._share(
            "block",
            "SELECT rowid, feed, number FROM block WHERE rowid > ? ORDER BY rowid LIMIT ?",
            DOCUMENTS,
        )
        for _, feed, number in rows:
            if not all(map(self._folder.has, self._documents.block_paths(feed, number))):
                self._state.begin("block", [f"{feed}/{number}"])

    def _pages(self) -> None:
        rows = self._share(
            "page",
            "SELECT DISTINCT page FROM thread WHERE page > ? ORDER BY page LIMIT ?",
            DOCUMENTS,
        )
        for (number,) in rows:
            if not self._folder.has(f"{folder_of(number)}index.html"):
                self._state.begin("page", [number])

    def _share(self, kind: str, statement: str, most: int) -> Rows:
        """Give the next rows, after the last the first again; their first value is their number."""
        place = int(self._state.said(f"looked {kind}") or 0)
        rows = self._state.ask(statement, place, most)
        if place and len(rows) < most:
            rows += [
                row for row in self._state.ask(statement, 0, most - len(rows)) if row[0] <= place
            ]
        self._state.say(f"looked {kind}", str(rows[-1][0] if rows else 0))
        return rows
