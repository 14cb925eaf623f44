"""What happened to a thread, and what did each capture of it show? Pure; for its history page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from archiver.core.history import happened_at
from archiver.models import Branch, Observed, Revision, RevisionKind, ThreadView
from feeds import clean, post_parts, wording
from feeds.edits import Edit, edit_of, page_edit
from feeds.link_rows import Stamp, stamp, told
from feeds.witnesses import Differs, differs, is_kept, why_lost

MOST_CAPTURES = 500
"""The page tells the newest; all of them are in the archive."""

_HAPPENED = {
    RevisionKind.ADDED: "first seen",
    RevisionKind.EDITED: "edited",
    RevisionKind.VANISHED: "gone",
    RevisionKind.RESTORED: "there again",
    RevisionKind.RENAMED: "author renamed",
}


@dataclass(frozen=True, slots=True)
class Happened:
    """
    One thing that changed.

    Attributes:
        at: When it happened, by the platform's word, else when we saw it; `seen`: when we saw it,
            where that is another time.
        anchor: Of the post on the page of the thread; empty if it is of no one post.
        words: What was said before it went or as it came back, in plain text.
        records: Of the WARC, that prove it.
    """

    at: Stamp
    seen: Stamp | None
    what: str
    anchor: str
    edit: Edit | None
    words: str
    language: str | None
    records: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CaptureLine:
    """A capture: when, of which platform, and how much was shown."""

    at: Stamp
    platform: str
    standing: str
    reason: str
    differs: tuple[Differs, ...]
    records: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CopyLine:
    """A copy of a picture, film or sound: `path` below publish_dir, empty if none is shown; `lost`
    says why there is no copy."""

    what: str
    path: str
    lost: str
    at: Stamp
    record: str
    digest: str


@dataclass(frozen=True, slots=True)
class History:
    """All that the history page tells; changes and captures newest first."""

    changes: tuple[Happened, ...]
    captures: tuple[CaptureLine, ...]
    older_captures: int
    copies: tuple[CopyLine, ...]


def history_of(view: ThreadView, copies: Mapping[str, str]) -> History:
    """
    Say what changed and what was captured.

    Args:
        copies: Original URL of an attachment -> path of our copy below publish_dir.
    """
    positions = {each.post.id: each.position for each in view.thread.posts}
    dated = [*_changes(view, positions), *_link_changes(view)]
    dated.sort(key=lambda each: each[0], reverse=True)
    captures = [_capture(each, positions) for each in view.observations[-MOST_CAPTURES:]]
    return History(
        changes=tuple(change for _, change in dated),
        captures=tuple(reversed(captures)),
        older_captures=max(0, len(view.observations) - MOST_CAPTURES),
        copies=tuple(_copies(view, copies)),
    )


def _changes(
    view: ThreadView, positions: Mapping[str, int]
) -> Iterator[tuple[dt.datetime, Happened]]:
    """Give posts of one capture together, changes one by one."""
    side = {each.post.id for each in view.thread.posts if each.post.branch is Branch.SIDE}
    added: dict[tuple[dt.datetime, tuple[str, ...]], list[bool]] = {}
    for each in view.revisions:
        if each.kind is RevisionKind.ADDED:
            added.setdefault((each.at, each.record_ids), []).append(each.post_id in side)
        else:
            yield happened_at(each), _happened(each, positions.get(each.post_id))
    for (at, records), aside in added.items():
        what = f"{_counted(len(aside) - sum(aside), sum(aside))} first seen"
        yield at, Happened(stamp(at), None, what, "", None, "", None, _ids(records))


def _counted(posts: int, beside: int) -> str:
    if not posts:
        return f"{wording.counted(beside, 'post')} beside the thread"
    more = f" and {beside:,} beside the thread" if beside else ""
    return f"{wording.counted(posts, 'post')}{more}"


def _link_changes(view: ThreadView) -> Iterator[tuple[dt.datetime, Happened]]:
    for link in view.links:
        for each in link.changes:
            what = f"link {post_parts.shown_as(link.uri_r)} {told(each)}"
            records = _ids(each.record_ids)
            edit = page_edit(each)
            yield each.at, Happened(stamp(each.at), None, what, "", edit, "", None, records)


def _happened(revision: Revision, position: int | None) -> Happened:
    at, seen = stamp(happened_at(revision)), stamp(revision.at)
    edit = edit_of(revision) if revision.kind is RevisionKind.EDITED else None
    what = _HAPPENED[revision.kind]
    if revision.kind is RevisionKind.RENAMED:
        what = f"{what}: {_names(revision)}"
    gone = revision.kind in (RevisionKind.VANISHED, RevisionKind.RESTORED)
    post = revision.after or revision.before
    return Happened(
        at=at,
        seen=seen if seen != at else None,
        what=f"post {position} {what}" if position else what,
        anchor=f"p{position}" if position else "",
        edit=edit,
        words=clean.text(post.text).strip() if gone and post else "",
        language=clean.language(post.language) if post else None,
        records=_ids(revision.record_ids),
    )


def _names(revision: Revision) -> str:
    before = wording.author(revision.before.author if revision.before else None)
    return f"{before} → {wording.author(revision.after.author if revision.after else None)}"


def _capture(observed: Observed, positions: Mapping[str, int]) -> CaptureLine:
    return CaptureLine(
        at=stamp(observed.at),
        platform=wording.platform(observed.platform),
        standing=wording.completeness(observed.completeness),
        reason=clean.line(observed.completeness.reason),
        differs=tuple(differs(each, positions) for each in observed.differences),
        records=_ids(observed.record_ids),
    )


def _copies(view: ThreadView, copies: Mapping[str, str]) -> Iterator[CopyLine]:
    for each in view.media:
        yield CopyLine(
            what=post_parts.shown_as(each.url),
            path=copies.get(each.url, ""),
            lost="" if is_kept(each) else why_lost(each),
            at=stamp(each.at),
            record=clean.line(each.record_id or ""),
            digest=clean.line(each.digest or ""),
        )


def _ids(records: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(clean.line(record) for record in records)
