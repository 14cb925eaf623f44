"""What do collections list, page by page? Of many at once, within bounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from archiver.errors import ArchiverError
from archiver.sources.activitypub.note import (
    COLLECTIONS,
    PAGES,
    is_other_activity,
    object_of,
)
from archiver.sources.activitypub.session import Asking, unread
from archiver.sources.activitypub.shapes import Thing, host_of, id_of
from archiver.sources.activitypub.talk import Talk

_MOST_ON_PAGE = 20_000
MAX_PAGES = 60
"""Pages that are read of one collection, as Mastodon allows (protocols 3.3)."""


@dataclass(slots=True)
class Cursor:
    """
    Where the reading of a collection stands.

    Attributes:
        value: What is read next: an address, or an embedded collection or page.
        host: Who gave `value`, if it is embedded: of that host's posts its word counts.
        first_only: Only the first page is wanted.
        why: Why it could not be read to its end; empty if it was, or goes on.
        total: How many members it says it has.
    """

    value: str | Mapping[str, object] | None
    host: str
    first_only: bool = False
    visited: set[str] = field(default_factory=set)
    pages: int = 0
    why: str = ""
    total: int | None = None

    @property
    def address(self) -> str:
        """What must be asked before it goes on; empty if that is embedded."""
        return self.value if isinstance(self.value, str) else ""

    @property
    def done(self) -> bool:
        """Nothing more is to be read."""
        return self.value is None


@dataclass(frozen=True, slots=True)
class Listed:
    """A member of a collection; `inside` is the object itself, where its own server wrote it."""

    id: str
    inside: Thing | None = None


def turn(talk: Talk, cursors: Sequence[Cursor]) -> Asking[tuple[tuple[Listed, ...], ...]]:
    """Read the next page of each of some collections; give their members, in the same order."""
    wanted = [each.address for each in cursors if each.address and not talk.is_busy(each.address)]
    found = (yield from talk.pages(wanted)) if wanted else {}
    return tuple(_read(each, found) for each in cursors)


def _read(
    cursor: Cursor, found: dict[str, tuple[Thing, str] | ArchiverError]
) -> tuple[Listed, ...]:
    members: list[Listed] = []
    value, cursor.value = cursor.value, None
    page = Thing(value) if isinstance(value, Mapping) else None
    if isinstance(value, str):
        cursor.visited.add(value)
        got = found.get(value)
        if got is None or isinstance(got, ArchiverError):
            cursor.why = unread(got) if got else "status 429"
            return ()
        page, cursor.host = got
    # An embedded collection may hold its first page: then both are read in one turn.
    while page is not None:
        members += _members(page, cursor)
        total = page.count("totalItems")
        cursor.total = cursor.total if total is None else total
        onward = _onward(page, cursor)
        page = onward if isinstance(onward, Thing) else None
        cursor.value = onward if isinstance(onward, str) else None
    return tuple(members)


def _onward(page: Thing, cursor: Cursor) -> Thing | str | None:
    """Give what follows a page: `first` of a collection, `next` of a page."""
    cursor.pages += 1
    is_first = page.has("first") and not page.types & PAGES
    if cursor.first_only and not is_first:
        return None
    inside = page.thing("first") if is_first else None
    if inside is not None and inside.types & COLLECTIONS:
        return inside
    address = page.one_id("first" if is_first else "next")
    if not address:
        return None
    if address in cursor.visited:
        cursor.why = "its pages lead in a circle"
    elif host_of(address) != cursor.host:
        cursor.why = "its pages lead to another server"
    elif cursor.pages >= MAX_PAGES:
        cursor.why = f"it was read for {MAX_PAGES} pages only"
    else:
        return address
    return None


def _members(page: Thing, cursor: Cursor) -> list[Listed]:
    found: list[Listed] = []
    host, values = cursor.host, (*page.each("orderedItems"), *page.each("items"))
    if len(values) > _MOST_ON_PAGE:
        cursor.why = f"a page lists more than {_MOST_ON_PAGE:,}"
    for value in values[:_MOST_ON_PAGE]:
        if is_other_activity(value):
            continue
        made = object_of(value)
        address = id_of(made)
        if not address:
            continue
        inside = Thing(made) if isinstance(made, dict) and host_of(address) == host else None
        whole = inside is not None and (inside.has("attributedTo") or "Tombstone" in inside.types)
        found.append(Listed(address, inside if whole else None))
    return found
