"""Which addresses does an OPML file list, and what does it say of each? Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from archiver.core import charset
from archiver.sources.web import xmlsafe

WATCHES = "{urn:thread-archiver:watches}"
"""Namespace of what our own lists say beyond OPML; feeds.opml writes it."""

_ADDRESSES = ("xmlUrl", "url", "htmlUrl")
_SECONDS = re.compile(r"[1-9][0-9]{0,8}")


@dataclass(frozen=True, slots=True)
class Outline:
    """
    An address of the list.

    Attributes:
        name: As it is called there; may be empty.
        every: Like `1h` or `90s`; empty if it does not say.
        cron: Five fields; empty if it does not say.
        recapture: Ages, like `every`.
        tags: Its categories.
    """

    url: str
    name: str = ""
    every: str = ""
    cron: str = ""
    recapture: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


def read(body: bytes) -> tuple[Outline, ...] | None:
    """
    Give each address of a list once, in its order, whatever folders it stands in.

    Returns:
        None if it is no OPML.

    Source: OPML 2.0, http://opml.org/spec2.opml
    """
    tree = xmlsafe.read(charset.decoded(body))
    if tree is None or str(tree.root.tag).lower() != "opml":
        return None
    found: dict[str, Outline] = {}
    for each in _outlines(tree.root):
        found.setdefault(each.url, each)
    return tuple(found.values())


def _outlines(root: Any) -> Iterator[Outline]:
    for element in root.iter("{*}outline"):
        said = {str(name): " ".join(value.split()) for name, value in element.attrib.items()}
        by_case = {name.lower(): value for name, value in said.items()}  # many write xmlurl
        url = next((by_case[k] for k in map(str.lower, _ADDRESSES) if by_case.get(k)), "")
        if url:
            every = said.get(f"{WATCHES}every", "")
            yield Outline(
                url=url,
                name=said.get("text") or said.get("title") or "",
                every=f"{every}s" if _SECONDS.fullmatch(every) else "",
                cron=said.get(f"{WATCHES}cron", ""),
                recapture=tuple(
                    f"{each}s"
                    for each in said.get(f"{WATCHES}recapture", "").split()
                    if _SECONDS.fullmatch(each)
                ),
                tags=_tags(said.get("category", "")),
            )


def _tags(category: str) -> tuple[str, ...]:
    """Categories are parted by commas; one with slashes is a path, whose end says most."""
    parts = (each.rstrip("/").rpartition("/")[2].strip() for each in category.split(","))
    return tuple(dict.fromkeys(each for each in parts if each))
