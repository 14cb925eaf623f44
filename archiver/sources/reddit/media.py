"""Which pictures, films and polls does a post of Reddit hold, and where are their originals?"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from archiver.core.richtext import clean, web_address
from archiver.models import Media, MediaKind, Poll, PollOption
from archiver.sources.epoch import at_epoch
from archiver.sources.fields import Fields

_IMAGES = frozenset({"i.redd.it", "preview.redd.it", "i.imgur.com"})
_PICTURE = re.compile(r".*\.(?:jpe?g|png|gif|webp)", re.IGNORECASE)
_MEDIA_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_EXTENSION = {"image/jpg": "jpg", "image/jpeg": "jpg", "image/png": "png", "image/gif": "gif",
              "image/webp": "webp"}  # fmt: skip
_MIME = {"jpg": "image/jpeg", "png": "image/png", "gif": "image/gif", "webp": "image/webp"}
_KINDS = {"Image": MediaKind.IMAGE, "AnimatedImage": MediaKind.GIF}


def is_media(fields: Fields) -> bool:
    """Say whether the address of a post is a picture or a film of Reddit's own."""
    address = fields.words("url_overridden_by_dest") or fields.words("url")
    return _video(fields) is not None or fields.flag("is_gallery") or _is_picture(address)


def read_media(fields: Fields) -> tuple[Media, ...]:
    """Give what is attached, at original quality; what cannot be read is left out."""
    found = [*_gallery(fields)]
    video = _video(fields)
    if video is not None:
        found += _of_video(fields, video)
    address = web_address(fields.words("url_overridden_by_dest") or fields.words("url"))
    if not found and address is not None and fields.has("title") and _is_picture(address):
        width, height = _size(fields)
        kind = MediaKind.GIF if urlsplit(address).path.lower().endswith(".gif") else MediaKind.IMAGE
        found.append(Media(kind, address, width=width, height=height))
    return tuple(dict.fromkeys(found))


def read_poll(fields: Fields) -> Poll | None:
    """Give a poll; its votes are not shown while it runs."""
    poll = fields.maybe_inner("poll_data")
    if poll is None:
        return None
    options = poll.readable("options")[0]
    ends = poll.maybe_count("voting_end_timestamp")
    return Poll(
        options=tuple(
            PollOption(clean(each.words("text")), each.maybe_count("vote_count"))
            for each in options
        ),
        closes_at=None if ends is None else at_epoch(ends / 1000),
        voters=poll.maybe_count("total_vote_count"),
    )


def _gallery(fields: Fields) -> list[Media]:
    """Give the pictures of a gallery in its order, or those within a text."""
    known = fields.maybe_inner("media_metadata")
    if known is None:
        return []
    gallery = fields.maybe_inner("gallery_data")
    listed = gallery.readable("items")[0] if gallery else ()
    captions = {each.words("media_id"): clean(each.words("caption")) for each in listed}
    names = list(captions) or list(known.values)
    made = (_picture(known, name, captions.get(name, "")) for name in names)
    return [each for each in made if each is not None]


def _picture(known: Fields, name: str, caption: str) -> Media | None:
    value = known.values.get(name)
    if not isinstance(value, dict):
        return None
    about = Fields.of(
        value, uri_r=known.uri_r, platform=known.platform, place=f"{known.place}.{name}"
    )
    kind = _KINDS.get(about.words("e"))
    source = about.maybe_inner("s")
    if about.words("status") != "valid" or kind is None or source is None:
        return None
    shown = web_address(source.words("u") or source.words("gif") or source.words("mp4"))
    extension = _EXTENSION.get(about.words("m"))
    original = None
    if extension is not None and _MEDIA_ID.fullmatch(name):
        original = f"https://i.redd.it/{name}.{extension}"
    url = original or shown
    if url is None:
        return None
    return Media(
        kind=kind,
        url=url,
        alt=caption,
        mime=_MIME.get(extension or "", ""),
        width=source.maybe_count("x"),
        height=source.maybe_count("y"),
        preview_url=shown if shown != url else None,
        key=name,
    )


def _video(fields: Fields) -> Fields | None:
    for name in ("secure_media", "media"):
        holder = fields.maybe_inner(name)
        video = holder.maybe_inner("reddit_video") if holder else None
        if video is not None:
            return video
    return None


def _of_video(fields: Fields, video: Fields) -> list[Media]:
    url = web_address(video.words("fallback_url"))
    if url is None:
        return []
    kind = MediaKind.GIF if video.flag("is_gif") else MediaKind.VIDEO
    width, height = video.maybe_count("width"), video.maybe_count("height")
    return [
        Media(kind, url, mime="video/mp4", width=width, height=height, preview_url=_preview(fields))
    ]


def _preview(fields: Fields) -> str | None:
    source = _source(fields)
    return web_address(source.words("url")) if source else None


def _size(fields: Fields) -> tuple[int | None, int | None]:
    source = _source(fields)
    return (source.maybe_count("width"), source.maybe_count("height")) if source else (None, None)


def _source(fields: Fields) -> Fields | None:
    preview = fields.maybe_inner("preview")
    images = preview.readable("images")[0] if preview else ()
    return images[0].maybe_inner("source") if images else None


def _is_picture(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.hostname in _IMAGES and bool(_PICTURE.fullmatch(parts.path))
