"""
To which thread does a post belong whose parent was deleted, and how is the missing one named?

Deleting a post takes the pointer from those below it, so they look like new threads, but for
`in_reply_to_account_id` (protocols 2.5).
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from archiver.core.merge import HOLE
from archiver.sources.mastodon.status import Status
from archiver.sources.mastodon.talk import age, by_age

_QUIET = dt.timedelta(days=7)  # no thread is taken up again after longer silence
_BESIDE = dt.timedelta(hours=1)  # a single post may come between two posts of a thread


@dataclass(slots=True)
class _Running:
    """
    The author's threads as they grow.

    Attributes:
        counts: How many posts each thread has so far, by its root.
        touched: The root that was added to last, and when; `grown`: of those with several posts.
    """

    counts: dict[str, int] = field(default_factory=dict)
    touched: tuple[str, dt.datetime] | None = None
    grown: tuple[str, dt.datetime] | None = None

    def add(self, root: str, at: dt.datetime) -> None:
        """Add a post to a thread."""
        self.counts[root] = self.counts.get(root, 0) + 1
        self.touched = (root, at)
        if self.counts[root] > 1:
            self.grown = (root, at)

    def latest(self, orphan: Status) -> str | None:
        """Give the thread that an orphan most likely continues."""
        if self.touched is None or orphan.created_at - self.touched[1] > _QUIET:
            return None
        if self.grown is not None and orphan.created_at - self.grown[1] <= _BESIDE:
            return self.grown[0]
        return self.touched[0]


def owners(
    statuses: Iterable[Status], account: str, decided: Mapping[str, str | None]
) -> dict[str, str]:
    """
    Find the thread of each orphan of an author.

    An orphan belongs to the thread that its author added to last before it; a single post that
    nobody continued counts only if the thread before it had been quiet for an hour. After a week
    of silence it belongs to none.

    Args:
        statuses: Posts of one server.
        account: Local id of the author.
        decided: Local ids of orphans whose root is known for sure (None: of another thread).

    Returns:
        Local id of the root, by local id of the orphan.
    """
    aged = by_age(tuple(statuses))
    seen = {each.id for each in aged}
    roots: dict[str, str] = {}
    running = _Running()
    found: dict[str, str] = {}
    for status in aged:
        if status.account != account:
            continue
        root = _root_of(status, roots)
        if root is None and is_severed(status, seen):
            root = decided[status.id] if status.id in decided else running.latest(status)
            if root is not None:
                found[status.id] = root
        if root is None:
            continue
        roots[status.id] = root
        running.add(root, status.created_at)
    return found


def is_severed(status: Status, seen: Container[str]) -> bool:
    """
    Say whether a post continues one of its author's that is not to be seen.

    Args:
        seen: Local ids of the posts that were seen.
    """
    if status.is_orphan:
        return True
    own = status.parent_account == status.account
    return own and status.parent is not None and status.parent not in seen


def _root_of(status: Status, roots: Mapping[str, str]) -> str | None:
    if status.parent is None:
        return status.id if status.parent_account is None else None
    return roots.get(status.parent)


class Holes:
    """Names for the missing posts above orphans."""

    def __init__(self, statuses: Iterable[Status], author: str, gone: Iterable[str]) -> None:
        """
        Args:
            statuses: Posts of one server.
            author: Local id of the thread's author.
            gone: Global ids of stored posts that are gone.
        """
        own = (each for each in statuses if each.account == author)
        self._own = sorted(age(each.id) for each in own if each.parent_account in {None, author})
        self._gone = tuple(gone)
        self._by_stem: dict[str, Sequence[tuple[int, str]]] = {}

    def above(self, orphan: Status) -> str:
        """
        Name the missing post above an orphan.

        By its id, if the server still tells it; by the stored post of its author that stood
        before it, if that is gone; else by the orphan, since nobody knows its own.
        """
        stem = orphan.uri.removesuffix(orphan.id)
        if orphan.parent is not None and stem != orphan.uri:
            return stem + orphan.parent
        before = _before(self._of(stem), age(orphan.id))
        if before is not None and before > (_before(self._own, age(orphan.id)) or (0, "")):
            return stem + before[1]
        return HOLE + orphan.uri

    def _of(self, stem: str) -> Sequence[tuple[int, str]]:
        if stem not in self._by_stem:
            cut = (each.removeprefix(stem) for each in self._gone if each.startswith(stem))
            self._by_stem[stem] = sorted(map(age, cut))
        return self._by_stem[stem]


def _before(ages: Sequence[tuple[int, str]], one: tuple[int, str]) -> tuple[int, str] | None:
    place = bisect_left(ages, one)
    return ages[place - 1] if place else None
