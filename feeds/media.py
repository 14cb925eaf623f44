"""What is a file from outside really, and under which name is our copy published?"""

from __future__ import annotations

import re
from dataclasses import dataclass

HEAD_BYTES = 512
"""How much of a file `kind_of` wants to see."""

_DIGEST = re.compile(r"sha256:([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class MediaKind:
    """A kind of file that pages show: `medium` is image, video, audio or track (subtitles)."""

    extension: str
    mime: str
    medium: str


_JPEG = MediaKind(".jpg", "image/jpeg", "image")
_PNG = MediaKind(".png", "image/png", "image")
_GIF = MediaKind(".gif", "image/gif", "image")
_WEBP = MediaKind(".webp", "image/webp", "image")
_AVIF = MediaKind(".avif", "image/avif", "image")
_MP4 = MediaKind(".mp4", "video/mp4", "video")
_MOV = MediaKind(".mov", "video/quicktime", "video")
_WEBM = MediaKind(".webm", "video/webm", "video")
_M4A = MediaKind(".m4a", "audio/mp4", "audio")
_MP3 = MediaKind(".mp3", "audio/mpeg", "audio")
_AAC = MediaKind(".aac", "audio/aac", "audio")
_OGG = MediaKind(".ogg", "audio/ogg", "audio")
_FLAC = MediaKind(".flac", "audio/flac", "audio")
_WAV = MediaKind(".wav", "audio/wav", "audio")
_VTT = MediaKind(".vtt", "text/vtt", "track")

KINDS: tuple[MediaKind, ...] = (
    *(_JPEG, _PNG, _GIF, _WEBP, _AVIF, _MP4, _MOV, _WEBM),
    *(_M4A, _MP3, _AAC, _OGG, _FLAC, _WAV, _VTT),
)
BY_EXTENSION = {kind.extension: kind for kind in KINDS}

_STARTS: tuple[tuple[bytes, MediaKind], ...] = (
    (b"\xff\xd8\xff", _JPEG),
    (b"\x89PNG\r\n\x1a\n", _PNG),
    (b"GIF87a", _GIF),
    (b"GIF89a", _GIF),
    (b"fLaC", _FLAC),
    (b"ID3", _MP3),
    (b"\xff\xfb", _MP3),
    (b"\xff\xf3", _MP3),
    (b"\xff\xf2", _MP3),
    (b"\xff\xf1", _AAC),
    (b"\xff\xf9", _AAC),
    (b"WEBVTT", _VTT),
    (b"\xef\xbb\xbfWEBVTT", _VTT),
)
_STILLS = (b"heic", b"heix", b"mif1", b"msf1", b"hevc", b"heim", b"heis")


def kind_of(head: bytes) -> MediaKind | None:
    """
    Say what a file is by its first bytes; what it was called outside does not count.

    SVG is not among the kinds: it can carry script, and our host shall not serve it from outside.

    Args:
        head: The first HEAD_BYTES bytes.

    Source: WHATWG MIME Sniffing, 6
    """
    for start, kind in _STARTS:
        if head.startswith(start):
            return kind
    if head[:4] == b"RIFF":
        return {b"WEBP": _WEBP, b"WAVE": _WAV}.get(head[8:12])
    if head[4:8] == b"ftyp":
        return _boxed(head)
    if head[:4] == b"\x1a\x45\xdf\xa3":
        return _WEBM if b"webm" in head[:64] else None
    if head[:4] == b"OggS":
        return _OGG if b"OpusHead" in head[:64] or b"\x01vorbis" in head[:64] else None
    return None


def path_of(digest: str | None, kind: MediaKind) -> str | None:
    """Give the place of our copy below publish_dir; None if the digest is none of ours."""
    found = _DIGEST.fullmatch(digest or "")
    return f"media/{found[1]}{kind.extension}" if found else None


def kind_at(path: str) -> MediaKind | None:
    """Give the kind of a published copy by its path."""
    return BY_EXTENSION.get("." + path.rpartition(".")[2])


def _boxed(head: bytes) -> MediaKind | None:
    brand = head[8:12]
    size = min(int.from_bytes(head[:4], "big"), len(head))
    brands = {head[at : at + 4] for at in range(16, size, 4)} | {brand}
    if brands & {b"avif", b"avis"}:
        return _AVIF
    if brand in _STILLS:
        return None
    if brand in (b"M4A ", b"M4B "):
        return _M4A
    return _MOV if brand == b"qt  " else _MP4
