"""What does an entry of a feed say, whatever the format is?"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from archiver.models import Media


@dataclass(frozen=True, slots=True)
class Entry:
    """
    An entry, as its feed gives it.

    Attributes:
        id: By the feed's own word; empty if it gives none.
        url: Absolute; empty if the feed gives no address.
        html: The content, or the summary where there is no content.
        base: What addresses in `html` are relative to.
        author: Name; empty if neither entry nor feed says it.
    """

    id: str = ""
    url: str = ""
    title: str = ""
    html: str = ""
    base: str = ""
    author: str = ""
    published: dt.datetime | None = None
    updated: dt.datetime | None = None
    tags: tuple[str, ...] = ()
    media: tuple[Media, ...] = ()
    language: str | None = None

    @property
    def is_empty(self) -> bool:
        """Whether it says nothing that could be kept."""
        return not (self.title or self.html or self.url or self.media)


@dataclass(frozen=True, slots=True)
class Feed:
    """
    One document of a feed.

    Attributes:
        home: The page that the feed belongs to; empty if it names none.
        next: Where older entries are (RFC 5005); empty if the feed is whole.
        unread: Entries that could not be read.
        cut: A sentence, if the document ended before its end.
    """

    entries: tuple[Entry, ...] = ()
    title: str = ""
    home: str = ""
    author: str = ""
    language: str | None = None
    next: str = ""
    unread: int = 0
    cut: str = field(default="")
