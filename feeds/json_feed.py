"""How is a document written as JSON Feed 1.1? With all evidence of each thread in `_archiver`."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from archiver.models import Hop
from feeds import clean
from feeds.document import Document, Entry, Person
from feeds.entry import ChangeFacts, PostFacts, Source
from feeds.entry_links import EntryLink, WitnessCopy
from feeds.wording import iso

NAME = "JSON Feed"
MIME = "application/feed+json"
EXTENSION = ".json"

Fields = dict[str, Any]


def render(document: Document) -> bytes:
    """
    Write a document as JSON Feed; keys in fixed order, text as UTF-8.

    Source: https://www.jsonfeed.org/version/1.1/
    """
    feed: Fields = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": document.title,
        "home_page_url": document.home_url,
        "feed_url": document.address(EXTENSION),
        "description": document.description,
        "language": document.language,
        # Older entries than those here, and never these again: that is what next_url promises.
        "next_url": _address(document.archives.prev),
        "hubs": [{"type": "WebSub", "url": document.hub}] if document.hub else [],
        "_archiver": _beside(document),
        "items": [_entry(entry) for entry in document.entries],
    }
    return (json.dumps(_tidy(feed), ensure_ascii=False, indent=1) + "\n").encode()


def item_of(entry: Entry) -> Fields:
    """Give an entry as the object that stands in `items`."""
    tidy: Fields = _tidy(_entry(entry))
    return tidy


def _address(stem: str | None) -> str | None:
    return f"{stem}{EXTENSION}" if stem else None


def _beside(document: Document) -> Fields:
    beside = document.archives
    return {
        "archive": beside.is_archive or None,
        "prev_archive": _address(beside.prev),
        "next_archive": _address(beside.next),
        "current": _address(beside.current),
        "deleted": [{"id": each.ref, "when": iso(each.when)} for each in document.tombstones],
    }


def _entry(entry: Entry) -> Fields:
    return {
        "id": entry.id,
        "url": entry.url,
        "external_url": entry.via_url,
        "title": entry.title,
        "summary": entry.summary,
        "content_html": entry.html,
        "image": entry.image,
        "date_published": iso(entry.published),
        "date_modified": iso(entry.updated),
        "authors": [_person(each) for each in entry.authors],
        "tags": list(entry.tags),
        "language": entry.language,
        "attachments": _attachments(entry),
        "_archiver": _evidence(entry),
    }


def _person(person: Person) -> Fields:
    return {"name": person.name, "url": person.url}


def _attachments(entry: Entry) -> list[Fields]:
    """Equal titles would mean alternates of one thing, so the second of a kind gets a number."""
    seen: Counter[str] = Counter()
    written: list[Fields] = []
    for each in entry.attachments:
        seen[each.title] += 1
        number = f" ({seen[each.title]})" if each.title and seen[each.title] > 1 else ""
        written.append(
            {
                "url": each.url,
                "mime_type": each.mime,
                "title": each.title + number,
                "size_in_bytes": each.size_bytes,
            }
        )
    return written


def _evidence(entry: Entry) -> Fields:
    source = entry.source
    return {
        "platform": source.platform,
        "thread_id": source.thread_id,
        "native_id": source.native_id,
        "original_url": entry.via_url,
        "evidence_url": source.evidence_url,
        "captured_at": iso(source.captured_at),
        "updated_at": iso(entry.updated),
        "digest": source.digest,
        "direction": "rtl" if entry.rtl else None,
        **(_counts(source) if source.completeness else {}),
        "in_reply_to": entry.in_reply_to.ref if entry.in_reply_to else None,
        "post": _post(entry.post) if entry.post else None,
        "change": _change(entry.change) if entry.change else None,
        "content_warnings": list(source.warnings),
        "links": [_link(link) for link in entry.links],
        "digests": [{"url": url, "digest": digest} for url, digest in source.digests],
    }


def _counts(source: Source) -> Fields:
    known = source.completeness
    assert known is not None
    return {
        "posts": source.posts,
        "replies": source.replies,
        "edited": source.edited,
        "vanished": source.vanished,
        "completeness": {
            "expected": known.expected,
            "captured": known.captured,
            "gaps": known.gaps,
            "reason": known.reason,
        },
    }


def _post(post: PostFacts) -> Fields:
    return {
        "id": post.id,
        "position": post.position,
        "state": post.state.value,
        "gone_at": iso(post.gone_at) if post.gone_at else None,
    }


def _change(change: ChangeFacts) -> Fields:
    return {
        "kind": change.kind,
        "at": iso(change.at),
        "seen_at": iso(change.seen_at),
        "post_id": change.post_id,
        "uri_r": change.uri_r,
        "before": change.before,
        "after": change.after,
        "record_ids": list(change.record_ids),
    }


def _link(link: EntryLink) -> Fields:
    copy: Fields | None = None
    if link.uri_m is not None and link.captured_at is not None:
        copy = {
            "uri_m": link.uri_m,
            "captured_at": iso(link.captured_at),
            "whole": link.whole,
            "digest": link.digest,
            "record_id": link.record_id,
        }
    return {
        "uri_r": link.uri_r,
        "target": link.target,
        "title": link.title,
        "outcome": None if link.outcome is None else link.outcome.value,
        "hops": [_hop(hop) for hop in link.steps],
        "snapshot": copy,
        "witness": _witness(link.witness) if link.witness else None,
    }


def _witness(witness: WitnessCopy) -> Fields:
    """Another archive's copy: its word, so it never stands as `snapshot`."""
    return {
        "uri_m": witness.uri_m,
        "archive": witness.host,
        "at": iso(witness.at),
        "record_id": witness.record_id,
    }


def _hop(hop: Hop) -> Fields:
    return {
        "url": hop.url,
        "status": hop.status,
        "mechanism": None if hop.mechanism is None else hop.mechanism.value,
        "location": hop.location,
        "ip": hop.ip,
        "at": iso(hop.at),
        "record_id": hop.record_id,
        "source": hop.source,
        "agent": hop.agent,
    }


def _tidy(value: Any) -> Any:
    """Leave out what is absent or empty, and clean what came here as the platform gave it."""
    if isinstance(value, str):
        return clean.text(value)
    if isinstance(value, list):
        return [_tidy(each) for each in value]
    if isinstance(value, dict):
        kept = {key: _tidy(each) for key, each in value.items()}
        return {key: each for key, each in kept.items() if key in _ALWAYS or each not in _ABSENT}
    return value


_ALWAYS = frozenset({"items", "expected", "outcome", "hops", "links", "snapshot"})
_ABSENT: tuple[Any, ...] = (None, "", [], {})
