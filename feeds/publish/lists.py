"""Which threads stand on which page and in which feed? Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

from archiver.models import ThreadView
from feeds import clean, wording
from feeds.document import MAX_ENTRIES, Entry
from feeds.html import Pages, ThreadLine
from feeds.publish.state import Published
from feeds.reading import marks_of, stamp

PAGE = 50
"""Threads on a page of older ones. The first page holds up to twice as many, so that an older page
never changes because a thread was added."""


def published(view: ThreadView, entry: Entry, digest: str, copies: Mapping[str, str]) -> Published:
    """Give what lists and feeds need of a thread; `digest` is that of its entry."""
    thread = view.thread
    not_live = sum(1 for link in entry.links if link.outcome is not None and link.state != "live")
    words = wording.counted(len(entry.links), "link") if entry.links else ""
    return Published(
        id=thread.id,
        entry=digest,
        title=entry.title,
        author=wording.author(thread.author),
        platform=wording.platform(thread.platform),
        language=entry.language,
        standing=wording.completeness(thread.completeness),
        marks=marks_of(entry),
        links=f"{words}, {not_live:,} not live" if not_live else words,
        written=wording.iso(entry.published),
        captured=_exact(thread.first_captured_at),
        updated=_exact(thread.updated_at),
        watches=view.watches,
        copies=tuple(sorted(copies.items())),
    )


def window(threads: Iterable[Published]) -> list[Published]:
    """Give the threads that changed last: as many as a feed holds."""
    newest_first = sorted(threads, key=lambda each: (each.updated, each.id), reverse=True)
    return newest_first[:MAX_ENTRIES]


def in_order(threads: Mapping[str, Published]) -> list[str]:
    """Give the ids by first capture, oldest first: an order in which nothing ever moves."""
    return sorted(threads, key=lambda key: (threads[key].captured, key))


def older_pages(total: int) -> int:
    """
    Say how many pages of older threads there are.

    >>> [older_pages(total) for total in (0, 99, 100, 149, 150)]
    [0, 0, 1, 1, 2]
    """
    return max(0, total // PAGE - 1)


def on_page(order: Sequence[str], number: int) -> Sequence[str]:
    """Give the ids on a page of older threads (from 1, the oldest), or on the first page (0)."""
    if number == 0:
        return order[older_pages(len(order)) * PAGE :]
    return order[(number - 1) * PAGE : number * PAGE]


def folder_of(number: int) -> str:
    """Give the folder of a page below publish_dir; empty for the first."""
    return f"threads/{number}/" if number else ""


def pages_beside(number: int, last: int) -> Pages:
    """Say which pages stand beside one, where `last` is the newest page of older threads."""
    if number == 0:
        return Pages(older=folder_of(last) if last else None)
    return Pages(
        newer=folder_of(number + 1 if number < last else 0),
        older=folder_of(number - 1) if number > 1 else None,
    )


def line(thread: Published) -> ThreadLine:
    """Give a thread as a list shows it."""
    return ThreadLine(
        id=thread.id,
        title=thread.title,
        author=thread.author,
        platform=thread.platform,
        language=thread.language,
        standing=thread.standing,
        marks=thread.marks,
        links=thread.links,
        written=stamp(dt.datetime.fromisoformat(thread.written)),
        changed=stamp(dt.datetime.fromisoformat(thread.updated))
        if thread.updated > thread.captured
        else None,
    )


def _exact(at: dt.datetime) -> str:
    """Write a time with its microseconds, always with as many digits, so that texts sort."""
    return clean.text(wording.utc(at).isoformat(timespec="microseconds"))
