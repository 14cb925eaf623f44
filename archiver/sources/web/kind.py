"""Is an answer a feed, a page, or a file?"""

from __future__ import annotations

import enum
import re

from archiver.core import charset
from archiver.models import Exchange

_HEAD_BYTES = 16_384
_FEED_TYPES = frozenset({
    "application/rss+xml", "application/atom+xml", "application/rdf+xml",
})  # fmt: skip
_PAGE_TYPES = frozenset({"text/html", "application/xhtml+xml"})
_TEXT_TYPES = frozenset({"text/plain", "text/markdown"})
_JSON_TYPE = re.compile(r"(?:application|text)/(?:[\w.-]+\+)?json\Z")
# What may stand before the first element (XML 1.0, 2.8): comments, instructions, a document type.
_PROLOG = re.compile(r"\s*+(?:<\?[^>]*+>|<!--.*?-->|<!DOCTYPE[^>\[]*+(?:\[[^\]]*+\])?+\s*+>)", re.S)
_FEED_ROOT = re.compile(r"\s*+<(?:rss|rdf:RDF|channel|(?:\w+:)?feed)[\s>/]", re.IGNORECASE)
_JSON_FEED = re.compile(r'"version"\s*:\s*"https?:\\?/\\?/jsonfeed\.org')


class Kind(enum.StrEnum):
    """What an answer is to us."""

    XML_FEED = "xml feed"
    JSON_FEED = "json feed"
    PAGE = "page"
    TEXT = "text"
    FILE = "file"
    JSON = "json"


def kind_of(answer: Exchange) -> Kind:
    """
    Say what an answer is: by its first element where it is a feed, else by its media type.

    Feeds are often sent as text/html or text/xml, so their markup counts more than the type; and
    an error page that is sent as a feed is a page.
    """
    head = charset.decoded(answer.body[:_HEAD_BYTES], answer.header("content-type") or "")
    head = head.removeprefix("\ufeff")
    if _begins_feed(head):
        return Kind.XML_FEED
    if _JSON_TYPE.match(answer.mime) or (not answer.mime and head.lstrip()[:1] == "{"):
        named = answer.mime == "application/feed+json" or _JSON_FEED.search(head)
        return Kind.JSON_FEED if named else Kind.JSON
    looks_html = head.lstrip()[:1] == "<"
    if answer.mime in _PAGE_TYPES or (looks_html and not answer.mime):
        return Kind.PAGE
    if answer.mime in _FEED_TYPES:
        return Kind.PAGE if _is_html(head) else Kind.XML_FEED
    return Kind.TEXT if answer.mime in _TEXT_TYPES else Kind.FILE


def _begins_feed(head: str) -> bool:
    at = 0
    while found := _PROLOG.match(head, at):
        at = found.end()
    return _FEED_ROOT.match(head, at) is not None


def _is_html(head: str) -> bool:
    return re.match(r"\s*+(?:<!doctype html|<html)", head, re.IGNORECASE) is not None
