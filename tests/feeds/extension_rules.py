"""Are the extensions of a feed used as their specifications say? Archives, tombstones, replies."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from archiver.models import LinkChangeKind, Outcome, PostState, RevisionKind
from tests.feeds import feed_rules as rules

ATOM = "{http://www.w3.org/2005/Atom}"
ARCHIVER = "{urn:thread-archiver:evidence}"
DC = "{http://purl.org/dc/elements/1.1/}"
HISTORY = "{http://purl.org/syndication/history/1.0}"
THREADING = "{http://purl.org/syndication/thread/1.0}"
TOMBSTONES = "{http://purl.org/atompub/tombstones/1.0}"

Node = Any  # lxml has no types

KINDS = {*RevisionKind, *LinkChangeKind} - {RevisionKind.ADDED}
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_ONE_OF_EACH = ("prev-archive", "next-archive", "current", "prev", "next", "first", "last")
_PARTS = rules.words("completeness post change record warning link copy")
_TIMES = ("captured", "updated", "at", "seen", "gone")
_COUNTS = ("expected", "captured", "gaps", "edited", "vanished", "replies", "position", "redirects")
_WORDS = {"outcome": {*Outcome}, "state": {*PostState}, "kind": KINDS, "whole": {"true", "false"}}


def archive_faults(feed: Node) -> Iterator[str]:
    """Source: RFC 5005, 2 and 4, and WebSub, 4, for a feed or a channel."""
    links = [link for link in feed.findall(ATOM + "link") if link.get("rel") != "self"]
    rels = Counter(link.get("rel", "alternate") for link in links)
    selves = {link.get("href") for link in feed.findall(ATOM + "link[@rel='self']")}
    is_archive = feed.find(HISTORY + "archive") is not None
    for name in _ONE_OF_EACH:
        if rels[name] > 1:
            yield f"link: {rels[name]} links of rel {name!r}"
    for link in links:
        if link.get("rel") in _ONE_OF_EACH and link.get("href") in selves:
            yield f"link: rel {link.get('rel')!r} leads to the document itself"
    for child in feed:
        if isinstance(child.tag, str) and child.tag.startswith(HISTORY):
            if child.tag not in (HISTORY + "archive", HISTORY + "complete"):
                yield f"<{child.tag}> is not of RFC 5005"
            elif len(child) or (child.text or "").strip():
                yield "fh:archive: is not empty"
    if is_archive and not rels["current"]:
        yield "fh:archive: names no current document"
    for name in ("current", "next-archive"):
        if rels[name] and not is_archive:
            yield f"link: rel {name!r} in a document that is no archive"
    if is_archive and rels["hub"]:
        yield "fh:archive: never changes, so no hub tells of it"


def tombstone_faults(feed: Node) -> Iterator[str]:
    """Source: RFC 6721, 3: what is withdrawn does not stand in the same document."""
    found = feed.findall(TOMBSTONES + "deleted-entry")
    refs = Counter(each.get("ref") for each in found)
    yield from (f"tombstone: {ref!r} stands {n} times" for ref, n in refs.items() if n > 1)
    updated = {
        entry.findtext(ATOM + "id"): entry.findtext(ATOM + "updated")
        for entry in feed.findall(ATOM + "entry")
    }
    for each in found:
        yield from rules.url_faults("tombstone ref", each.get("ref"), http=False)
        faults = list(rules.rfc3339_faults("tombstone when", each.get("when")))
        yield from faults
        shown = updated.get(each.get("ref"))
        if not faults and shown is not None and _time(shown) <= _time(each.get("when")):
            yield f"tombstone: its entry {each.get('ref')!r} still stands"
    if feed.getparent() is None and any(
        each.getparent() is not feed for each in feed.iter(TOMBSTONES + "deleted-entry")
    ):
        yield "tombstone: stands elsewhere than in the feed"


def reply_faults(entry: Node, own_id: str | None) -> Iterator[str]:
    """Source: RFC 4685, 3."""
    for each in entry.findall(THREADING + "in-reply-to"):
        yield from rules.url_faults("in-reply-to ref", each.get("ref"), http=False)
        if each.get("ref") == own_id:
            yield "in-reply-to: an entry answers itself"
        if each.get("href") is not None:
            yield from rules.url_faults("in-reply-to href", each.get("href"))
        if each.get("type") is not None:
            yield from rules.mime_faults("in-reply-to type", each.get("type"))
    for child in entry:
        if str(child.tag).startswith(THREADING) and child.tag != THREADING + "in-reply-to":
            yield f"<{child.tag}> is not used here"


def evidence_faults(entry: Node) -> Iterator[str]:
    """Source: docs/reference/feeds.md, for each entry of ours."""
    found = entry.findall(ARCHIVER + "evidence")
    if len(found) > 1:
        yield "archiver:evidence: stands more than once"
    for evidence in found:
        yield from rules.url_faults("archiver:evidence href", evidence.get("href"))
        for name in ("thread", "captured", "updated"):
            if evidence.get(name) is None:
                yield f"archiver:evidence: has no {name}"
        for part in evidence:
            if str(part.tag).removeprefix(ARCHIVER) not in _PARTS:
                yield f"archiver:evidence: <{part.tag}> is not described"
        for part in evidence.iter():
            yield from _part_faults(part)
    for language in entry.findall(DC + "language"):
        yield from rules.language_faults("dc:language", language.text)


def _part_faults(part: Node) -> Iterator[str]:
    where = str(part.tag).replace(ARCHIVER, "archiver:")
    counted = part.tag == ARCHIVER + "completeness"
    for name, value in part.attrib.items():
        if name in _WORDS and value not in _WORDS[name]:
            yield f"{where} {name}: {value!r} is not a word of the list"
        elif name in _COUNTS and (counted or name not in _TIMES):
            yield from rules.count_faults(f"{where} {name}", value, least=0)
        elif name in _TIMES:
            yield from rules.rfc3339_faults(f"{where} {name}", value)
        elif (
            name == "digest" and part.tag == ARCHIVER + "evidence" and not _DIGEST.fullmatch(value)
        ):
            yield f"{where}: {value!r} is not a SHA-256 digest"
        elif name == "uri-m":
            yield from rules.url_faults(f"{where} uri-m", value)


def _time(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text.replace("Z", "+00:00"))
