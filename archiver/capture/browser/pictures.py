"""How are pictures of a page made small, and told apart?"""

from __future__ import annotations

import io
from dataclasses import dataclass

from PIL import Image

from archiver.core import fingerprint

THUMBNAIL_WIDTH = 400
_THUMBNAIL_HEIGHT = 300
_MOST_PNG = 8_000_000
_MOST_PIXELS = 60_000_000


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture with its size in pixels; `fingerprint` as core.fingerprint gives it, or empty."""

    mime: str
    body: bytes
    width: int
    height: int
    fingerprint: str = ""


def screenshot(png: bytes) -> Picture:
    """
    Describe a screenshot; a very large PNG becomes a JPEG.

    Raises:
        OSError, ValueError: If it is no picture.
    """
    with Image.open(io.BytesIO(png), formats=("PNG",)) as picture:
        _bounded(picture)
        colours = picture.convert("RGB")
    told = _fingerprint(colours)
    if len(png) <= _MOST_PNG:
        return Picture("image/png", png, colours.width, colours.height, told)
    return Picture("image/jpeg", _jpeg(colours, 85), colours.width, colours.height, told)


def described(body: bytes) -> Picture:
    """
    Describe a PNG or JPEG that somebody else made.

    Raises:
        OSError, ValueError: If it is no such picture, or larger than any of ours.
    """
    with Image.open(io.BytesIO(body), formats=("PNG", "JPEG")) as picture:
        _bounded(picture)
        mime = f"image/{(picture.format or 'png').lower()}"
        colours = picture.convert("RGB")
    return Picture(mime, body, colours.width, colours.height, _fingerprint(colours))


def thumbnail(png: bytes) -> Picture:
    """
    Make the picture for a card: the top of the page, at most THUMBNAIL_WIDTH pixels wide.

    Raises:
        OSError, ValueError: If it is no picture.
    """
    with Image.open(io.BytesIO(png), formats=("PNG",)) as picture:
        _bounded(picture)
        top = picture.crop((0, 0, picture.width, min(picture.height, picture.width * 3 // 4)))
        small = top.convert("RGB")
    small.thumbnail((THUMBNAIL_WIDTH, _THUMBNAIL_HEIGHT))
    return Picture("image/jpeg", _jpeg(small, 80), small.width, small.height)


def _bounded(picture: Image.Image) -> None:
    if picture.width * picture.height > _MOST_PIXELS:
        raise ValueError(f"a picture of {picture.width} by {picture.height} pixels is too large")


def _fingerprint(picture: Image.Image) -> str:
    grey = picture.convert("L").resize((fingerprint.SIDE + 1, fingerprint.SIDE))
    return fingerprint.of_grey(list(grey.tobytes()))


def _jpeg(picture: Image.Image, quality: int) -> bytes:
    written = io.BytesIO()
    picture.save(written, "JPEG", quality=quality, optimize=True)
    return written.getvalue()
