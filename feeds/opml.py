"""Which list of our feeds, and which of our watches, can other programs take in at once? OPML."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lxml import etree  # type: ignore[import-untyped]  # lxml brings no types

from archiver.models import Watch
from feeds import clean
from feeds.scopes import Granularity, Scope, told_by

EXTENSION = ".opml"
MIME = "text/x-opml"
WATCHES = "urn:thread-archiver:watches"
"""Namespace of what OPML has no words for: how often a watch is looked at."""

_FORMAT = ".atom"
"""The one of our formats that tells readers most: times of change, replies, tombstones."""
_GROUPS = {
    Granularity.THREADS: "Threads",
    Granularity.POSTS: "Each post",
    Granularity.CHANGES: "Changes",
}

Element = Any  # lxml brings no types


def feeds_opml(title: str, scopes: Mapping[str, Sequence[Scope]]) -> bytes:
    """
    Write the list of our feeds; readers take it in as folders.

    Args:
        title: publish.title.
        scopes: As they are told by threads, by the words for their kind; in the order wanted. A
            kind without a name stands in no folder of its own.

    Returns:
        The same bytes for the same feeds; there is no date in it.

    Source: OPML 2.0, http://opml.org/spec2.opml
    """
    root, body = _started(title, {})
    for granularity, words in _GROUPS.items():
        group = _outline(body, words)
        for kind, held in scopes.items():
            inside = _outline(group, kind) if kind and held else group
            for scope in held:
                _feed(inside, told_by(scope, granularity))
    return _written(root)


def watches_opml(title: str, watches: Iterable[Watch]) -> bytes:
    """
    Write the list of our watches, for another archive (`archiver import`).

    A watch of a file or of anything else than http and https stays out: its address says nothing
    to others, and where files lie here is nobody's business.
    """
    root, body = _started(title, {"archiver": WATCHES})
    for watch in sorted(watches, key=lambda each: each.name):
        url = clean.url(watch.url)
        if not url:
            continue
        facts = {
            "type": "link",
            "url": url,
            "category": ",".join(_category(tag) for tag in watch.tags),
            f"{{{WATCHES}}}every": f"{watch.every_s:.0f}" if watch.every_s else "",
            f"{{{WATCHES}}}cron": clean.line(watch.cron or ""),
            f"{{{WATCHES}}}recapture": " ".join(f"{each:.0f}" for each in watch.recapture_s),
        }
        _outline(body, watch.name, {name: value for name, value in facts.items() if value})
    return _written(root)


def _feed(parent: Element, scope: Scope) -> None:
    facts = {
        "type": "rss",
        "title": clean.line(scope.title) or "Threads",
        "xmlUrl": clean.url(scope.url_stem) + _FORMAT,
        "htmlUrl": clean.url(scope.home_url),
        "description": clean.line(scope.description),
    }
    _outline(parent, scope.title, facts)


def _started(title: str, names: Mapping[str, str]) -> tuple[Element, Element]:
    root = etree.Element("opml", version="2.0", nsmap=dict(names))
    head = etree.SubElement(root, "head")
    etree.SubElement(head, "title").text = clean.line(title) or "Threads"
    return root, etree.SubElement(root, "body")


def _outline(parent: Element, text: str, facts: Mapping[str, str] | None = None) -> Element:
    return etree.SubElement(
        parent, "outline", {"text": clean.line(text) or "Threads"} | dict(facts or {})
    )


def _category(tag: str) -> str:
    """A comma would make two of one."""
    return clean.line(tag).replace(",", " ")


def _written(root: Element) -> bytes:
    written: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)
    return written
