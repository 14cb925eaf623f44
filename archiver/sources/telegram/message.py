"""What does one message of a Telegram channel say? From its markup to a post."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
import re
from dataclasses import dataclass

from bs4 import Tag

from archiver.core.richtext import RichText, name_of, web_address
from archiver.errors import ParseError
from archiver.models import Author, Branch, Link, Media, Poll, PollOption, Post, Quote
from archiver.sources.fields import time_of
from archiver.sources.telegram.attached import address_in, names_of_files, read_media
from archiver.sources.telegram.text import joined, paragraph, read_text, words_of
from archiver.sources.telegram.urls import PLATFORM, SITE, post_of, url_of

_POST = re.compile(r"([A-Za-z][A-Za-z0-9_]{3,31})/([1-9][0-9]{0,9})")
_PEER = re.compile(r"c([0-9]{1,20})_")
_ELSEWHERE = ".tgme_widget_message_bubble > .message_media_not_supported_wrap"
_SERVICE = "service message"


@dataclass(frozen=True, slots=True)
class Message:
    """
    A message.

    Attributes:
        name: Of the channel, as it writes it; it may change.
        number: Within the channel.
        chat: Permanent number of the channel; its name in lower case where that is not shown.
        author: The channel; in a group whoever wrote it.
        reply_to: Number of the message of this channel that it answers.
        hidden: Something of it is shown only in Telegram's own apps.
        quote: What it forwards, or answers elsewhere.
    """

    name: str
    number: int
    chat: str
    author: Author
    created_at: dt.datetime | None
    said: RichText
    media: tuple[Media, ...]
    poll: Poll | None
    quote: Quote | None
    reply_to: int | None
    hidden: bool

    @property
    def id(self) -> str:
        """The post's name for ever."""
        return post_id(self.chat, self.number)

    def post(self, *, parent_id: str | None, branch: Branch) -> Post:
        """Make a post of it: a gap, if all of it is hidden."""
        seen = self.said.text or self.media or self.poll or self.quote
        return Post(
            id=self.id,
            author=self.author,
            url=url_of(self.name, self.number),
            text=self.said.text,
            html=self.said.html,
            created_at=self.created_at,
            parent_id=parent_id,
            branch=branch,
            links=self.said.links,
            mentions=self.said.mentions,
            hashtags=self.said.hashtags,
            media=self.media,
            poll=self.poll,
            quote=self.quote,
            gap=self.hidden and not seen,
        )


def post_id(chat: str, number: int) -> str:
    """Name a post by its channel and its number."""
    return f"{chat}/{number}"


def read_message(tag: Tag, url: str) -> Message | None:
    """
    Read a message.

    Args:
        tag: The `div.tgme_widget_message`; it is changed.
        url: Of the page, for errors.

    Returns:
        None for a service message, such as "channel created".

    Raises:
        ParseError: If it lacks what every message has.

    Source: reference/protocols.md, 6
    """
    named = _POST.fullmatch(str(tag.get("data-post", "")))
    if named is None:
        raise ParseError(
            f"{url}: `data-post` does not name a channel and a number; this is not what Telegram"
            " shows",
            uri_r=url,
            platform=PLATFORM,
            field="data-post",
        )
    elsewhere = tag.select_one(_ELSEWHERE)
    if elsewhere is not None and words_of(elsewhere).lower().startswith(_SERVICE):
        return None
    return _read(tag, named[1], int(named[2]), hidden=elsewhere is not None)


def _read(tag: Tag, name: str, number: int, *, hidden: bool) -> Message:
    chat = _chat(tag) or name.lower()
    answered = tag.select_one("a.tgme_widget_message_reply")
    target = post_of(str(answered.get("href", ""))) if answered is not None else None
    own = target is not None and target[0] == name.lower() and target[1] < number
    forwarded = _forwarded(tag)
    # What an answer shows of the message above it is no part of the message.
    quote = forwarded or (None if own or answered is None else _answered(answered))
    for each in tag.select(".tgme_widget_message_reply, .media_not_supported_cont"):
        each.extract()
    media, unshown = read_media(tag, f"{chat}/{number}")
    return Message(
        name=name,
        number=number,
        chat=chat,
        author=_author(tag, name, chat),
        created_at=_time(tag),
        said=_said(tag, name),
        media=media,
        poll=_poll(tag),
        quote=quote,
        reply_to=target[1] if own and target is not None else None,
        hidden=hidden or unshown,
    )


def _chat(tag: Tag) -> str:
    """Give the channel's permanent number; two attributes hold it."""
    peer = _PEER.match(str(tag.get("data-peer", "")))
    if peer is not None:
        return peer[1]
    view = str(tag.get("data-view", ""))[:1_000]
    try:
        said = json.loads(base64.urlsafe_b64decode(view + "=" * (-len(view) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        return ""
    number = said.get("c") if isinstance(said, dict) else None
    return str(abs(number)) if type(number) is int and number else ""


def _author(tag: Tag, name: str, chat: str) -> Author:
    sender = tag.select_one(".tgme_widget_message_author_name")
    picture = tag.select_one(".tgme_widget_message_user_photo img")
    avatar = web_address(str(picture.get("src", ""))) if picture is not None else None
    if sender is not None:
        url = web_address(str(sender.get("href", ""))) or ""
        shown = name_of(words_of(sender))
        return Author(url.rpartition("/")[2] or shown, name=shown, url=url, avatar_url=avatar)
    owner = tag.select_one(".tgme_widget_message_owner_name")
    shown = name_of(words_of(owner)) if owner is not None else name
    return Author(chat, f"@{name}", shown, f"{SITE}/{name}", avatar)


def _time(tag: Tag) -> dt.datetime | None:
    shown = tag.select_one(".tgme_widget_message_date time[datetime]")
    shown = shown or tag.select_one(".tgme_widget_message_meta time[datetime]")
    return time_of(str(shown["datetime"])) if shown is not None else None


def _said(tag: Tag, name: str) -> RichText:
    """Put together what is said: a poll's question, the text, names of files, a card's link."""
    question = tag.select_one(".tgme_widget_message_poll_question")
    body = tag.select_one(".tgme_widget_message_text.js-message_text")
    body = body or tag.select_one(".tgme_widget_message_text")
    hidden = tag.select_one("span.tgme_widget_message_forwarded_from_name")
    parts = [paragraph(f"Forwarded from {words_of(hidden)}")] if hidden is not None else []
    if question is not None:
        parts.append(paragraph(words_of(question)))
    if body is not None:
        parts.append(read_text(body, name))
    parts += [paragraph(each) for each in names_of_files(tag)]
    said = joined(parts)
    return joined([said], (*said.links, *_card(tag, said.links)))


def _card(tag: Tag, links: tuple[Link, ...]) -> tuple[Link, ...]:
    card = tag.select_one("a.tgme_widget_message_link_preview")
    address = address_in(card) if card is not None else None
    if card is None or address is None or any(each.uri_r == address for each in links):
        return ()
    title = card.select_one(".link_preview_title")
    return (Link(address, words_of(title) if title is not None else ""),)


def _poll(tag: Tag) -> Poll | None:
    options = tag.select(".tgme_widget_message_poll_option_text", limit=100)
    # Only shares are shown, rounded: they are no numbers of votes.
    return Poll(tuple(PollOption(words_of(each)) for each in options)) if options else None


def _forwarded(tag: Tag) -> Quote | None:
    source = tag.select_one("a.tgme_widget_message_forwarded_from_name[href]")
    url = address_in(source) if source is not None else None
    if source is None or url is None:
        return None
    shown, place = name_of(words_of(source)), post_of(url)
    name = place[0] if place else shown
    return Quote(url, author=Author(name, f"@{name}" if place else "", shown, url))


def _answered(tag: Tag) -> Quote | None:
    url = address_in(tag)
    if url is None:
        return None
    name = tag.select_one(".tgme_widget_message_author_name")
    text = tag.select_one(".js-message_reply_text, .tgme_widget_message_metatext")
    place = post_of(url)
    shown = name_of(words_of(name)) if name is not None else ""
    author = Author(place[0] if place else shown, f"@{place[0]}" if place else "", shown)
    return Quote(url, author=author, text=words_of(text) if text is not None else "")
