"""
To which thread does a post belong whose parent was deleted?

Deleting a post takes the pointer from those below it, so they look like new threads, but for
`in_reply_to_account_id` (protocols 2.5).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass

from archiver.sources.mastodon.status import Status
from archiver.sources.mastodon.talk import by_age

_QUIET = dt.timedelta(days=7)  # no thread is taken up again after longer silence
_BESIDE = dt.timedelta(hours=1)  # a single post may come between two posts of a thread


@dataclass(slots=True)
class _Running:
    """A thread of the author as it grows: how many posts, and when the last one came."""

    root: str
    last: dt.datetime
    count: int = 1


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
    running: dict[str, _Running] = {}
    found: dict[str, str] = {}
    for status in aged:
        if status.account != account:
            continue
        root = _root_of(status, roots)
        if root is None and is_severed(status, seen):
            root = decided[status.id] if status.id in decided else _latest(running, status)
            if root is not None:
                found[status.id] = root
        if root is None:
            continue
        roots[status.id] = root
        thread = running.setdefault(root, _Running(root, status.created_at, 0))
        thread.last, thread.count = status.created_at, thread.count + 1
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


def _latest(running: Mapping[str, _Running], orphan: Status) -> str | None:
    fresh = [each for each in running.values() if orphan.created_at - each.last <= _QUIET]
    fresh.sort(key=lambda each: each.last, reverse=True)
    threads = [each for each in fresh if each.count > 1]
    if threads and orphan.created_at - threads[0].last <= _BESIDE:
        return threads[0].root
    return fresh[0].root if fresh else None
