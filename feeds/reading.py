"""What does a reader see on the page of a thread? Pure: from the view to what the template says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from markupsafe import Markup

from archiver.models import (
    Branch,
    Media,
    MediaKind,
    Outcome,
    Post,
    Revision,
    RevisionKind,
    StoredPost,
    ThreadView,
)
from feeds import clean, media, post_parts, wording
from feeds.entry import Entry
from feeds.entry_links import EntryLink, links_of
from feeds.media_copies import is_covered, pixels
from feeds.post_parts import PostPart

_WORDS = {
    MediaKind.IMAGE: "picture",
    MediaKind.VIDEO: "video",
    MediaKind.GIF: "animation",
    MediaKind.AUDIO: "sound",
    MediaKind.OTHER: "attachment",
}
_HAPPENED = {
    RevisionKind.ADDED: "first seen",
    RevisionKind.EDITED: "edited",
    RevisionKind.VANISHED: "gone",
    RevisionKind.RESTORED: "there again",
    RevisionKind.RENAMED: "the author was renamed",
}


@dataclass(frozen=True, slots=True)
class Stamp:
    """A time for people and for machines."""

    words: str
    iso: str


@dataclass(frozen=True, slots=True)
class PageFigure:
    """
    An attachment: our copy, shown as `medium` (image, video, audio), or a sentence in its place.

    Attributes:
        path: Below publish_dir; empty if we hold no copy.
        poster: The same, for a film.
        original: Its address outside; empty if there is no safe one.
        missing: What to say where there is no copy.
    """

    medium: str
    path: str
    poster: str
    alt: str
    width: int | None
    height: int | None
    original: str
    missing: str


@dataclass(frozen=True, slots=True)
class LinkRow:
    """
    A link under its post.

    Attributes:
        title: Of the target, or its address; `host` is empty where the title says it.
        shown: The link as written; empty where it is its own target.
        led_to: The target's address for people; empty where the title is that address.
        hops: In words; empty if there were none.
        state: In a word; `tone` is live, changed, dead or none, for its colour.
        copy_href: Our copy; `copied` says what it is, `copied_at` when it was made.
    """

    title: str
    host: str
    href: str
    shown: str
    led_to: str
    hops: str
    state: str
    tone: str
    copy_href: str
    copied: str
    copied_at: Stamp | None


@dataclass(frozen=True, slots=True)
class Before:
    """What a post said before an edit that we saw."""

    at: Stamp
    html: Markup
    language: str | None


@dataclass(frozen=True, slots=True)
class PagePost:
    """A post on its page; `state` is its PostState; `covered` if a warning stands before it."""

    part: PostPart
    state: str
    covered: bool
    figures: tuple[PageFigure, ...]
    links: tuple[LinkRow, ...]
    before: tuple[Before, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """One line of the proof: what was captured when, in which record, with which digest."""

    what: str
    href: str
    detail: str
    at: Stamp | None
    record: str
    digest: str


@dataclass(frozen=True, slots=True)
class Reading:
    """A thread, ready for its page; `avatar` is the path of our copy, empty if there is none."""

    author: str
    author_name: str
    author_handle: str
    author_url: str
    avatar: str
    heading: str
    platform: str
    written: Stamp | None
    captured: Stamp
    changed: Stamp | None
    standing: str
    marks: tuple[str, ...]
    reason: str
    posts: tuple[PagePost, ...]
    replies: tuple[PagePost, ...]
    chains: tuple[tuple[str, str, tuple[Evidence, ...]], ...]
    history: tuple[Evidence, ...]
    copies: tuple[Evidence, ...]
    tags: tuple[str, ...]


def reading_of(
    view: ThreadView, entry: Entry, *, base_url: str, copies: Mapping[str, str]
) -> Reading:
    """
    Say all that the page of a thread says; the same for the same thread, whenever it is made.

    Args:
        entry: The thread as feeds have it.
        base_url: publish.base_url, without a slash at its end.
        copies: Original URL of an attachment -> path of our copy below publish_dir.
    """
    thread = view.thread
    links = links_of(view, base_url)
    absolute = {url: f"{base_url}/{path}" for url, path in copies.items()}
    maker = post_parts.Maker(view, links, base_url, absolute)
    rows = {link.uri_r: row_of(link) for link in links}
    befores = _befores(view.revisions)
    posts = [(each, _post(each, maker, rows, copies, befores)) for each in thread.posts]
    own = [each for each in thread.posts if each.post.branch is Branch.THREAD]
    root = own[0].post if own else None
    return Reading(
        author=wording.author(thread.author),
        author_name=clean.line(thread.author.name, longest=120) or wording.author(thread.author),
        author_handle=clean.line(thread.author.handle, longest=120).lstrip("@"),
        author_url=clean.url(thread.author.url),
        avatar=_avatar(thread.author.avatar_url, copies),
        heading=_heading(entry, root),
        platform=wording.platform(thread.platform),
        written=stamp(root.created_at) if root and root.created_at else None,
        captured=stamp(thread.first_captured_at),
        changed=stamp(thread.updated_at) if thread.updated_at > thread.first_captured_at else None,
        standing=wording.completeness(thread.completeness),
        marks=marks_of(entry),
        reason=_sentence(clean.line(thread.completeness.reason)),
        posts=tuple(made for stored, made in posts if stored.post.branch is Branch.THREAD),
        replies=tuple(made for stored, made in posts if stored.post.branch is Branch.SIDE),
        chains=tuple(_chain(link) for link in links),
        history=tuple(_history(view)),
        copies=tuple(_copies(view, copies)),
        tags=entry.tags,
    )


def stamp(at: dt.datetime) -> Stamp:
    """Give a time for people and for machines."""
    return Stamp(wording.moment(at), wording.iso(at))


def marks_of(entry: Entry) -> tuple[str, ...]:
    """Say in a few words what happened to the posts of a thread."""
    counts = ((entry.source.edited, "edited"), (entry.source.vanished, "gone since"))
    return tuple(f"{number:,} {word}" for number, word in counts if number)


def row_of(link: EntryLink) -> LinkRow:
    """Say of a link where it led, how it ended, and where our copy is."""
    written, target = post_parts.shown_as(link.uri_r), post_parts.shown_as(link.target)
    direct = link.uri_r == link.target or link.href == link.target_href != ""
    known_title = bool(link.title) and link.title not in (link.host, link.target)
    return LinkRow(
        title=link.title if known_title else target,
        host=link.host if known_title else "",
        href=link.target_href,
        shown=written if known_title or not direct else "",
        led_to=target if known_title and not direct else "",
        hops=wording.counted(link.hops, "redirect") if link.hops else "",
        state=link.state,
        tone=_tone(link.outcome),
        copy_href=link.uri_m or "",
        copied="archived copy" if link.whole else "the answer it gave, kept as evidence",
        copied_at=stamp(link.captured_at) if link.captured_at else None,
    )


def _tone(outcome: Outcome | None) -> str:
    if outcome is None:
        return "none"
    return "live" if outcome is Outcome.OK else "dead"


def _heading(entry: Entry, root: Post | None) -> str:
    """Give a title only where it is more than the first words of the first post."""
    text = clean.line(root.text, longest=10_000) if root else ""
    warned = root is not None and root.content_warning.strip()
    words = entry.title.rstrip("… ")
    return "" if warned or text.startswith(words) else entry.title


def _avatar(url: str | None, copies: Mapping[str, str]) -> str:
    path = copies.get(url or "", "")
    kind = media.kind_at(path)
    return path if kind is not None and kind.medium == "image" else ""


def _sentence(words: str) -> str:
    """Begin with a capital and end with a stop, as far as the words do not already."""
    capital = words[:1].upper() + words[1:]
    return f"{capital}." if capital and capital[-1] not in ".!?…" else capital


def _post(
    stored: StoredPost,
    maker: post_parts.Maker,
    rows: Mapping[str, LinkRow],
    copies: Mapping[str, str],
    befores: Mapping[str, tuple[Before, ...]],
) -> PagePost:
    uris = dict.fromkeys(clean.text(link.uri_r) for link in stored.post.links)
    return PagePost(
        part=maker.part_of(stored),
        state=stored.state.value,
        covered=is_covered(stored),
        figures=tuple(_figure(each, copies) for each in stored.post.media),
        links=tuple(rows[uri] for uri in uris if uri in rows),
        before=befores.get(stored.post.id, ()),
    )


def _figure(shown: Media, copies: Mapping[str, str]) -> PageFigure:
    path = copies.get(shown.url, "")
    poster = copies.get(shown.preview_url or "", "")
    kind = media.kind_at(path) if path else None
    poster_kind = media.kind_at(poster) if poster else None
    word = _WORDS[shown.kind]
    article = "An" if word[0] in "aeiou" else "A"
    return PageFigure(
        medium=kind.medium if kind else "",
        path=path,
        poster=poster if poster_kind and poster_kind.medium == "image" else "",
        alt=clean.line(shown.alt, longest=4_000),
        width=pixels(shown.width),
        height=pixels(shown.height),
        original=clean.url(shown.url),
        missing="" if kind else f"{article} {word} stood here; no copy of it could be kept.",
    )


def _befores(revisions: tuple[Revision, ...]) -> dict[str, tuple[Before, ...]]:
    found: dict[str, tuple[Before, ...]] = {}
    for each in revisions:
        if each.kind is RevisionKind.EDITED and each.before is not None:
            body = Markup(post_parts.text_of(each.before))
            before = Before(stamp(each.at), body, clean.language(each.before.language))
            found[each.post_id] = (*found.get(each.post_id, ()), before)
    return found


def _chain(link: EntryLink) -> tuple[str, str, tuple[Evidence, ...]]:
    hops = [
        Evidence(
            what=post_parts.shown_as(hop.url),
            href="",
            detail=_answer(hop.status, hop.mechanism, hop.ip),
            at=stamp(hop.at),
            record=clean.line(hop.record_id or ""),
            digest="",
        )
        for hop in link.steps
    ]
    if link.record_id is not None:
        hops.append(
            Evidence(
                what="archived copy" if link.whole else "answer kept as evidence",
                href=link.uri_m or "",
                detail="",
                at=stamp(link.captured_at) if link.captured_at else None,
                record=clean.line(link.record_id),
                digest=clean.line(link.digest or ""),
            )
        )
    return post_parts.shown_as(link.uri_r), link.state, tuple(hops)


def _answer(status: int | None, mechanism: str | None, ip: str | None) -> str:
    answer = "no answer" if status is None else f"answered {status}"
    how = f", led on by {mechanism}" if mechanism and mechanism != "http" else ""
    return f"{answer}{how}{f', {clean.line(ip)}' if ip else ''}"


def _history(view: ThreadView) -> Iterator[Evidence]:
    """Say what was seen when: posts of one observation together, changes one by one."""
    positions = {each.post.id: each.position for each in view.thread.posts}
    added: dict[tuple[dt.datetime, tuple[str, ...]], list[int]] = {}
    for each in view.revisions:
        key = (each.at, each.record_ids)
        if each.kind is RevisionKind.ADDED:
            added.setdefault(key, []).append(positions.get(each.post_id, 0))
    told: set[tuple[dt.datetime, tuple[str, ...]]] = set()
    for each in view.revisions:
        key = (each.at, each.record_ids)
        if each.kind is not RevisionKind.ADDED:
            yield _happened(each, positions.get(each.post_id))
        elif key not in told:
            told.add(key)
            number = len(added[key])
            yield Evidence(
                f"{wording.counted(number, 'post')} first seen",
                "",
                "",
                stamp(each.at),
                " ".join(clean.line(record) for record in each.record_ids),
                "",
            )


def _happened(revision: Revision, position: int | None) -> Evidence:
    subject = f"post {position}: " if position else ""
    return Evidence(
        what=f"{subject}{_HAPPENED[revision.kind]}",
        href=f"#p{position}" if position else "",
        detail="",
        at=stamp(revision.at),
        record=" ".join(clean.line(record) for record in revision.record_ids),
        digest="",
    )


def _copies(view: ThreadView, copies: Mapping[str, str]) -> Iterator[Evidence]:
    for each in view.media:
        yield Evidence(
            what=post_parts.shown_as(each.url),
            href=copies.get(each.url, ""),
            detail="" if each.record_id else "no copy",
            at=stamp(each.at),
            record=clean.line(each.record_id or ""),
            digest=clean.line(each.digest or ""),
        )
