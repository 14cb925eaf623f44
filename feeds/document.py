"""
How do entries become a document? Pure: the three formats only write it down.

    ThreadView -> entries_of -> Entry -> document_of -> Document -> rss | atom | json_feed -> bytes

All text in an Entry and a Document is clean: no control characters, no lone surrogates, HTML with
allowed elements only, addresses absolute. So a format needs no care but to escape once.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from feeds import clean
from feeds.addresses import slug as slug
from feeds.entries import Entries as Entries
from feeds.entries import dump as dump
from feeds.entries import entries_of as entries_of
from feeds.entries import load as load
from feeds.entry import Entry as Entry
from feeds.entry import Person as Person
from feeds.entry import Source as Source
from feeds.entry import entry_of as entry_of
from feeds.entry_links import EntryLink as EntryLink
from feeds.media_copies import Attachment as Attachment
from feeds.scopes import Granularity as Granularity
from feeds.scopes import Scope as Scope
from feeds.scopes import everything as everything
from feeds.scopes import of_thread as of_thread
from feeds.scopes import of_watch as of_watch
from feeds.scopes import scopes_of as scopes_of

MAX_ENTRIES = 100
MAX_BYTES = 2_000_000
EMPTY_SINCE = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
"""What a feed without entries gives as its time, so that it does not change from day to day."""

# Chosen once, for ever: the ids of the documents themselves.
_DOCUMENTS = uuid.UUID("0d6a3bb2-52c6-5f0e-8f7d-0a3d5c6b9e21")


@dataclass(frozen=True, slots=True)
class Tombstone:
    """An entry that is withdrawn: its id, and when it was (RFC 6721)."""

    ref: str
    when: dt.datetime


@dataclass(frozen=True, slots=True)
class Archives:
    """
    Where a document stands among those that together hold all entries (RFC 5005, 4).

    All are absolute addresses without extension: a document leads to others of its own format.

    Attributes:
        prev: The archive document with the entries just before those of this one.
        next: The archive document after this one; only an archive document has it.
        current: The document that readers subscribe to; given by an archive document only.
        is_archive: This document holds older entries and will not change.
    """

    prev: str | None = None
    next: str | None = None
    current: str | None = None
    is_archive: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """
    A feed before it is written down; entries newest first.

    Attributes:
        id: Permanent IRI of the feed; an archive document has that of its feed.
        url_stem: Its absolute address without extension.
        asked: What stands after the extension in its address: `?q=…` for a search.
        empty_since: Its time while it has no entries.
        archives: Its neighbours.
        hub: Address of the WebSub hub that tells of changes of it.
        tombstones: Of entries that were withdrawn, newest first.
    """

    id: str
    title: str
    description: str
    home_url: str
    url_stem: str
    language: str | None
    entries: tuple[Entry, ...]
    empty_since: dt.datetime = EMPTY_SINCE
    archives: Archives = Archives()
    hub: str | None = None
    tombstones: tuple[Tombstone, ...] = ()
    asked: str = ""

    def address(self, extension: str) -> str:
        """Give its absolute address in the format of an extension."""
        return f"{self.url_stem}{extension}{self.asked}"

    @property
    def updated(self) -> dt.datetime:
        """Time of the newest change among what it holds; never the time of rendering."""
        times = [each.updated for each in self.entries]
        return max([*times, *(each.when for each in self.tombstones)], default=self.empty_since)


def document_of(
    scope: Scope,
    entries: Iterable[Entry],
    *,
    max_entries: int = MAX_ENTRIES,
    max_bytes: int = MAX_BYTES,
    empty_since: dt.datetime = EMPTY_SINCE,
    url_stem: str | None = None,
    archives: Archives = Archives(),
    hub: str | None = None,
    tombstones: Iterable[Tombstone] = (),
) -> Document:
    """
    Put entries into a document: newest first by `published`, windowed by count and by bytes.

    Args:
        entries: In any order; of two with one id the later updated is kept.
        max_entries: >= 1.
        max_bytes: Of HTML and text; the newest entry is kept whatever its size.
        empty_since: Time of a document without entries.
        url_stem: Its address, if it is not that of the scope: that of an archive document.
        archives: Its neighbours.
        hub: Address of a WebSub hub; left out if it is not http or https.
        tombstones: Entries that were withdrawn. One that was updated later than its tombstone
            says is there again and stands; any other goes.
    """
    gone = _newest_tombstones(tombstones)
    newest_first = sorted(_distinct(entries, gone), key=lambda each: each.id)
    newest_first.sort(key=lambda each: each.published, reverse=True)
    window = _window(newest_first[:max_entries], max_bytes)
    shown = {each.id for each in window}
    languages = {entry.language for entry in window}
    return Document(
        id=f"urn:uuid:{uuid.uuid5(_DOCUMENTS, clean.text(scope.key))}",
        title=clean.line(scope.title) or "Threads",
        description=clean.line(scope.description),
        home_url=clean.url(scope.home_url),
        url_stem=clean.url(url_stem or scope.url_stem),
        language=languages.pop() if len(languages) == 1 else None,
        entries=window,
        empty_since=empty_since,
        archives=archives,
        hub=clean.url(hub or "") or None,
        tombstones=tuple(each for each in gone.values() if each.ref not in shown),
    )


def _newest_tombstones(tombstones: Iterable[Tombstone]) -> dict[str, Tombstone]:
    """Give the last tombstone of each entry by its id, the newest first."""
    newest_first = sorted(tombstones, key=lambda each: (each.when, each.ref), reverse=True)
    found: dict[str, Tombstone] = {}
    for each in newest_first:
        found.setdefault(each.ref, each)
    return found


def _distinct(entries: Iterable[Entry], gone: dict[str, Tombstone]) -> Iterable[Entry]:
    """Give each entry once, in its newest state; none that a tombstone takes away."""
    by_id: dict[str, Entry] = {}
    for entry in entries:
        known, tombstone = by_id.get(entry.id), gone.get(entry.id)
        if tombstone is not None and entry.updated <= tombstone.when:
            continue
        if known is None or known.updated < entry.updated:
            by_id[entry.id] = entry
    return by_id.values()


def _window(newest_first: Iterable[Entry], max_bytes: int) -> tuple[Entry, ...]:
    window: list[Entry] = []
    left = max_bytes
    for entry in newest_first:
        left -= size_of(entry)
        if window and left < 0:
            break
        window.append(entry)
    return tuple(window)


def size_of(entry: Entry) -> int:
    """Give how much an entry counts against `max_bytes`, in bytes."""
    return len((entry.html + entry.summary + entry.title).encode())
