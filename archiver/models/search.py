"""What a search found."""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass

from archiver.models.links import Snapshot
from archiver.models.threads import StoredPost


class HitKind(enum.StrEnum):
    """What was found: a post, or the page at the end of a link."""

    POST = "post"
    TARGET = "target"


class SearchOrder(enum.StrEnum):
    """Which finds come first."""

    BEST = "best"
    NEWEST = "newest"


@dataclass(frozen=True, slots=True)
class ThreadName:
    """
    A thread, as far as a list names it.

    Attributes:
        warning: Content warning of its first post, whose words the title may give away.
    """

    id: str
    platform: str
    title: str
    url: str
    warning: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """
    One find.

    Attributes:
        at: When the post was written, or the page captured; UTC.
        threads: Of a post, the thread it stands in; of a target, those whose links lead there.
        post: None for a target.
        snapshot: The copy of a target that readers are shown; None for a post.
    """

    kind: HitKind
    at: dt.datetime
    threads: tuple[ThreadName, ...]
    post: StoredPost | None = None
    snapshot: Snapshot | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """
    One page of finds.

    Attributes:
        more: What to ask with for the next page; empty at the end.
        waiting: Documents of an older archive that are not in the index yet.
    """

    hits: tuple[Hit, ...]
    more: str = ""
    waiting: int = 0
