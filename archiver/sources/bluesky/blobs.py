"""What did an author attach to a record on Bluesky, and where are the bytes as uploaded?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from archiver.core.richtext import clean
from archiver.models import Link, Media, MediaKind, Quote
from archiver.sources.bluesky.embeds import Attached, card, described, film_kind
from archiver.sources.bluesky.urls import POSTS, at_uri, xrpc
from archiver.sources.fields import Fields


def read_record(embed: Fields | None, *, did: str, pds: str | None) -> Attached:
    """
    Read an embed as it stands in a repository.

    Args:
        embed: What the record holds.
        did: Whose repository it is.
        pds: The server that has its blobs; None if nobody knows: then media have no address.

    Returns:
        Media with their keys, in the order of the record.

    Raises:
        ParseError: If a field is not of the documented type.
    """
    if embed is None:
        return Attached()
    match embed.words("$type"):
        case "app.bsky.embed.images":
            return Attached(_pictures(embed.objects("images"), did, pds))
        case "app.bsky.embed.gallery":
            return Attached(_pictures(embed.objects("items"), did, pds))
        case "app.bsky.embed.video":
            return Attached(_film(embed, did, pds))
        case "app.bsky.embed.external":
            return Attached(links=card(embed.inner("external")))
        case "app.bsky.embed.record":
            return _named(embed.inner("record"))
        case "app.bsky.embed.recordWithMedia":
            quoted = _named(embed.inner("record").inner("record"))
            media = embed.inner("media")
            if "recordWithMedia" in media.words("$type"):
                return quoted
            beside = read_record(media, did=did, pds=pds)
            return replace(beside, quote=quoted.quote, links=(*beside.links, *quoted.links))
    return Attached()


def originals(shown: Sequence[Media], own: Sequence[Media], *, wanted: bool) -> tuple[Media, ...]:
    """
    Put the bytes as uploaded in the place of what the CDN made of them.

    Args:
        shown: Media as the AppView shows them; their addresses become previews.
        own: The same as the record has them.
        wanted: Keep the addresses of the CDN if not; the keys are added all the same.
    """
    if len(shown) != len(own):
        usable = tuple(each for each in own if each.url)
        return usable if wanted and usable else tuple(shown)
    return tuple(
        _original(view, record) if wanted and record.url else replace(view, key=record.key)
        for view, record in zip(shown, own, strict=True)
    )


def _original(view: Media, record: Media) -> Media:
    is_film = view.kind is not MediaKind.IMAGE  # its address is a playlist, which shows nothing
    preview = view.preview_url if is_film else view.preview_url or view.url
    return replace(
        view,
        url=record.url,
        mime=record.mime,
        key=record.key,
        captions=record.captions,
        preview_url=preview,
    )


def _pictures(pictures: Sequence[Fields], did: str, pds: str | None) -> tuple[Media, ...]:
    found = [_blob(each, "image", did, pds, MediaKind.IMAGE) for each in pictures]
    return tuple(media for several in found for media in several)


def _film(embed: Fields, did: str, pds: str | None) -> tuple[Media, ...]:
    captions = [_address(each, "file", did, pds)[0] for each in embed.objects("captions")]
    films = _blob(embed, "video", did, pds, film_kind(embed))
    return tuple(replace(film, captions=tuple(filter(None, captions))) for film in films)


def _blob(each: Fields, name: str, did: str, pds: str | None, kind: MediaKind) -> tuple[Media, ...]:
    url, cid, mime = _address(each, name, did, pds)
    return (described(Media(kind, url, mime=mime, key=cid), each),) if cid else ()


def _address(each: Fields, name: str, did: str, pds: str | None) -> tuple[str, str, str]:
    """Name the original bytes: address, key, type. Records of 2022 have the cid without `ref`."""
    blob = each.inner(name)
    ref = blob.maybe_inner("ref")
    cid = clean(ref.words("$link") if ref else blob.words("cid")).strip()
    known = bool(cid) and pds is not None
    url = xrpc(pds or "", "com.atproto.sync.getBlob", ("did", did), ("cid", cid)) if known else ""
    return url, cid, clean(blob.words("mimeType")).strip()


def _named(record: Fields) -> Attached:
    """Read what a record embeds: only its address is known."""
    uri = at_uri(record.words("uri"))
    if uri is None or uri.page is None:
        return Attached()
    if uri.collection == POSTS:
        return Attached(quote=Quote(uri.page, state="unread"))
    return Attached(links=(Link(uri.page),))
