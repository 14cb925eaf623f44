"""
What does the archive write down of its own work, so that the database can be made again?

Each step is a record in the WARC before it is a row: which exchanges an observation was read from
(they are read again by `rebuild`, through today's sources), and the chains, snapshots and copies
that came of links and media, as facts. A rebuild takes the entries in the order of their times.
"""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from archiver.errors import StoreError
from archiver.models import (
    Chain,
    Crawl,
    Decision,
    Exchange,
    FetchRequest,
    KnownPost,
    MediaCopy,
    Outcome,
    Snapshot,
    ThreadObservation,
)
from archiver.models.origin import Origin
from archiver.ports import NO_COST, Cost, RecordWriter
from archiver.store import codec

MOST_KNOWN = 5_000
"""Of a longer thread the names of its posts are not written down at each capture."""

MIME = "application/vnd.thread-archiver.journal+json"
_URN = "urn:thread-archiver:journal:"


@dataclass(frozen=True, slots=True)
class Asked:
    """An exchange without its content, which stands in the record `record_id`, if it has one."""

    url: str
    at: dt.datetime
    outcome: Outcome = Outcome.OK
    method: str = "GET"
    body: str = ""  # base64
    record_id: str | None = None
    whole: bool = True
    error: str = ""

    @classmethod
    def of(cls, exchange: Exchange) -> Asked:
        """Note an exchange."""
        request = exchange.request
        return cls(
            url=request.url,
            at=exchange.at,
            outcome=exchange.outcome,
            method=request.method,
            body=base64.b64encode(request.body).decode(),
            record_id=exchange.record_id,
            whole=exchange.whole,
            error=exchange.error,
        )

    def request(self) -> FetchRequest:
        """Give the request again, as far as a source looks at it."""
        return FetchRequest(self.url, method=self.method, body=base64.b64decode(self.body))


@dataclass(frozen=True, slots=True)
class Observed:
    """
    An observation: the exchanges that it was read from, in order.

    Attributes:
        platform: The source that read them.
        limit: The sentence of a bound that was met.
        file_name: Of a file that was given; its bytes are the only record.
        threads: The observations themselves, where nothing can be read again (an import).
        known: What the source was told of posts that were stored; None if they were too many.
        foreign: Whether it was told that the address led to another platform's thread.
    """

    crawl: Crawl
    platform: str
    asked: tuple[Asked, ...] = ()
    limit: str = ""
    cost: Cost = NO_COST
    file_name: str = ""
    threads: tuple[ThreadObservation, ...] = ()
    known: tuple[KnownPost, ...] | None = ()
    foreign: bool = False


@dataclass(frozen=True, slots=True)
class Followed:
    """A link of a thread, followed to its end."""

    crawl_id: int
    thread_id: str
    chain: Chain


@dataclass(frozen=True, slots=True)
class Taken:
    """A snapshot."""

    crawl_id: int
    snapshot: Snapshot


@dataclass(frozen=True, slots=True)
class Copied:
    """A copy of an attachment."""

    thread_id: str
    copy: MediaCopy


@dataclass(frozen=True, slots=True)
class Ended:
    """A crawl that ended; `error` is empty if it did what it should."""

    crawl: Crawl
    at: dt.datetime
    thread_id: str | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Paid:
    """What a platform was paid for answers that no observation came of."""

    platform: str
    cost: Cost


@dataclass(frozen=True, slots=True)
class Decided:
    """What a person decided about a thread."""

    decision: Decision


@dataclass(frozen=True, slots=True)
class Imported:
    """A file of others whose records came in: no row comes of it, but whose word they are."""

    origin: Origin


Entry = Observed | Followed | Taken | Copied | Ended | Paid | Decided | Imported
_KINDS: dict[str, type[Any]] = {
    kind.__name__.lower(): kind
    for kind in (Observed, Followed, Taken, Copied, Ended, Paid, Decided, Imported)
}


class Journal:
    """Writes entries; each is on the disk when its call returns."""

    def __init__(self, writer: RecordWriter, now: Callable[[], dt.datetime]) -> None:
        self._writer = writer
        self._now = now

    async def note(self, entry: Entry) -> None:
        """Append an entry. Raises StoreError if it could not be kept."""
        kind = type(entry)
        body = codec.dump(kind, entry).encode()
        url = _URN + kind.__name__.lower()
        await self._writer.write_resource(url, self._now(), MIME, body)


def is_entry(url: str, mime: str) -> bool:
    """Say whether a resource record is an entry."""
    return mime == MIME and url.startswith(_URN)


def read(url: str, body: bytes) -> Entry | None:
    """
    Read an entry; None if it is of a kind that this version does not know.

    Raises:
        StoreError: If it cannot be read.
    """
    kind = _KINDS.get(url.removeprefix(_URN))
    if kind is None:
        return None
    try:
        entry: Entry = codec.load(kind, body.decode("utf-8", "replace"))
    except StoreError as err:
        raise StoreError(f"the entry cannot be read ({err.__cause__ or err})") from err
    return entry


def notes(seen: Sequence[Exchange]) -> tuple[Asked, ...]:
    """Note exchanges."""
    return tuple(map(Asked.of, seen))
