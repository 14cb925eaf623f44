"""What else speaks of a thread: another witness, its own page, and copies that failed? Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from archiver.core.memento import uri_m
from archiver.models import Difference, MediaCopy, Outcome, ThreadView, ViewKind
from feeds import clean, post_parts
from feeds.entry_links import STATE_WORDS
from feeds.link_rows import Stamp, stamp
from feeds.media_copies import Picture, picture_of

MOST_LOST = 50
"""The page of changes tells of all."""

_DIFFERENT = {
    "missing_here": "is missing on the platform",
    "missing_there": "is missing there",
    "text": "reads otherwise there",
}


@dataclass(frozen=True, slots=True)
class Differs:
    """Where another witness shows something else than the platform."""

    post: str
    what: str
    witness: str
    here: str
    there: str


@dataclass(frozen=True, slots=True)
class OwnPage:
    """The thread's own page on its platform: our copy of it, and a picture, where there is one."""

    at: Stamp
    href: str
    picture: Picture | None
    thumb: Picture | None
    digest: str


@dataclass(frozen=True, slots=True)
class LostCopy:
    """A picture, film or sound that we hold no copy of: `why` in words."""

    what: str
    href: str
    why: str
    at: Stamp


def differs_of(view: ThreadView) -> dict[str, tuple[Differs, ...]]:
    """Give where a witness differs in the newest capture, by the native id of the post."""
    newest = view.observations[-1].differences if view.observations else ()
    positions = {each.post.id: each.position for each in view.thread.posts}
    found: dict[str, tuple[Differs, ...]] = {}
    for each in newest:
        told = differs(each, positions)
        found[each.post_id] = (*found.get(each.post_id, ()), told)
    return found


def differs(difference: Difference, positions: Mapping[str, int]) -> Differs:
    """Say where a witness differs; `positions` are those of posts by their native ids."""
    position = positions.get(difference.post_id)
    return Differs(
        post=f"Post {position}" if position else clean.line(difference.post_id, longest=120),
        what=_DIFFERENT.get(difference.what, clean.line(difference.what)),
        witness=post_parts.shown_as(difference.witness),
        here=clean.line(difference.here, longest=2_000),
        there=clean.line(difference.there, longest=2_000),
    )


def own_page(view: ThreadView, base_url: str, copies: Mapping[str, str]) -> OwnPage | None:
    """
    Give the thread's own page, if a browser showed it and our copy can be read.

    Args:
        copies: Record id of a picture -> path of our copy below publish_dir.
    """
    page = view.page
    href = clean.url(uri_m(base_url, page.url, page.at)) if page is not None else ""
    if page is None or page.record_id is None or not href:
        return None
    return OwnPage(
        at=stamp(page.at),
        href=href,
        picture=picture_of(page.view(ViewKind.SCREENSHOT), copies),
        thumb=picture_of(page.view(ViewKind.THUMBNAIL), copies),
        digest=clean.line(page.digest or ""),
    )


def is_kept(copy: MediaCopy) -> bool:
    """Say whether the bytes of an attachment are held, whatever they are."""
    return copy.outcome is Outcome.OK and copy.record_id is not None


def lost_copies(view: ThreadView) -> tuple[LostCopy, ...]:
    """Give the attachments that could not be had, and what their servers said instead."""
    lost = [each for each in view.media if not is_kept(each)]
    return tuple(
        LostCopy(post_parts.shown_as(each.url), clean.url(each.url), why_lost(each), stamp(each.at))
        for each in lost[:MOST_LOST]
    )


def why_lost(copy: MediaCopy) -> str:
    """Say what came instead of an attachment."""
    if copy.outcome is Outcome.OK:
        return "no copy could be kept"
    kept = ", its answer is kept" if copy.record_id else ""
    return f"{STATE_WORDS[copy.outcome]}{kept}"
