"""How does a thread become an entry? Pure; what is volatile (the last capture) never enters it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from archiver.core.ids import entry_id
from archiver.models import Branch, Completeness, Outcome, PostState, StoredPost, Thread, ThreadView
from feeds import addresses, body, clean, wording
from feeds.entry_links import EntryLink, links_of
from feeds.media_copies import Attachment, attachments_of

_OLDEST = dt.datetime(1990, 1, 1, tzinfo=dt.UTC)
_TITLE = 200
_SUMMARY = 300
_MAX_TAGS = 30


@dataclass(frozen=True, slots=True)
class Person:
    """Who wrote: a name that is never empty; `url` may be."""

    name: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """
    Where an entry comes from, for the `_archiver` object and for pages.

    Attributes:
        posts: Of the thread itself, gaps not counted.
        replies: Posts of side branches that we hold.
        captured_at: First capture. (The last one moves with every crawl and would move the feed.)
        warnings: Content warnings of its posts, each once.
        digests: Payload digests of our copies, by the address of the original; media, then links.
    """

    platform: str
    thread_id: str
    native_id: str
    posts: int
    replies: int
    edited: int
    vanished: int
    completeness: Completeness
    captured_at: dt.datetime
    warnings: tuple[str, ...] = ()
    digests: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """
    One thread as readers get it.

    Attributes:
        id: Permanent IRI, the same on every machine, after every edit, rename and move.
        url: Our page of the thread.
        title: One line of plain text, never empty; starts with the content warning if there is one.
        summary: Plain text of a few lines; never gives away what a content warning covers.
        html: The whole thread, safe, with absolute addresses only.
        published: When the thread began.
        updated: When a reader would last have seen a change.
        language: BCP 47, where known.
        image: First picture that is not covered.
        links: Distinct links of the thread itself, in order of first appearance.
        via_url: The original thread; empty if there is no address for it.
    """

    id: str
    url: str
    title: str
    summary: str
    html: str
    published: dt.datetime
    updated: dt.datetime
    authors: tuple[Person, ...]
    tags: tuple[str, ...]
    language: str | None
    image: str | None
    attachments: tuple[Attachment, ...]
    links: tuple[EntryLink, ...]
    via_url: str
    source: Source


def entry_of(view: ThreadView, *, base_url: str, media: Mapping[str, str]) -> Entry:
    """
    Make the entry of a thread: the same bytes for the same thread, whenever and wherever.

    Args:
        base_url: publish.base_url, without a slash at its end.
        media: Original URL of an attachment (or its preview) -> absolute URL of our copy.
    """
    thread = view.thread
    own = tuple(each for each in thread.posts if each.post.branch is Branch.THREAD)
    root = own[0] if own else None
    uris = {clean.text(link.uri_r) for each in own for link in each.post.links}
    links = tuple(each for each in links_of(view, base_url) if each.uri_r in uris)
    attachments = attachments_of(view, media)
    source = _source(view, own, links)
    return Entry(
        id=entry_id(thread.id),
        url=addresses.thread_page(base_url, thread.id),
        title=title_of(thread),
        summary=_summary(source, root, links),
        html=body.html_of(view, links=links, base_url=base_url, media=media),
        published=_published(thread, root),
        updated=wording.utc(thread.updated_at),
        authors=(Person(name=wording.author(thread.author), url=clean.url(thread.author.url)),),
        tags=tags_of(thread),
        language=clean.language(thread.language)
        or (clean.language(root.post.language) if root else None),
        image=next((a.url for a in attachments if a.medium == "image" and not a.sensitive), None),
        attachments=attachments,
        links=links,
        via_url=clean.url(thread.url),
        source=source,
    )


def _published(thread: Thread, root: StoredPost | None) -> dt.datetime:
    """When the root says it was written, unless it says something that cannot be."""
    first = wording.utc(thread.first_captured_at)
    said = wording.utc(root.post.created_at) if root and root.post.created_at else first
    return said if _OLDEST <= said <= first else first


def title_of(thread: Thread) -> str:
    """Name a thread in one line, its content warning first; covered words are not given away."""
    root = next((each for each in thread.posts if each.post.branch is Branch.THREAD), None)
    by = f"Thread by {wording.author(thread.author)}"
    words = clean.line(thread.title, longest=_TITLE)
    text = clean.line(root.post.text) if root else ""
    warning = clean.line(root.post.content_warning, longest=_TITLE) if root else ""
    if not warning:
        return words or clean.line(text, longest=100) or by
    taken_from_text = text.startswith(words.rstrip("… "))
    if not words or words == warning or taken_from_text:
        words = by
    return f"Content warning: {warning} – {words}"


def _summary(source: Source, root: StoredPost | None, links: tuple[EntryLink, ...]) -> str:
    standing = [wording.completeness(source.completeness)]
    if source.vanished:
        standing.append(f"{source.vanished:,} gone since")
    if links:
        dead = sum(1 for link in links if link.outcome not in (None, Outcome.OK))
        standing.append(
            wording.counted(len(links), "link") + (f", {dead:,} not live" if dead else "")
        )
    warning = clean.line(root.post.content_warning, longest=_SUMMARY) if root else ""
    text = clean.line(root.post.text, longest=_SUMMARY) if root else ""
    lead = f"Content warning: {warning}" if warning else text
    return f"{lead} ({'; '.join(standing)})".strip()


def tags_of(thread: Thread) -> tuple[str, ...]:
    """Give the tags of a thread, ours first, then hashtags of its own posts; without their sign."""
    own = (each.post for each in thread.posts if each.post.branch is Branch.THREAD)
    found: dict[str, str] = {}
    for tag in (*thread.tags, *(tag for post in own for tag in post.hashtags)):
        words = clean.line(tag, longest=100).lstrip("#").strip()
        if words:
            found.setdefault(words.casefold(), words)
    return tuple(found.values())[:_MAX_TAGS]


def _source(view: ThreadView, own: tuple[StoredPost, ...], links: tuple[EntryLink, ...]) -> Source:
    thread = view.thread
    states = [each.state for each in own]
    warnings = (clean.line(each.post.content_warning) for each in own)
    copies = sorted((clean.text(copy.url), copy.digest or "") for copy in view.media)
    copies += [(link.target, link.digest or "") for link in links]
    return Source(
        platform=clean.line(thread.platform),
        thread_id=thread.id,
        native_id=clean.text(thread.native_id),
        posts=sum(1 for state in states if state is not PostState.GAP),
        replies=sum(1 for each in thread.posts if each.post.branch is Branch.SIDE),
        edited=states.count(PostState.EDITED),
        vanished=states.count(PostState.VANISHED),
        completeness=thread.completeness,
        captured_at=wording.utc(thread.first_captured_at),
        warnings=tuple(dict.fromkeys(warning for warning in warnings if warning)),
        digests=tuple(dict.fromkeys((url, digest) for url, digest in copies if digest)),
    )
