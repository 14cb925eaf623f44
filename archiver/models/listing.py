"""Threads in a list, and what an operator counts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from archiver.models.crawls import Crawl
from archiver.models.threads import Author, Completeness


@dataclass(frozen=True, slots=True)
class ThreadLine:
    """A thread without its posts (see Thread)."""

    id: str
    platform: str
    url: str
    author: Author
    title: str
    language: str | None
    tags: tuple[str, ...]
    completeness: Completeness
    first_captured_at: dt.datetime
    last_captured_at: dt.datetime
    updated_at: dt.datetime


@dataclass(frozen=True, slots=True)
class ThreadLines:
    """One page of threads; `more` is what to ask with for the next, empty at the end."""

    threads: tuple[ThreadLine, ...]
    more: str = ""


@dataclass(frozen=True, slots=True)
class CrawlPage:
    """One page of crawls; `more` is what to ask with for the next, empty at the end."""

    crawls: tuple[Crawl, ...]
    more: str = ""


@dataclass(frozen=True, slots=True)
class Figures:
    """
    What an operator watches.

    Attributes:
        crawls: Rows by state.
        unpublished: Threads with changes that no reader sees yet.
        unpublished_since: When the one of them was captured that waits longest; None without any.
        bytes_stored: Of all records in the WARCs, compressed.
        watches: Names, and when the seed of each was last captured well.
    """

    crawls: Mapping[str, int]
    unpublished: int
    unpublished_since: dt.datetime | None
    bytes_stored: int
    watches: tuple[tuple[str, dt.datetime | None], ...]
