"""Does a labelled digest fit some bytes? In any spelling that WARC writers use."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable, Iterator

_KNOWN = {
    "md5": "md5",
    "sha1": "sha1",
    "sha-1": "sha1",
    "sha256": "sha256",
    "sha-256": "sha256",
    "sha512": "sha512",
    "sha-512": "sha512",
}


class Digests:
    """Digests of one run of bytes, by all algorithms that somebody asks of it."""

    def __init__(self, declared: Iterable[str | None] = ()) -> None:
        """
        Begin with no bytes.

        Args:
            declared: Labelled digests (`sha1:…`) that will be compared; None is passed over.
        """
        labels = (_label(text) for text in declared if text)
        names = {_KNOWN[label] for label in labels if label in _KNOWN} | {"sha256"}
        self._hashes = {name: hashlib.new(name, usedforsecurity=False) for name in names}
        self.count = 0

    def update(self, piece: bytes) -> None:
        """Take the next bytes."""
        self.count += len(piece)
        for each in self._hashes.values():
            each.update(piece)

    def passing(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """Take bytes while they pass by."""
        for piece in pieces:
            self.update(piece)
            yield piece

    @property
    def sha256(self) -> str:
        """Of all bytes so far, as we write it."""
        return f"sha256:{self._hashes['sha256'].hexdigest()}"

    def like(self, declared: str) -> str:
        """Of all bytes so far, by the algorithm of a labelled digest if it is known."""
        name = _KNOWN.get(_label(declared), "sha256")
        found = self._hashes.get(name)
        return "one of another kind" if found is None else f"{name}:{found.hexdigest()}"

    def fits(self, declared: str) -> bool:
        """Say whether a labelled digest is that of the bytes so far, in hex or Base32."""
        raw = _raw(declared)
        name = _KNOWN.get(_label(declared))
        return raw is not None and name is not None and self._hashes[name].digest() == raw


def fault_of(declared: str) -> str:
    """
    Say what is wrong with a labelled digest as such; empty if nothing is.

    Source: WARC 1.1, 5.8; warc-specifications #48, #80: sha256 in hex, sha1 in Base32
    """
    label, colon, value = declared.partition(":")
    if not colon:
        return f"{declared[:80]!r} is no labelled digest"
    name = _KNOWN.get(label.lower())
    if name is None:
        return f"{label[:20]!r} is no digest algorithm that is known here"
    raw = _raw(declared)
    if raw is None or len(raw) != hashlib.new(name, usedforsecurity=False).digest_size:
        return f"{value[:80]!r} is no {name} digest in hex or Base32"
    return ""


def same(one: str, other: str) -> bool | None:
    """
    Say whether two labelled digests are of the same bytes.

    Returns:
        None if they are of different algorithms, or one of no algorithm that is known.

    >>> same("sha1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "sha-1:" + "0" * 40)
    True
    """
    name = _KNOWN.get(_label(one))
    if name is None or name != _KNOWN.get(_label(other)):
        return None
    return one == other or _raw(one) == _raw(other)


def _label(declared: str) -> str:
    return declared.partition(":")[0].lower()


def _raw(declared: str) -> bytes | None:
    value = declared.partition(":")[2]
    size = hashlib.new(_KNOWN.get(_label(declared), "sha256"), usedforsecurity=False).digest_size
    try:
        if len(value) == 2 * size:
            return bytes.fromhex(value)
        bare = value.rstrip("=").upper()
        return base64.b32decode(bare + "=" * (-len(bare) % 8))
    except (ValueError, binascii.Error):
        return None
