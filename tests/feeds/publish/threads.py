"""Threads for tests of publishing: the same thread under other names, edited, and many."""

from __future__ import annotations

import dataclasses
import datetime as dt

from archiver.core.ids import thread_id
from archiver.models import PostState, Revision, RevisionKind, ThreadView
from tests.feeds import views


def named(view: ThreadView, name: str, at: dt.datetime = views.CAPTURED) -> ThreadView:
    """Give the same thread under another identity, captured at this time."""
    native = f"https://social.example/threads/{name}"
    posts = tuple(
        dataclasses.replace(
            each,
            post=dataclasses.replace(each.post, id=f"{native}/{each.position}", url=native),
            first_seen_at=at,
        )
        for each in view.thread.posts
    )
    thread = dataclasses.replace(
        view.thread,
        id=thread_id("mastodon", native),
        native_id=native,
        url=native,
        posts=posts,
        first_captured_at=at,
        updated_at=at,
    )
    return dataclasses.replace(view, thread=thread)


def edited(view: ThreadView, words: str, at: dt.datetime = views.CHANGED) -> ThreadView:
    """Give a thread whose first post says something else since `at`."""
    first = view.thread.posts[0]
    post = dataclasses.replace(first.post, text=words, html=f"<p>{words}</p>")
    posts = (dataclasses.replace(first, post=post), *view.thread.posts[1:])
    change = Revision(RevisionKind.EDITED, post.id, at, ("urn:uuid:e",), first.post, post)
    thread = dataclasses.replace(view.thread, posts=posts, updated_at=at)
    return dataclasses.replace(view, thread=thread, revisions=(*view.revisions, change))


def vanished(view: ThreadView, at: dt.datetime = views.CHANGED) -> ThreadView:
    """Give a thread whose last post is gone since `at`."""
    last = view.thread.posts[-1]
    gone = dataclasses.replace(last, state=PostState.VANISHED, vanished_at=at)
    change = Revision(RevisionKind.VANISHED, last.post.id, at, ("urn:uuid:v",), last.post, None)
    thread = dataclasses.replace(view.thread, posts=(*view.thread.posts[:-1], gone), updated_at=at)
    return dataclasses.replace(view, thread=thread, revisions=(*view.revisions, change))


def later(minutes: int) -> dt.datetime:
    """Give a time after the first capture."""
    return views.CAPTURED + dt.timedelta(minutes=minutes)
