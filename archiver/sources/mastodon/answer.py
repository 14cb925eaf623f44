"""Which posts does an answer of the API hold? Each answer is read once, then only remembered."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from archiver.errors import ParseError
from archiver.models import Exchange
from archiver.sources.answers import json_object, json_value, reduced
from archiver.sources.fields import Fields
from archiver.sources.mastodon.status import Account, Status
from archiver.sources.mastodon.urls import PLATFORM


@dataclass(frozen=True, slots=True)
class Page:
    """
    What a list of posts holds, boosts and what is not for all left out.

    Attributes:
        link: The Link header, which names the next page.
        unread: How many of them could not be read; `listed`: how many there were in all.
        fetching: The server says that it still fetches replies from elsewhere.
    """

    statuses: tuple[Status, ...]
    link: str = ""
    unread: int = 0
    listed: int = 0
    fetching: bool = False


def one(answer: Exchange) -> Status:
    """Read a post; a boost stands for what it boosts. Raises FetchError or ParseError."""
    return reduced(answer, _one)


def around(answer: Exchange) -> Page:
    """Read what stands above and below a post. Raises FetchError or ParseError."""
    return reduced(answer, _around)


def page(answer: Exchange) -> Page:
    """Read a page of a listing. Raises FetchError or ParseError."""
    return reduced(answer, _page)


def account(answer: Exchange) -> Account:
    """Read an account. Raises FetchError or ParseError."""
    return reduced(answer, _account)


def found(answer: Exchange) -> Page:
    """Read the posts that a search found. Raises FetchError or ParseError."""
    return reduced(answer, _found)


def _one(answer: Exchange) -> Status:
    fields = json_object(answer, platform=PLATFORM, subject="the post")
    asked = unquote(urlsplit(answer.request.url).path.rpartition("/")[2])
    if fields.text("id").lower() != asked.lower():
        fields.refuse("id", "the id that was asked for")
    return Status.read(fields.maybe_inner("reblog") or fields)


def _around(answer: Exchange) -> Page:
    fields = json_object(answer, platform=PLATFORM, subject="the replies")
    return _read(answer, fields, ("ancestors", "descendants"))


def _page(answer: Exchange) -> Page:
    value = json_value(answer, platform=PLATFORM, subject="the posts")
    fields = Fields({"answer": value}, answer.request.url, PLATFORM)
    if not fields.has("answer"):
        fields.refuse("answer", "a list")
    return _read(answer, fields, ("answer",))


def _found(answer: Exchange) -> Page:
    fields = json_object(answer, platform=PLATFORM, subject="what was searched for")
    return _read(answer, fields, ("statuses",))


def _account(answer: Exchange) -> Account:
    return Account.read(json_object(answer, platform=PLATFORM, subject="the account"))


def _read(answer: Exchange, fields: Fields, lists: Iterable[str]) -> Page:
    statuses: list[Status] = []
    listed = unread = 0
    for name in lists:
        readable, odd = fields.readable(name)
        unread += len(odd)
        listed += len(readable) + len(odd)
        for each in readable:
            try:
                if not each.has("reblog"):
                    statuses.append(Status.read(each))
            except ParseError:
                unread += 1
    return Page(
        statuses=tuple(each for each in statuses if each.is_public),
        link=answer.header("link") or "",
        unread=unread,
        listed=listed,
        fetching=answer.header("mastodon-async-refresh") is not None,
    )
