"""What is attached to a post on Bluesky, as the AppView shows it? (protocols 4.3)"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from archiver.core.richtext import clean, web_address
from archiver.models import Link, Media, MediaKind, Quote
from archiver.sources.bluesky.labels import wants_login
from archiver.sources.bluesky.text import read_author, read_text
from archiver.sources.bluesky.urls import at_uri
from archiver.sources.fields import Fields

_STATES = {"viewNotFound": "notFound", "viewBlocked": "blocked", "viewDetached": "detached"}


@dataclass(frozen=True, slots=True)
class Attached:
    """What hangs on a post."""

    media: tuple[Media, ...] = ()
    links: tuple[Link, ...] = ()
    quote: Quote | None = None


def read_view(embed: Fields | None, at: dt.datetime) -> Attached:
    """
    Read an embed as the AppView shows it; kinds that nobody knows yet are passed over.

    Args:
        embed: What the view of the post holds.
        at: Time of the answer, UTC-aware; labels expire.

    Raises:
        ParseError: If a field is not of the documented type.
    """
    if embed is None:
        return Attached()
    match embed.words("$type"):
        case "app.bsky.embed.images#view":
            return Attached(_pictures(embed, "images", "thumb"))
        case "app.bsky.embed.gallery#view":
            return Attached(_pictures(embed, "items", "thumbnail"))
        case "app.bsky.embed.video#view":
            return Attached(_film(embed))
        case "app.bsky.embed.external#view":
            return Attached(links=card(embed.inner("external")))
        case "app.bsky.embed.record#view":
            return _quoted(embed.inner("record"), at)
        case "app.bsky.embed.recordWithMedia#view":
            quoted = _quoted(embed.inner("record").inner("record"), at)
            media = read_view(_media_of(embed), at)
            return replace(media, quote=quoted.quote, links=(*media.links, *quoted.links))
    return Attached()


def _media_of(embed: Fields) -> Fields | None:
    """Give the media beside a quote; it cannot hold another quote with media."""
    media = embed.inner("media")
    return None if "recordWithMedia" in media.words("$type") else media


def _pictures(embed: Fields, name: str, thumb: str) -> tuple[Media, ...]:
    found: list[Media] = []
    for each in embed.objects(name):
        address = web_address(each.words("fullsize"))
        if address is not None:
            media = Media(MediaKind.IMAGE, address, preview_url=web_address(each.words(thumb)))
            found.append(described(media, each))
    return tuple(found)


def _film(embed: Fields) -> tuple[Media, ...]:
    address = web_address(embed.words("playlist"))
    if address is None:
        return ()
    film = Media(film_kind(embed), address, preview_url=web_address(embed.words("thumbnail")))
    return (described(film, embed),)


def film_kind(embed: Fields) -> MediaKind:
    """Say whether a film is shown like a GIF: in a loop, without sound."""
    return MediaKind.GIF if embed.words("presentation") == "gif" else MediaKind.VIDEO


def described(media: Media, each: Fields) -> Media:
    """Add what is said of a picture or film: its description and size."""
    size = each.maybe_inner("aspectRatio")
    return replace(
        media,
        alt=clean(each.words("alt")).strip(),
        width=size.maybe_count("width") if size else None,
        height=size.maybe_count("height") if size else None,
    )


def card(external: Fields) -> tuple[Link, ...]:
    """Read a card: a link that often stands nowhere in the text."""
    address = web_address(external.words("uri"))
    return (Link(address, clean(external.words("title")).strip()),) if address else ()


def _quoted(record: Fields, at: dt.datetime) -> Attached:
    """Read what is embedded: a post is a quote; a feed, list or starter pack is a link."""
    uri = at_uri(record.words("uri"))
    page = (uri.page if uri else None) or ""
    kind = record.words("$type").rpartition("#")[2]
    if kind in _STATES:
        return Attached(quote=Quote(page, state=_STATES[kind]))
    if kind == "viewRecord":
        return Attached(quote=_shown(record, page, at))
    title = record.words("displayName") or record.words("name") or _name_in(record)
    return Attached(links=(Link(page, clean(title).strip()),) if page else ())


def _name_in(view: Fields) -> str:
    """Give the name of a starter pack, which only its record holds."""
    record = view.maybe_inner("record")
    return record.words("name") if record else ""


def _shown(record: Fields, page: str, at: dt.datetime) -> Quote:
    author = record.inner("author")
    if wants_login(author, at):
        return Quote(page, state="no-unauthenticated")
    said = read_text(record.inner("value"))
    return Quote(page, author=read_author(author), text=said.text, html=said.html)
