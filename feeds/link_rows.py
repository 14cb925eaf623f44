"""What does a page say of a link under its post: where it led, how it ended, which copies are?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from archiver.models import (
    LinkChange,
    LinkChangeKind,
    LinkView,
    Outcome,
    Snapshot,
    ThreadView,
    ViewKind,
)
from feeds import clean, post_parts, wording
from feeds.entry_links import EntryLink, host_of
from feeds.media_copies import Picture, picture_of

_TOLD = {
    LinkChangeKind.REVIVED: "there again",
    LinkChangeKind.CHANGED: "reads otherwise",
    LinkChangeKind.WALLED: "shows only its beginning and asks to subscribe",
    LinkChangeKind.OPENED: "can be read whole again",
}
_NOT_AS_IT_WAS = {
    LinkChangeKind.MOVED: "moved",
    LinkChangeKind.CHANGED: "changed",
    LinkChangeKind.WALLED: "paywalled",
}


@dataclass(frozen=True, slots=True)
class Stamp:
    """A time for people and for machines."""

    words: str
    iso: str


@dataclass(frozen=True, slots=True)
class Witnessed:
    """Another archive's copy: its name and address; `at` is when that archive made it."""

    archive: str
    href: str
    at: Stamp


@dataclass(frozen=True, slots=True)
class LinkRow:
    """
    A link under its post.

    Attributes:
        number: Of the link in its thread, from 1: its anchor on the page of links.
        title: Of the target, or its address; `host` is empty where the title says it.
        shown: The link as written; empty where it is its own target.
        led_to: The target's address for people; empty where the title is that address.
        hops: In words; empty if there were none.
        state: In a word; `tone` is live, changed, dead or none, for its colour.
        change: Since when it is so, and where it led before; empty if we saw no change.
        thumb: A small picture of the page; without one, `initial` of its outlet stands there.
        copy_href: Our copy; `copied` says what it is, `copied_at` when it was made.
    """

    number: int
    title: str
    host: str
    href: str
    shown: str
    led_to: str
    hops: str
    state: str
    tone: str
    change: str
    copy_href: str
    copied: str
    copied_at: Stamp | None
    witness: Witnessed | None
    thumb: Picture | None = None
    initial: str = ""


def stamp(at: dt.datetime) -> Stamp:
    """Give a time for people and for machines."""
    return Stamp(wording.moment(at), wording.iso(at))


def rows_of(
    view: ThreadView, links: tuple[EntryLink, ...], copies: Mapping[str, str]
) -> dict[str, LinkRow]:
    """
    Say of each link of a thread where it led, by the link as written.

    Args:
        copies: Record id of a picture -> path of our copy below publish_dir.
    """
    views = {clean.text(each.uri_r): each for each in view.links}
    return {
        link.uri_r: _row(number, link, views[link.uri_r], copies)
        for number, link in enumerate(links, 1)
    }


def told(change: LinkChange) -> str:
    """Say what happened to a link."""
    before = post_parts.shown_as(change.before)
    if change.kind is LinkChangeKind.MOVED:
        return f"leads elsewhere: to {post_parts.shown_as(change.after)}, before to {before}"
    return f"gone; led to {before}" if change.kind is LinkChangeKind.DIED else _TOLD[change.kind]


def _since(changes: tuple[LinkChange, ...]) -> str:
    """Say of the last change what the line of a link does not say already."""
    if not changes:
        return ""
    last = changes[-1]
    since = f"since {wording.moment(last.at)}"
    moved = last.kind is LinkChangeKind.MOVED
    return f"{since}, before {post_parts.shown_as(last.before)}" if moved else since


def tone_of(outcome: Outcome | None, changes: tuple[LinkChange, ...] = ()) -> str:
    """Give the colour of a state: live, changed, dead or none."""
    if outcome is None:
        return "none"
    if outcome is not Outcome.OK:
        return "dead"
    return "changed" if changes and changes[-1].kind in _NOT_AS_IT_WAS else "live"


def witnessed(link: LinkView) -> Witnessed | None:
    """Give another archive's copy of what is dead to us, if one was found."""
    witness = link.chain.witness if link.chain else None
    href = clean.url(witness.uri_m) if witness else ""
    if witness is None or not href:
        return None
    return Witnessed(host_of(href) or "another archive", href, stamp(witness.at))


def _row(number: int, link: EntryLink, view: LinkView, copies: Mapping[str, str]) -> LinkRow:
    written, target = post_parts.shown_as(link.uri_r), post_parts.shown_as(link.target)
    direct = link.uri_r == link.target or link.href == link.target_href != ""
    known_title = bool(link.title) and link.title not in (link.host, link.target)
    tone = tone_of(link.outcome, view.changes)
    return LinkRow(
        number=number,
        title=link.title if known_title else target,
        host=link.host if known_title else "",
        href=link.target_href,
        shown=written if known_title or not direct else "",
        led_to=target if known_title and not direct else "",
        hops=wording.counted(link.hops, "redirect") if link.hops else "",
        state=_NOT_AS_IT_WAS[view.changes[-1].kind] if tone == "changed" else link.state,
        tone=tone,
        change=_since(view.changes),
        copy_href=link.uri_m or "",
        copied="archived copy" if link.whole else "the answer it gave, kept as evidence",
        copied_at=stamp(link.captured_at) if link.captured_at else None,
        witness=witnessed(view),
        thumb=_thumb(view.snapshot, copies),
        initial=_initial(link.host),
    )


def _thumb(snapshot: Snapshot | None, copies: Mapping[str, str]) -> Picture | None:
    return picture_of(snapshot.view(ViewKind.THUMBNAIL), copies) if snapshot else None


def _initial(host: str) -> str:
    """Give the first letter of an outlet, for its plate; of a name in another script, of that."""
    try:
        name = host.encode("ascii").decode("idna")
    except UnicodeError:
        name = host
    return next((sign.upper() for sign in name if sign.isalnum()), "")
