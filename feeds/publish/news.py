"""Which events does a publication bring, and how are they told once it is done?"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from archiver.models import ThreadView
from archiver.models.news import News
from feeds.json_feed import item_of
from feeds.publish.slots import Told, micros, moment
from feeds.publish.state import State
from feeds.scopes import Granularity

NEWS_FOR: Final = dt.timedelta(days=7)
"""What was seen longer ago is none, though it is published only now: old captures taken in, say."""
_TYPES: Final = {
    "edited": "thread.edited",
    "vanished": "thread.vanished",
    "restored": "thread.restored",
    "renamed": "author.renamed",
    "moved": "link.moved",
    "died": "link.died",
    "revived": "link.back",
    "changed": "link.changed",
    "paywalled": "link.paywalled",
    "opened": "link.opened",
}
_TOGETHER = 500

Tell = Callable[[Sequence[News]], None]


def news_of(
    view: ThreadView, new: Iterable[Told], *, since: dt.datetime | None, now: dt.datetime
) -> list[News]:
    """
    Give the events of entries that readers did not have before.

    Args:
        new: The entries.
        since: When readers could first see the thread, if that was decided. What happened to it
            before stays untold, but for that it is there.
    """
    found: list[News] = []
    for told in new:
        change = told.entry.change
        kind, at = "", view.thread.first_captured_at
        if told.granularity is Granularity.THREADS:
            kind, at = "thread.captured", max(at, since or at)
        elif told.granularity is Granularity.CHANGES and change is not None:
            at = change.seen_at
            kind = "" if since is not None and at <= since else _TYPES.get(change.kind, "")
        if kind and at > now - NEWS_FOR:
            found.append(_news(view.thread.id, kind, at, told))
    return found


def _news(thread_id: str, kind: str, at: dt.datetime, told: Told) -> News:
    item = item_of(told.entry)
    item.pop("content_html", None)  # it can be very large; the page has it
    digest = hashlib.sha256(f"{kind} {told.entry.id}".encode("utf-8", "surrogatepass"))
    data = json.dumps(item, ensure_ascii=True)
    return News(f"evt_{digest.hexdigest()[:32]}", kind, at, data, thread_id)


class Unsaid:
    """What is to be told once the files that it is about are published."""

    def __init__(self, state: State) -> None:
        self._state = state

    def keep(self, news: Iterable[News]) -> None:
        """Keep events, in the transaction that keeps the entries."""
        self._state.many(
            "INSERT OR REPLACE INTO news VALUES (?, ?, ?, ?, ?)",
            ((each.id, each.type, micros(each.at), each.thread_id, each.data) for each in news),
        )

    def say(self, tell: Tell | None) -> None:
        """Tell them, the oldest first, and forget them; those that nobody wants as well."""
        while rows := self._state.ask(
            "SELECT id, type, at, data, thread FROM news ORDER BY at, id LIMIT ?", _TOGETHER
        ):
            if tell is not None:
                tell([News(key, kind, moment(at), data, ref) for key, kind, at, data, ref in rows])
            self._state.many("DELETE FROM news WHERE id = ?", ((row[0],) for row in rows))
