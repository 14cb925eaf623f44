"""What does a status hold beside its author and time? Words, media, poll, quote, card."""

from __future__ import annotations

from collections.abc import Callable

from archiver.core.htmltext import from_html
from archiver.core.richtext import RichText, clean, name_of, web_address
from archiver.models import Author, Link, Media, MediaKind, Poll, PollOption, Quote
from archiver.sources.fields import Fields
from archiver.sources.loose import Loose

SHOWN = frozenset({"", "public", "unlisted"})
"""Visibilities that everybody may read; servers that do not say show nothing else to strangers."""

_KINDS = {
    "image": MediaKind.IMAGE,
    "gifv": MediaKind.GIF,
    "video": MediaKind.VIDEO,
    "audio": MediaKind.AUDIO,
}
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


def said_in(status: Fields, mentioned: Loose, *, has_quote: bool) -> RichText:
    """
    Read the words; a post of media alone may have none.

    Args:
        mentioned: The status that names mentions and tags.

    Raises:
        ParseError: If `content` is no text.
    """
    return _rich(status.words("content"), mentioned, has_quote=has_quote)


def _rich(content: str, mentioned: Loose, *, has_quote: bool) -> RichText:
    return from_html(
        content,
        mention_urls=frozenset(each.words("url") for each in mentioned.objects("mentions")),
        hashtags=frozenset(each.words("name").lower() for each in mentioned.objects("tags")),
        has_quote=has_quote,
    )


def warning_of(status: Loose) -> str:
    """Give the content warning; empty if there is none."""
    return clean(status.words("spoiler_text")).strip()


def mentions_of(status: Loose) -> tuple[str, ...]:
    """Give the handles that the platform names, with @."""
    names = (name_of(each.words("acct")) for each in status.objects("mentions"))
    return tuple(dict.fromkeys(f"@{name}" for name in names if name))


def hashtags_of(status: Loose, said: RichText) -> tuple[str, ...]:
    """As the author wrote them (the API gives lower case), then those that are not in the text."""
    written = {name.lower() for name in said.hashtags}
    others = (name_of(each.words("name")) for each in status.objects("tags"))
    return (*said.hashtags, *(name for name in others if name and name.lower() not in written))


def card_link(status: Loose) -> tuple[Link, ...]:
    """
    The preview card's address, where the text holds no link.

    Where it does, the card is the end of that link's redirects: not what the author wrote.
    """
    card = status.maybe_inner("card")
    address = web_address(card.words("url")) if card else None
    return (Link(address, clean(card.words("title")).strip()),) if card and address else ()


def media_of(status: Loose) -> tuple[Media, ...]:
    """Give the attachments; those that the server still works on are left out."""
    found = (_attachment(each) for each in status.objects("media_attachments"))
    return tuple(media for media in found if media is not None)


def _attachment(each: Loose) -> Media | None:
    """The original where it is named."""
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


def _pixels(attachment: Loose, side: str) -> int | None:
    meta = attachment.maybe_inner("meta")
    original = meta.maybe_inner("original") if meta else None
    return original.maybe_count(side) if original else None


def poll_of(poll: Loose | None) -> Poll | None:
    """Read a poll; options without a title are left out."""
    if poll is None:
        return None
    options = (
        PollOption(clean(each.words("title")).strip(), each.maybe_count("votes_count"))
        for each in poll.objects("options")
    )
    return Poll(
        options=tuple(option for option in options if option.title),
        multiple=poll.flag("multiple"),
        closes_at=poll.maybe_time("expires_at"),
        voters=poll.maybe_count("voters_count"),
    )


def quote_of(
    quote: Loose | None, fallback_url: str, read_author: Callable[[Fields], Author]
) -> Quote | None:
    """
    Read a quote; a state that is not documented counts as `unauthorized`.

    Args:
        fallback_url: Address in the paragraph that repeats the quote for other servers.
    """
    if quote is None:
        return None
    said = quote.words("state") or "accepted"
    if said != "accepted":
        return Quote(url=fallback_url, state=said if said in _QUOTE_STATES else "unauthorized")
    # Akkoma and others write the quoted status itself there.
    quoted = quote if quote.has("content") else quote.maybe_inner("quoted_status")
    if quoted is None:
        return Quote(url=fallback_url, state="shown")
    if quoted.words("visibility") not in SHOWN:
        return Quote(url=fallback_url, state="unauthorized")
    account = quoted.maybe_inner("account")
    address = web_address(quoted.words("url")) or web_address(quoted.words("uri"))
    words = _rich(quoted.words("content"), quoted, has_quote=quoted.has("quote"))
    return Quote(
        url=address or fallback_url,
        author=read_author(account.fields) if account else None,
        text=words.text,
        html=words.html,
    )
