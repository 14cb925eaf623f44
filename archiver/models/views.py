"""Everything that is published about one thread."""

from __future__ import annotations

from dataclasses import dataclass

from archiver.models.links import Chain, LinkChange, MediaCopy, Snapshot
from archiver.models.threads import Observed, Revision, Thread


@dataclass(frozen=True, slots=True)
class LinkView:
    """A link: its newest chain, the snapshot that readers are shown for it, and what changed."""

    uri_r: str
    chain: Chain | None = None
    snapshot: Snapshot | None = None
    changes: tuple[LinkChange, ...] = ()


@dataclass(frozen=True, slots=True)
class ThreadView:
    """Everything that is published about one thread."""

    thread: Thread
    links: tuple[LinkView, ...] = ()
    media: tuple[MediaCopy, ...] = ()
    revisions: tuple[Revision, ...] = ()
    watches: tuple[str, ...] = ()  # names of the watches it belongs to
    observations: tuple[Observed, ...] = ()  # every capture of it, oldest first
    page: Snapshot | None = None  # its own page on the platform, as a browser showed it
