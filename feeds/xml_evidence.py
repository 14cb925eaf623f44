"""How is the evidence of an entry written in XML? In our own namespace: docs/reference/feeds.md."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from feedgen.util import xml_elem

from feeds.document import Entry
from feeds.entry_links import EntryLink
from feeds.wording import iso

ARCHIVER = "urn:thread-archiver:evidence"
"""Never to be changed: programs know our elements by it."""

Element = Any  # lxml has no types, neither has feedgen
Facts = dict[str, str | int | None]


def add_evidence(parent: Element, entry: Entry) -> None:
    """Add what the `_archiver` object of JSON Feed says, but for the hops of links."""
    source = entry.source
    evidence = _add(
        parent,
        "evidence",
        {
            "platform": source.platform,
            "thread": source.thread_id,
            "native": source.native_id,
            "captured": iso(source.captured_at),
            "updated": iso(entry.updated),
            "digest": source.digest,
            "href": source.evidence_url,
            "dir": "rtl" if entry.rtl else "",
        },
    )
    for name, facts, text in _parts(entry):
        _add(evidence, name, facts, text)
    for link in entry.links:
        _add_link(evidence, link)
    for url, digest in source.digests:
        _add(evidence, "copy", {"href": url, "digest": digest})


def _parts(entry: Entry) -> Iterator[tuple[str, Facts, str]]:
    known, post, change = entry.source.completeness, entry.post, entry.change
    if known is not None:
        counts: Facts = {
            "expected": known.expected,
            "captured": known.captured,
            "gaps": known.gaps,
            "edited": entry.source.edited,
            "vanished": entry.source.vanished,
            "replies": entry.source.replies,
        }
        yield "completeness", counts, known.reason
    if post is not None:
        gone = iso(post.gone_at) if post.gone_at else None
        yield (
            "post",
            {"id": post.id, "position": post.position, "state": post.state, "gone": gone},
            "",
        )
    if change is not None:
        facts: Facts = {
            "kind": change.kind,
            "at": iso(change.at),
            "seen": iso(change.seen_at),
            "post": change.post_id,
            "uri-r": change.uri_r,
            "before": change.before,
            "after": change.after,
        }
        yield "change", facts, ""
        for record_id in change.record_ids:
            yield "record", {"id": record_id}, ""
    for warning in entry.source.warnings:
        yield "warning", {}, warning


def _add_link(parent: Element, link: EntryLink) -> None:
    added = _add(
        parent,
        "link",
        {
            "uri-r": link.uri_r,
            "target": link.target,
            "outcome": link.outcome,
            "redirects": link.hops,
            "uri-m": link.uri_m,
            "captured": iso(link.captured_at) if link.captured_at else None,
            "whole": None if link.uri_m is None else "true" if link.whole else "false",
            "digest": link.digest,
            "record": link.record_id,
        },
    )
    if link.witness is not None:
        named = link.witness
        facts: Facts = {"uri-m": named.uri_m, "archive": named.host, "at": iso(named.at)}
        _add(added, "witness", facts | {"record": named.record_id})


def _add(parent: Element, name: str, facts: Facts, text: str = "") -> Element:
    """Add an element; what is not known is left out."""
    known = {key: str(value) for key, value in facts.items() if value not in (None, "")}
    added = xml_elem(f"{{{ARCHIVER}}}{name}", parent, **known)
    added.text = text or None
    return added
