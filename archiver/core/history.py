"""How did a thread stand at a time in the past, and what changed between two versions?"""

from __future__ import annotations

import bisect
import dataclasses
import datetime as dt
import enum
from collections.abc import Sequence, Set
from dataclasses import dataclass

from archiver.core.worddiff import Piece, word_diff
from archiver.models import (
    Author,
    Branch,
    Completeness,
    Post,
    PostState,
    Revision,
    RevisionKind,
    StoredPost,
    Thread,
)

_MOMENT = dt.timedelta(microseconds=1)


def happened_at(revision: Revision) -> dt.datetime:
    """
    Give the time at which a change happened: by the platform's word, else when we saw it.

    A platform's clock can be wrong, but nothing that we saw happened later than we saw it.
    """
    said = revision.said_at
    return revision.at if said is None else min(said, revision.at)


def as_of(
    thread: Thread,
    revisions: Sequence[Revision],
    at: dt.datetime,
    captures: Sequence[dt.datetime] = (),
) -> Thread:
    """
    Give a thread as it stood at a time, by all that is known today.

    Posts and edits count from the time that the platform gives for them, where it gives one; a
    post that vanished counts as there until we first saw it gone.

    Args:
        thread: As it is stored.
        revisions: All of it, in the order in which they were kept.
        at: UTC-aware.
        captures: When the thread was captured, ascending: an edit happened after the last capture
            that still showed what stood before, whatever the platform says.

    Returns:
        The thread with the posts that were there, in today's order, counted from 1; without any
        if it did not exist yet. Its completeness counts what is given.
    """
    posts: dict[str, StoredPost] = {}
    times = _times(revisions, captures)
    for when, revision in sorted(times, key=lambda each: each[0]):
        if when <= at and revision.kind is not RevisionKind.RENAMED:
            _apply(posts, revision, when)
    return _thread(thread, posts, _author(thread, revisions, at), at)


def _times(
    revisions: Sequence[Revision], captures: Sequence[dt.datetime]
) -> list[tuple[dt.datetime, Revision]]:
    seen: dict[str, dt.datetime] = {}
    told = []
    for revision in revisions:
        when = happened_at(revision)
        place = bisect.bisect_left(captures, revision.at)
        before = captures[place - 1] if place else None
        first = seen.setdefault(revision.post_id, revision.at)
        if revision.kind is RevisionKind.EDITED and before is not None and first <= before:
            when = max(when, min(before + _MOMENT, revision.at))
        told.append((when, revision))
    return told


def _apply(posts: dict[str, StoredPost], revision: Revision, when: dt.datetime) -> None:
    known = posts.get(revision.post_id)
    if revision.after is None:
        if known is not None:
            posts[revision.post_id] = dataclasses.replace(
                known, state=PostState.VANISHED, vanished_at=when
            )
        return
    edited = revision.kind is RevisionKind.EDITED or revision.after.edited_at is not None
    before = known is not None and known.state is PostState.EDITED
    posts[revision.post_id] = StoredPost(
        post=revision.after,
        state=PostState.EDITED if edited or before else PostState.PRESENT,
        position=0,
        first_seen_at=known.first_seen_at if known else revision.at,
        last_seen_at=revision.at,
    )


def _author(thread: Thread, revisions: Sequence[Revision], at: dt.datetime) -> Author:
    """The names before the first renaming that came later."""
    later = (
        each.before.author
        for each in revisions
        if each.kind is RevisionKind.RENAMED and each.at > at and each.before is not None
    )
    return next(filter(None, later), thread.author)


def _thread(
    thread: Thread, posts: dict[str, StoredPost], author: Author, at: dt.datetime
) -> Thread:
    below = {posts[each].post.parent_id for each in posts}
    order = [each for each in thread.posts if _was_there(each, posts, below, at)]
    stood = tuple(
        dataclasses.replace(posts.get(each.post.id, each), position=place)
        for place, each in enumerate(order, start=1)
    )
    own = [each for each in stood if each.post.branch is Branch.THREAD]
    gaps = sum(each.state is PostState.GAP for each in own)
    unsure = sum(each.post.edited_at is not None and each.post.edited_at > at for each in own)
    reason = "as it stood then, by all that is known today"
    if unsure:
        reason += f"; {unsure} of its posts were edited later, before we first saw them"
    return dataclasses.replace(
        thread,
        author=author,
        posts=stood,
        completeness=Completeness(None, len(own) - gaps, gaps, reason),
        updated_at=max((each.last_seen_at for each in stood), default=thread.first_captured_at),
    )


def _was_there(
    stored: StoredPost, posts: dict[str, StoredPost], below: Set[str | None], at: dt.datetime
) -> bool:
    """A gap stood there since it is known, or since something that was there hangs on it."""
    if stored.post.id in posts:
        return True
    known = stored.first_seen_at <= at or stored.post.id in below
    return stored.state is PostState.GAP and known


class Part(enum.StrEnum):
    """What of a post an edit can change."""

    TEXT = "text"
    WARNING = "content_warning"
    LINKS = "links"
    MEDIA = "media"
    DESCRIPTIONS = "descriptions"
    POLL = "poll"
    QUOTE = "quote"
    MARKUP = "markup"


@dataclass(frozen=True, slots=True)
class Change:
    """What changed in a part of a post, as a word diff."""

    part: Part
    pieces: tuple[Piece, ...]


def changes(before: Post, after: Post) -> tuple[Change, ...]:
    """
    Say what an edit changed; lists are compared one line per member.

    Returns:
        Each part that differs; `markup` only if nothing else does.
    """
    differ = [
        each for each in zip(Part, _parts(before), _parts(after), strict=True) if each[1] != each[2]
    ]
    if len(differ) > 1 and differ[-1][0] is Part.MARKUP:
        differ.pop()
    return tuple(Change(part, word_diff(one, other)) for part, one, other in differ)


def _parts(post: Post) -> tuple[str, ...]:
    """The parts as texts, in the order of Part."""
    return (
        post.text,
        post.content_warning,
        "\n".join(link.uri_r for link in post.links),
        "\n".join(media.url for media in post.media),
        "\n".join(media.alt for media in post.media),
        "\n".join(option.title for option in post.poll.options) if post.poll else "",
        post.quote.url if post.quote else "",
        post.html,
    )
