"""Which pictures, films and sounds of a thread can readers be given from our own copies?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from archiver.models import (
    Branch,
    Media,
    MediaCopy,
    MediaKind,
    Outcome,
    StoredPost,
    ThreadView,
    View,
    ViewKind,
)
from feeds import clean

_MIME = re.compile(r"[a-z0-9][a-z0-9.+-]{0,60}/[a-z0-9][a-z0-9.+-]{0,60}")
# Not mimetypes.guess_type: that reads tables of the machine, so output would differ between two.
_BY_EXTENSION = {
    "avif": "image/avif",
    "gif": "image/gif",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "mov": "video/quicktime",
    "mp4": "video/mp4",
    "webm": "video/webm",
    "aac": "audio/aac",
    "flac": "audio/flac",
    "m4a": "audio/mp4",
    "mp3": "audio/mpeg",
    "ogg": "audio/ogg",
    "opus": "audio/ogg",
    "wav": "audio/wav",
}
_UNKNOWN = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Attachment:
    """
    Our copy of a picture, film or sound.

    Attributes:
        url: Absolute address of our copy.
        mime: Media type, never empty.
        size_bytes: Length of the copy, > 0; None where unknown.
        title: The author's description (alt text); may be empty.
        width: In pixels, > 0; so is `height`.
        medium: `image`, `video`, `audio` or `document`.
        sensitive: The author asked that it be covered.
        post: Position of its post.
    """

    url: str
    mime: str
    size_bytes: int | None
    title: str
    width: int | None
    height: int | None
    medium: str
    sensitive: bool = False
    post: int = 1


def attachments_of(
    view: ThreadView, copies: Mapping[str, str], *, once: bool = True
) -> tuple[Attachment, ...]:
    """
    Give the attachments of the thread itself that we hold, in reading order.

    Args:
        copies: Original URL -> absolute URL of our copy.
        once: Give one that several posts show only with the first of them.
    """
    types = {copy.url: (copy.mime, copy.bytes) for copy in view.media}
    found: dict[tuple[str, int], Attachment] = {}
    for stored in view.thread.posts:
        if stored.post.branch is not Branch.THREAD:
            continue
        for media in stored.post.media:
            url = clean.url(copies.get(media.url, ""))
            place = (url, 0 if once else stored.position)
            if url and place not in found:
                mime, size = types.get(media.url, ("", 0))
                found[place] = _attachment(url, stored, media, mime, size)
    return tuple(found.values())


def views_of(view: ThreadView) -> tuple[MediaCopy, ...]:
    """Give the pictures that a browser made of a thread's own page and of its targets, each named
    by its record."""
    snapshots = [each.snapshot for each in view.links if each.snapshot is not None]
    if view.page is not None:
        snapshots.append(view.page)
    shown = (ViewKind.SCREENSHOT, ViewKind.THUMBNAIL)
    return tuple(
        MediaCopy(
            url=each.record_id,
            outcome=Outcome.OK,
            record_id=each.record_id,
            digest=each.digest,
            mime=each.mime,
            bytes=each.bytes,
            at=snapshot.at,
        )
        for snapshot in snapshots
        for each in snapshot.views
        if each.kind in shown
    )


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that a browser made of a page: path below publish_dir, size in pixels if known."""

    path: str
    width: int | None
    height: int | None


def picture_of(view: View | None, copies: Mapping[str, str]) -> Picture | None:
    """Give our copy of a picture that a browser made; None if there is none."""
    path = copies.get(view.record_id, "") if view is not None else ""
    if view is None or not path.endswith((".png", ".jpg", ".webp")):
        return None
    return Picture(path, pixels(view.width), pixels(view.height))


def is_covered(stored: StoredPost) -> bool:
    """Say whether the author asked that the media of a post be covered."""
    return stored.post.sensitive or bool(stored.post.content_warning.strip())


def pixels(number: int | None) -> int | None:
    """Give a width or height that may stand in markup."""
    return number if number is not None and 0 < number < 100_000 else None


def _attachment(url: str, stored: StoredPost, media: Media, mime: str, size: int) -> Attachment:
    extension = urlsplit(url).path.rpartition(".")[2].lower()
    kinds = (_BY_EXTENSION.get(extension, ""), mime.lower(), media.mime.lower())
    kind = next((each for each in kinds if _MIME.fullmatch(each)), _UNKNOWN)
    return Attachment(
        url=url,
        mime=kind,
        size_bytes=size if size > 0 else None,
        title=clean.line(media.alt, longest=2_000),
        width=pixels(media.width),
        height=pixels(media.height),
        medium=_medium(kind, media.kind),
        sensitive=is_covered(stored),
        post=stored.position,
    )


def _medium(mime: str, kind: MediaKind) -> str:
    top = mime.partition("/")[0]
    if top in ("image", "video", "audio"):
        return top
    if mime == _UNKNOWN and kind in (MediaKind.IMAGE, MediaKind.VIDEO, MediaKind.AUDIO):
        return kind.value
    return "document"
