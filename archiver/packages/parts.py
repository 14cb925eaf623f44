"""What is a package made of? Files with safe paths, whose bytes come in pieces."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

_PATH = re.compile(
    r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,120}(?:/[A-Za-z0-9_-][A-Za-z0-9._-]{0,120}){0,3}"
)


@dataclass(frozen=True, slots=True)
class Part:
    """
    One file of a package.

    Attributes:
        path: Relative, with slashes; made by us, never of words from outside.
        pieces: Gives its bytes; called once, when it is its turn.
        packed: Its bytes are compressed already, or must lie in the package as they are.
        endless: It may be longer than 2 GiB.
    """

    path: str
    pieces: Callable[[], Iterable[bytes]]
    packed: bool = False
    endless: bool = False

    def __post_init__(self) -> None:
        """Raises ValueError if the path could lead out of the package."""
        if not _PATH.fullmatch(self.path):
            raise ValueError(f"{self.path!r} is no path of a file in a package")


@dataclass(frozen=True, slots=True)
class Listed:
    """A file that was written: its length in bytes, and `sha256:<hex>`."""

    path: str
    bytes: int
    digest: str


class Passing:
    """Measures bytes while they pass by."""

    def __init__(self, part: Part) -> None:
        self._part = part
        self._hash = hashlib.sha256()
        self._count = 0

    def pieces(self) -> Iterator[bytes]:
        """Give the bytes of the part."""
        for piece in self._part.pieces():
            self._hash.update(piece)
            self._count += len(piece)
            yield piece

    @property
    def listed(self) -> Listed:
        """What passed so far."""
        return Listed(self._part.path, self._count, f"sha256:{self._hash.hexdigest()}")


def text(path: str, body: str | bytes) -> Part:
    """Give a file that is held in memory; text is written as UTF-8."""
    written = body.encode("utf-8", "replace") if isinstance(body, str) else body
    return Part(path, lambda: (written,))
