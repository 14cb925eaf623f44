"""What is attached to a post on Bluesky: pictures, films, cards and quotes (protocols 4.3)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from archiver.core.richtext import clean, web_address
from archiver.models import Link, Media, MediaKind, Quote
from archiver.sources.bluesky.text import read_author, read_text, wants_login
from archiver.sources.bluesky.urls import at_uri, xrpc
from archiver.sources.fields import Fields

_STATES = {"viewNotFound": "notFound", "viewBlocked": "blocked", "viewDetached": "detached"}


@dataclass(frozen=True, slots=True)
class Attached:
    """What hangs on a post."""

    media: tuple[Media, ...] = ()
    links: tuple[Link, ...] = ()
    quote: Quote | None = None


def read_view(embed: Fields | None) -> Attached:
    """Read an embed as the AppView shows it. Raises ParseError."""
    if embed is None:
        return Attached()
    match _kind(embed):
        case "app.bsky.embed.images#view":
            return Attached(_pictures(embed, "images", "thumb"))
        case "app.bsky.embed.gallery#view":
            return Attached(_pictures(embed, "items", "thumbnail"))
        case "app.bsky.embed.video#view":
            return Attached(_film(embed))
        case "app.bsky.embed.external#view":
            return Attached(links=_card(embed.inner("external")))
        case "app.bsky.embed.record#view":
            return _quoted(embed.inner("record"))
        case "app.bsky.embed.recordWithMedia#view":
            quoted = _quoted(embed.inner("record").inner("record"))
            media = read_view(embed.inner("media"))
            return replace(media, quote=quoted.quote, links=(*media.links, *quoted.links))
    return Attached()


def read_record(embed: Fields | None, *, did: str, pds: str | None) -> Attached:
    """
    Read an embed as it stands in a repository.

    Args:
        did: Whose repository it is.
        pds: The server that has its blobs; None if nobody knows.

    Raises:
        ParseError: If a field is not of the documented type.
    """
    if embed is None:
        return Attached()
    match _kind(embed):
        case "app.bsky.embed.images":
            return Attached(_blobs(embed.objects("images"), did, pds))
        case "app.bsky.embed.gallery":
            return Attached(_blobs(embed.objects("items"), did, pds))
        case "app.bsky.embed.video":
            film = _blob(embed, "video", did, pds, MediaKind.VIDEO)
            gif = embed.words("presentation") == "gif"
            return Attached(tuple(replace(each, kind=_film_kind(gif)) for each in film))
        case "app.bsky.embed.external":
            return Attached(links=_card(embed.inner("external")))
        case "app.bsky.embed.record":
            return _named(embed.inner("record"))
        case "app.bsky.embed.recordWithMedia":
            quoted = _named(embed.inner("record").inner("record"))
            media = read_record(embed.inner("media"), did=did, pds=pds)
            return replace(media, quote=quoted.quote, links=(*media.links, *quoted.links))
    return Attached()


def _kind(fields: Fields) -> str:
    return fields.words("$type")


def _pictures(embed: Fields, name: str, thumb: str) -> tuple[Media, ...]:
    found: list[Media] = []
    for each in embed.objects(name):
        address = web_address(each.words("fullsize"))
        if address is not None:
            media = Media(MediaKind.IMAGE, address, preview_url=web_address(each.words(thumb)))
            found.append(_described(media, each))
    return tuple(found)


def _film(embed: Fields) -> tuple[Media, ...]:
    address = web_address(embed.words("playlist"))
    if address is None:
        return ()
    kind = _film_kind(embed.words("presentation") == "gif")
    film = Media(kind, address, preview_url=web_address(embed.words("thumbnail")))
    return (_described(film, embed),)


def _film_kind(is_gif: bool) -> MediaKind:
    return MediaKind.GIF if is_gif else MediaKind.VIDEO


def _described(media: Media, each: Fields) -> Media:
    size = each.maybe_inner("aspectRatio")
    return replace(
        media,
        alt=clean(each.words("alt")).strip(),
        width=size.maybe_count("width") if size else None,
        height=size.maybe_count("height") if size else None,
    )


def _blobs(pictures: tuple[Fields, ...], did: str, pds: str | None) -> tuple[Media, ...]:
    found = [_blob(each, "image", did, pds, MediaKind.IMAGE) for each in pictures]
    return tuple(media for several in found for media in several)


def _blob(each: Fields, name: str, did: str, pds: str | None, kind: MediaKind) -> tuple[Media, ...]:
    """Name the original bytes; records of 2022 have the cid itself, without `ref`."""
    blob = each.inner(name)
    ref = blob.maybe_inner("ref")
    cid = ref.words("$link") if ref else blob.words("cid")
    if not cid or pds is None:
        return ()
    url = xrpc(pds, "com.atproto.sync.getBlob", ("did", did), ("cid", cid))
    return (_described(Media(kind, url, mime=clean(blob.words("mimeType"))), each),)


def _card(external: Fields) -> tuple[Link, ...]:
    address = web_address(external.words("uri"))
    return (Link(address, clean(external.words("title")).strip()),) if address else ()


def _quoted(record: Fields) -> Attached:
    """Read what is embedded: a post is a quote; a feed, list or starter pack is a link."""
    uri = at_uri(record.words("uri"))
    page = (uri.page if uri else None) or ""
    kind = _kind(record).rpartition("#")[2]
    if kind in _STATES:
        return Attached(quote=Quote(page, state=_STATES[kind]))
    if kind == "viewRecord":
        return Attached(quote=_shown(record, page))
    title = record.words("displayName") or record.words("name")
    return Attached(links=(Link(page, clean(title).strip()),) if page else ())


def _shown(record: Fields, page: str) -> Quote:
    author = record.inner("author")
    if wants_login(author):
        return Quote(page, state="no-unauthenticated")
    said = read_text(record.inner("value"))
    return Quote(page, author=read_author(author), text=said.text, html=said.html)


def _named(record: Fields) -> Attached:
    """Read what a record embeds: only its address is known."""
    uri = at_uri(record.words("uri"))
    if uri is None or uri.page is None:
        return Attached()
    if uri.collection == "app.bsky.feed.post":
        return Attached(quote=Quote(uri.page, state="unread"))
    return Attached(links=(Link(uri.page),))
