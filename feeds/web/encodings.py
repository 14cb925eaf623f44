"""In which content coding is an answer sent, and how is it compressed once?"""

from __future__ import annotations

import functools
import gzip
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import brotli
import zstandard

SMALLEST = 1_000
"""Bytes below which compressing gains nothing."""

_KEPT_BYTES = 64_000_000


@dataclass(frozen=True, slots=True)
class Coding:
    """
    A content coding.

    Attributes:
        name: As `Content-Encoding` names it; empty for none.
        mark: What its entity tags end with, so that each representation has one of its own.
    """

    name: str
    mark: str
    compress: Callable[[bytes], bytes]


def _gzip(content: bytes) -> bytes:
    return gzip.compress(content, compresslevel=6, mtime=0)  # no time: equal stays equal


def _brotli(content: bytes) -> bytes:
    made: bytes = brotli.compress(content, quality=5, mode=brotli.MODE_TEXT)
    return made


def _zstd(content: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=9, write_checksum=False).compress(content)


IDENTITY = Coding("", "", bytes)
CODINGS: tuple[Coding, ...] = (
    Coding("br", "-br", _brotli),
    Coding("zstd", "-zst", _zstd),
    Coding("gzip", "-gz", _gzip),
)
"""The smallest first: of equal weights the first is taken."""


@functools.lru_cache(maxsize=1024)
def chosen(accept_encoding: str | None) -> Coding:
    """
    Choose the coding that a client likes best; of equals, the smallest.

    Source: RFC 9110, 12.5.3

    >>> chosen("gzip, br;q=0.5").name, chosen("gzip;q=0").name, chosen("*").name, chosen(None).name
    ('gzip', '', 'br', '')
    """
    weights = _weights(accept_encoding or "")
    other = weights.get("*", 0.0)
    best = max(CODINGS, key=lambda each: weights.get(each.name, other))
    weight = weights.get(best.name, other)
    return best if weight > 0 and weight >= weights.get("identity", 0.0) else IDENTITY


def _weights(accept_encoding: str) -> dict[str, float]:
    weights: dict[str, float] = {}
    for part in accept_encoding.split(","):
        coding, _, parameter = part.partition(";")
        name, _, value = parameter.partition("=")
        try:
            weight = float(value) if name.strip().lower() == "q" else 1.0
        except ValueError:
            weight = 0.0
        # RFC 9110, 8.4.1.3: x-gzip is gzip.
        weights[coding.strip().lower().removeprefix("x-")] = weight
    return weights


class Compressed:
    """Compresses each content once per coding, and keeps the latest used."""

    def __init__(self, kept_bytes: int = _KEPT_BYTES) -> None:
        self._most = kept_bytes
        self._held: OrderedDict[tuple[str, str], bytes] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def get(self, digest: str, content: bytes, coding: Coding) -> bytes:
        """Give the content as this coding has it; `digest` names the content."""
        if coding is IDENTITY:
            return content
        key = (digest, coding.name)
        with self._lock:
            if (known := self._held.get(key)) is not None:
                self._held.move_to_end(key)
                return known
        made = coding.compress(content)
        with self._lock:
            if key not in self._held:
                self._held[key] = made
                self._size += len(made)
            while self._size > self._most and len(self._held) > 1:
                self._size -= len(self._held.popitem(last=False)[1])
        return made
