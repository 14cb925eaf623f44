"""How does each post of a thread become an entry of its own, for those who want to be alerted?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from archiver.core.ids import part_id
from archiver.models import (
    Author,
    Branch,
    PostState,
    Revision,
    RevisionKind,
    StoredPost,
    ThreadView,
)
from feeds import addresses, body, clean, post_parts, wording
from feeds.digests import digest_of_post
from feeds.direction import is_rtl
from feeds.entry import (
    Entry,
    PostFacts,
    Reply,
    Source,
    digests_of,
    evidence_url,
    image_of,
    person,
    published,
)
from feeds.entry_links import EntryLink, links_of
from feeds.media_copies import Attachment, attachments_of

_TITLE = 120
_SUMMARY = 300
_MAX_TAGS = 30
_MAX_BYTES = 900_000


@dataclass(frozen=True, slots=True)
class _Known:
    """What the entries of all posts of one thread are made of."""

    view: ThreadView
    base_url: str
    media: Mapping[str, str]
    links: Mapping[str, EntryLink]
    attachments: Mapping[int, tuple[Attachment, ...]]
    copies: Mapping[str, str]
    updated: Mapping[str, Revision]
    own: Mapping[str, StoredPost]


def posts_of(view: ThreadView, *, base_url: str, media: Mapping[str, str]) -> tuple[Entry, ...]:
    """
    Make an entry of each post of the thread itself, in reading order; gaps have none.

    A post that is gone has its entry still, with its last words; `post.gone_at` says so. What an
    entry says moves with its post alone, so that one more post leaves the others as they are.

    Args:
        base_url: publish.base_url, without a slash at its end.
        media: Original URL of an attachment (or its preview) -> absolute URL of our copy.
    """
    own = [each for each in view.thread.posts if each.post.branch is Branch.THREAD]
    attachments: dict[int, tuple[Attachment, ...]] = {}
    for each in attachments_of(view, media, once=False):
        attachments[each.post] = (*attachments.get(each.post, ()), each)
    known = _Known(
        view=view,
        base_url=base_url,
        media=media,
        links={each.uri_r: each for each in links_of(view, base_url)},
        attachments=attachments,
        copies={each.url: each.digest or "" for each in view.media},
        updated={
            each.post_id: each
            for each in sorted(view.revisions, key=lambda each: each.at)
            if each.kind is not RevisionKind.ADDED
        },
        own={each.post.id: each for each in own},
    )
    return tuple(_entry(known, each) for each in own if each.state is not PostState.GAP)


def post_id(thread_id: str, native_id: str) -> str:
    """Give the permanent IRI of the entry of a post; `native_id` is the platform's own."""
    return part_id(thread_id, "post", native_id)


def name_of(author: Author, position: int) -> str:
    """Say whose post it is and which: `ICIJ (@icij), post 3`."""
    return f"{wording.author(author)}, post {position}"


def _entry(known: _Known, stored: StoredPost) -> Entry:
    thread, post = known.view.thread, stored.post
    uris = dict.fromkeys(clean.text(link.uri_r) for link in post.links)
    links = tuple(known.links[uri] for uri in uris if uri in known.links)
    attachments = known.attachments.get(stored.position, ())
    language = clean.language(post.language) or clean.language(thread.language)
    changed = known.updated.get(post.id)
    moments = [stored.first_seen_at, *((changed.at,) if changed else ())]
    moments += [stored.vanished_at] if stored.vanished_at else []
    digest = digest_of_post(stored)
    return Entry(
        id=post_id(thread.id, post.id),
        url=addresses.post_anchor(known.base_url, thread.id, stored.position),
        title=_title(stored, known.view),
        summary=_summary(stored),
        html=_html(known, stored, links, language, digest),
        published=published(stored, stored.first_seen_at),
        updated=max(map(wording.utc, moments)),
        authors=(person(post.author or thread.author),),
        tags=_tags(post.hashtags),
        language=language,
        image=image_of(attachments),
        attachments=attachments,
        links=links,
        via_url=clean.url(post.url),
        source=_source(known, stored, links, digest),
        rtl=is_rtl(language, post.text),
        in_reply_to=_reply(known, stored),
        post=PostFacts(
            id=clean.text(post.id),
            position=stored.position,
            state=stored.state,
            gone_at=_gone_at(stored),
        ),
    )


def _title(stored: StoredPost, view: ThreadView) -> str:
    name = name_of(stored.post.author or view.thread.author, stored.position)
    warning = clean.line(stored.post.content_warning, longest=_TITLE)
    if warning:
        return f"Content warning: {warning} – {name}"
    words = clean.line(stored.post.text, longest=_TITLE)
    return f"{name}: {words}" if words else name


def _summary(stored: StoredPost) -> str:
    warning = clean.line(stored.post.content_warning, longest=_SUMMARY)
    words = f"Content warning: {warning}" if warning else ""
    words = words or clean.line(stored.post.text, longest=_SUMMARY) or f"Post {stored.position}."
    return f"{words} (gone since)" if stored.state is PostState.VANISHED else words


def _html(
    known: _Known,
    stored: StoredPost,
    links: Sequence[EntryLink],
    language: str | None,
    digest: str,
) -> str:
    thread = known.view.thread
    part = post_parts.Maker(known.view, links, known.base_url, known.media).part_of(stored)
    if len(part.html) > _MAX_BYTES:
        note = Markup(
            '<p><a href="{}">The post does not fit in this feed: read it on its page.</a>'
        )
        part = post_parts.without_words(part, note.format(part.anchor) + Markup("</p>"))
    return body.rendered(
        "entry_post",
        post=part,
        page=addresses.thread_page(known.base_url, thread.id),
        author=wording.author(stored.post.author or thread.author),
        platform=wording.platform(thread.platform),
        rtl=is_rtl(language, stored.post.text),
        language=language,
        captured=wording.moment(stored.first_seen_at),
        evidence=evidence_url(known.base_url, thread.id),
        digest=digest,
    )


def _source(known: _Known, stored: StoredPost, links: tuple[EntryLink, ...], digest: str) -> Source:
    thread, warning = known.view.thread, clean.line(stored.post.content_warning)
    urls = sorted({media.url for media in stored.post.media} & known.copies.keys())
    copies = [(clean.text(url), clean.text(known.copies[url])) for url in urls]
    return Source(
        platform=clean.line(thread.platform),
        thread_id=thread.id,
        native_id=clean.text(thread.native_id),
        posts=0,
        replies=0,
        edited=0,
        vanished=0,
        completeness=None,
        captured_at=wording.utc(stored.first_seen_at),
        warnings=(warning,) if warning else (),
        digests=digests_of(copies, links),
        digest=digest,
        evidence_url=evidence_url(known.base_url, thread.id),
    )


def _reply(known: _Known, stored: StoredPost) -> Reply | None:
    """The post that it answers, if that is of this thread: another's entry we do not publish."""
    thread_id = known.view.thread.id
    parent = known.own.get(stored.post.parent_id or "")
    if parent is None or parent.post.id == stored.post.id:
        return None
    href = addresses.post_anchor(known.base_url, thread_id, parent.position)
    return Reply(ref=post_id(thread_id, parent.post.id), href=href)


def _gone_at(stored: StoredPost) -> dt.datetime | None:
    if stored.state is not PostState.VANISHED:
        return None
    return wording.utc(stored.vanished_at or stored.last_seen_at)


def _tags(hashtags: Sequence[str]) -> tuple[str, ...]:
    found: dict[str, str] = {}
    for tag in hashtags:
        words = clean.line(tag, longest=100).lstrip("#").strip()
        if words:
            found.setdefault(words.casefold(), words)
    return tuple(found.values())[:_MAX_TAGS]
