"""What stands in publish_dir that nobody needs, and what is missing there?"""

from __future__ import annotations

from feeds.assets import assets
from feeds.publish.documents import FEEDS_PAGE, Documents
from feeds.publish.folder import Folder
from feeds.publish.lists import Lists, folder_of
from feeds.publish.membership import Membership
from feeds.publish.state import State

MARKED = ("", "t/", "feeds/", "media/")
"""Folders in which a mark is left. One that is gone took its mark with it: so what all folders hold
need not be looked at each time."""
_MARK = ".made-by-thread-archiver"
_OURS = ("t", "feeds", "by", "tag", "threads", "media")


def is_marked(folder: Folder) -> bool:
    """Say whether all folders are those of the last publication."""
    return all(folder.has(f"{each}{_MARK}") for each in MARKED)


def mark(folder: Folder) -> None:
    """Leave a mark in each folder."""
    for each in MARKED:
        folder.put(f"{each}{_MARK}", b"What is in this folder can be made again.\n")


def styles(folder: Folder) -> None:
    """Remove styles that no page names any more."""
    current = {each.path for each in assets().values()}
    for name in folder.names_in("static"):
        if f"static/{name}" not in current and not name.startswith("."):
            folder.remove(f"static/{name}")


def strays(folder: Folder, state: State, documents: Documents) -> None:
    """Remove all in our folders that is not published: what a lost cache does not know of."""
    members, lists = Membership(state), Lists(state)
    wanted = {FEEDS_PAGE, *(f"{each}{_MARK}" for each in MARKED)}
    wanted |= {row[0] for row in state.ask("SELECT path FROM media")}
    for n in members.numbers():
        known = members.scope(n)
        wanted |= set(documents.paths_of(known)) if known else set()
    pages = state.ask("SELECT DISTINCT page FROM thread WHERE page > 0")
    wanted |= {f"{folder_of(row[0])}index.html" for row in pages}
    for top in _OURS:
        if top == "t":
            continue
        for path in folder.paths_below(top):
            if path not in wanted:
                folder.remove(path)
    for name in folder.names_in("t"):
        if not name.startswith(".") and lists.number_of(name) is None:
            folder.remove_tree(f"t/{name}")
