"""
What does feedgen write wrongly or not at all, and how is it put right? All of it in this place.
(But our own namespace, which is feeds.xml_evidence.)

Seen in feedgen 1.0.0. Per entry it loses rel, type, length and title of Atom links, puts every
picture into one media:group, cannot say its alternative text, knows no language of an entry, and
writes dates by switching the locale of the whole process. Per feed it takes the clock for its
dates, and the last link of any kind for the <link> of RSS, and knows neither replies (RFC 4685) nor
tombstones (RFC 6721) nor archives (RFC 5005). So it is given neither an entry's links nor RSS
dates: the extensions here, which feedgen calls when it has built an element, add them.
tests/feeds/test_feedgen.py shows each fault, and so tells when a later feedgen has mended it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from email.utils import format_datetime
from typing import Any

from feedgen.feed import FeedGenerator
from feedgen.util import xml_elem

from feeds import wording
from feeds.document import Attachment, Document, Entry
from feeds.xml_evidence import ARCHIVER, add_evidence

ATOM = "http://www.w3.org/2005/Atom"
DC = "http://purl.org/dc/elements/1.1/"
HISTORY = "http://purl.org/syndication/history/1.0"
THREADING = "http://purl.org/syndication/thread/1.0"
TOMBSTONES = "http://purl.org/atompub/tombstones/1.0"
MEDIA = "http://search.yahoo.com/mrss/"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"

Element = Any  # lxml has no types, neither has feedgen
Feed = Any


class FeedFixes:
    """Corrections of the feed itself; feedgen makes it, `generator_for` tells it the document."""

    document: Document
    extension: str

    def extend_ns(self) -> dict[str, str]:
        """Name the namespaces of the elements we add."""
        names = {"media": MEDIA, "archiver": ARCHIVER}
        if self.document.archives.is_archive:
            names["fh"] = HISTORY
        if any(each.in_reply_to for each in self.document.entries):
            names["thr"] = THREADING
        if self.document.tombstones:
            names["at"] = TOMBSTONES
        return names

    def extend_rss(self, root: Element) -> Element:
        """Write the time of the newest change, and which documents stand beside this one."""
        xml_elem("lastBuildDate", root[0]).text = rfc822(self.document.updated)
        for rel, href in _neighbours(self.document, self.extension):
            xml_elem(f"{{{ATOM}}}link", root[0], rel=rel, href=href)
        if self.document.archives.is_archive:
            xml_elem(f"{{{HISTORY}}}archive", root[0])
        return root

    def extend_atom(self, root: Element) -> Element:
        """Write which documents stand beside this one, and what was withdrawn."""
        for rel, href in _neighbours(self.document, self.extension):
            xml_elem("link", root, rel=rel, href=href)
        if self.document.archives.is_archive:
            xml_elem(f"{{{HISTORY}}}archive", root)
        for each in self.document.tombstones:
            xml_elem(
                f"{{{TOMBSTONES}}}deleted-entry",
                root,
                ref=each.ref,
                when=wording.utc(each.when).isoformat(),
            )
        return root


class EntryFixes:
    """Corrections of one entry; feedgen makes it, `add_entry` tells it the entry."""

    entry: Entry

    def extend_rss(self, item: Element) -> Element:
        """Add the date, the language, the original, the pictures and the evidence to an item."""
        entry = self.entry
        xml_elem("pubDate", item).text = rfc822(entry.published)
        if entry.language:
            xml_elem(f"{{{DC}}}language", item).text = entry.language
        if entry.via_url:
            xml_elem(f"{{{ATOM}}}link", item, rel="via", href=entry.via_url)
        _add_media(item, entry.attachments)
        _add_reply(item, entry)
        add_evidence(item, entry)
        return item

    def extend_atom(self, element: Element) -> Element:
        """Add the language, links with all they need, pictures and evidence to an Atom entry."""
        entry = self.entry
        if entry.language:
            element.set(_LANG, entry.language)
        xml_elem("link", element, rel="alternate", type="text/html", href=entry.url)
        if entry.via_url:
            xml_elem("link", element, rel="via", href=entry.via_url)
        for each in entry.attachments:
            facts = {"length": str(each.size_bytes or 0), "title": each.title}
            known = {name: value for name, value in facts.items() if value not in ("", "0")}
            xml_elem("link", element, rel="enclosure", type=each.mime, href=each.url, **known)
        for href, title in {link.target_href: link.title for link in entry.links}.items():
            if href:
                xml_elem("link", element, rel="related", href=href, title=title)
        _add_media(element, entry.attachments)
        _add_reply(element, entry)
        add_evidence(element, entry)
        return element


def generator_for(document: Document, extension: str) -> Feed:
    """
    Give a feedgen feed that holds nothing of the clock and calls our corrections.

    What both formats need is set; entries are still to be added, by `add_entry`.

    Args:
        extension: Of the format: neighbours of the document are linked in the same one.
    """
    made = FeedGenerator()
    made.register_extension("fixes", FeedFixes, EntryFixes)
    made.fixes.document = document
    made.fixes.extension = extension
    made.id(document.id)
    made.title(document.title)
    made.subtitle(document.description)
    made.generator("Thread Archiver")
    if document.language:
        made.language(document.language)
    made.updated(document.updated)
    # No setter takes this away, and as long as it is set feedgen switches the process's locale.
    made._FeedGenerator__rss_lastBuildDate = None
    return made


def add_entry(made: Feed, entry: Entry) -> Any:
    """Append an entry with what both formats need; gives feedgen's entry for the rest."""
    added = made.add_entry(order="append")
    added.fixes.entry = entry
    added.id(entry.id)
    added.title(entry.title)
    added.updated(entry.updated)
    for tag in entry.tags:
        added.category(term=tag)
    return added


def rfc822(at: dt.datetime) -> str:
    """
    Write a time as RSS wants it, in English whatever the locale.

    >>> rfc822(dt.datetime(2022, 5, 24, 5, 0, tzinfo=dt.timezone.utc))
    'Tue, 24 May 2022 05:00:00 +0000'
    """
    return format_datetime(at.astimezone(dt.UTC))


def _neighbours(document: Document, extension: str) -> Iterator[tuple[str, str]]:
    """Give the links of a feed: its hub (WebSub), and the documents beside it (RFC 5005, 4)."""
    if document.hub:
        yield "hub", document.hub
    beside = document.archives
    stems = {
        "prev-archive": beside.prev, "next-archive": beside.next, "current": beside.current
    }  # fmt: skip
    yield from ((rel, f"{stem}{extension}") for rel, stem in stems.items() if stem)


def _add_reply(parent: Element, entry: Entry) -> None:
    """Name the entry that this one answers (RFC 4685, 3)."""
    if entry.in_reply_to is not None:
        answered = entry.in_reply_to
        facts = {"ref": answered.ref, "href": answered.href, "type": "text/html"}
        xml_elem(f"{{{THREADING}}}in-reply-to", parent, **facts)


def _add_media(parent: Element, attachments: tuple[Attachment, ...]) -> None:
    """Pictures of a post are siblings: a media:group is only for alternates of one thing."""
    for each in attachments:
        facts = {
            "type": each.mime,
            "medium": each.medium,
            "fileSize": str(each.size_bytes or ""),
            "width": str(each.width or ""),
            "height": str(each.height or ""),
        }
        known = {name: value for name, value in facts.items() if value}
        content = xml_elem(f"{{{MEDIA}}}content", parent, url=each.url, **known)
        if each.sensitive:
            xml_elem(f"{{{MEDIA}}}rating", content, scheme="urn:simple").text = "adult"
        if each.title:
            xml_elem(f"{{{MEDIA}}}description", content, type="plain").text = each.title
