"""How does a thread become rows, and come back?"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row

from archiver.models import (
    Author,
    Completeness,
    Difference,
    Observed,
    Post,
    PostState,
    Revision,
    RevisionKind,
    StoredPost,
    Thread,
)
from archiver.store import codec
from archiver.store.columns import storable


def thread_values(thread: Thread) -> dict[str, Any]:
    """Give the columns of a thread, its id left out."""
    return {
        "platform": thread.platform,
        "native_id": storable(thread.native_id),
        "url": storable(thread.url),
        "author": codec.dump(Author, thread.author),
        "title": storable(thread.title),
        "completeness": codec.dump(Completeness, thread.completeness),
        "language": thread.language,
        "tags": codec.dump(tuple[str, ...], thread.tags),
        "first_captured_at": thread.first_captured_at,
        "last_captured_at": thread.last_captured_at,
        "updated_at": thread.updated_at,
    }


def thread_of(row: Row[Any], posts: tuple[StoredPost, ...]) -> Thread:
    """Give back the thread."""
    return Thread(
        id=row.id,
        platform=row.platform,
        native_id=row.native_id,
        url=row.url,
        author=codec.load(Author, row.author),
        title=row.title,
        posts=posts,
        completeness=codec.load(Completeness, row.completeness),
        first_captured_at=row.first_captured_at,
        last_captured_at=row.last_captured_at,
        updated_at=row.updated_at,
        language=row.language,
        tags=codec.load(tuple[str, ...], row.tags),
    )


def post_values(thread_id: str, stored: StoredPost) -> dict[str, Any]:
    """Give the columns of a post."""
    return {
        "thread_id": thread_id,
        "native_id": storable(stored.post.id),
        "url": storable(stored.post.url),
        "body": codec.dump(Post, stored.post),
        "state": stored.state.value,
        "position": stored.position,
        "first_seen_at": stored.first_seen_at,
        "last_seen_at": stored.last_seen_at,
        "vanished_at": stored.vanished_at,
    }


def stored_post(row: Row[Any]) -> StoredPost:
    """Give back the post."""
    return StoredPost(
        post=codec.load(Post, row.body),
        state=PostState(row.state),
        position=row.position,
        first_seen_at=row.first_seen_at,
        last_seen_at=row.last_seen_at,
        vanished_at=row.vanished_at,
    )


SAME_RECORDS = ""
"""Stands for the records of the capture of the same time: a list kept once, not per post."""


def revision_values(
    thread_id: str, revision: Revision, observed: Observed | None = None
) -> dict[str, Any]:
    """
    Give the columns of a revision. Its digest says what happened, not when.

    Args:
        observed: The capture that showed it, kept in its own row.
    """
    shared = observed is not None and (observed.at, observed.record_ids) == (
        revision.at,
        revision.record_ids,
    )
    before = None if revision.before is None else codec.dump(Post, revision.before)
    after = None if revision.after is None else codec.dump(Post, revision.after)
    said = f"{revision.kind.value}\n{before}\n{after}"
    return {
        "thread_id": thread_id,
        "post_id": storable(revision.post_id),
        "kind": revision.kind.value,
        "at": revision.at,
        "record_ids": SAME_RECORDS if shared else codec.dump(tuple[str, ...], revision.record_ids),
        "before": before,
        "after": after,
        "said_at": revision.said_at,
        "digest": hashlib.sha256(said.encode()).hexdigest()[:32],
    }


def revision_of(row: Row[Any], captures: Mapping[dt.datetime, tuple[str, ...]]) -> Revision:
    """
    Give back the revision.

    Args:
        captures: The records of each capture of the thread, by its time.
    """
    return Revision(
        kind=RevisionKind(row.kind),
        post_id=row.post_id,
        at=row.at,
        record_ids=captures.get(row.at, ())
        if row.record_ids == SAME_RECORDS
        else codec.load(tuple[str, ...], row.record_ids),
        before=None if row.before is None else codec.load(Post, row.before),
        after=None if row.after is None else codec.load(Post, row.after),
        said_at=row.said_at,
    )


def observed_values(thread_id: str, observed: Observed) -> dict[str, Any]:
    """Give the columns of a capture."""
    return {
        "thread_id": thread_id,
        "at": observed.at,
        "platform": observed.platform,
        "completeness": codec.dump(Completeness, observed.completeness),
        "differences": codec.dump(tuple[Difference, ...], observed.differences),
        "record_ids": codec.dump(tuple[str, ...], observed.record_ids),
    }


def observed_of(row: Row[Any]) -> Observed:
    """Give back the capture."""
    return Observed(
        at=row.at,
        platform=row.platform,
        completeness=codec.load(Completeness, row.completeness),
        differences=codec.load(tuple[Difference, ...], row.differences),
        record_ids=codec.load(tuple[str, ...], row.record_ids),
    )
