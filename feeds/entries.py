"""Which entries does a thread give, and how are they kept between two publications?"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import TypeAdapter

from archiver.models import ThreadView
from feeds.changes import changes_of
from feeds.entry import Entry, entry_of
from feeds.posts import posts_of


@dataclass(frozen=True, slots=True)
class Entries:
    """
    All entries of one thread.

    Attributes:
        thread: Of the thread as a whole.
        posts: Of each of its own posts, in reading order; those that are gone as well.
        changes: Of what happened since we first saw it, oldest first.
    """

    thread: Entry
    posts: tuple[Entry, ...]
    changes: tuple[Entry, ...]


def entries_of(view: ThreadView, base_url: str, media: Mapping[str, str]) -> Entries:
    """
    Make all entries of a thread: the same for the same thread, whenever and wherever.

    Args:
        view: Without what is sealed.
        base_url: publish.base_url, without a slash at its end.
        media: Original URL of an attachment (or its preview) -> absolute URL of our copy.
    """
    return Entries(
        thread=entry_of(view, base_url=base_url, media=media),
        posts=posts_of(view, base_url=base_url, media=media),
        changes=changes_of(view, base_url=base_url, media=media),
    )


def dump(entry: Entry) -> bytes:
    """Write an entry down for ourselves: equal entries give equal bytes."""
    return _adapter().dump_json(entry)


def load(written: bytes) -> Entry:
    """
    Read what `dump` wrote.

    Raises:
        ValueError: If it is none; then the entry is to be made anew.
    """
    return _adapter().validate_json(written)


@functools.cache
def _adapter() -> TypeAdapter[Entry]:
    return TypeAdapter(Entry)
