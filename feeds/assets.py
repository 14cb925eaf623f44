"""Which files of ours do pages need, and from which sources are pages made?"""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

from archiver import __version__

_SHIPPED = ("site.css", "page.js", "icon.svg")
_SOURCES = (".py", ".jinja", ".css", ".js", ".svg")


@dataclass(frozen=True, slots=True)
class Asset:
    """A file under `static/`; its path holds its digest, so that it never changes in place."""

    path: str
    content: bytes


@functools.cache
def assets() -> dict[str, Asset]:
    """Give each static file by its plain name."""
    return {name: _asset(name) for name in _SHIPPED}


@functools.cache
def fingerprint() -> str:
    """Give a digest of all that decides how a thread is rendered: templates, styles and code."""
    digest = hashlib.sha256(__version__.encode())
    for path, content in sorted(_sources(files("feeds"), "")):
        digest.update(f"\0{path}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def _asset(name: str) -> Asset:
    content = (files("feeds") / "static" / name).read_bytes()
    stem, _, extension = name.rpartition(".")
    digest = hashlib.sha256(content).hexdigest()[:12]
    return Asset(f"static/{stem}-{digest}.{extension}", content)


def _sources(folder: Traversable, at: str) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    for each in folder.iterdir():
        path = f"{at}/{each.name}"
        if each.is_dir():
            found += _sources(each, path)
        elif each.name.endswith(_SOURCES):
            found.append((path, each.read_bytes()))
    return found
