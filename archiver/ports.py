"""What the shell needs from the outside world, as protocols; bootstrap chooses who provides it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from http.cookiejar import CookieJar
from typing import BinaryIO, Protocol, runtime_checkable

from archiver.core.searchquery import Query
from archiver.models import (
    Chain,
    ChainRun,
    Crawl,
    CrawlRequest,
    CrawlState,
    Decision,
    Exchange,
    FetchRequest,
    Header,
    KnownThread,
    MediaCopy,
    Observation,
    Observed,
    RecordRef,
    Revision,
    Snapshot,
    SourceRef,
    TableLine,
    Thread,
    ThreadView,
    Watch,
)
from archiver.models.listing import CrawlPage, Figures, ThreadLine, ThreadLines
from archiver.models.origin import Origin
from archiver.models.search import Found, SearchOrder


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


@dataclass(frozen=True, slots=True)
class Cost:
    """What a platform asks for its answers: posts read, and US dollars."""

    posts: int = 0
    usd: float = 0.0

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.posts + other.posts, self.usd + other.usd)


NO_COST = Cost()


@runtime_checkable
class Priced(Protocol):
    """A source whose platform must be paid."""

    def limit(self) -> Cost:
        """Give the most that may be spent in a calendar month (UTC)."""

    def price(self, request: FetchRequest) -> Cost:
        """Give the most that a request may cost; nothing if it goes elsewhere."""

    def spent(self, exchange: Exchange) -> Cost:
        """Give what an answer did cost."""

    def dearest(self) -> Cost:
        """Give the most that any one request may cost."""


class Resolver(Protocol):
    """One kind of hop."""

    def next_hop(self, exchange: Exchange) -> HopFound | None:
        """Say where an answer leads, or None if it leads nowhere in this way."""


@dataclass(frozen=True, slots=True)
class HopFound:
    """
    Where an answer leads: `location` raw as received, `url` resolved and absolute.

    `note` is a sentence if there is a doubt about it.
    """

    mechanism: str
    location: str
    url: str
    note: str = ""


class LinkTables(Protocol):
    """Where short links led whose own servers do not say so any more."""

    def knows(self, url: str) -> bool:
        """Say whether a table may hold links of this host; costs nothing."""

    def find(self, url: str) -> TableLine | None:
        """Find where a short link led, read from disk. Raises StoreError if a table is damaged."""


class Authenticator(Protocol):
    """Shows a server who asks."""

    async def headers(self, request: FetchRequest, now: dt.datetime) -> tuple[Header, ...]:
        """
        Give the headers to add to a request; none if it goes to a host that this is not for.

        Raises:
            FetchError: If a token had to be asked for and was refused.
        """


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

    async def close(self) -> None:
        """Finish the open file: sort its index, drop `.open` from the names."""


class RecordIndex(Protocol):
    """
    Which records does this archive hold? The writer asks and tells it once per fsynced batch.

    The calls come from the writer's own thread, so they must be quick and thread-safe.
    """

    def originals(self, digests: Sequence[str]) -> dict[str, RecordRef]:
        """Find, for each payload digest, the response record that first held it; none is left out
        unless there is none."""

    def add_records(self, records: Sequence[RecordRef]) -> None:
        """Keep where records lie (response, revisit, resource); known ones are left as they are.
        Called after fsync and before anybody is told that the capture is done."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """
    What a record holds, opened.

    Attributes:
        status: HTTP status as received (of the revisit itself, if it is one); 200 for a resource.
        headers: As received; for a resource only Content-Type.
        body: The payload with transfer and content coding removed, to be read once.
    """

    url: str
    at: dt.datetime
    status: int
    headers: tuple[Header, ...]
    body: BinaryIO


class PayloadReader(Protocol):
    """Reads what was recorded."""

    def open(self, record_id: str) -> AbstractContextManager[Recorded]:
        """
        Open a response, resource or revisit (whose body is that of its original).

        Raises:
            StoreError: If the record is not known or its file is gone.
            FixityError: If the bytes do not match.
        """


class RecordPlaces(Protocol):
    """Reads what lies with a record. All but `origin` raise StoreError if it is not there."""

    def facts(self, record_id: str) -> tuple[Header, ...]:
        """The lines of an exchange's metadata record; none if there is no such record."""

    def stored(self, record_id: str) -> Iterator[bytes]:
        """A record as it lies in its file, compressed as it is there."""

    def origin(self, filename: str) -> Origin | None:
        """From which imported file a WARC of others came; None if it is ours, or nothing says."""


class Store(RecordIndex, Protocol):
    """The index of the archive. Every call is short; each writing call is one transaction."""

    # watches
    def sync_watches(self, watches: Sequence[Watch]) -> None:
        """Make the watches of origin `config` equal to these; leave those of origin `command`.
        A paused one stays paused."""

    def add_watch(self, watch: Watch) -> None:
        """Add or replace a watch of origin `command`; UsageError if config.toml has the name."""

    def remove_watch(self, name: str) -> bool:
        """Remove a watch of origin `command`; False if there is none of that name."""

    def pause_watch(self, name: str, paused: bool) -> bool: ...
    def watches(self) -> tuple[Watch, ...]: ...

    # crawls: at most one live (queued or running) crawl exists per URL
    def enqueue(self, request: CrawlRequest) -> Crawl | None:
        """Insert a queued crawl row; None if a live one for this URL exists."""

    def start(self, request: CrawlRequest) -> Crawl | None:
        """
        Give a crawl row that this process runs from now on.

        A queued row for the URL, or a running one whose process is gone, is taken over (with
        what its chains and snapshots already are); None if a living process runs one.
        """

    def claim(self, now: dt.datetime) -> Crawl | None:
        """Take the next due queued crawl and mark it running by this process."""

    def finish(self, crawl_id: int, *, at: dt.datetime, thread_id: str | None) -> None: ...
    def fail(
        self, crawl_id: int, *, at: dt.datetime, error: str, retry_at: dt.datetime | None
    ) -> None:
        """Mark failed, or queue it again for `retry_at`."""

    def release(self, crawl_id: int) -> None:
        """Queue a running crawl again at once, as it was: its process is about to stop."""

    def recover_crawls(self) -> int:
        """Queue again what a process ran that is gone; the count of them."""

    def crawls(self, *, limit: int = 50) -> tuple[Crawl, ...]:
        """The newest crawls first."""

    def crawl(self, crawl_id: int) -> Crawl | None: ...
    def last_crawl(self, url: str) -> Crawl | None:
        """The newest crawl of this seed that was started."""

    def failing(self) -> tuple[Crawl, ...]:
        """The last crawls of all seeds whose last one failed, newest first; also of those that are
        tried again."""

    def threads_asked(self) -> dict[str, int]:
        """Of each watch, how many addresses were crawled for it, beside its own."""

    def next_due(self) -> dt.datetime | None:
        """When the earliest queued crawl is due."""

    # threads
    def thread(self, thread_id: str) -> Thread | None: ...
    def find_thread(self, words: str) -> Thread | None:
        """Find by id, unambiguous id prefix, or URL of the thread, of a post or of a seed."""

    def thread_for_seed(self, url: str) -> Thread | None:
        """The thread that this seed URL led to when it was last captured."""

    def known_thread(self, url: str) -> KnownThread | None:
        """The thread that this URL leads to (a seed's, its own, or that of one of its posts) with
        the posts that we hold of it, no gaps."""

    def threads_of_watch(self, name: str) -> tuple[Thread, ...]: ...
    def save_thread(
        self,
        crawl: Crawl,
        thread: Thread,
        revisions: Sequence[Revision],
        observed: Observed | None = None,
        *,
        leads: bool = True,
    ) -> None:
        """
        Keep the merged thread, its revisions and the capture; and that this watch leads to it,
        and (unless the seed is a listing: `leads` is False) this seed.
        """

    # spending, by platform and calendar month (UTC, `2026-11`)
    def spent(self, platform: str, month: str) -> Cost: ...
    def add_spent(self, platform: str, month: str, cost: Cost) -> None: ...

    # links, snapshots, media: kept one by one, so that a crawl that was killed can skip them
    def save_chain(self, crawl_id: int, thread_id: str, chain: Chain) -> None: ...
    def unfollowed(self, thread_id: str) -> tuple[str, ...]:
        """Links of a thread that were never followed."""

    def save_snapshot(self, crawl_id: int, snapshot: Snapshot) -> None: ...
    def save_media(self, thread_id: str, copy: MediaCopy) -> None: ...
    def chains_of_crawl(self, crawl_id: int) -> tuple[Chain, ...]: ...
    def snapshots_of_crawl(self, crawl_id: int) -> tuple[Snapshot, ...]: ...
    def chain_history(self, uri_r: str) -> tuple[ChainRun, ...]:
        """The ways that a link went, oldest first; of very many, the newest."""

    def followed_at(self, thread_id: str) -> dict[str, dt.datetime]:
        """When each link of a thread was last followed, without those that never were."""

    def threads_with_target(self, url: str) -> tuple[tuple[str, str], ...]:
        """Thread ids, and links as written there, that lead or ever led to a target; scheme,
        tracking parameters and fragment do not count."""

    def media_of_thread(self, thread_id: str) -> tuple[MediaCopy, ...]: ...

    # policy: what may be published
    def decide(self, decision: Decision) -> None:
        """
        Keep a decision, and let it hold from the next publication on.

        A second time changes nothing; an older one than that which holds is only logged.
        """

    def policy_of(self, thread_id: str) -> Decision | None:
        """The decision that holds for a thread; None (so: public) if there never was one."""

    def decisions(self, thread_id: str | None = None) -> tuple[Decision, ...]:
        """All decisions, or those about one thread, oldest first."""

    def hidden_threads(self) -> tuple[Decision, ...]:
        """The decisions that keep threads from readers now: withheld, or under embargo."""

    def sealed_threads(self) -> tuple[str, ...]:
        """Ids of the threads that hold a post which must not be published, in their order."""

    def is_hidden(self, url: str, record_id: str, *, of_page: bool = False) -> bool:
        """
        Whether a record must not be replayed: it is of a thread that no reader may see or that
        holds a sealed post, or is an answer for programs that no link leads to and (`of_page`) no
        page is known to have asked for.
        """

    def next_embargo_end(self) -> dt.datetime | None:
        """When the next embargo ends; a time gone by if none was ended since."""

    def end_embargoes(self, now: dt.datetime) -> int:
        """Make threads public whose embargo is over; the count of them."""

    # records
    def record(self, record_id: str) -> RecordRef | None: ...
    def records_in(self, filename: str) -> tuple[RecordRef, ...]:
        """All rows of one WARC, by offset."""

    def record_files(self) -> tuple[str, ...]:
        """Names of all WARCs that have rows."""

    def nearest_record(self, url: str, at: dt.datetime, *, beside: str = "") -> RecordRef | None:
        """
        The response or revisit of a URL whose time is nearest, for replay (RFC 7089); one that was
        imported only where there is none of ours. `beside` is the WARC of the page that needs it:
        beside a page of ours nothing imported stands, beside an imported one its import first.
        """

    def capture_times(
        self, url: str, *, since: dt.datetime, limit: int = 1_000
    ) -> tuple[dt.datetime, ...]:
        """The times of the captures of a URL from `since` on, oldest first: of ours, or of imported
        ones where there is none of ours."""

    # reading for publication
    def thread_ids(self) -> tuple[str, ...]:
        """All threads, newest `updated_at` first."""

    def view(self, thread_id: str) -> ThreadView | None:
        """
        Everything that is published of a thread.

        For each link, in order of first appearance: core.shown.chain and core.shown.snapshot of
        what is stored, so that a recapture that brought nothing new changes nothing here.
        """

    def snapshots_of(self, url: str) -> tuple[Snapshot, ...]:
        """All snapshots of a URI-R, oldest first."""

    def evidence_of(self, thread_id: str) -> tuple[str, ...]:
        """Ids of all records that a thread, its chains, snapshots and media name."""

    def dirty_threads(self) -> tuple[str, ...]:
        """Threads in which a reader would see a change since they were last published."""

    def mark_published(self, thread_ids: Sequence[str]) -> None: ...
    # search
    def search(
        self,
        query: Query,
        *,
        now: dt.datetime,
        order: SearchOrder = SearchOrder.BEST,
        limit: int = 20,
        after: str = "",
        public: bool = True,
    ) -> Found:
        """
        Find posts and targets by their words; `public` leaves out what no reader may see.

        `after` is `more` of the page before. Raises UsageError if it never was.
        """

    def search_waiting(self) -> int:
        """How many rows of an older archive are not in the index of words yet."""

    def fill_search(
        self, told: Callable[[int, int], object] | None = None, *, steps: int | None = None
    ) -> int:
        """Bring them in, in so many steps or all; `told` how many are done, and of how many."""

    # lists and figures
    def queue_page(self, state: CrawlState, *, limit: int = 50, after: str = "") -> CrawlPage:
        """Crawls of one state: those that wait by when they are due, others the newest first."""

    def capture_page(self, words: str = "", *, limit: int = 50, after: str = "") -> CrawlPage:
        """Crawls, the newest first; `words` stand in the address or the name of the watch, or are
        the id of a thread."""

    def crawls_of(self, url: str, *, limit: int = 5_000) -> tuple[Crawl, ...]:
        """The newest crawls of one seed first."""

    def hurry(self, crawl_id: int, now: dt.datetime) -> bool:
        """Let a crawl that waits be due now; False if it does not wait."""

    def cancel(self, crawl_id: int, *, at: dt.datetime, why: str) -> bool:
        """Take a crawl that waits out of the queue; False if it does not wait."""

    def unpublished(self, *, limit: int = 50) -> tuple[ThreadLine, ...]:
        """Threads in which a reader would see a change since they were published."""

    def lines_of(self, thread_ids: tuple[str, ...]) -> dict[str, ThreadLine]:
        """Threads without their posts, by id."""

    def largest(self, *, limit: int = 10) -> tuple[tuple[str, int], ...]:
        """Threads whose media are largest, in bytes. Looks at all media: takes long."""

    def list_threads(
        self, *, limit: int = 20, after: str = "", watch: str = "", public: bool = True
    ) -> ThreadLines:
        """
        Threads, those that a reader saw change last first; `public` leaves out what none may see.

        `after` is `more` of the page before. Raises UsageError if it never was.
        """

    def figures(self) -> Figures:
        """Count what an operator watches."""

    def counts(self) -> dict[str, int]:
        """Rows per kind: threads, posts, links, snapshots, records, queued, running; and as
        `failed` the seeds whose last crawl failed."""
