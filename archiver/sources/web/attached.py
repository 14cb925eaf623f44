"""What is attached to an entry: which kind, and under which address?"""

from __future__ import annotations

from archiver.core.richtext import clean, web_address
from archiver.models import Media, MediaKind

MAX_MEDIA = 50
_MAX_ALT = 4_000
_KINDS = {"image": MediaKind.IMAGE, "video": MediaKind.VIDEO, "audio": MediaKind.AUDIO}
_BY_ENDING = {
    **dict.fromkeys(("jpg", "jpeg", "png", "gif", "webp", "avif", "svg"), MediaKind.IMAGE),
    **dict.fromkeys(("mp4", "m4v", "webm", "mov"), MediaKind.VIDEO),
    **dict.fromkeys(("mp3", "m4a", "ogg", "opus", "flac", "wav"), MediaKind.AUDIO),
}


def media(
    url: str,
    *,
    mime: str = "",
    medium: str = "",
    alt: str = "",
    width: int | None = None,
    height: int | None = None,
) -> Media | None:
    """
    Describe an attachment.

    Args:
        url: Absolute.
        mime: As the feed says; decides what kind it is, before `medium` and the name of the file.
        medium: `image`, `video`, `audio` or another word (Media RSS).

    Returns:
        None if the address is none of the web.
    """
    address = web_address(url)
    if address is None:
        return None
    mime = mime.partition(";")[0].strip().lower()
    ending = address.partition("?")[0].rpartition(".")[2].lower()
    kind = _KINDS.get(mime.partition("/")[0]) or _KINDS.get(medium) or _BY_ENDING.get(ending)
    return Media(
        kind=kind or MediaKind.OTHER,
        url=address,
        alt=clean(alt)[:_MAX_ALT].strip(),
        mime=mime,
        width=width,
        height=height,
    )


def pixels(text: str) -> int | None:
    """Read a width or height; None if it is none, or beyond all sense."""
    return int(text) if text.isascii() and text.isdigit() and 0 < len(text) < 7 else None
