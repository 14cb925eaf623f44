"""Links followed to their ends, and the copies of what stood there."""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass

from archiver.models.exchanges import Outcome


class Mechanism(enum.StrEnum):
    """How a hop led on."""

    HTTP = "http"  # 3xx with Location
    REFRESH_HEADER = "refresh-header"
    META_REFRESH = "meta-refresh"
    JS = "js"
    INTERSTITIAL = "interstitial"
    BEACON = "beacon"  # a table of a dead shortener's links, not its server


@dataclass(frozen=True, slots=True)
class Hop:
    """
    One step of a chain: one answer, or one line of a table of links.

    `mechanism` and `location` say how it led on. They are None on the last hop, and on an answer
    that led nowhere before another way was tried: the next hop is then of the same URL.

    Attributes:
        location: The raw value as received; the next hop's `url` is what it resolved to.
        record_id: The record that proves it: of the answer, of the attempt, or of the table's line.
        source: Whose word it is, if not that of the URL's own server: `urlteam:<file>`.
        agent: The User-Agent that was shown, if it was not our own.
    """

    url: str
    at: dt.datetime
    status: int | None = None
    mechanism: Mechanism | None = None
    location: str | None = None
    ip: str | None = None
    record_id: str | None = None
    source: str = ""
    agent: str = ""


@dataclass(frozen=True, slots=True)
class TableLine:
    """
    What a table of short links says of one of them.

    Attributes:
        url: The short link that was looked up.
        location: Where it led, decoded for people.
        target: The same as it is asked for: bytes that are not UTF-8 stay what they were.
        raw: The target as the table has it.
        source: `urlteam:<name of the file>`.
        digest: `sha256:<hex>` of the file.
        stamp: When the table was made, in its own words; empty if it does not say.
    """

    url: str
    location: str
    target: str
    raw: bytes
    source: str
    digest: str
    stamp: str = ""


@dataclass(frozen=True, slots=True)
class Witness:
    """
    Another archive's copy of a target that is dead to us: its word, never a snapshot of ours.

    Attributes:
        uri_m: Address of the memento.
        at: When that archive captured it (Memento-Datetime, UTC).
        source: The TimeGate that was asked.
        record_id: Our record of the memento as it was given to us.
        status: HTTP status of the memento.
    """

    uri_m: str
    at: dt.datetime
    source: str
    record_id: str | None
    status: int


@dataclass(frozen=True, slots=True)
class Chain:
    """
    A link followed to its end.

    Attributes:
        uri_r: The link as written in the post (with a scheme).
        target: URL of the last hop; the best known deep URL if the end is a soft error page.
        error: One sentence if outcome is not ok, or if there is a doubt about the target.
        witness: Another archive's copy, where the target is dead to us and a TimeGate knew one.
    """

    uri_r: str
    target: str
    outcome: Outcome
    hops: tuple[Hop, ...]
    at: dt.datetime
    error: str = ""
    witness: Witness | None = None

    @property
    def redirects(self) -> int:
        """How many times it led on."""
        return sum(1 for hop in self.hops if hop.mechanism is not None)


@dataclass(frozen=True, slots=True)
class ChainRun:
    """A chain, and how long the link went the same way: from `chain.at` to `last_at`."""

    chain: Chain
    last_at: dt.datetime


class LinkChangeKind(enum.StrEnum):
    """What happened to a link."""

    MOVED = "moved"  # it leads elsewhere
    DIED = "died"
    REVIVED = "revived"
    CHANGED = "changed"  # the page at its end reads otherwise
    WALLED = "paywalled"  # the page shows only its beginning any more
    OPENED = "opened"  # the wall is gone


@dataclass(frozen=True, slots=True)
class LinkChange:
    """
    A link that ends elsewhere than before, or at a page that is not what it was.

    Attributes:
        at: When that was first seen, UTC.
        before: Where it ended before, `before_outcome`: how.
        after: Where it ends since, `after_outcome`: how.
        record_ids: The records that prove both.
        was, now: Of a page that reads otherwise, its words where they differ, with what stands
            round them.
        picture: How much of the page looks otherwise, 0 to 1; None if no pictures were compared.
    """

    uri_r: str
    at: dt.datetime
    kind: LinkChangeKind
    before: str
    before_outcome: Outcome
    after: str
    after_outcome: Outcome
    record_ids: tuple[str, ...] = ()
    was: str = ""
    now: str = ""
    picture: float | None = None


class ViewKind(enum.StrEnum):
    """What a browser showed of a page."""

    SCREENSHOT = "screenshot"  # the full page
    FIRST = "first"  # the untouched page, before banners are closed
    THUMBNAIL = "thumbnail"
    PDF = "pdf"
    DOM = "dom"
    TEXT = "text"
    PAGEINFO = "pageinfo"


@dataclass(frozen=True, slots=True)
class View:
    """
    What a browser made of a page: a resource record of ours.

    Attributes:
        record_id: Where it lies.
        digest: `sha256:<hex>` of its bytes.
        width, height: In pixels; 0 where it is no picture.
        fingerprint: Of a picture, core.fingerprint; empty if it was not compared.
    """

    kind: ViewKind
    record_id: str
    mime: str
    bytes: int
    digest: str
    width: int = 0
    height: int = 0
    fingerprint: str = ""


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
        engine: Who asked for the requisites: `http`, our own reading of the page, or `browser`.
        views: What the browser made of the page.
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
    engine: str = "http"
    views: tuple[View, ...] = ()

    def view(self, kind: ViewKind) -> View | None:
        """Give the view of a kind, if there is one."""
        return next((each for each in self.views if each.kind is kind), None)


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
