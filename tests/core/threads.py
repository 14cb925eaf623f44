"""Threads and observations for tests of the pure core."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from archiver.models import Author, Branch, Completeness, Link, Post, ThreadObservation

T0 = dt.datetime(2026, 5, 1, 10, tzinfo=dt.UTC)
AUTHOR = Author(id="https://social.example/users/desk", handle="@desk@social.example", name="Desk")


def at(hours: int) -> dt.datetime:
    """Give the time so many hours after the first capture."""
    return T0 + dt.timedelta(hours=hours)


def post(
    name: str,
    text: str = "",
    *,
    gap: bool = False,
    branch: Branch = Branch.THREAD,
    links: Sequence[str] = (),
) -> Post:
    """Make a post whose id is its name."""
    return Post(
        id=name,
        author=None if gap else AUTHOR,
        text=text or f"text of {name}",
        html=f"<p>{text or name}</p>",
        gap=gap,
        branch=branch,
        links=tuple(Link(each) for each in links),
    )


def observation(
    *posts: Post,
    hours: int = 0,
    gone: Sequence[str] = (),
    author: Author = AUTHOR,
    expected: int | None = None,
) -> ThreadObservation:
    """Make an observation of one thread."""
    own = [each for each in posts if each.branch is Branch.THREAD]
    gaps = sum(each.gap for each in own)
    return ThreadObservation(
        platform="mastodon",
        native_id="root",
        url="https://social.example/@desk/1",
        author=author,
        posts=posts,
        completeness=Completeness(expected, len(own) - gaps, gaps, "all posts that are shown"),
        observed_at=at(hours),
        title="A thread",
        gone=tuple(gone),
        record_ids=(f"urn:uuid:{hours}",),
    )
