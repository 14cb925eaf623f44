"""What does the command line say of a thread's past? Shapes: docs/reference/json.md."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator

from archiver.core.history import Change, as_of, changes, happened_at
from archiver.core.worddiff import Op, Piece
from archiver.errors import UsageError
from archiver.models import Observed, Post, Revision, RevisionKind, ThreadView
from archiver.reports.report import Json, time_of

_MARKS = {Op.KEPT: "{}", Op.REMOVED: "[-{}-]", Op.ADDED: "{{+{}+}}"}
_MOST_RECORDS = 32
_FORMS = "2026-11-24, 2026-11-24T08:30 or 2026-11-24T08:30:00Z"


def time_given(text: str) -> dt.datetime:
    """
    Read a time from the command line; UTC unless it says another zone, a day is its end.

    Raises:
        UsageError: If it is no time.
    """
    try:
        at = dt.datetime.fromisoformat(text.strip())
    except ValueError:
        raise UsageError(f"{text}: is no time; write for example {_FORMS}") from None
    if len(text.strip()) <= len("2026-11-24"):
        at = at + dt.timedelta(days=1) - dt.timedelta(microseconds=1)
    return (at if at.tzinfo else at.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)


def view_at(view: ThreadView, at: dt.datetime) -> ThreadView:
    """
    Give a thread as it stood at a time, with the links of its posts of then.

    Raises:
        UsageError: If nothing is known of it at that time.
    """
    captures = [each.at for each in view.observations]
    thread = as_of(view.thread, view.revisions, at, captures)
    if not thread.posts:
        first = min((happened_at(each) for each in view.revisions), default=None)
        since = f"; what is known of it begins at {time_of(first)}" if first else ""
        raise UsageError(f"{view.thread.url}: was not there at {time_of(at)}{since}")
    links = {link.uri_r for each in thread.posts for link in each.post.links}
    return dataclasses.replace(
        view,
        thread=thread,
        links=tuple(each for each in view.links if each.uri_r in links),
        revisions=tuple(each for each in view.revisions if happened_at(each) <= at),
        observations=tuple(each for each in view.observations if each.at <= at),
    )


def revision_json(revision: Revision) -> Json:
    """Give one change: what it was, when, which records prove it, and the words that changed."""
    return {
        "kind": revision.kind,
        "post_id": revision.post_id,
        "at": time_of(revision.at),
        "said_at": time_of(revision.said_at),
        # Of a long thread they are thousands, the same for each post: `captures` has them once.
        "record_ids": list(revision.record_ids[:_MOST_RECORDS]),
        "before": revision.before.text if revision.before else None,
        "after": revision.after.text if revision.after else None,
        "changes": [
            {"part": each.part, "diff": [_piece(piece) for piece in each.pieces]}
            for each in _edits(revision)
        ],
    }


def observed_json(observed: Observed) -> Json:
    """Give one capture of a thread: how much was shown, and where a second witness differs."""
    done = observed.completeness
    return {
        "at": time_of(observed.at),
        "platform": observed.platform,
        "expected": done.expected,
        "captured": done.captured,
        "gaps": done.gaps,
        "reason": done.reason,
        "differences": [
            {
                "witness": each.witness,
                "post_id": each.post_id,
                "what": each.what,
                "here": each.here,
                "there": each.there,
            }
            for each in observed.differences
        ],
        "record_ids": list(observed.record_ids),
    }


def diff_lines(view: ThreadView) -> Iterator[str]:
    """Give what happened to a thread for a person, oldest first, in the notation of wdiff."""
    places = {each.post.id: each.position for each in view.thread.posts}
    told = [each for each in view.revisions if each.kind is not RevisionKind.ADDED]
    yield f"{len(view.revisions) - len(told)} posts added"
    if not told:
        yield "Nothing was edited, deleted or renamed since the first capture"
    for revision in sorted(told, key=happened_at):
        yield f"{_when(revision)}  {revision.kind} {_whose(revision, places)}".rstrip()
        yield from _detail(revision)
        for record_id in revision.record_ids[:1]:
            more = len(revision.record_ids) - 1
            yield f"      proof: {record_id}" + (f" and {more} more" if more else "")


def _detail(revision: Revision) -> Iterator[str]:
    if revision.kind is RevisionKind.RENAMED:
        yield f"      {_name(revision.before)} is now {_name(revision.after)}"
    for change in _edits(revision):
        text = "".join(_MARKS[each.op].format(each.text) for each in change.pieces)
        yield f"      {change.part}: {' '.join(text.split())}"


def _edits(revision: Revision) -> tuple[Change, ...]:
    if revision.kind is not RevisionKind.EDITED or not (revision.before and revision.after):
        return ()
    return changes(revision.before, revision.after)


def _when(revision: Revision) -> str:
    if revision.said_at is None:
        return f"seen {revision.at:%Y-%m-%d %H:%M:%S} UTC"
    return f"{happened_at(revision):%Y-%m-%d %H:%M:%S} UTC (seen {revision.at:%Y-%m-%d %H:%M:%S})"


def _whose(revision: Revision, places: dict[str, int]) -> str:
    if not revision.post_id:
        return "the author"
    place = places.get(revision.post_id)
    return f"post {place}" if place else revision.post_id


def _name(post: Post | None) -> str:
    author = post.author if post else None
    return " ".join(filter(None, (author.name, f"({author.handle})"))) if author else "?"


def _piece(piece: Piece) -> Json:
    return {"op": piece.op, "text": piece.text}
