"""What happened, as other programs are told of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

EVENTS = (
    "thread.captured",
    "thread.edited",
    "thread.vanished",
    "thread.restored",
    "author.renamed",
    "link.moved",
    "link.died",
    "link.back",
    "link.changed",
    "link.paywalled",
    "link.opened",
    "crawl.failed",
    "published",
)
"""All types of events: a closed list, documented in docs/how-to/webhooks.md."""

TEST = "test"
"""Sent by `archiver webhook test` only."""


@dataclass(frozen=True, slots=True)
class News:
    """
    One event.

    Attributes:
        id: The same however often it is told.
        type: One of EVENTS.
        at: When it came to be known, UTC.
        data: A JSON object.
        thread_id: The thread that it gives away; empty if none.
    """

    id: str
    type: str
    at: dt.datetime
    data: str
    thread_id: str = ""
