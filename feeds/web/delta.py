"""What is new in a feed since the version that a reader has? (RFC 3229, `A-IM: feed`)"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections import OrderedDict
from typing import Any

from lxml import etree  # type: ignore[import-untyped]  # lxml brings no types

KEPT_VERSIONS = 20
_KEPT_FEEDS = 1_000
_ENTRIES = {".rss": "item", ".atom": "{http://www.w3.org/2005/Atom}entry"}
_PARSER = etree.XMLParser(
    resolve_entities=False, no_network=True, strip_cdata=False, huge_tree=True
)

Version = frozenset[bytes]
"""Digests of the entries that a version of a feed held."""


def wants_delta(a_im: str | None) -> bool:
    """
    Say whether a client takes the feed manipulation.

    >>> wants_delta("gzip, feed"), wants_delta("feed;q=0"), wants_delta(None)
    (True, False, False)
    """
    for part in (a_im or "").lower().split(","):
        name, _, weight = part.replace(" ", "").partition(";q=")
        if name == "feed":
            return not re.fullmatch(r"0(?:\.0*)?", weight)
    return False


def version_of(extension: str, content: bytes) -> Version | None:
    """Give what a version of a feed holds; None if it is no feed. `extension` with its dot."""
    try:
        if extension == ".json":
            return frozenset(_digest(_plain(each)) for each in json.loads(content)["items"])
        tag = _ENTRIES[extension]
        return frozenset(
            _digest(_written(each)) for each in etree.fromstring(content, _PARSER).iter(tag)
        )
    except (KeyError, TypeError, ValueError, etree.XMLSyntaxError):
        return None


def newer(extension: str, content: bytes, base: Version) -> bytes:
    """
    Give the same document with only the entries that `base` had not.

    Args:
        extension: Of a feed that `version_of` could read.

    Source: RFC 3229; "Using RFC3229 with Feeds" (the `feed` manipulation)
    """
    if extension == ".json":
        feed = json.loads(content)
        feed["items"] = [each for each in feed["items"] if _digest(_plain(each)) not in base]
        return (json.dumps(feed, ensure_ascii=False, indent=1) + "\n").encode()
    root = etree.fromstring(content, _PARSER)
    for each in list(root.iter(_ENTRIES[extension])):
        parent = each.getparent()
        if parent is not None and _digest(_written(each)) in base:
            parent.remove(each)
    written: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return written


def _plain(entry: object) -> bytes:
    return json.dumps(entry, sort_keys=True).encode()


def _written(entry: Any) -> bytes:
    written: bytes = etree.tostring(entry, with_tail=False)
    return written


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()[:12]


class Versions:
    """Remembers the last versions of each feed that were served; a restart forgets them."""

    def __init__(self) -> None:
        self._feeds: OrderedDict[str, OrderedDict[str, Version]] = OrderedDict()
        self._lock = threading.Lock()

    def keep(self, path: str, digest: str, extension: str, content: bytes) -> None:
        """Remember a version that is about to be served; `digest` is what its tags are made of."""
        with self._lock:
            if digest in self._feeds.get(path, ()):
                return
        version = version_of(extension, content)
        if version is None:
            return
        with self._lock:
            known = self._feeds.setdefault(path, OrderedDict())
            self._feeds.move_to_end(path)
            known[digest] = version
            if len(known) > KEPT_VERSIONS:
                known.popitem(last=False)
            if len(self._feeds) > _KEPT_FEEDS:
                self._feeds.popitem(last=False)

    def find(self, path: str, digest: str) -> Version | None:
        """Give a version; None if it is not known (any more)."""
        with self._lock:
            known = self._feeds.get(path)
            return known.get(digest) if known is not None else None
