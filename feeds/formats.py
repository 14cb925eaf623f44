"""Which formats does a document come in? All of them, in the order in which they are offered."""

from __future__ import annotations

from typing import Protocol

from feeds import atom, json_feed, rss
from feeds.document import Document


class Format(Protocol):
    """A module that writes a document down."""

    NAME: str
    MIME: str
    EXTENSION: str

    def render(self, document: Document) -> bytes:
        """Write the document as UTF-8; equal documents give equal bytes."""


FORMATS: tuple[Format, ...] = (rss, atom, json_feed)
