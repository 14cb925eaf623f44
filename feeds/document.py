"""
How do entries become a document? Pure: the three formats only write it down.

    ThreadView -> entry_of -> Entry -> document_of -> Document -> rss | atom | json_feed -> bytes

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
from feeds.entry import Entry as Entry
from feeds.entry import Person as Person
from feeds.entry import Source as Source
from feeds.entry import entry_of as entry_of
from feeds.entry_links import EntryLink as EntryLink
from feeds.media_copies import Attachment as Attachment
from feeds.scopes import Scope as Scope
from feeds.scopes import everything as everything
from feeds.scopes import of_thread as of_thread
from feeds.scopes import of_watch as of_watch

MAX_ENTRIES = 100
MAX_BYTES = 2_000_000
EMPTY_SINCE = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
"""What a feed without entries gives as its time, so that it does not change from day to day."""

# Chosen once, for ever: the ids of the documents themselves.
_DOCUMENTS = uuid.UUID("0d6a3bb2-52c6-5f0e-8f7d-0a3d5c6b9e21")


@dataclass(frozen=True, slots=True)
class Document:
    """
    A feed before it is written down; entries newest first.

    Attributes:
        id: Permanent IRI of the feed.
        url_stem: Its absolute address without extension.
        empty_since: Its time while it has no entries.
    """

    id: str
    title: str
    description: str
    home_url: str
    url_stem: str
    language: str | None
    entries: tuple[Entry, ...]
    empty_since: dt.datetime = EMPTY_SINCE

    @property
    def updated(self) -> dt.datetime:
        """Time of the newest change among the entries; never the time of rendering."""
        return max((entry.updated for entry in self.entries), default=self.empty_since)


def document_of(
    scope: Scope,
    entries: Iterable[Entry],
    *,
    max_entries: int = MAX_ENTRIES,
    max_bytes: int = MAX_BYTES,
    empty_since: dt.datetime = EMPTY_SINCE,
) -> Document:
    """
    Put entries into a document: newest first by `published`, windowed by count and by bytes.

    Args:
        entries: In any order; of two with one id the later updated is kept.
        max_entries: >= 1.
        max_bytes: Of HTML and text; the newest entry is kept whatever its size.
        empty_since: Time of a document without entries.
    """
    by_id: dict[str, Entry] = {}
    for entry in entries:
        known = by_id.get(entry.id)
        if known is None or known.updated < entry.updated:
            by_id[entry.id] = entry
    newest_first = sorted(by_id.values(), key=lambda each: each.id)
    newest_first.sort(key=lambda each: each.published, reverse=True)
    window: list[Entry] = []
    left = max_bytes
    for entry in newest_first[:max_entries]:
        left -= len((entry.html + entry.summary + entry.title).encode())
        if window and left < 0:
            break
        window.append(entry)
    languages = {entry.language for entry in window}
    return Document(
        id=f"urn:uuid:{uuid.uuid5(_DOCUMENTS, scope.key)}",
        title=clean.line(scope.title) or "Threads",
        description=clean.line(scope.description),
        home_url=clean.url(scope.home_url),
        url_stem=clean.url(scope.url_stem),
        language=languages.pop() if len(languages) == 1 else None,
        entries=tuple(window),
        empty_since=empty_since,
    )
