"""
The words of the field as frozen values: what the parts hand to each other.

Times are UTC-aware, sequences are tuples, absent is None, and no value here knows how it is stored.
docs/reference/glossary.md defines the words.
"""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass

Header = tuple[str, str]


class Outcome(enum.StrEnum):
    """How an attempt to reach a URL ended: a closed list (docs/reference/outcomes.md)."""

    OK = "ok"
    DEAD = "dead"  # 404, 410 or another 4xx that says: not here
    REFUSED = "refused"  # 401, 403, 429, 451, 5xx, or a connection that was refused
    TIMEOUT = "timeout"
    LOOP = "loop"
    TOO_MANY_HOPS = "too_many_hops"
    UNSAFE = "unsafe"  # an address we do not connect to, or a scheme we do not speak
    TOO_LARGE = "too_large"
    TLS_ERROR = "tls_error"
    DNS_ERROR = "dns_error"
    INVALID = "invalid"  # not a URL, or an answer that is not HTTP


class Purpose(enum.StrEnum):
    """Why something is fetched; decides politeness and limits."""

    API = "api"  # a platform's answer: small, paced
    HOP = "hop"  # a link on its way to the target
    REQUISITE = "requisite"  # part of a page: fetched in a burst, as a browser does
    MEDIA = "media"  # picture, sound or film of a post


@dataclass(frozen=True, slots=True)
class FetchRequest:
    """
    One request that somebody wants made.

    Attributes:
        url: Absolute http or https URL, as it shall be asked for.
        headers: Added to our own (User-Agent, Accept-Encoding).
        body: Sent as it is; empty for GET.
        keep_bytes: How much of the decoded body the asker wants back in memory, in bytes.
            What is recorded is not limited by it.
        max_bytes: Where the recording itself stops, in bytes; None means network.max_body_bytes.
        via: The URL this one was found on, if any.
        hops_from_seed: Heritrix letters: L link, R redirect, E embed.
    """

    url: str
    purpose: Purpose = Purpose.API
    method: str = "GET"
    headers: tuple[Header, ...] = ()
    body: bytes = b""
    keep_bytes: int = 32_000_000
    max_bytes: int | None = None
    via: str | None = None
    hops_from_seed: str = ""


@dataclass(frozen=True, slots=True)
class Exchange:
    """
    One request and what came of it, as a parser sees it; live or read from a WARC.

    Attributes:
        at: When the request was sent, UTC.
        outcome: OK if a whole HTTP answer came, whatever its status; else why not.
        status: HTTP status, 100-599; None if no answer came.
        headers: As received, in order.
        body: Content decoded; at most `request.keep_bytes`.
        whole: False if `body` is less than what the server meant to send.
        ip: The peer address of the socket, RFC 5952 text.
        record_id: `urn:uuid:…` of the response or revisit record; None if nothing was recorded.
        digest: `sha256:<hex>` of the payload (transfer coding removed, content coding kept).
        size: Length of the payload that was received, in bytes, content coding kept.
        error: One sentence for people, if outcome is not OK.
    """

    request: FetchRequest
    at: dt.datetime
    outcome: Outcome
    status: int | None = None
    headers: tuple[Header, ...] = ()
    body: bytes = b""
    whole: bool = True
    ip: str | None = None
    record_id: str | None = None
    digest: str | None = None
    size: int = 0
    error: str = ""

    def header(self, name: str) -> str | None:
        """Give the first value of a header, or None; names compare without case (RFC 9110, 5.1)."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)

    @property
    def mime(self) -> str:
        """The media type without parameters, lower case; empty if none was sent."""
        return (self.header("content-type") or "").partition(";")[0].strip().lower()


# ---------------------------------------------------------------- records


class RecordType(enum.StrEnum):
    """WARC 1.1, 6: the kinds of record we write."""

    WARCINFO = "warcinfo"
    RESPONSE = "response"
    REQUEST = "request"
    RESOURCE = "resource"
    METADATA = "metadata"
    REVISIT = "revisit"
    CONVERSION = "conversion"


@dataclass(frozen=True, slots=True)
class RecordRef:
    """
    Where a record lies and what it holds: one line of CDXJ, one row of the record table.

    Attributes:
        record_id: `urn:uuid:…`.
        url: WARC-Target-URI.
        at: WARC-Date.
        status: HTTP status of a response or revisit.
        digest: Payload digest `sha256:<hex>`.
        length: Compressed length of the gzip member, in bytes.
        offset: Of the gzip member, in bytes from the start of the file.
        filename: Name of the WARC without folders, as it is called once closed.
        payload_bytes: Length of the payload that was received; None where unknown.
    """

    record_id: str
    type: RecordType
    url: str
    at: dt.datetime
    mime: str
    status: int | None
    digest: str | None
    filename: str
    offset: int
    length: int
    payload_bytes: int | None = None
    refers_to: str | None = None  # revisit: record id of the original, where known
    truncated: str | None = None


# ---------------------------------------------------------------- threads


class RefKind(enum.StrEnum):
    """What a URL names."""

    THREAD = "thread"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class KnownPost:
    """A post stored earlier, so that a source can ask for it by name once it is not shown."""

    id: str
    url: str


@dataclass(frozen=True, slots=True)
class SourceRef:
    """
    A URL that a source recognised.

    Attributes:
        platform: Name of the source, e.g. `mastodon`.
        url: As it was given.
        key: What the source needs to plan, in its own words, e.g. host and id.
        known: Posts of this thread stored earlier.
    """

    platform: str
    kind: RefKind
    url: str
    key: tuple[str, ...] = ()
    known: tuple[KnownPost, ...] = ()


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote. `id` is permanent where the platform has such a thing; handle and name change."""

    id: str
    handle: str = ""
    name: str = ""
    url: str = ""
    avatar_url: str | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """A link in a post: `uri_r` is where it really leads, `text` the words shown."""

    uri_r: str
    text: str = ""


class MediaKind(enum.StrEnum):
    """What an attachment is."""

    IMAGE = "image"
    VIDEO = "video"
    GIF = "gif"
    AUDIO = "audio"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Media:
    """An attachment. Width and height in pixels; `alt` is the author's description."""

    kind: MediaKind
    url: str
    alt: str = ""
    mime: str = ""
    width: int | None = None
    height: int | None = None
    preview_url: str | None = None


@dataclass(frozen=True, slots=True)
class PollOption:
    """One answer of a poll; votes is None while the platform hides them."""

    title: str
    votes: int | None = None


@dataclass(frozen=True, slots=True)
class Poll:
    """A poll as it stood at the time of the observation."""

    options: tuple[PollOption, ...]
    multiple: bool = False
    closes_at: dt.datetime | None = None
    voters: int | None = None


@dataclass(frozen=True, slots=True)
class Quote:
    """A quoted post. `state` is `shown`, or the platform's word for why it is not."""

    url: str
    state: str = "shown"
    author: Author | None = None
    text: str = ""
    html: str = ""


class PostState(enum.StrEnum):
    """What a post of a stored thread is now."""

    PRESENT = "present"
    EDITED = "edited"
    VANISHED = "vanished"
    GAP = "gap"  # known to exist or to have existed, never seen by us


class Branch(enum.StrEnum):
    """Where a post stands: in the thread itself, or in what others (or a second try) hung on it."""

    THREAD = "thread"
    SIDE = "side"


@dataclass(frozen=True, slots=True)
class Post:
    """
    One post as a platform showed it.

    Attributes:
        id: Native, global id: ActivityPub URI, AT-URI, post number; never a handle or local id.
        html: Built by the source from allowed elements only (core.richtext); sanitised again
            when published.
        text: The same as plain text, link texts as shown.
        mentions: Handles with a leading @, as the platform names them.
        hashtags: Without #.
        content_warning: Empty if there is none.
        gap: True for a post that is known to exist and could not be seen.
    """

    id: str
    author: Author | None
    url: str = ""
    text: str = ""
    html: str = ""
    created_at: dt.datetime | None = None
    edited_at: dt.datetime | None = None
    parent_id: str | None = None
    branch: Branch = Branch.THREAD
    links: tuple[Link, ...] = ()
    mentions: tuple[str, ...] = ()
    hashtags: tuple[str, ...] = ()
    media: tuple[Media, ...] = ()
    poll: Poll | None = None
    quote: Quote | None = None
    content_warning: str = ""
    sensitive: bool = False
    language: str | None = None
    gap: bool = False


@dataclass(frozen=True, slots=True)
class Completeness:
    """
    What is said about how much of a thread we hold.

    Attributes:
        expected: Posts of the thread itself, as far as the platform lets one know; None if it
            does not say.
        captured: Posts of the thread itself that we hold.
        gaps: Posts of the thread itself known to be missing.
        reason: A sentence: why it is complete, or which limit was met.
    """

    expected: int | None
    captured: int
    gaps: int
    reason: str


@dataclass(frozen=True, slots=True)
class ThreadObservation:
    """
    What a platform showed of one thread in one capture.

    Attributes:
        native_id: Id of the root post; with `platform` the identity of the thread for ever.
        posts: In reading order: the thread itself from the root on, then side branches.
        gone: Ids of posts for which the platform said so itself (404, 410, tombstone, not in a
            complete listing). Only these can become vanished.
        record_ids: The records that prove this observation.
    """

    platform: str
    native_id: str
    url: str
    author: Author
    posts: tuple[Post, ...]
    completeness: Completeness
    observed_at: dt.datetime
    title: str = ""
    language: str | None = None
    gone: tuple[str, ...] = ()
    record_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AccountObservation:
    """What a platform showed of an account: URLs of its threads' roots, newest first."""

    platform: str
    author: Author
    url: str
    thread_urls: tuple[str, ...]
    observed_at: dt.datetime
    reason: str = ""


Observation = ThreadObservation | AccountObservation


class RevisionKind(enum.StrEnum):
    """What happened to a post between two observations."""

    ADDED = "added"
    EDITED = "edited"
    VANISHED = "vanished"
    RESTORED = "restored"
    RENAMED = "renamed"  # the author's handle or name; post_id is empty


@dataclass(frozen=True, slots=True)
class Revision:
    """One change of a thread, with the records that prove it. Never deleted, never altered."""

    kind: RevisionKind
    post_id: str
    at: dt.datetime
    record_ids: tuple[str, ...] = ()
    before: Post | None = None
    after: Post | None = None


@dataclass(frozen=True, slots=True)
class StoredPost:
    """A post of a stored thread: its latest known body, and what became of it."""

    post: Post
    state: PostState
    position: int
    first_seen_at: dt.datetime
    last_seen_at: dt.datetime
    vanished_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Thread:
    """
    A thread as a versioned object: the newest state of each post that was ever seen.

    Attributes:
        id: Permanent, 16 hex digits made of platform and native id (core.ids).
        posts: Reading order; positions count from 1.
        updated_at: Time of the newest revision; moves only when a reader would see a change.
    """

    id: str
    platform: str
    native_id: str
    url: str
    author: Author
    title: str
    posts: tuple[StoredPost, ...]
    completeness: Completeness
    first_captured_at: dt.datetime
    last_captured_at: dt.datetime
    updated_at: dt.datetime
    language: str | None = None
    tags: tuple[str, ...] = ()


# ---------------------------------------------------------------- links and snapshots


class Mechanism(enum.StrEnum):
    """How a hop led on."""

    HTTP = "http"  # 3xx with Location
    REFRESH_HEADER = "refresh-header"
    META_REFRESH = "meta-refresh"
    JS = "js"
    INTERSTITIAL = "interstitial"


@dataclass(frozen=True, slots=True)
class Hop:
    """
    One step of a chain. `mechanism` and `location` say how it led on; None on the last hop.

    `location` is the raw value as received; the next hop's `url` is what it resolved to.
    """

    url: str
    at: dt.datetime
    status: int | None = None
    mechanism: Mechanism | None = None
    location: str | None = None
    ip: str | None = None
    record_id: str | None = None


@dataclass(frozen=True, slots=True)
class Chain:
    """
    A link followed to its end.

    Attributes:
        uri_r: The link as written in the post (with a scheme).
        target: URL of the last hop; the best known deep URL if the end is a soft error page.
        error: One sentence if outcome is not ok.
    """

    uri_r: str
    target: str
    outcome: Outcome
    hops: tuple[Hop, ...]
    at: dt.datetime
    error: str = ""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """
    What stood at a target at one moment: the captures needed to show it again.

    Attributes:
        url: URI-R of the page.
        at: Time of the page's capture, the 14 digits of its URI-M.
        digest: Payload digest of the page itself.
        record_id: The page's response or revisit record.
        text: Readable text, for search and readers; empty if there is none.
        text_digest: `sha256:<hex>` of title and text (or of the payload where there is no text);
            says whether a person would see a difference.
        requisites: How many requisites were wanted; `missing`: how many of them failed.
    """

    url: str
    at: dt.datetime
    outcome: Outcome
    status: int | None
    digest: str | None
    record_id: str | None
    mime: str = ""
    title: str = ""
    language: str | None = None
    canonical_url: str | None = None
    description: str = ""
    text: str = ""
    text_digest: str = ""
    requisites: int = 0
    missing: int = 0
    error: str = ""


@dataclass(frozen=True, slots=True)
class MediaCopy:
    """Our copy of an attachment: where its payload lies. `record_id` is None if it failed."""

    url: str
    outcome: Outcome
    record_id: str | None
    digest: str | None
    mime: str
    bytes: int
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class LinkView:
    """A link with its newest chain and the snapshot that readers are shown for it."""

    uri_r: str
    chain: Chain | None = None
    snapshot: Snapshot | None = None


@dataclass(frozen=True, slots=True)
class ThreadView:
    """Everything that is published about one thread."""

    thread: Thread
    links: tuple[LinkView, ...] = ()
    media: tuple[MediaCopy, ...] = ()
    revisions: tuple[Revision, ...] = ()
    watches: tuple[str, ...] = ()  # names of the watches it belongs to


# ---------------------------------------------------------------- watches and crawls


class Snapshots(enum.StrEnum):
    """How link targets are kept."""

    HTTP = "http"
    BROWSER = "browser"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Watch:
    """
    A seed with a schedule.

    Attributes:
        name: Unique; names its feeds.
        every_s: Seconds between crawls; None if `cron` is given.
        cron: Five fields, UTC; None if `every_s` is given.
        recapture_s: Ages at which a thread is captured again, in seconds, ascending.
        origin: `config` or `command` (added with `archiver watch add`).
    """

    name: str
    url: str
    every_s: float | None = None
    cron: str | None = None
    recapture_s: tuple[float, ...] = ()
    snapshots: Snapshots = Snapshots.HTTP
    tags: tuple[str, ...] = ()
    origin: str = "config"
    paused: bool = False


class CrawlState(enum.StrEnum):
    """Life of a crawl row: queued, running, then done or failed."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class CrawlRequest:
    """The intent to crawl one seed; at most one live crawl exists per URL."""

    url: str
    due_at: dt.datetime
    watch: str | None = None
    snapshots: Snapshots = Snapshots.HTTP
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Crawl:
    """
    A crawl row.

    Attributes:
        attempts: How often it was started.
        error: One sentence, if it failed.
    """

    id: int
    url: str
    state: CrawlState
    due_at: dt.datetime
    watch: str | None = None
    snapshots: Snapshots = Snapshots.HTTP
    tags: tuple[str, ...] = ()
    attempts: int = 0
    started_at: dt.datetime | None = None
    finished_at: dt.datetime | None = None
    error: str = ""
    thread_id: str | None = None


@dataclass(frozen=True, slots=True)
class CaptureResult:
    """What one crawl brought: a thread, or an account whose threads were queued."""

    thread_id: str | None
    revisions: tuple[Revision, ...] = ()
    found_urls: tuple[str, ...] = ()
