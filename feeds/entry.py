"""What is an entry, and how does a thread become one? What moves with each capture stays out."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from archiver.core.ids import entry_id
from archiver.models import (
    Author,
    Branch,
    Completeness,
    Outcome,
    PostState,
    StoredPost,
    Thread,
    ThreadView,
)
from feeds import addresses, body, clean, wording
from feeds.digests import digest_of_posts
from feeds.direction import is_rtl
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
        posts: Of the thread itself, gaps not counted; 0 in an entry of a post or a change.
        replies: Posts of side branches that we hold; 0 in an entry of a post or a change.
        completeness: None in an entry of a post or a change, which does not move with its thread.
        captured_at: First capture. (The last one moves with every crawl and would move the feed.)
        warnings: Content warnings of its posts, each once.
        digests: Payload digests of our copies, by the address of the original; media, then links.
        digest: Of the words themselves (feeds.digests); empty in an entry of a change.
        evidence_url: Page on which the proof stands.
    """

    platform: str
    thread_id: str
    native_id: str
    posts: int
    replies: int
    edited: int
    vanished: int
    completeness: Completeness | None
    captured_at: dt.datetime
    warnings: tuple[str, ...] = ()
    digests: tuple[tuple[str, str], ...] = ()
    digest: str = ""
    evidence_url: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """The entry that an entry answers (RFC 4685): its id, and our page of it."""

    ref: str
    href: str


@dataclass(frozen=True, slots=True)
class PostFacts:
    """
    The post that an entry is of.

    Attributes:
        id: The platform's own.
        position: In its thread, from 1.
        gone_at: When it was first seen to be gone; None while it is there.
    """

    id: str
    position: int
    state: PostState
    gone_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class ChangeFacts:
    """
    The change that an entry is of.

    Attributes:
        kind: A RevisionKind or a LinkChangeKind; never `added`.
        at: When it happened: by the platform's word, else when we saw it.
        seen_at: When we saw it.
        post_id: The post; empty for a link and for a renaming.
        uri_r: The link; empty for a post.
        before: Of a link its target, of a renaming the name; empty for a post.
        record_ids: The records that prove it.
    """

    kind: str
    at: dt.datetime
    seen_at: dt.datetime
    post_id: str = ""
    uri_r: str = ""
    before: str = ""
    after: str = ""
    record_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """
    A thread, a post or a change as readers get it.

    Attributes:
        id: Permanent IRI, the same on every machine, after every edit, rename and move.
        url: Our page of it.
        title: One line of plain text, never empty; starts with the content warning if there is one.
        summary: Plain text of a few lines; never gives away what a content warning covers.
        html: All of it, safe, with absolute addresses only.
        published: When the thread began, the post was written, or we saw the change.
        updated: When a reader would last have seen a change.
        language: BCP 47, where known.
        image: First picture that is not covered.
        links: Distinct links of it, in order of first appearance.
        via_url: The original; empty if there is no address for it.
        rtl: Its words are read from right to left.
        in_reply_to: The entry of the post that a post answers.
        post: Set if the entry is of a post.
        change: Set if the entry is of a change.
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
    rtl: bool = False
    in_reply_to: Reply | None = None
    post: PostFacts | None = None
    change: ChangeFacts | None = None


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
    source = _source(view, own, links, base_url)
    language = clean.language(thread.language) or (
        clean.language(root.post.language) if root else None
    )
    return Entry(
        id=entry_id(thread.id),
        url=addresses.thread_page(base_url, thread.id),
        title=title_of(thread),
        summary=_summary(source, root, links),
        html=body.html_of(
            view,
            links=links,
            base_url=base_url,
            media=media,
            language=language,
            digest=source.digest,
        ),
        published=published(root, thread.first_captured_at),
        updated=wording.utc(thread.updated_at),
        authors=(person(thread.author),),
        tags=tags_of(thread),
        language=language,
        image=image_of(attachments),
        attachments=attachments,
        links=links,
        via_url=clean.url(thread.url),
        source=source,
        rtl=is_rtl(language, root.post.text if root else ""),
    )


def published(stored: StoredPost | None, first_seen_at: dt.datetime) -> dt.datetime:
    """Give when a post says it was written, unless it says something that cannot be."""
    first = wording.utc(first_seen_at)
    said = wording.utc(stored.post.created_at) if stored and stored.post.created_at else first
    return said if _OLDEST <= said <= first else first


def person(author: Author | None) -> Person:
    """Give an author as entries name them."""
    return Person(name=wording.author(author), url=clean.url(author.url) if author else "")


def image_of(attachments: tuple[Attachment, ...]) -> str | None:
    """Give the first picture that nobody asked to be covered."""
    open_ones = (each for each in attachments if each.medium == "image" and not each.sensitive)
    return next((each.url for each in open_ones), None)


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
    standing = [wording.completeness(source.completeness)] if source.completeness else []
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


def _source(
    view: ThreadView, own: tuple[StoredPost, ...], links: tuple[EntryLink, ...], base_url: str
) -> Source:
    thread = view.thread
    states = [each.state for each in own]
    warnings = (clean.line(each.post.content_warning) for each in own)
    copies = sorted((clean.text(copy.url), clean.text(copy.digest or "")) for copy in view.media)
    known = thread.completeness
    return Source(
        platform=clean.line(thread.platform),
        thread_id=thread.id,
        native_id=clean.text(thread.native_id),
        posts=sum(1 for state in states if state is not PostState.GAP),
        replies=sum(1 for each in thread.posts if each.post.branch is Branch.SIDE),
        edited=states.count(PostState.EDITED),
        vanished=states.count(PostState.VANISHED),
        completeness=dataclasses.replace(known, reason=clean.text(known.reason)),
        captured_at=wording.utc(thread.first_captured_at),
        warnings=tuple(dict.fromkeys(warning for warning in warnings if warning)),
        digests=digests_of(copies, links),
        digest=digest_of_posts(own),
        evidence_url=evidence_url(base_url, thread.id),
    )


def digests_of(
    copies: Sequence[tuple[str, str]], links: tuple[EntryLink, ...]
) -> tuple[tuple[str, str], ...]:
    """Give the payload digests of copies and of the snapshots of links, each once."""
    found = [*copies, *((link.target, link.digest or "") for link in links)]
    return tuple(dict.fromkeys((url, digest) for url, digest in found if digest))


def evidence_url(base_url: str, thread_id: str) -> str:
    """Give where the proof of a thread stands for people."""
    return f"{addresses.thread_page(base_url, thread_id)}#evidence"
