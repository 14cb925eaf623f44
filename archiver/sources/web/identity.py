"""
By which name is a page or an entry of a feed known for ever?

A page by its address, without scheme, fragment and tracking parameters. An entry by the id that
its feed gives, within that feed: any feed can claim any id, so what another one says must never
change it, not even one of the same host, which may belong to somebody else (or be a shorter form
of the same). Where an id is missing, or shared by entries that lead to several pages, the page is
the name, with its fragment: lists of changes have one page for all.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Sequence

from archiver.core import urls
from archiver.core.richtext import clean
from archiver.sources.web.entry import Entry

_SCHEME = re.compile(r"\Ahttps?://", re.IGNORECASE)  # a site that learns https keeps its ids
_LONGEST = 1_000  # characters of an id that stand in a name; longer ones are digested


def of_page(url: str) -> str:
    """
    Name the thread of a page.

    >>> of_page("https://a.example/x?utm_source=feed&id=1#top")
    'a.example/x?id=1'
    """
    return urls.group_key(url).partition("://")[2]


def of_entries(entries: Sequence[Entry], feed_url: str) -> tuple[str, ...]:
    """
    Name the threads of entries, in their order; equal names are one entry, shown twice.

    Args:
        feed_url: The seed, so that a feed which is sent elsewhere keeps its names.
    """
    feed = of_page(feed_url)
    pages: dict[str, set[str]] = defaultdict(set)
    for each in entries:
        pages[each.id].add(each.url)
    return tuple(f"{feed} {_name(each, shared=len(pages[each.id]) > 1)}" for each in entries)


def _name(entry: Entry, *, shared: bool) -> str:
    """Name an entry within its feed."""
    if entry.id and not (shared and entry.url):
        return _short(_SCHEME.sub("", entry.id))
    if entry.url:
        page, _, fragment = entry.url.partition("#")
        return _short(of_page(page) + (f"#{fragment}" if fragment else ""))
    return _digest(f"{entry.published or ''}\n{entry.title}\n{'' if entry.title else entry.html}")


def _short(text: str) -> str:
    text = " ".join(clean(text).split())
    return text if len(text) <= _LONGEST else _digest(text)


def _digest(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()}"
