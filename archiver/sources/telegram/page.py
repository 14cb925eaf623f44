"""What does one page of Telegram's web preview hold? Messages, or why there are none."""

from __future__ import annotations

from dataclasses import dataclass

from bs4 import BeautifulSoup

from archiver.core.richtext import name_of
from archiver.errors import AccessDenied, FetchError, NotFound, ParseError
from archiver.models import Exchange
from archiver.sources.answers import failure
from archiver.sources.telegram.message import Message, read_message
from archiver.sources.telegram.urls import PLATFORM

_NOT_FOUND = "post not found"
_MOST_MESSAGES = 200
_MOST_MARKS = 30_000  # a page of twenty long posts has some thousands


@dataclass(frozen=True, slots=True)
class Page:
    """
    What a page of a channel holds.

    Attributes:
        messages: Oldest first.
        title: What the channel calls itself.
        is_preview: Whether this is a channel's preview at all.
        unread: How many messages could not be read.
    """

    messages: tuple[Message, ...]
    title: str = ""
    is_preview: bool = False
    unread: int = 0


def read_page(answer: Exchange) -> Page:
    """
    Read a page of a channel.

    Raises:
        FetchError: If it could not be read.
        ParseError: If it is far larger than what Telegram shows.
    """
    soup = _soup(answer, "the channel")
    messages, unread = _messages(soup, answer.request.url)
    title = soup.select_one(".tgme_channel_info_header_title")
    history = soup.select_one(".tgme_channel_history, .js-message_history, .tgme_channel_info")
    return Page(
        messages=tuple(sorted(messages, key=lambda each: each.number)),
        title=name_of(title.get_text()) if title else "",
        is_preview=history is not None or bool(messages),
        unread=unread,
    )


def read_single(answer: Exchange) -> Message:
    """
    Read a page that shows one post.

    Raises:
        NotFound: If Telegram says in its own words that there is no such post.
        FetchError: If it does not show it for another reason.
        ParseError: If it is not what Telegram shows.
    """
    url = answer.request.url
    soup = _soup(answer, "the post")
    refusal = soup.select_one(".tgme_widget_message_error")
    if refusal is not None:
        raise _refused(url, name_of(refusal.get_text())[:200])
    messages, _ = _messages(soup, url)
    if len(messages) != 1:
        kind = answer.mime or "an answer without a type"
        raise ParseError(
            f"{url}: {kind} with {len(messages)} posts in the markup of Telegram, where one was"
            " due; open the address and see what it shows",
            uri_r=url,
            platform=PLATFORM,
            field="tgme_widget_message",
        )
    return messages[0]


def _refused(url: str, words: str) -> FetchError:
    if words.lower() == _NOT_FOUND:
        return NotFound(
            f"{url}: Telegram has no such post: deleted, or the number is wrong",
            uri_r=url,
            status=404,
        )
    if "not found" in words.lower():
        return NotFound(f"{url}: Telegram says: {words}", uri_r=url)
    return AccessDenied(f"{url}: Telegram does not show the post to strangers: {words}", uri_r=url)


def _soup(answer: Exchange, subject: str) -> BeautifulSoup:
    problem = failure(answer, subject=subject)
    if problem is not None:
        raise problem
    if answer.body.count(b"<") > _MOST_MARKS:
        raise ParseError(
            f"{answer.request.url}: a page of over {_MOST_MARKS:,} elements; Telegram shows none",
            uri_r=answer.request.url,
            platform=PLATFORM,
            field="html",
        )
    return BeautifulSoup("<html>" + answer.body.decode("utf-8", errors="replace"), "lxml")


def _messages(soup: BeautifulSoup, url: str) -> tuple[list[Message], int]:
    found: dict[int, Message] = {}
    unread = 0
    for tag in soup.select("div.tgme_widget_message[data-post]", limit=_MOST_MESSAGES):
        if "service_message" in tag.get_attribute_list("class"):
            continue
        try:
            message = read_message(tag, url)
        except ParseError:
            unread += 1
        else:
            if message is not None:
                found.setdefault(message.number, message)
    return list(found.values()), unread
