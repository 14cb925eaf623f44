"""What does a status of the Mastodon API say? From its JSON to a post (protocols 2.4)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from archiver.core.htmltext import from_html
from archiver.core.richtext import RichText, clean, web_address
from archiver.models import (
    Author,
    Branch,
    Link,
    Media,
    MediaKind,
    Poll,
    PollOption,
    Post,
    Quote,
)
from archiver.sources.fields import Fields
from archiver.sources.mastodon.urls import server_of

_KINDS = {
    "image": MediaKind.IMAGE,
    "gifv": MediaKind.GIF,
    "video": MediaKind.VIDEO,
    "audio": MediaKind.AUDIO,
}
_SHOWN = frozenset({"public", "unlisted"})
_QUOTE_STATES = frozenset(
    {
        "pending",
        "rejected",
        "revoked",
        "deleted",
        "unauthorized",
        "blocked_account",
        "blocked_domain",
        "muted_account",
    }
)


@dataclass(frozen=True, slots=True)
class Status:
    """
    A status, as far as its place in a conversation goes.

    Attributes:
        id: Local to the server that was asked.
        uri: Global.
        account: Local id of its author.
        parent: Local id of the post it replies to; None also if that was deleted.
        parent_account: Whom the thread of replies was first addressed to: not always the
            author of the parent (protocols 2.5).
    """

    id: str
    uri: str
    account: str
    parent: str | None
    parent_account: str | None
    created_at: dt.datetime
    fields: Fields

    @classmethod
    def read(cls, fields: Fields) -> Status:
        """Read it. Raises ParseError if it is not what is documented."""
        return cls(
            id=fields.text("id"),
            uri=fields.text("uri"),
            account=fields.inner("account").text("id"),
            parent=fields.maybe_text("in_reply_to_id"),
            parent_account=fields.maybe_text("in_reply_to_account_id"),
            created_at=fields.time("created_at"),
            fields=fields,
        )

    @property
    def is_orphan(self) -> bool:
        """Its author replied to himself, and the post above was deleted."""
        return self.parent is None and self.parent_account == self.account

    @property
    def is_public(self) -> bool:
        """Everybody may read it; servers that do not say show nothing else to strangers."""
        return self.fields.words("visibility") in {"", *_SHOWN}


def read_author(account: Fields) -> Author:
    """Read an account; its handle is `name@host`, so that it means the same everywhere."""
    url = web_address(account.words("url")) or ""
    handle = account.words("acct") or account.words("username")
    site = server_of(url)
    if "@" not in handle and site is not None:
        handle = f"{handle}@{site.authority}"
    return Author(
        id=account.words("uri") or url or handle,
        handle=clean(handle),
        name=clean(account.words("display_name")) or clean(account.words("username")),
        url=url,
        avatar_url=web_address(account.words("avatar")),
    )


def read_post(status: Fields, *, parent_id: str | None, branch: Branch) -> Post:
    """
    Read a post whole.

    Args:
        parent_id: Global id of the post it replies to.

    Raises:
        ParseError: If a field is not of the documented type.
    """
    quote = status.maybe_inner("quote")
    said = _content(status, has_quote=quote is not None)
    return Post(
        id=status.text("uri"),
        author=read_author(status.inner("account")),
        url=web_address(status.words("url")) or web_address(status.text("uri")) or "",
        text=said.text,
        html=said.html,
        created_at=status.time("created_at"),
        edited_at=status.maybe_time("edited_at"),
        parent_id=parent_id,
        branch=branch,
        links=said.links or _card_link(status),
        mentions=_mentions(status) or said.mentions,
        hashtags=_hashtags(status, said),
        media=_media(status),
        poll=_poll(status.maybe_inner("poll")),
        quote=_quote(quote, said.quote_url),
        content_warning=clean(status.words("spoiler_text")).strip(),
        sensitive=status.flag("sensitive"),
        language=status.maybe_text("language") or None,
    )


def _content(status: Fields, *, has_quote: bool) -> RichText:
    return from_html(
        status.text("content"),
        mention_urls=frozenset(each.words("url") for each in status.objects("mentions")),
        hashtags=frozenset(each.words("name").lower() for each in status.objects("tags")),
        has_quote=has_quote,
    )


def _mentions(status: Fields) -> tuple[str, ...]:
    names = (clean(each.words("acct")) for each in status.objects("mentions"))
    return tuple(dict.fromkeys(f"@{name}" for name in names if name))


def _hashtags(status: Fields, said: RichText) -> tuple[str, ...]:
    """As the author wrote them (the API gives lower case), then those that are not in the text."""
    written = {name.lower() for name in said.hashtags}
    others = (clean(each.words("name")) for each in status.objects("tags"))
    return (*said.hashtags, *(name for name in others if name and name.lower() not in written))


def _card_link(status: Fields) -> tuple[Link, ...]:
    """
    The preview card's address, where the text holds no link.

    Where it does, the card is the end of that link's redirects: not what the author wrote.
    """
    card = status.maybe_inner("card")
    address = web_address(card.words("url")) if card else None
    return (Link(address, clean(card.words("title")).strip()),) if card and address else ()


def _media(status: Fields) -> tuple[Media, ...]:
    found = (_attachment(each) for each in status.objects("media_attachments"))
    return tuple(media for media in found if media is not None)


def _attachment(each: Fields) -> Media | None:
    """The original where it is named; None while the server still works on it."""
    address = web_address(each.words("remote_url")) or web_address(each.words("url"))
    preview = web_address(each.words("preview_url"))
    if address is None and preview is None:
        return None
    return Media(
        kind=_KINDS.get(each.words("type"), MediaKind.OTHER),
        url=address or preview or "",
        alt=clean(each.words("description")).strip(),
        width=_pixels(each, "width"),
        height=_pixels(each, "height"),
        preview_url=preview,
    )


def _pixels(attachment: Fields, side: str) -> int | None:
    meta = attachment.maybe_inner("meta")
    original = meta.maybe_inner("original") if meta else None
    return original.maybe_count(side) if original else None


def _poll(poll: Fields | None) -> Poll | None:
    if poll is None:
        return None
    return Poll(
        options=tuple(
            PollOption(clean(option.text("title")).strip(), option.maybe_count("votes_count"))
            for option in poll.objects("options")
        ),
        multiple=poll.flag("multiple"),
        closes_at=poll.maybe_time("expires_at"),
        voters=poll.maybe_count("voters_count"),
    )


def _quote(quote: Fields | None, fallback_url: str) -> Quote | None:
    """Read a quote; a state that is not documented counts as `unauthorized`."""
    if quote is None:
        return None
    said = quote.words("state") or "accepted"
    quoted = quote.maybe_inner("quoted_status")
    if said == "accepted" and quoted is not None:
        words = _content(quoted, has_quote=quoted.has("quote"))
        return Quote(
            url=web_address(quoted.words("url")) or quoted.words("uri"),
            author=read_author(quoted.inner("account")),
            text=words.text,
            html=words.html,
        )
    if said == "accepted":
        return Quote(url=fallback_url, state="shown")
    return Quote(url=fallback_url, state=said if said in _QUOTE_STATES else "unauthorized")
