"""Which posts does social.example hold, and which of them does it show together?"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

ANCESTORS = 40
DESCENDANTS = 60
DEPTH = 20
"""What /context shows to an anonymous reader (reference/protocols.md, 2.2)."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account; `avatar` names a file."""

    id: str
    username: str
    name: str
    note: str
    avatar: str


@dataclass(frozen=True, slots=True)
class Picture:
    """An attached picture; `file` and `preview` name files, sizes in pixels."""

    file: str
    preview: str
    width: int
    height: int
    alt: str


@dataclass(frozen=True, slots=True)
class Poll:
    """A poll: titles with their votes."""

    options: tuple[tuple[str, int], ...]
    closes_at: dt.datetime
    voters: int


@dataclass(frozen=True, slots=True)
class Version:
    """An earlier version of a post's text."""

    at: dt.datetime
    text: str


@dataclass(frozen=True, slots=True)
class DemoPost:
    """
    A post of the demo.

    Attributes:
        reply_to: Id of the post it answers, also when that one is deleted.
        reply_to_account: Account id that the server wrote down when it was posted: the parent's
            author, or for a reply to an own reply the one carried over from it.
        quote: Id of a quoted post; `boost`: id of a boosted one.
    """

    id: str
    account: Account
    text: str
    at: dt.datetime
    reply_to: str | None = None
    reply_to_account: str | None = None
    edited_at: dt.datetime | None = None
    earlier: tuple[Version, ...] = ()
    spoiler: str = ""
    sensitive: bool = False
    language: str | None = None
    pictures: tuple[Picture, ...] = ()
    poll: Poll | None = None
    quote: str | None = None
    boost: str | None = None
    visibility: str = "public"
    deleted: bool = False


class Board:
    """All posts, with what can happen to them."""

    def __init__(self, posts: Sequence[DemoPost]) -> None:
        self._posts = {post.id: post for post in posts}

    def get(self, post_id: str | None) -> DemoPost | None:
        """Give a post that is there."""
        post = self._posts.get(post_id or "")
        return post if post and not post.deleted else None

    def edit(self, post_id: str, text: str, at: dt.datetime) -> None:
        """Change the words of a post. Raises KeyError if there is none."""
        post = self._posts[post_id]
        earlier = (*post.earlier, Version(post.edited_at or post.at, post.text))
        self._posts[post_id] = dataclasses.replace(post, text=text, edited_at=at, earlier=earlier)

    def set_deleted(self, post_id: str, deleted: bool) -> None:
        """Delete a post, or bring it back. Raises KeyError if there never was one."""
        self._posts[post_id] = dataclasses.replace(self._posts[post_id], deleted=deleted)

    def replies(self, post_id: str) -> tuple[DemoPost, ...]:
        """Give the posts that answer a post, oldest first."""
        return tuple(post for post in self._shown() if post.reply_to == post_id)

    def ancestors(self, post: DemoPost) -> tuple[DemoPost, ...]:
        """Give what a post answers, the root first, as far as an anonymous reader sees it."""
        found: list[DemoPost] = []
        above = self.get(post.reply_to)
        while above is not None and len(found) < ANCESTORS:
            found.append(above)
            above = self.get(above.reply_to)
        return tuple(reversed(found))

    def descendants(self, post: DemoPost) -> tuple[DemoPost, ...]:
        """
        Give what hangs below a post, as an anonymous reader sees it.

        Depth first and cut at the limits, and only then are self-replies moved to the top: so
        many comments push the thread itself out of the answer (reference/protocols.md, 2.2).
        """
        found = [below for below, _ in zip(self._below(post), range(DESCENDANTS), strict=False)]
        return tuple(sorted(found, key=lambda below: below.reply_to_account != below.account.id))

    def conversation(self, post: DemoPost) -> str:
        """Give the id of the first post of a conversation; a deletion does not change it."""
        while post.reply_to is not None:
            post = self._posts[post.reply_to]
        return post.id

    def of_account(self, account_id: str) -> tuple[DemoPost, ...]:
        """Give the posts of an account, newest first."""
        return tuple(
            sorted(
                (post for post in self._shown() if post.account.id == account_id),
                key=lambda post: int(post.id),
                reverse=True,
            )
        )

    def _shown(self) -> Iterator[DemoPost]:
        return (
            post
            for post in self._posts.values()
            if not post.deleted and post.visibility == "public"
        )

    def _below(self, post: DemoPost) -> Iterator[DemoPost]:
        stack = [(below, 1) for below in reversed(self.replies(post.id))]
        while stack:
            found, depth = stack.pop()
            yield found
            if depth < DEPTH:
                stack += [(below, depth + 1) for below in reversed(self.replies(found.id))]
