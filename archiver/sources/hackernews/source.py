"""Hacker News: stories with their comments, and accounts (reference/protocols.md, 6)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import parse_qs, urlsplit

from archiver.core.richtext import title_of
from archiver.core.selfthread import Node, arrange
from archiver.errors import NotFound
from archiver.models import (
    Author,
    Branch,
    Completeness,
    Exchange,
    FetchRequest,
    Observation,
    Post,
    RefKind,
    SourceRef,
    ThreadObservation,
)
from archiver.sources.answers import Answers, Missing, planning, record_ids
from archiver.sources.hackernews import user
from archiver.sources.hackernews.item import PLATFORM, account, read_post, url_of
from archiver.sources.hackernews.story import Servers, Story

_HOSTS = frozenset({"news.ycombinator.com", "www.news.ycombinator.com"})
_NUMBER = re.compile(r"[1-9][0-9]{0,11}")
_NAME = re.compile(r"[A-Za-z0-9_-]{2,32}")


class HackerNews:
    """The site news.ycombinator.com, by its API and by Algolia's."""

    def __init__(
        self,
        *,
        api: str = "https://hacker-news.firebaseio.com/v0",
        algolia: str = "https://hn.algolia.com/api/v1",
    ) -> None:
        """
        Args:
            api: Base URL of the official API.
            algolia: Base URL of the search that tells whole discussions.
        """
        self._servers = Servers(api, algolia)

    @property
    def platform(self) -> str:
        """The name of this source."""
        return PLATFORM

    def match(self, url: str) -> SourceRef | None:
        """Recognise `item?id=` and `user?id=`; key is the number or the name."""
        try:
            parts = urlsplit(url.strip())
            host = (parts.hostname or "").rstrip(".")
            named = parse_qs(parts.query, max_num_fields=20).get("id", [""])[0]
        except ValueError:
            return None
        if parts.scheme not in {"http", "https"} or host not in _HOSTS or "@" in parts.netloc:
            return None
        if parts.path == "/item" and _NUMBER.fullmatch(named):
            return SourceRef(PLATFORM, RefKind.THREAD, url, key=(named,))
        if parts.path in {"/user", "/submitted"} and _NAME.fullmatch(named):
            return SourceRef(PLATFORM, RefKind.ACCOUNT, url, key=(named,))
        return None

    @planning
    def plan(self, ref: SourceRef, seen: Sequence[Exchange]) -> Sequence[FetchRequest]:
        """Ask for the discussion from its story on; from Algolia whole, then from the API."""
        answers = Answers.growing(seen)
        if ref.kind is RefKind.ACCOUNT:
            user.read(ref, self._servers, answers)
        else:
            Story(self._servers, answers, ref.key[0]).fill(ref.known)
        return ()

    def parse(self, ref: SourceRef, seen: Sequence[Exchange]) -> Observation:
        """
        Say what the answers mean.

        Raises:
            FetchError: If neither the API nor Algolia shows the story.
            ParseError: If their answers are not what is documented.
        """
        answers = Answers.growing(seen)
        try:
            if ref.kind is RefKind.ACCOUNT:
                return user.read(ref, self._servers, answers)
            story = Story(self._servers, answers, ref.key[0])
        except Missing as need:
            raise need.ended() from need
        try:
            story.fill(ref.known)
        except Missing:
            story.notes["the capture ended before everything was asked"] = None
        return _observation(ref, seen, story)


def _observation(ref: SourceRef, seen: Sequence[Exchange], story: Story) -> ThreadObservation:
    root = story.root
    if root.gone and not ref.known and len(story.entries) == 1:
        raise NotFound(
            f"{url_of(root.id)}: the story was deleted, and nothing is left of it",
            uri_r=url_of(root.id),
            status=404,
        )
    posts = _posts(story)
    return ThreadObservation(
        platform=PLATFORM,
        native_id=root.id,
        url=url_of(root.id),
        author=account(root.author) if root.author else Author(id=""),
        posts=posts,
        completeness=_completeness(story, posts),
        observed_at=seen[0].at,
        title=root.title or title_of(posts[0].text),
        gone=tuple(story.gone),
        record_ids=record_ids(seen),
    )


def _posts(story: Story) -> tuple[Post, ...]:
    root = story.root
    answered = {each.parent for each in story.entries.values()}
    nodes = [
        Node(each.id, "" if each.gone else each.author, each.parent, each.created_at)
        for each in story.entries.values()
        if each.id != root.id and (not each.gone or each.id in answered)
    ]
    nodes.append(Node(root.id, root.author, None, root.created_at))
    posts: list[Post] = []
    for place in arrange(nodes, root.id, author=root.author or "?", unseen={}):
        entry = story.entries.get(place.id)
        if entry is None or entry.gone:
            posts.append(_gap(place.id, place.parent, place.branch))
        else:
            options = story.options if entry.id == root.id else ()
            posts.append(
                read_post(entry, parent_id=place.parent, branch=place.branch, options=options)
            )
    return tuple(posts)


def _gap(number: str, parent: str | None, branch: Branch) -> Post:
    return Post(number, None, url_of(number), parent_id=parent, branch=branch, gap=True)


def _completeness(story: Story, posts: Sequence[Post]) -> Completeness:
    own = [post for post in posts if post.branch is Branch.THREAD]
    gaps = sum(post.gap for post in own)
    said = ["every comment that the site counts was looked at"] if story.whole else []
    if gaps:
        said.append("the story was deleted")
    elif story.root.dead:
        said.append("the site marks the story as dead")
    said += story.notes or ([] if said else ["as far as the site shows"])
    return Completeness(
        expected=len(own) if story.whole else None,
        captured=len(own) - gaps,
        gaps=gaps,
        reason="; ".join(said),
    )
