"""Which pictures, films and polls hang on a post? Each at the best quality that X names."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from archiver.core.richtext import clean, web_address
from archiver.models import Media, MediaKind, Poll, PollOption
from archiver.sources.fields import Fields, time_of
from archiver.sources.x.urls import original

_KINDS = {"photo": MediaKind.IMAGE, "video": MediaKind.VIDEO, "animated_gif": MediaKind.GIF}


def read_medium(medium: Fields) -> Media | None:
    """Read what the API says of an attachment; None if it has no address (yet)."""
    kind = _KINDS.get(medium.words("type"), MediaKind.OTHER)
    picture = original(medium.words("url"))
    preview = original(medium.words("preview_image_url"))
    film = best_variant(medium.objects("variants"), rate="bit_rate")
    url = picture if kind is MediaKind.IMAGE else film or picture or preview
    if url is None:
        return None
    return Media(
        kind=kind,
        url=url,
        alt=clean(medium.words("alt_text")).strip(),
        mime="video/mp4" if url == film and url.partition("?")[0].endswith(".mp4") else "",
        width=medium.maybe_count("width"),
        height=medium.maybe_count("height"),
        preview_url=None if kind is MediaKind.IMAGE else preview,
    )


def read_old_medium(medium: Fields) -> Media | None:
    """Read an attachment as the first API, syndication and the export write it."""
    kind = _KINDS.get(medium.words("type"), MediaKind.OTHER)
    picture = original(medium.words("media_url_https") or medium.words("media_url"))
    info = medium.maybe_inner("video_info")
    film = best_variant(info.objects("variants") if info else (), rate="bitrate")
    url = film if kind is not MediaKind.IMAGE and film else picture
    if url is None:
        return None
    return Media(
        kind=kind,
        url=url,
        alt=clean(medium.words("ext_alt_text")).strip(),
        mime="video/mp4" if url == film and url.partition("?")[0].endswith(".mp4") else "",
        preview_url=picture if url == film else None,
    )


def best_variant(variants: Iterable[Fields], *, rate: str) -> str | None:
    """
    Choose a film: the mp4 of the highest bit rate, else whatever there is.

    Args:
        rate: How the field is called that holds the bits per second.
    """
    rated: list[tuple[bool, float, str]] = []
    for variant in variants:
        address = web_address(variant.words("url"))
        if address is not None:
            is_mp4 = variant.words("content_type") == "video/mp4"
            rated.append((is_mp4, _rate(variant.values.get(rate)), address))
    return max(rated, default=(False, 0.0, None), key=lambda each: each[:2])[2]


def _rate(value: object) -> float:
    """The export writes numbers as texts, and some variants have none."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 12:
        return float(value)
    return float(value) if type(value) is int and abs(value) < 10**12 else 0.0


def read_poll(poll: Fields) -> Poll:
    """Read a poll as it stands now; one answer per voter."""
    options = tuple(
        PollOption(clean(each.words("label")), each.maybe_count("votes"))
        for each in poll.objects("options")
    )
    votes = [each.votes for each in options]
    known = [each for each in votes if each is not None]
    return Poll(
        options=options,
        closes_at=_end(poll),
        voters=sum(known) if len(known) == len(votes) and votes else None,
    )


def _end(poll: Fields) -> dt.datetime | None:
    return time_of(poll.words("end_datetime"))
