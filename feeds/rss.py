"""How is a document written as RSS 2.0?"""

from __future__ import annotations

import re
from html import escape

from feeds import xml_fixes
from feeds.document import Attachment, Document, Entry

NAME = "RSS"
MIME = "application/rss+xml"
EXTENSION = ".rss"

_TAG_LIKE = re.compile(r"<(?=[A-Za-z/!?])")


def render(document: Document) -> bytes:
    """
    Write a document as RSS 2.0 with content, Dublin Core, Media RSS and Atom elements.

    Source: https://www.rssboard.org/rss-specification, https://www.rssboard.org/rss-profile
    """
    made = xml_fixes.generator_for(document, EXTENSION)
    made.load_extension("dc", atom=False)
    made.title(plain(document.title))
    made.subtitle(plain(document.description) or plain(document.title))
    made.link(href=document.address(EXTENSION), rel="self", type=MIME)
    made.link(href=document.home_url, rel="alternate")  # last: feedgen takes the last for <link>
    for entry in document.entries:
        _add(made, entry)
    written: bytes = made.rss_str(pretty=True)
    return written


def plain(text: str) -> str:
    """
    Give a title in which nothing looks like a tag: many readers take RSS titles for HTML.

    >>> plain("a <b> c < d")
    'a ‹b> c < d'
    """
    return _TAG_LIKE.sub("‹", text)


def enclosure_of(entry: Entry) -> Attachment | None:
    """Choose the one enclosure an item may have: film or sound before pictures, none covered."""
    open_ones = [each for each in entry.attachments if not each.sensitive]
    played = [each for each in open_ones if each.medium in ("video", "audio")]
    return next(iter(played or open_ones), None)


def _add(made: xml_fixes.Feed, entry: Entry) -> None:
    item = xml_fixes.add_entry(made, entry)
    item.title(plain(entry.title))
    item.guid(entry.id, permalink=False)
    item.link(href=entry.url, rel="alternate")
    item.description(escape(entry.summary, quote=False), isSummary=True)
    item.content(entry.html, type="html")
    item.dc.dc_creator([person.name for person in entry.authors])
    enclosure = enclosure_of(entry)
    if enclosure is not None:
        item.enclosure(enclosure.url, str(enclosure.size_bytes or 0), enclosure.mime)
