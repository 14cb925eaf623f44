"""What does a capture need from outside? Chosen by bootstrap, used by the shell."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from archiver.capture.apart import TextReader
from archiver.capture.page import Shower
from archiver.care.custodian import Custodian
from archiver.journal import Journal
from archiver.models import Exchange, FetchRequest
from archiver.ports import Fetcher, LinkTables, RecordWriter, Source, Store


class Progress(Protocol):
    """Is told one line per step of long work."""

    def __call__(self, line: str, *, done: int = 0, total: int = 0) -> None:
        """Tell a step; `done` of `total` steps of this kind, where that is known."""


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Services:
    """The adapters of one archive, and the clock."""

    store: Store
    fetcher: Fetcher
    writer: RecordWriter
    sources: Sequence[Source]
    journal: Journal
    max_hops: int
    now: Callable[[], dt.datetime]
    tables: LinkTables | None = None  # of dead shorteners (links.beacon)
    timegate: str = ""  # links.timegate
    texts: TextReader | None = None  # reads the main text of pages, in processes of its own
    browser: Shower | None = None  # Chromium, where this machine has it
    browser_when_empty: bool = False  # it shows pages that are empty without scripts, unasked
    # Makes a guarded request of which nothing is kept: to say something, not to learn it.
    unrecorded: Callable[[FetchRequest], Awaitable[Exchange]] | None = None
    custodian: Custodian | None = None  # notes what is done in the custody log


async def at_once(limit: int, wanted: Iterable[T], work: Callable[[T], Awaitable[None]]) -> None:
    """Do `work` for each, at most `limit` at a time; raise the first error and end the rest."""
    gate = asyncio.Semaphore(limit)

    async def gated(each: T) -> None:
        async with gate:
            await work(each)

    try:
        async with asyncio.TaskGroup() as group:
            for each in wanted:
                group.create_task(gated(each))
    except BaseExceptionGroup as several:
        raise several.exceptions[0] from several
