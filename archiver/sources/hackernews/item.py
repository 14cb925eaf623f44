"""What is one submission or comment of Hacker News? As the API or Algolia's tree says it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from archiver.core.htmltext import from_html
from archiver.core.richtext import clean, headed, name_of, web_address
from archiver.errors import ParseError
from archiver.models import Author, Branch, Exchange, Link, Poll, PollOption, Post
from archiver.sources.answers import json_value
from archiver.sources.epoch import maybe_epoch
from archiver.sources.fields import Fields

PLATFORM = "hackernews"
SITE = "https://news.ycombinator.com"

_COMMENT = "comment"


@dataclass(frozen=True, slots=True)
class Entry:
    """
    A story, poll, job, option or comment.

    Attributes:
        id: Its number, which never changes.
        author: Name of the account, which never changes either; empty if it is not shown.
        parent: What it answers; None for what begins a discussion.
        story: What the whole discussion began with, where it is said.
        kids: Direct answers, as far as they are said.
        gone: Deleted by its author, or killed and shown to nobody who does not ask for it.
        dead: Killed, though the API still gives its words.
        total: Comments below it that the site counts; None if it does not say.
        parts: Options of a poll.
        score: Votes.
    """

    id: str
    kind: str = _COMMENT
    author: str = ""
    parent: str | None = None
    story: str | None = None
    created_at: dt.datetime | None = None
    title: str = ""
    url: str = ""
    text: str = ""
    kids: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    total: int | None = None
    score: int | None = None
    gone: bool = False
    dead: bool = False


def read_official(answer: Exchange) -> Entry | None:
    """
    Read an answer of the API; None if it knows no such number.

    Raises:
        FetchError: If it could not be read.
        ParseError: If it is not what is documented.

    Source: github.com/HackerNews/API, "Items"
    """
    value = json_value(answer, platform=PLATFORM, subject="the entry")
    if value is None:
        return None
    fields = Fields.of(value, uri_r=answer.request.url, platform=PLATFORM)
    dead = fields.flag("dead")
    entry = Entry(
        id=_number(fields, "id"),
        kind=fields.words("type") or _COMMENT,
        author=name_of(fields.words("by")),
        parent=_maybe_number(fields, "parent") or _maybe_number(fields, "poll"),
        created_at=maybe_epoch(fields, "time"),
        title=fields.words("title"),
        url=fields.words("url"),
        text=fields.words("text"),
        kids=_numbers(fields, "kids"),
        parts=_numbers(fields, "parts"),
        total=fields.maybe_count("descendants"),
        score=_score(fields),
        gone=fields.flag("deleted") or (dead and not fields.words("title")),
        dead=dead,
    )
    if entry.parent == entry.id:
        fields.refuse("parent", "another entry")
    return entry


def read_tree(answer: Exchange) -> tuple[tuple[Entry, ...], int]:
    """
    Read a whole discussion as Algolia tells it.

    Returns:
        What it holds, the first one first, and how many answers in it could not be read.

    Raises:
        FetchError: If it could not be read.
        ParseError: If it is not what is documented.

    Source: hn.algolia.com/api, "GET items/:id"
    """
    value = json_value(answer, platform=PLATFORM, subject="the discussion")
    first = Fields.of(value, uri_r=answer.request.url, platform=PLATFORM)
    found, unread = [_read_node(first, _maybe_number(first, "parent_id"))], 0
    waiting = [first]
    while waiting:
        above = waiting.pop()
        try:
            children, odd = above.readable("children")
        except ParseError:
            unread += 1
            continue
        unread += len(odd)
        for child in children:
            try:
                found.append(_read_node(child, _number(above, "id")))
            except ParseError:
                unread += 1
            else:
                waiting.append(child)
    return tuple(found), unread


def _read_node(fields: Fields, parent: str | None) -> Entry:
    author = name_of(fields.words("author"))
    return Entry(
        id=_number(fields, "id"),
        kind=fields.words("type") or _COMMENT,
        author=author,
        parent=parent,
        story=_maybe_number(fields, "story_id"),
        created_at=maybe_epoch(fields, "created_at_i"),
        title=fields.words("title"),
        url=fields.words("url"),
        text=fields.words("text"),
        score=_score(fields, "points"),
        gone=not author,
    )


def read_post(
    entry: Entry, *, parent_id: str | None, branch: Branch, options: tuple[Entry, ...] = ()
) -> Post:
    """Make the post of an entry; a title is its first paragraph, and leads where the story does."""
    said = from_html(f"<p>{entry.text}")  # the site begins only later paragraphs by <p>
    target = web_address(entry.url)
    title = " ".join(clean(entry.title).split())
    links = tuple(dict.fromkeys((*((Link(target, title),) if target else ()), *said.links)))
    shown = headed(said, title, target)
    return Post(
        id=entry.id,
        author=author_of(entry),
        url=url_of(entry.id),
        text=shown.text,
        html=shown.html,
        created_at=entry.created_at,
        parent_id=parent_id,
        branch=branch,
        links=links,
        poll=_poll(options),
    )


def _poll(options: tuple[Entry, ...]) -> Poll | None:
    if not options:
        return None
    named = tuple(PollOption(from_html(each.text).text, each.score) for each in options)
    return Poll(named, multiple=True)


def author_of(entry: Entry) -> Author | None:
    """Give who wrote it; None if that is not shown."""
    return account(entry.author) if entry.author else None


def account(name: str) -> Author:
    """Give an account by its name, which is for ever."""
    return Author(id=name, handle=name, name=name, url=f"{SITE}/user?id={name}")


def url_of(number: str) -> str:
    """Give the address of an entry as people see it."""
    return f"{SITE}/item?id={number}"


def _number(fields: Fields, name: str) -> str:
    found = _maybe_number(fields, name)
    return fields.refuse(name, "a number") if found is None else found


def _maybe_number(fields: Fields, name: str) -> str | None:
    count = fields.maybe_count(name)
    return None if count is None else str(count)


def _numbers(fields: Fields, name: str) -> tuple[str, ...]:
    values = fields.values.get(name) or []
    if not isinstance(values, list):
        fields.refuse(name, "a list of numbers")
    # One odd number must not lose a thread: what it names is missing from the count then.
    return tuple(dict.fromkeys(str(each) for each in values if type(each) is int and each > 0))


def _score(fields: Fields, name: str = "score") -> int | None:
    value = fields.values.get(name)
    return value if type(value) is int else None
