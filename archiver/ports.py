"""What the shell needs from the outside world, as protocols; bootstrap chooses who provides it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from http.cookiejar import CookieJar
from typing import BinaryIO, Protocol

from archiver.models import (
    Chain,
    Crawl,
    CrawlRequest,
    Exchange,
    FetchRequest,
    Header,
    MediaCopy,
    Observation,
    RecordRef,
    Revision,
    Snapshot,
    SourceRef,
    Thread,
    ThreadView,
    Watch,
)


class Source(Protocol):
    """A platform, described without doing I/O (design 3)."""

    @property
    def platform(self) -> str: ...

    def match(self, url: str) -> SourceRef | None:
        """Recognise a URL by its parsed host and path; None if it is not ours."""

    def plan(self, ref: SourceRef, seen: Sequence[Exchange]) -> Sequence[FetchRequest]:
        """Say what to ask next, given all exchanges so far; empty when nothing is left to ask."""

    def parse(self, ref: SourceRef, seen: Sequence[Exchange]) -> Observation:
        """Say what the answers mean. Raises FetchError or ParseError if they mean nothing."""


class Resolver(Protocol):
    """One kind of hop."""

    def next_hop(self, exchange: Exchange) -> HopFound | None:
        """Say where an answer leads, or None if it leads nowhere in this way."""


@dataclass(frozen=True, slots=True)
class HopFound:
    """Where an answer leads: `location` raw as received, `url` resolved and absolute."""

    mechanism: str
    location: str
    url: str


class Fetcher(Protocol):
    """The one recorder under everything (design 2)."""

    async def fetch(self, request: FetchRequest, cookies: CookieJar | None = None) -> Exchange:
        """
        Make one request and record it; return once its records are on disk (fsynced).

        Redirects are not followed. Refusals, time-outs and bad answers are outcomes in the
        exchange, never exceptions; StoreError is raised if the record could not be kept.
        """


@dataclass(frozen=True, slots=True)
class TlsFacts:
    """What a TLS socket agreed on. `chain` holds DER certificates, leaf first."""

    version: str
    cipher: str
    chain: tuple[bytes, ...]


@dataclass(slots=True)
class RawExchange:
    """
    The bytes of one exchange as they crossed the socket, on their way into the WARC.

    Attributes:
        request: Request bytes, secrets already taken out.
        response: Seekable file with the response bytes: head, then body as framed on the wire.
            The writer closes it.
        response_bytes: Length of `response`.
        head_bytes: Length of the response head, including its empty line.
        block_digest: `sha256:<hex>` of all of `response`.
        payload_digest: `sha256:<hex>` of the entity body without transfer coding.
        payload_bytes: Length of that entity body.
        chunked: The body is framed in chunks; then no payload digest may stand in the record.
        truncated: WARC-Truncated reason, if the end is missing.
        facts: More lines for the metadata record, e.g. attempt or redacted headers.
    """

    url: str
    at: dt.datetime
    duration_ms: int
    request: bytes
    response: BinaryIO
    response_bytes: int
    head_bytes: int
    block_digest: str
    payload_digest: str
    payload_bytes: int
    chunked: bool
    status: int
    mime: str
    ip: str | None = None
    tls: TlsFacts | None = None
    truncated: str | None = None
    via: str | None = None
    hops_from_seed: str = ""
    facts: tuple[Header, ...] = ()


class RecordWriter(Protocol):
    """Where records go."""

    async def write_exchange(self, raw: RawExchange) -> RecordRef:
        """Append request, response (or revisit) and metadata; return after fsync."""

    async def write_resource(self, url: str, at: dt.datetime, mime: str, body: bytes) -> RecordRef:
        """Append a resource record (something given to us or made by us); return after fsync."""

    def take_written(self) -> tuple[RecordRef, ...]:
        """Hand over the refs written since the last call (response, revisit, resource)."""

    async def close(self) -> None:
        """Finish the open file: sort its index, drop `.open` from the names."""


class DigestIndex(Protocol):
    """What has this archive already got? Asked for each response, so it must be quick."""

    def original(self, digest: str) -> RecordRef | None:
        """Find the response record that first held a payload of this digest."""


class PayloadReader(Protocol):
    """Reads what was recorded."""

    def open(self, record_id: str) -> AbstractContextManager[BinaryIO]:
        """
        Open the decoded payload of a response, resource or revisit (which leads to its original).

        Raises:
            StoreError: If the record is not known or its file is gone.
            FixityError: If the bytes do not match.
        """


class Store(Protocol):
    """The index of the archive. Every call is short; each writing call is one transaction."""

    # seeds and crawls
    def sync_watches(self, watches: Sequence[Watch]) -> None:
        """Make the watches of origin `config` equal to these; leave those of origin `command`."""

    def add_watch(self, watch: Watch) -> None: ...
    def remove_watch(self, name: str) -> bool: ...
    def pause_watch(self, name: str, paused: bool) -> bool: ...
    def watches(self) -> tuple[Watch, ...]: ...

    def enqueue(self, request: CrawlRequest) -> Crawl | None:
        """Insert a crawl row; None if a live one for this URL exists."""

    def start(self, request: CrawlRequest) -> Crawl | None:
        """Insert a crawl row that runs from now on; None if a live one for this URL exists."""

    def claim(self, now: dt.datetime) -> Crawl | None:
        """Take the next due queued crawl and mark it running."""

    def finish(self, crawl_id: int, *, at: dt.datetime, thread_id: str | None) -> None: ...
    def fail(
        self, crawl_id: int, *, at: dt.datetime, error: str, retry_at: dt.datetime | None
    ) -> None:
        """Mark failed, or queue it again for `retry_at`."""

    def recover_crawls(self) -> int:
        """Queue again what was running when the process ended; the count of them."""

    def crawls(self, *, limit: int = 50) -> tuple[Crawl, ...]:
        """The newest crawls first."""

    def last_crawl(self, url: str) -> Crawl | None:
        """The newest crawl of this seed that was started."""

    def queued(self) -> tuple[Crawl, ...]: ...

    # threads
    def thread(self, thread_id: str) -> Thread | None: ...
    def find_thread(self, words: str) -> Thread | None:
        """Find by id, unambiguous id prefix, or URL of the thread, of a post or of a seed."""

    def thread_for_seed(self, url: str) -> Thread | None: ...
    def save_thread(self, crawl: Crawl, thread: Thread, revisions: Sequence[Revision]) -> None:
        """Keep the merged thread and its revisions, and that this seed and watch lead to it."""

    # links, snapshots, media: kept one by one, so that a crawl that was killed can skip them
    def save_chain(self, crawl_id: int, thread_id: str, chain: Chain) -> None: ...
    def save_snapshot(self, crawl_id: int, snapshot: Snapshot) -> None: ...
    def save_media(self, thread_id: str, copy: MediaCopy) -> None: ...
    def chains_of_crawl(self, crawl_id: int) -> tuple[Chain, ...]: ...
    def snapshots_of_crawl(self, crawl_id: int) -> tuple[Snapshot, ...]: ...
    def media_of_thread(self, thread_id: str) -> tuple[MediaCopy, ...]: ...

    # records
    def add_records(self, records: Sequence[RecordRef]) -> None:
        """Keep where records lie; those already known are left as they are."""

    def record(self, record_id: str) -> RecordRef | None: ...
    def records(self) -> tuple[RecordRef, ...]: ...
    def original(self, digest: str) -> RecordRef | None: ...

    # reading for publication
    def thread_ids(self) -> tuple[str, ...]:
        """All threads, newest `updated_at` first."""

    def view(self, thread_id: str) -> ThreadView | None: ...
    def snapshots_of(self, url: str) -> tuple[Snapshot, ...]:
        """All snapshots of a URI-R, oldest first."""

    def dirty_threads(self) -> tuple[str, ...]:
        """Threads saved since they were last published."""

    def mark_published(self, thread_ids: Sequence[str], at: dt.datetime) -> None: ...
    def counts(self) -> dict[str, int]:
        """Rows per kind: threads, posts, links, snapshots, records, queued, running, failed."""
