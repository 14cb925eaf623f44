"""What does a status of the Mastodon API say? From its JSON to a post (protocols 2.4)."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import sys
from dataclasses import dataclass

from archiver.core.richtext import language_of, name_of, web_address
from archiver.models import Author, Branch, Post
from archiver.sources.fields import Fields
from archiver.sources.loose import Loose
from archiver.sources.mastodon.parts import (
    SHOWN,
    card_link,
    hashtags_of,
    media_of,
    mentions_of,
    poll_of,
    quote_of,
    said_in,
    warning_of,
)
from archiver.sources.mastodon.urls import host_of, server_of


@dataclass(frozen=True, slots=True)
class Account:
    """An account: `id` is local to the server that was asked."""

    id: str
    author: Author

    @classmethod
    def read(cls, fields: Fields) -> Account:
        """Read it. Raises ParseError if it has no id."""
        return cls(fields.text("id"), read_author(fields))


@dataclass(frozen=True, slots=True)
class Status:
    """
    A status: its place in a conversation, and the post that it is.

    Attributes:
        id: Local to the server that was asked.
        account: Local id of its author.
        parent: Local id of the post it replies to; None also if that was deleted.
        parent_account: Whom the thread of replies was first addressed to: not always the
            author of the parent (protocols 2.5).
        is_public: Everybody may read it; servers that do not say show nothing else to strangers.
        post: With neither parent nor branch.
        host: Where its global id says that it was written; empty if it does not.
        odd: Parts that were left out since they could not be read.
    """

    id: str
    account: str
    parent: str | None
    parent_account: str | None
    created_at: dt.datetime
    is_public: bool
    post: Post
    host: str
    odd: tuple[str, ...] = ()

    @classmethod
    def read(cls, fields: Fields) -> Status:
        """
        Read it.

        Raises:
            ParseError: If what makes a post is not what is documented: ids, author, time, words.
                Other parts are left out where they are odd.
        """
        loose = Loose(fields)
        is_public = loose.words("visibility") in SHOWN
        post = _read_post(fields, loose)
        place = f"{fields.place}." if fields.place else ""
        return cls(
            id=fields.text("id") or fields.refuse("id", "an id"),
            account=sys.intern(fields.inner("account").text("id")),
            parent=fields.maybe_text("in_reply_to_id") or None,
            parent_account=sys.intern(fields.maybe_text("in_reply_to_account_id") or "") or None,
            created_at=fields.time("created_at"),
            is_public=is_public,
            post=post,
            host=sys.intern(host_of(post.id)),
            odd=tuple(each.removeprefix(place) for each in loose.odd),
        )

    @property
    def uri(self) -> str:
        """The global id."""
        return self.post.id

    @property
    def by(self) -> Account:
        """Who wrote it."""
        return Account(self.account, self.post.author or Author(id=""))

    @property
    def is_orphan(self) -> bool:
        """Its author replied to himself, and the post above was deleted."""
        return self.parent is None and self.parent_account == self.account

    def placed(self, parent_id: str | None, branch: Branch) -> Post:
        """Give the post where it stands; `parent_id` is the global id of the one above."""
        return dataclasses.replace(self.post, parent_id=parent_id, branch=branch)


def read_author(account: Fields) -> Author:
    """Read an account; its handle is `name@host`, so that it means the same everywhere."""
    said = Loose(account)
    names = ("url", "acct", "username", "display_name", "uri", "avatar")
    return _author(*(said.words(name) for name in names))


@functools.lru_cache(maxsize=2_000)
def _author(url: str, acct: str, username: str, display_name: str, uri: str, avatar: str) -> Author:
    """Make an author; of the same words the same object, since each status repeats them."""
    address = web_address(url) or ""
    handle = acct or username
    site = server_of(address)
    if "@" not in handle and site is not None:
        handle = f"{handle}@{site.authority}"
    return Author(
        id=uri or address or name_of(handle),
        handle=name_of(handle),
        name=name_of(display_name) or name_of(username),
        url=address,
        avatar_url=web_address(avatar),
    )


def read_version(edit: Fields, current: Post) -> Post:
    """
    Read an earlier version of a post (StatusEdit), which tells neither id nor mentions.

    Args:
        current: The post as it is now.

    Raises:
        ParseError: If `content` is no text.
    """
    loose = Loose(edit)
    quote = loose.maybe_inner("quote")
    said = said_in(edit, loose, has_quote=quote is not None)
    # A preview card is not told of versions: with the same words it was the same.
    card = current.links if said.text == current.text else ()
    return dataclasses.replace(
        current,
        text=said.text,
        html=said.html,
        links=said.links or card,
        mentions=said.mentions,
        hashtags=said.hashtags,
        media=media_of(loose),
        poll=poll_of(loose.maybe_inner("poll")),
        quote=quote_of(quote, said.quote_url, read_author),
        content_warning=warning_of(loose),
        sensitive=loose.flag("sensitive"),
    )


def _read_post(status: Fields, loose: Loose) -> Post:
    uri = status.text("uri") or status.refuse("uri", "an address")
    quote = loose.maybe_inner("quote")
    said = said_in(status, loose, has_quote=quote is not None)
    return Post(
        id=uri,
        author=read_author(status.inner("account")),
        url=web_address(loose.words("url")) or web_address(uri) or "",
        text=said.text,
        html=said.html,
        created_at=status.time("created_at"),
        edited_at=loose.maybe_time("edited_at"),
        links=said.links or card_link(loose),
        mentions=mentions_of(loose) or said.mentions,
        hashtags=hashtags_of(loose, said),
        media=media_of(loose),
        poll=poll_of(loose.maybe_inner("poll")),
        quote=quote_of(quote, said.quote_url, read_author),
        content_warning=warning_of(loose),
        sensitive=loose.flag("sensitive"),
        language=language_of(loose.words("language")),
    )
