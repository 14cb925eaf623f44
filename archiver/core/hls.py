"""Which pieces make up a film that is given as an HTTP Live Streaming playlist? (RFC 8216)"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urljoin

MIMES = frozenset({
    "application/vnd.apple.mpegurl", "application/x-mpegurl", "audio/mpegurl", "audio/x-mpegurl",
})  # fmt: skip
MAX_PIECES = 5_000
_ATTRIBUTE = re.compile(r'([A-Z0-9-]+)=("[^"]*"|[^,]*)')
_PIECES = ("#EXT-X-MAP:", "#EXT-X-KEY:")


@dataclass(frozen=True, slots=True)
class Playlist:
    """
    What a playlist names.

    Attributes:
        variants: Playlists to be read next: the best picture, and the sound that belongs to it.
        pieces: Segments, initialisation sections and keys, each once, in order.
    """

    variants: tuple[str, ...] = ()
    pieces: tuple[str, ...] = ()


def is_playlist(url: str, mime: str) -> bool:
    """Say whether an answer is a playlist, by its media type or its name."""
    path = url.partition("?")[0].partition("#")[0]
    return mime in MIMES or path.lower().endswith(".m3u8")


def read(text: str, url: str) -> Playlist | None:
    """
    Read a playlist.

    Args:
        url: Its address, against which others resolve.

    Returns:
        None if it is none.

    Source: RFC 8216, 4.3
    """
    lines = [line.strip() for line in text.lstrip("\ufeff").splitlines() if line.strip()]
    if not lines or not lines[0].startswith("#EXTM3U"):
        return None
    if any(line.startswith("#EXT-X-STREAM-INF:") for line in lines):
        return Playlist(variants=_best(lines, url))
    return Playlist(pieces=_pieces(lines, url))


def _best(lines: list[str], url: str) -> tuple[str, ...]:
    """Choose the variant of the highest bandwidth, and the default sound of its group."""
    found: list[tuple[int, str, str]] = []
    for place, line in enumerate(lines[:-1]):
        if line.startswith("#EXT-X-STREAM-INF:") and not lines[place + 1].startswith("#"):
            said = _attributes(line)
            width = said.get("BANDWIDTH", "0")
            rate = int(width) if width.isascii() and width.isdecimal() and len(width) < 15 else 0
            found.append((rate, lines[place + 1], said.get("AUDIO", "")))
    if not found:
        return ()
    _, picture, group = max(found, key=lambda each: each[0])
    sounds = [
        said
        for said in map(_attributes, (line for line in lines if line.startswith("#EXT-X-MEDIA:")))
        if said.get("TYPE") == "AUDIO" and said.get("GROUP-ID") == group and said.get("URI")
    ]
    sounds.sort(key=lambda said: said.get("DEFAULT") != "YES")
    addresses = [picture, *(said["URI"] for said in sounds[:1])]
    return _resolved(addresses, url)


def _pieces(lines: list[str], url: str) -> tuple[str, ...]:
    named: list[str] = []
    for line in lines[1:]:
        if not line.startswith("#"):
            named.append(line)
        elif line.startswith(_PIECES):
            named.append(_attributes(line).get("URI", ""))
    return _resolved(named, url)


def _attributes(line: str) -> dict[str, str]:
    pairs = _ATTRIBUTE.findall(line.partition(":")[2])
    return {name: value.strip('"') for name, value in pairs}


def _resolved(named: list[str], url: str) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for each in filter(None, named):
        try:
            address = urljoin(url, each)
        except ValueError:
            continue
        if address.startswith(("http://", "https://")):
            found[address] = None
        if len(found) >= MAX_PIECES:
            break
    return tuple(found)
