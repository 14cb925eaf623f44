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
