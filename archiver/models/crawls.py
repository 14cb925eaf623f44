"""Watches and crawls: what is captured when, and what came of it."""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass

from archiver.models.threads import Revision


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
        embargo_s: How long new threads are kept from readers, in seconds from their first capture.
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
    embargo_s: float | None = None


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
    embargo_until: dt.datetime | None = None  # of threads that are new to us


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
    embargo_until: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class CaptureResult:
    """
    What one crawl brought: a thread, or a listing.

    Attributes:
        found_urls: Seeds of the threads that a listing names; each is captured by itself.
        held: Ids of the threads that a listing held itself.
    """

    thread_id: str | None
    revisions: tuple[Revision, ...] = ()
    found_urls: tuple[str, ...] = ()
    held: tuple[str, ...] = ()
