"""Which addresses name a video, a channel or an account of a PeerTube server, and its API?"""

from __future__ import annotations

import re
from urllib.parse import quote

from archiver.core.urls import origin_of, split
from archiver.models import RefKind, SourceRef

PLATFORM = "peertube"
FAMILY = frozenset({"peertube"})

_UUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_SHORT = r"[1-9A-HJ-NP-Za-km-z]{20,22}"
_VIDEO = re.compile(rf"/(?:w|videos/watch|videos/embed)/(?P<id>{_UUID}|{_SHORT})/?")
_NAME = r"(?P<name>[\w.-]{1,255}(?:@[\w.-]{1,253}(?::\d{1,5})?)?)"
_CHANNEL = re.compile(rf"/(?:c|video-channels)/{_NAME}(?:/videos)?/?")
_ACCOUNT = re.compile(rf"/(?:a|accounts)/{_NAME}(?:/videos|/video-channels)?/?")

COUNT = 100
"""Threads of comments that one answer holds at most."""


def match(url: str) -> SourceRef | None:
    """
    Recognise an address by its shape; the host may be any.

    Returns:
        With key (origin, id) for a video, (origin, `video-channels` or `accounts`, name) for a
        listing; None if it is none of these.
    """
    parts = split(url)
    if parts is None:
        return None
    origin = origin_of(url)
    if found := _VIDEO.fullmatch(parts.path):
        return SourceRef(PLATFORM, RefKind.THREAD, url, (origin, found["id"]))
    for shape, kind in ((_CHANNEL, "video-channels"), (_ACCOUNT, "accounts")):
        if found := shape.fullmatch(parts.path):
            return SourceRef(PLATFORM, RefKind.ACCOUNT, url, (origin, kind, found["name"]))
    return None


def home(uri: str) -> tuple[str, str] | None:
    """
    Say where a video is at home, by its global id: its server and its id there.

    >>> home("https://b.example/videos/watch/9c9de5e8-0a1e-484a-b099-e80766180a6d")
    ('https://b.example', '9c9de5e8-0a1e-484a-b099-e80766180a6d')
    """
    ref = match(uri)
    return (ref.key[0], ref.key[1]) if ref and ref.kind is RefKind.THREAD else None


def video(origin: str, ident: str) -> str:
    """Where a video is described."""
    return f"{origin}/api/v1/videos/{quote(ident, safe='')}"


def captions(origin: str, ident: str) -> str:
    """Where its subtitles are listed."""
    return f"{video(origin, ident)}/captions"


def description(origin: str, ident: str) -> str:
    """Where its whole description stands on servers before 5.0."""
    return f"{video(origin, ident)}/description"


def threads(origin: str, ident: str, start: int) -> str:
    """Where the first comments of threads are listed, oldest first; `start` counts from 0."""
    return f"{video(origin, ident)}/comment-threads?start={start}&count={COUNT}&sort=createdAt"


def thread(origin: str, ident: str, comment: str) -> str:
    """Where one thread of comments stands as a tree."""
    return f"{video(origin, ident)}/comment-threads/{quote(comment, safe='')}"


def videos_of(origin: str, kind: str, name: str) -> str:
    """Where the newest videos of a channel or an account are listed."""
    owner = f"{origin}/api/v1/{kind}/{quote(name, safe='@:')}"
    return f"{owner}/videos?start=0&count=50&sort=-publishedAt&nsfw=both"
