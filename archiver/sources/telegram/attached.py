"""Which pictures, films, sounds and files does a Telegram message hold?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urljoin

from bs4 import Tag

from archiver.core.richtext import web_address
from archiver.models import Media, MediaKind
from archiver.sources.telegram.text import unwrapped, words_of
from archiver.sources.telegram.urls import SITE, post_of

_BACKGROUND = re.compile(r"background-image:\s*url\(\s*['\"]?([^'\")]{1,4000})['\"]?\s*\)")
_WIDTH = re.compile(r"(?:^|;)\s*width:\s*([0-9]{1,5})px")
_PLAYERS = frozenset({"tgme_widget_message_video_player", "tgme_widget_message_roundvideo_player"})
_SOURCES = (
    "a.tgme_widget_message_photo_wrap, .tgme_widget_message_video_player,"
    " .tgme_widget_message_roundvideo_player, audio[src], .tgme_widget_message_sticker,"
    " .tgme_widget_message_videosticker video[src]"
)
_MOST = 100


def read_media(tag: Tag, name: str) -> tuple[tuple[Media, ...], bool]:
    """
    Give what is attached, in order.

    Addresses at Telegram's servers change by the hour, so each is named by its place.

    Args:
        name: Of the message, for ever.

    Returns:
        What is attached, and whether something of it is shown only in Telegram's own apps.
    """
    found: list[Media] = []
    hidden = False
    for number, each in enumerate(tag.select(_SOURCES, limit=_MOST)):
        media = _read(each, f"{_place(each, name)}/{number}")
        found += media
        hidden = hidden or not media
    return tuple(found), hidden


def names_of_files(tag: Tag) -> Iterator[str]:
    """Give names and sizes of files, which are only named, and of places on a map."""
    for each in tag.select(".tgme_widget_message_document", limit=_MOST):
        title = each.select_one(".tgme_widget_message_document_title")
        extra = each.select_one(".tgme_widget_message_document_extra")
        shown = [words_of(part) for part in (title, extra) if part is not None]
        if any(shown):
            yield "📎 " + " · ".join(filter(None, shown))
    for each in tag.select(".tgme_widget_message_location_wrap[href]", limit=_MOST):
        yield f"📍 {address_in(each) or ''}"


def address_in(tag: Tag) -> str | None:
    """Give the address that an element leads to."""
    try:
        return web_address(unwrapped(urljoin(f"{SITE}/", str(tag.get("href") or ""))))
    except ValueError:
        return None


def _place(tag: Tag, name: str) -> str:
    """Name the message of an album that a picture belongs to."""
    post = post_of(str(tag.get("href") or ""))
    return f"{name.partition('/')[0]}/{post[1]}" if post else name


def _read(tag: Tag, key: str) -> list[Media]:
    kinds = set(tag.get_attribute_list("class"))
    if kinds & _PLAYERS:
        return _film(tag, key)
    if tag.name == "audio":
        return _made(MediaKind.AUDIO, _source(tag), key, mime="audio/ogg")
    if tag.name == "video":
        return _made(MediaKind.GIF, _source(tag), key)
    address = _web(str(tag.get("data-webp") or "")) or _background(tag)
    return _made(MediaKind.IMAGE, address, key, width=_width(tag))


def _film(tag: Tag, key: str) -> list[Media]:
    video = tag.select_one("video[src]")
    thumb = tag.select_one("[style*=background-image]")
    preview = _background(thumb) if thumb is not None else None
    address = _source(video) if video is not None else None
    return _made(MediaKind.VIDEO, address, key, mime="video/mp4", preview=preview)


def _made(
    kind: MediaKind,
    url: str | None,
    key: str,
    *,
    mime: str = "",
    width: int | None = None,
    preview: str | None = None,
) -> list[Media]:
    if url is None:
        return []
    return [Media(kind, url, mime=mime, width=width, preview_url=preview, key=key)]


def _source(tag: Tag) -> str | None:
    return _web(str(tag.get("src") or ""))


def _background(tag: Tag) -> str | None:
    found = _BACKGROUND.search(str(tag.get("style") or "")[:8_000])
    return _web(found[1]) if found else None


def _width(tag: Tag) -> int | None:
    found = _WIDTH.search(str(tag.get("style") or "")[:8_000])
    return int(found[1]) if found else None


def _web(address: str) -> str | None:
    try:
        return web_address(urljoin(f"{SITE}/", address)) if address else None
    except ValueError:
        return None
