"""
What changed between the stored thread and what a platform shows now? (design 4)

Nothing stored is lost: a post that is not shown keeps its body. It is *vanished* only if the
platform itself said so (`gone`); a failure to fetch is never a deletion.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator, Sequence, Set

from archiver.core import ids, order
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
    ThreadObservation,
)

_LONG_TEXT = 100
"""Characters from which on the beginning of a text is taken for a part of it, not for an edit."""

HOLE = "hole:"
"""Begins the id of a gap whose own id nobody knows: a deleted post that left only its children."""


def merge(
    stored: Thread | None, seen: ThreadObservation, *, copied: Set[str] = frozenset()
) -> tuple[Thread, tuple[Revision, ...]]:
    """
    Add an observation to a stored thread.

    Args:
        stored: The thread as it is stored; None if it is new.
        seen: What the platform showed; of the same thread.
        copied: Addresses of attachments of which we hold a copy: an attachment whose address
            changes from capture to capture keeps the one under which it was copied.

    Returns:
        The thread as it is now, and what happened to it; merging the same observation again
        gives no revisions.
    """
    seen = _with_known_names(stored, seen)
    before = {each.post.id: each for each in stored.posts} if stored else {}
    merged: dict[str, StoredPost] = dict(before)
    revisions: list[Revision] = [*_renamed(stored, seen)]
    versions = _versions(seen)
    for shown in seen.posts:
        earlier = before.get(shown.id)
        post = _as_copied(earlier, _fuller(earlier, shown), copied)
        merged[post.id], kinds = _shown(earlier, post, seen)
        for kind in kinds:
            if kind is RevisionKind.RESTORED:
                revisions.append(_revision(kind, earlier, merged[post.id], seen))
            else:
                known = earlier.post if earlier is not None and _is_held(earlier) else None
                revisions += _steps(known, post, versions.get(post.id, ()), seen)
    for gone in seen.gone:
        if gone in merged and _is_held(merged[gone]) and merged[gone].vanished_at is None:
            merged[gone] = dataclasses.replace(
                merged[gone], state=PostState.VANISHED, vanished_at=seen.observed_at
            )
            revisions.append(_revision(RevisionKind.VANISHED, before.get(gone), merged[gone], seen))
    posts = _in_order(merged, seen, stored)
    return _thread(stored, seen, posts, moved=bool(revisions)), tuple(revisions)


def _shown(
    stored: StoredPost | None, post: Post, seen: ThreadObservation
) -> tuple[StoredPost, tuple[RevisionKind, ...]]:
    """Say what a post is now that the platform showed it (or showed a gap in its place)."""
    now = seen.observed_at
    if stored is None:
        state = PostState.GAP if post.gap else _state(post, edited=False)
        return StoredPost(post, state, 0, now, now), () if post.gap else (RevisionKind.ADDED,)
    if post.gap:
        return stored, ()
    if stored.state is PostState.GAP:
        return StoredPost(post, _state(post, edited=False), 0, now, now), (RevisionKind.ADDED,)
    edited = _is_edit(stored.post, post)
    fresh = dataclasses.replace(
        stored,
        post=post,
        state=_state(post, edited=edited or stored.state is PostState.EDITED),
        last_seen_at=max(now, stored.last_seen_at),
        vanished_at=None,
    )
    restored = stored.state is PostState.VANISHED
    happened = ((restored, RevisionKind.RESTORED), (edited, RevisionKind.EDITED))
    return fresh, tuple(kind for did, kind in happened if did)


def _with_known_names(stored: Thread | None, seen: ThreadObservation) -> ThreadObservation:
    """An account that is not shown any more, or only in part, was not renamed by that."""
    if stored is None:
        return seen
    if not any(_names(seen.author)):
        return dataclasses.replace(seen, author=stored.author)
    if seen.author.handle != stored.author.handle:
        return seen
    whole = dataclasses.replace(
        seen.author,
        id=seen.author.id or stored.author.id,
        name=seen.author.name or stored.author.name,
        avatar_url=seen.author.avatar_url or stored.author.avatar_url,
    )
    return dataclasses.replace(seen, author=whole)


def _fuller(stored: StoredPost | None, post: Post) -> Post:
    """Prefer the stored version to the author's bare record of it, if both say the same."""
    if stored is None or not post.bare or not _is_held(stored):
        return post
    kept = stored.post
    if _is_beginning(post.text, kept.text):
        return dataclasses.replace(kept, sealed=post.sealed)
    same = (kept.text, kept.html) == (post.text, post.html) and _same_links(kept, post)
    if not stored.post.bare and same and _same_media(kept, post):
        return dataclasses.replace(kept, sealed=post.sealed)
    return post


def _is_beginning(text: str, whole: str) -> bool:
    """Some ways show long posts only in part."""
    shown = text.rstrip().removesuffix("…").rstrip()
    return len(shown) >= _LONG_TEXT and len(shown) < len(whole) and whole.startswith(shown)


def _as_copied(stored: StoredPost | None, post: Post, copied: Set[str]) -> Post:
    held = stored.post.media if stored is not None else ()
    if not copied or len(held) != len(post.media):
        return post
    media = tuple(
        old if new.key and new.key == old.key and old.url in copied else new
        for old, new in zip(held, post.media, strict=True)
    )
    return post if media == post.media else dataclasses.replace(post, media=media)


def _versions(seen: ThreadObservation) -> dict[str, list[Post]]:
    """Give the earlier versions of posts, as the platform tells them, oldest first."""
    versions: dict[str, list[Post]] = {}
    for version in seen.history:
        versions.setdefault(version.id, []).append(version)
    return versions


def _steps(
    known: Post | None, post: Post, versions: Sequence[Post], seen: ThreadObservation
) -> Iterator[Revision]:
    """
    Tell how a post came to be what it is now, also through versions that we never saw ourselves.

    Args:
        known: The version that is stored; None if the post is new.
    """
    told = [each for each in versions if known is None or _is_newer(each, known)]
    steps = [*(() if known is None else (known,)), *told, post]
    if known is None:
        first = steps[0]
        yield Revision(
            RevisionKind.ADDED, post.id, seen.observed_at, seen.record_ids, None, first,
            said_at=first.created_at,
        )  # fmt: skip
    for before, after in itertools.pairwise(steps):
        if _is_edit(before, after):
            yield Revision(
                RevisionKind.EDITED, post.id, seen.observed_at, seen.record_ids, before, after,
                said_at=after.edited_at,
            )  # fmt: skip


def _is_newer(version: Post, known: Post) -> bool:
    if version.edited_at is None:
        return False
    return known.edited_at is None or version.edited_at > known.edited_at


def _state(post: Post, *, edited: bool) -> PostState:
    return PostState.EDITED if edited or post.edited_at is not None else PostState.PRESENT


def _is_held(stored: StoredPost) -> bool:
    return stored.state is not PostState.GAP


def _is_edit(before: Post, after: Post) -> bool:
    """
    Say whether an author changed a post.

    Counts of votes, avatars, sizes of pictures, titles of cards and addresses of the same
    attachment are not the author's; a quote that was not shown yet is no other quote.
    """
    if (before.text, before.html) != (after.text, after.html):
        return True
    if before.content_warning != after.content_warning:
        return True
    if not _same_links(before, after) or not _same_media(before, after):
        return True
    quotes = {each.quote.url for each in (before, after) if each.quote and each.quote.url}
    had, has = before.quote is not None, after.quote is not None
    return len(quotes) > 1 or had != has or _options(before) != _options(after)


def _options(post: Post) -> tuple[str, ...]:
    return tuple(option.title for option in post.poll.options) if post.poll else ()


def _same_links(before: Post, after: Post) -> bool:
    return [each.uri_r for each in before.links] == [each.uri_r for each in after.links]


def _same_media(before: Post, after: Post) -> bool:
    """Attachments are the same by their key or by their address: either may be new."""
    if len(before.media) != len(after.media):
        return False
    return all(
        (one.kind, one.alt) == (other.kind, other.alt)
        and (one.url == other.url or (bool(one.key) and one.key == other.key))
        for one, other in zip(before.media, after.media, strict=True)
    )


def _revision(
    kind: RevisionKind, before: StoredPost | None, after: StoredPost, seen: ThreadObservation
) -> Revision:
    held = before.post if before is not None and _is_held(before) else None
    return Revision(
        kind=kind,
        post_id=after.post.id,
        at=seen.observed_at,
        record_ids=seen.record_ids,
        before=None if kind is RevisionKind.ADDED else held or after.post,
        after=None if kind is RevisionKind.VANISHED else after.post,
    )


def _renamed(stored: Thread | None, seen: ThreadObservation) -> tuple[Revision, ...]:
    if stored is None or _names(stored.author) == _names(seen.author):
        return ()
    return (
        Revision(
            kind=RevisionKind.RENAMED,
            post_id="",
            at=seen.observed_at,
            record_ids=seen.record_ids,
            before=Post(id="", author=stored.author),
            after=Post(id="", author=seen.author),
        ),
    )


def _names(author: Author) -> tuple[str, str]:
    return author.handle, author.name


def _in_order(
    merged: dict[str, StoredPost], seen: ThreadObservation, stored: Thread | None
) -> tuple[StoredPost, ...]:
    """Give reading order: the thread itself, then what hangs beside it; count from 1."""
    shown = [post.id for post in seen.posts]
    known = [each.post.id for each in stored.posts] if stored else []
    posts = [
        merged[each]
        for branch in (Branch.THREAD, Branch.SIDE)
        for each in order.woven(
            [each for each in shown if merged[each].post.branch is branch],
            [each for each in known if merged[each].post.branch is branch],
        )
    ]
    now_shown = {post.id for post in seen.posts if not post.gap}
    named = {post.id for post in seen.posts} if seen.completeness.expected is not None else None
    kept = [
        each
        for place, each in enumerate(posts)
        if not _is_explained(posts, place, now_shown) and not _is_filled(each.post.id, named)
    ]
    return tuple(
        dataclasses.replace(each, position=place) for place, each in enumerate(kept, start=1)
    )


def _is_filled(post_id: str, named: Set[str] | None) -> bool:
    """A nameless hole that a later look at the whole thread does not show was a post it shows."""
    return named is not None and post_id.startswith(HOLE) and post_id not in named


def _is_explained(posts: Sequence[StoredPost], place: int, shown: Set[str]) -> bool:
    """A nameless hole beside a post that is not shown any more is that post: it counts once."""
    if not posts[place].post.id.startswith(HOLE):
        return False
    beside = [*posts[max(place - 1, 0) : place], *posts[place + 1 : place + 2]]
    return any(
        each.state is PostState.VANISHED or (_is_held(each) and each.post.id not in shown)
        for each in beside
    )


def _thread(
    stored: Thread | None,
    seen: ThreadObservation,
    posts: tuple[StoredPost, ...],
    *,
    moved: bool,
) -> Thread:
    now = seen.observed_at
    return Thread(
        id=ids.thread_id(seen.platform, seen.native_id),
        platform=seen.platform,
        native_id=seen.native_id,
        url=seen.url,
        author=seen.author,
        title=seen.title or (stored.title if stored else ""),
        posts=posts,
        completeness=_completeness(seen.completeness, posts),
        first_captured_at=stored.first_captured_at if stored else now,
        last_captured_at=max(now, stored.last_captured_at) if stored else now,
        updated_at=now if moved or stored is None else stored.updated_at,
        language=seen.language or (stored.language if stored else None),
        tags=stored.tags if stored else (),
    )


def _completeness(said: Completeness, posts: Sequence[StoredPost]) -> Completeness:
    """Count what we hold: a post that vanished after we captured it is held, not missing."""
    own = [each for each in posts if each.post.branch is Branch.THREAD]
    captured = sum(_is_held(each) for each in own)
    gaps = len(own) - captured
    expected = None if said.expected is None else max(said.expected, captured + gaps)
    return Completeness(expected, captured, gaps, said.reason)
