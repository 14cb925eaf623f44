"""How is a document written as Atom?"""

from __future__ import annotations

from feeds import xml_fixes
from feeds.document import Document, Entry

NAME = "Atom"
MIME = "application/atom+xml"
EXTENSION = ".atom"


def render(document: Document) -> bytes:
    """
    Write a document as Atom, with `via` for each original and `related` for each link's target.

    Source: RFC 4287; RFC 4685 (replies), RFC 5005 (archives), RFC 6721 (tombstones)
    """
    made = xml_fixes.generator_for(document, EXTENSION)
    made.link(href=document.home_url, rel="alternate", type="text/html")
    made.link(href=document.address(EXTENSION), rel="self", type=MIME)
    # Entries have their own authors; an empty feed must still have one (RFC 4287, 4.1.1).
    made.author(name=document.title)
    for entry in document.entries:
        _add(made, entry)
    written: bytes = made.atom_str(pretty=True)
    return written


def _add(made: xml_fixes.Feed, entry: Entry) -> None:
    added = xml_fixes.add_entry(made, entry)
    added.published(entry.published)
    added.summary(entry.summary, type="text")
    added.content(entry.html, type="html")
    for person in entry.authors:
        added.author(name=person.name, uri=person.url)
