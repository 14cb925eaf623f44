"""How does what happened to a thread after we first saw it become entries? Edits, losses, links."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from markupsafe import Markup, escape

from archiver.core import history
from archiver.core.ids import part_id
from archiver.core.worddiff import Op, Piece, word_diff
from archiver.models import (
    Author,
    Branch,
    LinkChange,
    LinkChangeKind,
    Outcome,
    Post,
    Revision,
    RevisionKind,
    StoredPost,
    ThreadView,
)
from feeds import addresses, body, clean, post_parts, wording
from feeds.direction import is_rtl
from feeds.entry import ChangeFacts, Entry, Source, evidence_url, person
from feeds.entry_links import STATE_WORDS, EntryLink, host_of, links_of
from feeds.posts import name_of

_HAPPENED = {
    RevisionKind.EDITED: "Edited",
    RevisionKind.VANISHED: "Gone",
    RevisionKind.RESTORED: "There again",
    RevisionKind.RENAMED: "Renamed",
}
_LINK_HAPPENED = {
    LinkChangeKind.MOVED: "Link leads elsewhere",
    LinkChangeKind.DIED: "Link dead",
    LinkChangeKind.REVIVED: "Link back",
    LinkChangeKind.CHANGED: "Linked page changed",
    LinkChangeKind.WALLED: "Linked page behind a wall",
    LinkChangeKind.OPENED: "Linked page open again",
}
_OF_PAGES = {
    LinkChangeKind.CHANGED: "reads otherwise now",
    LinkChangeKind.WALLED: "shows only its beginning now, and asks to subscribe",
    LinkChangeKind.OPENED: "can be read whole again",
}
_PARTS = {
    history.Part.TEXT: "",
    history.Part.WARNING: "Content warning",
    history.Part.LINKS: "Links",
    history.Part.MEDIA: "Attachments",
    history.Part.DESCRIPTIONS: "Descriptions of attachments",
    history.Part.POLL: "Poll",
    history.Part.QUOTE: "Quoted post",
    history.Part.MARKUP: "Markup only",
}
_TITLE = 120
_SUMMARY = 300
_MAX_TEXT = 200_000
_RECORDS = 3
"""Named in words; a capture of a long thread has dozens, all of them in `_archiver`."""
_TOO_LONG = "It does not fit in this feed: read it on the page."
_TAGS = {Op.KEPT: "{}", Op.REMOVED: "<del>{}</del>", Op.ADDED: "<ins>{}</ins>"}


@dataclass(frozen=True, slots=True)
class ChangedPart:
    """A part of a post with what changed in it; `name` is empty for its words."""

    name: str
    html: Markup


@dataclass(frozen=True, slots=True)
class _Told:
    """
    A change before it is an entry.

    Attributes:
        what: In a word or two; `title` says the rest of it in a line.
        place: The post that it is about; None if there is none.
        lines: Sentences of ours.
        summary: May be empty; gives nothing away that is covered.
    """

    facts: ChangeFacts
    what: str
    title: str
    author: Author | None
    place: StoredPost | None
    summary: str
    lines: tuple[str | Markup, ...] = ()
    parts: tuple[ChangedPart, ...] = ()
    figures: tuple[post_parts.Figure, ...] = ()
    warning: str = ""
    language: str | None = None
    words: str = ""
    link: EntryLink | None = None


def changes_of(view: ThreadView, *, base_url: str, media: Mapping[str, str]) -> tuple[Entry, ...]:
    """
    Make an entry of each change of the thread itself and of its links, oldest first.

    What was there when we first saw it is none. An entry, once made, stays: its `published` is when
    we saw the change, since a reader who is to be alerted of an edit that was made years ago must
    find it among the newest; its words say when it happened.

    Args:
        base_url: publish.base_url, without a slash at its end.
        media: Original URL of an attachment -> absolute URL of our copy.
    """
    own = {each.post.id: each for each in view.thread.posts if each.post.branch is Branch.THREAD}
    told = [*_of_posts(view, own, media), *_of_links(view, own, base_url)]
    entries: dict[str, Entry] = {}
    for each in told:
        entry = _entry(view, each, base_url)
        entries.setdefault(entry.id, entry)
    return tuple(sorted(entries.values(), key=lambda each: (each.published, each.id)))


def diff(pieces: Iterable[Piece]) -> Markup:
    """
    Write what changed with <del> and <ins>, its lines as they are.

    A space stands between what was removed and what came for it: some readers drop the marks, and
    none shall read two words as one.
    """
    written = "".join(_TAGS[each.op].format(escape(clean.text(each.text))) for each in pieces)
    apart = written.strip().replace("</del><ins>", "</del> <ins>")
    return Markup(apart.replace("\n", "<br>"))


def _of_posts(
    view: ThreadView, own: Mapping[str, StoredPost], media: Mapping[str, str]
) -> Iterable[_Told]:
    for revision in view.revisions:
        place = own.get(revision.post_id)
        if revision.kind is RevisionKind.RENAMED:
            yield _renamed(revision)
        elif revision.kind is not RevisionKind.ADDED and place is not None:
            yield _of_post(view, revision, place, media)


def _of_post(
    view: ThreadView, revision: Revision, place: StoredPost, media: Mapping[str, str]
) -> _Told:
    before = revision.before or place.post
    after = revision.after or before
    edited = revision.kind is RevisionKind.EDITED
    warning = clean.line(after.content_warning) or clean.line(before.content_warning)
    parts, lines = _edit(before, after) if edited else _kept(revision.kind, after)
    fits = sum(len(each.html) for each in parts) <= _MAX_TEXT
    words = clean.line(after.text, longest=_TITLE)
    author = after.author or view.thread.author
    name = name_of(author, place.position)
    return _Told(
        facts=_facts(revision, clean.text(place.post.id)),
        what=_HAPPENED[revision.kind],
        title=name if warning or not words else f"{name}: {words}",
        author=author,
        place=place,
        summary="" if warning else _summary(before, after),
        lines=lines if fits else (*lines, _TOO_LONG),
        parts=parts if fits else (),
        figures=() if edited else _figures(after, media),
        warning=warning,
        language=clean.language(after.language),
        words=after.text,
    )


def _kept(kind: RevisionKind, post: Post) -> tuple[tuple[ChangedPart, ...], tuple[str, ...]]:
    gone = "The platform says that it is gone. Its last known text:"
    line = gone if kind is RevisionKind.VANISHED else "It was gone, and is there again. It says:"
    return (ChangedPart("", Markup(post_parts.text_of(post))),), (line,)


def _figures(post: Post, media: Mapping[str, str]) -> tuple[post_parts.Figure, ...]:
    covered = post.sensitive or bool(post.content_warning.strip())
    return tuple(post_parts.figure_of(each, media, covered=covered) for each in post.media)


def _edit(before: Post, after: Post) -> tuple[tuple[ChangedPart, ...], tuple[str, ...]]:
    changed = history.changes(before, after)
    if all(each.part is history.Part.MARKUP for each in changed):
        return (), ("The words are the same; how they are marked up changed.",)
    return tuple(ChangedPart(_PARTS[each.part], diff(each.pieces)) for each in changed), ()


def _summary(before: Post, after: Post) -> str:
    was, now = (clean.line(each.text, longest=_SUMMARY) for each in (before, after))
    return now if was == now else f"Before: {was or '(nothing)'} Now: {now or '(nothing)'}"


def _renamed(revision: Revision) -> _Told:
    was = wording.author(revision.before.author if revision.before else None)
    now = wording.author(revision.after.author if revision.after else None)
    return _Told(
        facts=_facts(revision, "", before=was, after=now),
        what=_HAPPENED[RevisionKind.RENAMED],
        title=f"{was} is now {now}",
        author=revision.after.author if revision.after else None,
        place=None,
        summary=f"{was} is now {now}",
        lines=(f"{was} is now {now}.",),
    )


def _facts(revision: Revision, post_id: str, *, before: str = "", after: str = "") -> ChangeFacts:
    return ChangeFacts(
        kind=revision.kind.value,
        at=wording.utc(history.happened_at(revision)),
        seen_at=wording.utc(revision.at),
        post_id=post_id,
        before=before,
        after=after,
        record_ids=tuple(map(clean.text, revision.record_ids)),
    )


def _of_links(view: ThreadView, own: Mapping[str, StoredPost], base_url: str) -> Iterable[_Told]:
    places: dict[str, StoredPost] = {}
    for stored in own.values():
        for link in stored.post.links:
            places.setdefault(link.uri_r, stored)
    changed = [each for each in view.links if each.changes and each.uri_r in places]
    for known, shown in zip(
        changed, links_of(dataclasses.replace(view, links=tuple(changed)), base_url), strict=True
    ):
        for change in known.changes:
            yield _of_link(view, change, places[known.uri_r], shown)


def _of_link(view: ThreadView, change: LinkChange, place: StoredPost, link: EntryLink) -> _Told:
    shown, was, now = map(post_parts.shown_as, (change.uri_r, change.before, change.after))
    goal = was if change.kind is LinkChangeKind.DIED else now
    said = _said(change)
    warning = clean.line(place.post.content_warning)
    return _Told(
        facts=ChangeFacts(
            kind=change.kind.value,
            at=wording.utc(change.at),
            seen_at=wording.utc(change.at),
            post_id=clean.text(place.post.id),
            uri_r=clean.text(change.uri_r),
            before=clean.text(change.before),
            after=clean.text(change.after),
            record_ids=tuple(map(clean.text, change.record_ids)),
        ),
        what=_LINK_HAPPENED[change.kind],
        title=(host_of(change.uri_r) or "a link")
        if warning
        else (shown if shown == goal else f"{shown} → {goal}"),
        author=place.post.author or view.thread.author,
        place=place,
        summary="" if warning else said.striptags(),
        lines=(said,),
        parts=_page_parts(change),
        warning=warning,
        link=link,
    )


def _said(change: LinkChange) -> Markup:
    """Tell what became of a link, in a sentence."""
    link, was, now = map(_anchor, (change.uri_r, change.before, change.after))
    if change.kind is LinkChangeKind.MOVED:
        return Markup("{} led to {}, and now leads to {}.").format(link, was, now)
    if change.kind is LinkChangeKind.REVIVED:
        return Markup("{} was dead, and leads to {} again.").format(link, now)
    if change.kind in _OF_PAGES:
        via = Markup(" leads to {}, which").format(now) if change.after != change.uri_r else ""
        return Markup("{}{} {}.").format(link, via, _of_page(change))
    led = Markup(" led to {}, and").format(was) if change.before != change.uri_r else Markup("")
    how = STATE_WORDS[change.after_outcome]
    why = "" if change.after_outcome is Outcome.DEAD else f": {how}"
    return Markup("{}{} is dead now{}.").format(link, led, why)


def _of_page(change: LinkChange) -> str:
    if change.was == change.now and change.picture is not None:
        return f"looks otherwise now: {change.picture:.0%} of its picture differs"
    return _OF_PAGES[change.kind]


def _page_parts(change: LinkChange) -> tuple[ChangedPart, ...]:
    """Give the words of a page that reads otherwise; behind a wall they only say that it is one."""
    if change.kind is not LinkChangeKind.CHANGED or change.was == change.now:
        return ()
    return (ChangedPart("", diff(word_diff(change.was, change.now))),)


def _anchor(url: str) -> Markup:
    href, words = clean.url(url), post_parts.shown_as(url) or "an address"
    return Markup('<a href="{}">{}</a>').format(href, words) if href else escape(words)


def _entry(view: ThreadView, told: _Told, base_url: str) -> Entry:
    thread, facts, place = view.thread, told.facts, told.place
    language = told.language or (clean.language(thread.language) if told.parts else None)
    rtl = is_rtl(language, told.words)
    covered = clean.line(told.warning, longest=_TITLE)
    warning = f"Content warning: {covered}" if covered else ""
    title = clean.line(f"{told.what}: {told.title}")
    url = _page(view, told, base_url)
    return Entry(
        id=_id(view, told),
        url=url,
        title=f"{warning} – {title}" if warning else title,
        summary=clean.line(told.summary, longest=2 * _SUMMARY) or warning or title,
        html=_html(view, told, url, base_url, language=language, rtl=rtl),
        published=facts.seen_at,
        updated=facts.seen_at,
        authors=(person(told.author or thread.author),),
        tags=(),
        language=language,
        image=None,
        attachments=(),
        links=(told.link,) if told.link else (),
        via_url=clean.url(place.post.url) if place else clean.url(thread.url),
        source=_source(view, told, base_url),
        rtl=rtl,
        change=facts,
    )


def _page(view: ThreadView, told: _Told, base_url: str) -> str:
    """Give the page of the post, of the account, or at least of the thread."""
    thread, place = view.thread, told.place
    if place is not None:
        return addresses.post_anchor(base_url, thread.id, place.position)
    account = _account(view, told)
    if account:
        return addresses.account_page(base_url, account)
    return addresses.thread_page(base_url, thread.id)


def _account(view: ThreadView, told: _Told) -> str:
    """Give the permanent name of the account; empty if the platform gave it none."""
    who = (told.author or view.thread.author).id
    return addresses.account_key(view.thread.platform, who) if who else ""


def _id(view: ThreadView, told: _Told) -> str:
    """
    Make it of the thread, the post or link, what happened, and when by both clocks.

    A renaming is one event of the account: it is seen anew in each of its threads, and a reader
    of them all shall be told once.
    """
    facts, account = told.facts, _account(view, told)
    if facts.kind == RevisionKind.RENAMED and account:
        return part_id(account, "change", facts.kind, facts.before, facts.after)
    times = (each.isoformat(timespec="microseconds") for each in (facts.seen_at, facts.at))
    about = facts.uri_r or facts.post_id
    return part_id(view.thread.id, "change", about, facts.kind, *times)


def _html(
    view: ThreadView, told: _Told, url: str, base_url: str, *, language: str | None, rtl: bool
) -> str:
    facts, thread = told.facts, view.thread
    return body.rendered(
        "entry_change",
        what=told.what,
        href=url,
        where=f"post {told.place.position} of a thread" if told.place else "the account",
        author=wording.author(told.author or thread.author),
        platform=wording.platform(thread.platform),
        warning=told.warning,
        lines=told.lines,
        parts=told.parts,
        figures=told.figures,
        link=post_parts.line_of(told.link) if told.link else None,
        language=language,
        rtl=rtl,
        happened=wording.moment(facts.at) if facts.at != facts.seen_at else "",
        seen=wording.moment(facts.seen_at),
        evidence=evidence_url(base_url, thread.id),
        records=facts.record_ids[:_RECORDS],
        more=max(len(facts.record_ids) - _RECORDS, 0),
    )


def _source(view: ThreadView, told: _Told, base_url: str) -> Source:
    thread = view.thread
    return Source(
        platform=clean.line(thread.platform),
        thread_id=thread.id,
        native_id=clean.text(thread.native_id),
        posts=0,
        replies=0,
        edited=0,
        vanished=0,
        completeness=None,
        captured_at=told.facts.seen_at,
        warnings=(told.warning,) if told.warning else (),
        evidence_url=evidence_url(base_url, thread.id),
    )
