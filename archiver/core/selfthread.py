"""Which posts are the thread itself, in which order, and what is missing between them?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from archiver.models import Branch

_LAST = dt.datetime.max.replace(tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class Node:
    """A post that was seen; `parent` is the id it replies to, seen or not."""

    id: str
    author: str
    parent: str | None = None
    created_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a post stands; `gap` if it was not seen, only named by those below it."""

    id: str
    parent: str | None
    branch: Branch
    gap: bool = False


def arrange(
    nodes: Iterable[Node], root: str, *, author: str, unseen: Mapping[str, str]
) -> tuple[Place, ...]:
    """
    Put the posts of a conversation in reading order: the thread itself, then what hangs beside it.

    The thread is the oldest contiguous chain of replies by its author, from the root on. Where a
    post of the author is missing but something of the author's survives below it, the missing one
    is a gap behind the last post that is still joined to the root, and the chain goes on below
    it; several such pieces follow each other by time. Second tries of the author and all replies
    of others, with whatever hangs on them, are side branches.

    Args:
        nodes: The posts, in any order; of equal ids the first counts.
        root: Id of the first post; a gap if it was not seen.
        author: Id of its author.
        unseen: Authors of posts that were not seen, by id, as far as they are known.

    Returns:
        Each post once, and each missing parent as a gap. In the thread each post's parent is the
        post before it.

    Source: reference/protocols.md, 1 (rules 2 to 5)
    """
    return _Arrangement(nodes, root, author, unseen).places()


class _Arrangement:
    def __init__(
        self, nodes: Iterable[Node], root: str, author: str, unseen: Mapping[str, str]
    ) -> None:
        self._nodes: dict[str, Node] = {}
        for node in nodes:
            self._nodes.setdefault(node.id, node)
        self._root = root
        self._author = author
        self._unseen = unseen
        self._below: dict[str | None, list[Node]] = {}
        for node in sorted(self._nodes.values(), key=_age):
            self._below.setdefault(node.parent, []).append(node)
        self._placed: set[str] = set()

    def places(self) -> tuple[Place, ...]:
        thread = list(self._thread())
        return (*thread, *self._sides([place.id for place in thread]))

    def _thread(self) -> Iterator[Place]:
        tail: str | None = None
        for start in (self._root, *self._lost_starts()):
            if start in self._placed:
                continue
            link: str | None = start
            while link is not None:
                self._placed.add(link)
                yield Place(link, tail, Branch.THREAD, gap=link not in self._nodes)
                tail, link = link, self._next(link)

    def _next(self, parent: str) -> str | None:
        """Give the oldest reply of the author that stands nowhere yet."""
        for each in self._below.get(parent, ()):
            if each.author == self._author and each.id not in self._placed:
                return each.id
        return None

    def _lost_starts(self) -> list[str]:
        """Give missing posts of the author below which the author went on, oldest first."""
        ages = {
            parent: min(_age(each) for each in below if each.author == self._author)
            for parent, below in self._below.items()
            if parent is not None
            and parent not in self._nodes
            and self._unseen.get(parent) == self._author
            and any(each.author == self._author for each in below)
        }
        return sorted(ages, key=lambda parent: ages[parent])

    def _sides(self, thread: Iterable[str]) -> Iterator[Place]:
        for each in thread:
            yield from self._beneath(each)
        for lost in self._other_starts():
            yield Place(lost, None, Branch.SIDE, gap=True)
            self._placed.add(lost)
            yield from self._beneath(lost)
        # What is left names no parent, or they name each other in a circle.
        for node in sorted(self._nodes.values(), key=_age):
            if node.id not in self._placed:
                self._placed.add(node.id)
                yield Place(node.id, node.parent, Branch.SIDE)
                yield from self._beneath(node.id)

    def _other_starts(self) -> list[str]:
        ages = {
            parent: _age(below[0])
            for parent, below in self._below.items()
            if parent is not None and parent not in self._nodes and parent not in self._placed
        }
        return sorted(ages, key=lambda parent: ages[parent])

    def _beneath(self, top: str) -> Iterator[Place]:
        """Give what hangs on a post and stands nowhere yet, each branch to its end."""
        waiting = list(reversed(self._below.get(top, ())))
        while waiting:
            node = waiting.pop()
            if node.id not in self._placed:
                self._placed.add(node.id)
                yield Place(node.id, node.parent, Branch.SIDE)
                waiting += reversed(self._below.get(node.id, ()))


def _age(node: Node) -> tuple[dt.datetime, str]:
    return (node.created_at or _LAST, node.id)
