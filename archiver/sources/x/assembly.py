"""Which threads do the posts of a data export make? An account's own, from first post to last."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from archiver.core.richtext import title_of
from archiver.core.selfthread import Node, Place, arrange
from archiver.errors import ParseError
from archiver.models import Author, Branch, Completeness, Post, ThreadObservation
from archiver.sources.x import urls
from archiver.sources.x.export import Own
from archiver.sources.x.exportpost import is_cut, read_own
from archiver.sources.x.urls import PLATFORM

FROM_EXPORT = "from the author's own data export"
"""Begins what the completeness says of a thread that exports alone showed."""


@dataclass(frozen=True, slots=True)
class Export:
    """
    What an export holds.

    Attributes:
        left_out: Posts that are no part of the account's own threads: replies to others, reposts.
        odd: Posts that could not be read.
    """

    threads: tuple[ThreadObservation, ...]
    left_out: int
    odd: int


def assemble(
    owner: Author,
    posts: Sequence[Own],
    at: dt.datetime,
    record_ids: tuple[str, ...],
    *,
    odd: int = 0,
) -> Export:
    """
    Make threads of an account's posts: those that answer nobody, with the account's own replies.

    Args:
        at: When the export was made, UTC.
        odd: How many posts could not be read.
    """
    newest: dict[str, Own] = {}
    earlier: dict[str, list[Own]] = {}
    for post in sorted(
        (each for each in posts if not each.repost), key=lambda each: int(each.version)
    ):
        if post.id in newest and newest[post.id].version != post.version:
            earlier.setdefault(post.id, []).append(newest[post.id])
        newest[post.id] = post
    first_of = {each.version: each.id for each in posts}
    groups = _groups(newest, first_of, owner.id)
    made: list[ThreadObservation] = []
    kept = unreadable = 0
    for root, own in groups.items():
        thread, lost = _thread(owner, root, own, first_of, earlier, at, record_ids)
        unreadable += lost
        if thread is not None:
            made.append(thread)
            kept += len(own)
    reposts = sum(each.repost for each in posts)
    lost_whole = sum(len(own) for own in groups.values()) - kept
    left_out = len(newest) - kept - lost_whole + reposts
    return Export(tuple(made), left_out, odd + unreadable)


def _groups(
    newest: Mapping[str, Own], first_of: Mapping[str, str], owner: str
) -> dict[str, list[Own]]:
    """Put each post under the first one of its thread; replies to others stay out."""
    roots: dict[str, str | None] = {}
    for start in newest:
        path: list[str] = []
        passed: set[str] = set()
        at: str | None = start
        while at is not None and at not in roots and at not in passed:
            path.append(at)
            passed.add(at)
            at = _above(newest, first_of, owner, at)
        if at is None:  # the last of the path has nothing above it: is it the account's own?
            top = path[-1]
            root = top if top not in newest or _begins(newest[top]) else None
        else:
            root = at if at in passed else roots[at]
        roots.update(dict.fromkeys(path, root))
    groups: dict[str, list[Own]] = {}
    for post_id, post in newest.items():
        root = roots[post_id]
        if root is not None:
            groups.setdefault(root, []).append(post)
    return groups


def _begins(post: Own) -> bool:
    return post.parent is None and not post.parent_author


def _above(
    newest: Mapping[str, Own], first_of: Mapping[str, str], owner: str, post_id: str
) -> str | None:
    """Give the own post above one; its number too if the export does not hold it any more."""
    post = newest.get(post_id)
    if post is None or post.parent is None or post.parent_author != owner:
        return None
    return first_of.get(post.parent, post.parent)


def _thread(
    owner: Author,
    root: str,
    own: Sequence[Own],
    first_of: Mapping[str, str],
    earlier: Mapping[str, Sequence[Own]],
    at: dt.datetime,
    record_ids: tuple[str, ...],
) -> tuple[ThreadObservation | None, int]:
    """Give one thread, and how many posts could not be read; none without a readable post."""
    read: dict[str, Post] = {}
    for each in own:
        try:
            read[each.id] = read_own(each, owner, at)
        except ParseError:
            continue
    lost = len(own) - len(read)
    if not read:
        return None, lost
    nodes = [
        Node(
            each.id,
            owner.id,
            first_of.get(each.parent, each.parent) if each.parent else None,
            read[each.id].created_at,
        )
        for each in own
        if each.id in read
    ]
    unseen = {node.parent: owner.id for node in nodes if node.parent}
    places = arrange(nodes, root, author=owner.id, unseen=unseen)
    posts = tuple(_placed(read, owner, place, at) for place in places)
    history = tuple(
        version
        for each in own
        for old in earlier.get(each.id, ())
        for version in _old(old, owner, at)
    )
    first = posts[0]
    observation = ThreadObservation(
        platform=PLATFORM,
        native_id=root,
        url=urls.post_page(owner.handle, root),
        author=owner,
        posts=posts,
        completeness=_completeness(posts, sum(map(is_cut, own))),
        observed_at=at,
        title="" if first.gap else title_of(first.text) or f"Thread by {owner.name}",
        language=first.language,
        record_ids=record_ids,
        history=history,
    )
    return observation, lost


def _placed(read: Mapping[str, Post], owner: Author, place: Place, at: dt.datetime) -> Post:
    if place.gap:
        return Post(
            id=place.id,
            author=owner,
            url=urls.post_page(owner.handle, place.id),
            created_at=urls.time_of(place.id, at),
            parent_id=place.parent,
            branch=place.branch,
            gap=True,
        )
    return replace(read[place.id], parent_id=place.parent, branch=place.branch)


def _old(post: Own, owner: Author, at: dt.datetime) -> tuple[Post, ...]:
    try:
        return (read_own(post, owner, at),)
    except ParseError:
        return ()


def _completeness(posts: Sequence[Post], cut: int) -> Completeness:
    own = [post for post in posts if post.branch is Branch.THREAD]
    gaps = sum(post.gap for post in own)
    said = [f"{FROM_EXPORT}; what others answered is not in it"]
    if gaps:
        said.append(f"{gaps} of its posts {'is' if gaps == 1 else 'are'} not in the export")
    if cut:
        said.append(f"{cut} long {'post is' if cut == 1 else 'posts are'} cut in the export")
    return Completeness(len(own), len(own) - gaps, gaps, "; ".join(said))
