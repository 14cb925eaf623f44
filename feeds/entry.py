"""How does a thread become an entry? Pure; what is volatile (the last capture) never enters it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from archiver.models import Completeness
from feeds.entry_links import EntryLink


@dataclass(frozen=True, slots=True)
class Person:
    """Who wrote: a name that is never empty; `url` may be."""

    name: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Attachment:
    """
    Our copy of a picture, film or sound.

    Attributes:
        url: Absolute address of our copy.
        mime: Media type, never empty.
        size_bytes: Length of the copy; None where unknown.
        title: The author's description (alt text); may be empty.
        width, height: In pixels.
        medium: `image`, `video`, `audio` or `document`.
        sensitive: The author asked that it be covered.
        post: Position of its post.
    """

    url: str
    mime: str
    size_bytes: int | None
    title: str
    width: int | None
    height: int | None
    medium: str
    sensitive: bool = False
    post: int = 1


@dataclass(frozen=True, slots=True)
class Source:
    """
    Where an entry comes from, for the `_archiver` object and for pages.

    Attributes:
        captured_at: First capture. (The last one moves with every crawl and would move the feed.)
        warnings: Content warnings of its posts, each once.
        digests: Payload digests of our copies, by the address of the original; media, then links.
    """

    platform: str
    thread_id: str
    native_id: str
    posts: int
    replies: int
    vanished: int
    completeness: Completeness
    captured_at: dt.datetime
    warnings: tuple[str, ...] = ()
    digests: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """
    One thread as readers get it.

    Attributes:
        id: Permanent IRI, the same on every machine, after every edit, rename and move.
        url: Our page of the thread.
        title: One line of plain text, never empty; starts with the content warning if there is one.
        summary: Plain text of a few lines; never gives away what a content warning covers.
        html: The whole thread, safe, with absolute addresses only.
        published: When the thread began.
        updated: When a reader would last have seen a change.
        language: BCP 47, where known.
        image: First picture that is not covered.
        via_url: The original thread; empty if there is no address for it.
    """

    id: str
    url: str
    title: str
    summary: str
    html: str
    published: dt.datetime
    updated: dt.datetime
    authors: tuple[Person, ...]
    tags: tuple[str, ...]
    language: str | None
    image: str | None
    attachments: tuple[Attachment, ...]
    links: tuple[EntryLink, ...]
    via_url: str
    source: Source
