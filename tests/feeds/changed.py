"""A thread to which everything happened that can happen; for the tests of changes."""

from __future__ import annotations

import dataclasses
import datetime as dt

from archiver.models import (
    Chain,
    Hop,
    Link,
    LinkChange,
    LinkChangeKind,
    LinkView,
    Outcome,
    Post,
    PostState,
    Revision,
    RevisionKind,
    ThreadView,
    Witness,
)
from tests.feeds import views

SAID = views.CAPTURED + dt.timedelta(hours=1)
"""When the platform says that the post was edited."""
GONE = "https://gone.example/x"
MEMENTO = "https://web.example/web/20200101000000/https://gone.example/y"


def revision(
    kind: RevisionKind,
    before: Post | None,
    after: Post | None,
    *,
    at: dt.datetime = views.CHANGED,
    said_at: dt.datetime | None = None,
) -> Revision:
    """Give a revision, proven by two records."""
    about = after or before
    assert about is not None
    proof = ("urn:uuid:r1", "urn:uuid:r2")
    return Revision(kind, about.id, at, proof, before, after, said_at)


def added(post: Post) -> Revision:
    """Give the revision of a post that was first seen."""
    return revision(RevisionKind.ADDED, None, post, at=views.CAPTURED)


def author(name: str) -> Post:
    """Give what a renaming compares: nothing but an author."""
    return Post(id="", author=dataclasses.replace(views.ICIJ, name=name))


def changed() -> ThreadView:
    """An edit, a loss, a restoration, a renaming; links that moved, died and came back."""
    first = views.post(1, "ten files & more", links=(Link(views.SHORT), Link(GONE)))
    edited = views.post(2, "six files & more", state=PostState.EDITED, parent_id=first.post.id)
    lost = views.post(
        3,
        "It was said",
        parent_id=edited.post.id,
        state=PostState.VANISHED,
        vanished_at=views.CHANGED,
        media=(views.picture(1),),
    )
    back = views.post(4, "Here again", parent_id=lost.post.id)
    before = dataclasses.replace(edited.post, text="ten files & more", html="")
    view = views.view(
        [first, edited, lost, back],
        name="changed",
        links=[
            dataclasses.replace(
                views.link(views.SHORT, views.TARGET),
                changes=(
                    link_change(
                        LinkChangeKind.MOVED,
                        views.SHORT,
                        "https://a.example/",
                        "https://b.example/",
                    ),
                    link_change(
                        LinkChangeKind.REVIVED,
                        views.SHORT,
                        "https://b.example/",
                        "https://b.example/",
                    ),
                ),
            ),
            dead_with_a_witness(),
        ],
        updated_at=views.CHANGED,
    )
    revisions = (
        *(added(each.post) for each in view.thread.posts),
        revision(RevisionKind.EDITED, before, edited.post, said_at=SAID),
        revision(RevisionKind.VANISHED, lost.post, None),
        revision(RevisionKind.VANISHED, back.post, None, at=views.CHANGED - dt.timedelta(days=1)),
        revision(RevisionKind.RESTORED, back.post, back.post),
        revision(RevisionKind.RENAMED, author("Old name"), author("ICIJ")),
    )  # fmt: skip
    return dataclasses.replace(view, revisions=revisions)


def link_change(kind: LinkChangeKind, uri_r: str, before: str, after: str) -> LinkChange:
    """Give a change of a link."""
    outcomes = {
        LinkChangeKind.MOVED: (Outcome.OK, Outcome.OK),
        LinkChangeKind.DIED: (Outcome.OK, Outcome.DEAD),
        LinkChangeKind.REVIVED: (Outcome.DNS_ERROR, Outcome.OK),
    }
    was, now = outcomes[kind]
    return LinkChange(uri_r, views.CHANGED, kind, before, was, after, now, ("urn:uuid:l1",))


def dead_with_a_witness() -> LinkView:
    """Give a link that died, of which another archive has a copy."""
    at = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    witness = Witness(MEMENTO, at, "https://web.example/timegate/", "urn:uuid:w1", 200)
    hops = (Hop(GONE, views.CHANGED, 404, record_id="urn:uuid:l1"),)
    chain = Chain(GONE, GONE, Outcome.DEAD, hops, views.CHANGED, witness=witness)
    died = link_change(LinkChangeKind.DIED, GONE, GONE, GONE)
    return LinkView(GONE, chain, None, (died,))
