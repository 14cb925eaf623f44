"""Which posts does the AppView show around a post? Read once, however many rounds follow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from archiver.errors import AccessDenied, ParseError
from archiver.models import Exchange
from archiver.sources.answers import json_object
from archiver.sources.bluesky.gate import Gate, read_gate
from archiver.sources.bluesky.post import Seen
from archiver.sources.bluesky.servers import not_there
from archiver.sources.bluesky.urls import PLATFORM, at_uri
from archiver.sources.fields import Fields


@dataclass(frozen=True, slots=True)
class Tree:
    """
    What an answer of getPostThread holds.

    Attributes:
        post: The post that was asked for.
        posts: It and all others that are shown, above and below.
        gate: The rules of the thread.
        odd: Views that were not understood, of others than the post's author.
    """

    post: Seen
    posts: tuple[Seen, ...]
    gate: Gate
    odd: int = 0


def read_tree(answer: Exchange) -> Tree:
    """
    Read a post with what stands above and below it.

    Raises:
        NotFound: If it is not there.
        AccessDenied: If it is blocked.
        FetchError: If the answer cannot be used.
        ParseError: If it is not what is documented: the post itself, or one by the same author.
    """
    value = json_object(answer, platform=PLATFORM, subject="the post")
    top = value.inner("thread")
    kind = top.words("$type").rpartition("#")[2]
    if kind == "notFoundPost":
        raise not_there(value.uri_r)
    if kind == "blockedPost":
        raise AccessDenied(
            f"{value.uri_r}: the post is blocked and not shown; nothing counts as deleted",
            uri_r=value.uri_r,
            status=200,
        )
    post = Seen.in_view(top.inner("post"))
    posts: list[Seen] = []
    odd = 0
    for view in _views(top):
        seen = _read(view, post.uri.did) if view is not None else None
        if seen is None:
            odd += 1
        else:
            posts.append(seen)
    return Tree(post, tuple(posts), read_gate(value), odd)


def _read(view: Fields, author: str) -> Seen | None:
    """Read a post; one by somebody else that is not understood does not stop the rest."""
    try:
        return Seen.in_view(view)
    except ParseError:
        uri = at_uri(str(view.values.get("uri")))
        if uri is not None and uri.did == author:
            raise
        return None


def _views(top: Fields) -> Iterator[Fields | None]:
    """Give the posts of a tree, None for parts of another shape; deep trees are no problem."""
    waiting = [top]
    while waiting:
        node = waiting.pop()
        try:
            if not node.has("post"):
                continue  # not found or blocked
            below, above = node.objects("replies"), node.maybe_inner("parent")
            view = node.inner("post")
        except ParseError:
            yield None
            continue
        yield view
        waiting += below
        if above is not None:
            waiting.append(above)
