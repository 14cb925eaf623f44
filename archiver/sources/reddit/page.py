"""What does one answer of Reddit hold? Things in the order shown, and those only named."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from archiver.errors import ParseError
from archiver.models import Exchange
from archiver.sources.answers import json_object, json_value
from archiver.sources.fields import Fields
from archiver.sources.reddit.thing import COMMENT, POST, Thing
from archiver.sources.reddit.urls import PLATFORM

_COMMENT_NAME = re.compile(rf"{COMMENT}_[0-9a-z]{{1,13}}")


@dataclass(frozen=True, slots=True)
class Page:
    """
    What an answer holds.

    Attributes:
        things: Posts and comments, each before what hangs below it.
        named: Comments that are only named, by their short ids.
        deeper: Full names of comments below which more hangs than is shown.
        unread: How many could not be read.
        onward: Whether a listing goes on.
    """

    things: tuple[Thing, ...]
    named: tuple[str, ...] = ()
    deeper: tuple[str, ...] = ()
    unread: int = 0
    onward: bool = False


def read_thread(answer: Exchange) -> Page:
    """
    Read a post with its comments; the post is the first thing.

    Raises:
        FetchError: If it could not be read.
        ParseError: If it is not what is documented; a comment that cannot be read is only counted.

    Source: reddit.com/dev/api, "GET [/r/subreddit]/comments/article"
    """
    value = json_value(answer, platform=PLATFORM, subject="the post")
    both = Fields({"answer": value}, answer.request.url, PLATFORM).objects("answer")
    if len(both) != 2:
        Fields({"answer": value}, answer.request.url, PLATFORM).refuse("answer", "two listings")
    posts = both[0].inner("data").objects("children")
    if len(posts) != 1 or posts[0].words("kind") != POST:
        both[0].inner("data").refuse("children", "one post")
    post = Thing.read(posts[0].inner("data"), POST)
    page = _read(both[1].inner("data").readable("children"))
    return Page((post, *page.things), page.named, page.deeper, page.unread)


def read_more(answer: Exchange) -> Page:
    """
    Read comments that were only named before. Raises like read_thread.

    Source: reddit.com/dev/api, "GET /api/morechildren"
    """
    said = json_object(answer, platform=PLATFORM, subject="more comments").inner("json")
    if said.values.get("errors"):
        said.refuse("errors", "an empty list")
    return _read(said.inner("data").readable("things"))


def read_listing(answer: Exchange) -> Page:
    """Read a listing of posts or comments. Raises like read_thread."""
    fields = json_object(answer, platform=PLATFORM, subject="the listing")
    if fields.words("kind") != "Listing":
        fields.refuse("kind", "`Listing`")
    inside = fields.inner("data")
    if not isinstance(inside.values.get("children"), list):
        inside.refuse("children", "a list")
    page = _read(inside.readable("children"))
    return Page(page.things, unread=page.unread, onward=inside.has("after"))


def _read(children: tuple[Iterable[Fields], tuple[str, ...]]) -> Page:
    first, odd = children
    things: list[Thing] = []
    named: dict[str, None] = {}
    deeper: dict[str, None] = {}
    unread = len(odd)
    waiting = list(reversed(list(first)))
    while waiting:
        child = waiting.pop()
        try:
            kind, inside = child.words("kind"), child.inner("data")
            if kind == "more":
                _add_more(inside, named, deeper)
            elif kind in {POST, COMMENT}:
                things.append(Thing.read(inside, kind))
                below, more_odd = _below(inside)
                unread += len(more_odd)
                waiting += reversed(below)
        except ParseError:
            unread += 1
    return Page(tuple(things), tuple(named), tuple(deeper), unread)


def _add_more(more: Fields, named: dict[str, None], deeper: dict[str, None]) -> None:
    children = more.texts("children")
    above = more.words("parent_id")
    if not children and _COMMENT_NAME.fullmatch(above):
        deeper[above] = None
    # What goes into an address is only what an id may be.
    named.update(dict.fromkeys(each for each in children if each.isascii() and each.isalnum()))


def _below(comment: Fields) -> tuple[tuple[Fields, ...], tuple[str, ...]]:
    """Give the answers to a comment; Reddit writes none as an empty text."""
    if not comment.values.get("replies"):
        return (), ()
    return comment.inner("replies").inner("data").readable("children")
