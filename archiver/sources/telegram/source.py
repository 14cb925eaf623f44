"""Telegram: public channels by their web preview (reference/protocols.md, 6)."""

from __future__ import annotations

from collections.abc import Sequence

from archiver.core.richtext import title_of
from archiver.core.selfthread import Node, arrange
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
from archiver.sources.telegram import channel, urls
from archiver.sources.telegram.thread import Conversation
from archiver.sources.telegram.urls import PLATFORM, Server, url_of


class Telegram:
    """The web preview of public channels: t.me."""

    def __init__(self, *, web: str = urls.SITE) -> None:
        """
        Args:
            web: Base URL of the server that is asked.
        """
        self._server = Server(web)

    @property
    def platform(self) -> str:
        """The name of this source."""
        return PLATFORM

    def match(self, url: str) -> SourceRef | None:
        """Recognise a post or a channel."""
        return urls.match(url)

    @planning
    def plan(self, ref: SourceRef, seen: Sequence[Exchange]) -> Sequence[FetchRequest]:
        """Ask for the post, for what it answers, and for what the channel said after it."""
        answers = Answers.growing(seen)
        if ref.kind is RefKind.ACCOUNT:
            channel.read(ref, self._server, answers)
        else:
            self._begin(ref, answers).fill()
        return ()

    def parse(self, ref: SourceRef, seen: Sequence[Exchange]) -> Observation:
        """
        Say what the answers mean.

        Raises:
            FetchError: If the post or channel that was named cannot be read.
            ParseError: If a page is not what Telegram shows.
        """
        answers = Answers.growing(seen)
        try:
            if ref.kind is RefKind.ACCOUNT:
                return channel.read(ref, self._server, answers)
            conversation = self._begin(ref, answers)
        except Missing as need:
            raise need.ended() from need
        try:
            conversation.fill()
        except Missing:
            conversation.limit("the capture ended before everything was asked")
        return _observation(ref, seen, conversation)

    def _begin(self, ref: SourceRef, answers: Answers) -> Conversation:
        return Conversation(self._server, answers, ref.key[0], int(ref.key[1]), ref.known)


def _observation(
    ref: SourceRef, seen: Sequence[Exchange], conversation: Conversation
) -> ThreadObservation:
    posts = _posts(ref, conversation)
    root = posts[0]
    return ThreadObservation(
        platform=PLATFORM,
        native_id=conversation.id_of(conversation.root),
        url=root.url,
        author=_author(conversation),
        posts=posts,
        completeness=_completeness(conversation, posts),
        observed_at=seen[0].at,
        title=title_of(root.text),
        gone=tuple(conversation.id_of(each) for each in conversation.gone),
        record_ids=record_ids(seen),
    )


def _author(conversation: Conversation) -> Author:
    root = conversation.messages.get(conversation.root) or conversation.seed
    return root.author if root is not None else Author(id="")


def _posts(ref: SourceRef, conversation: Conversation) -> tuple[Post, ...]:
    author = _author(conversation)
    joined = conversation.joined()
    messages = {message.id: message for message, _ in joined}
    nodes = [
        Node(
            message.id,
            message.author.id,
            None if above is None else conversation.id_of(above),
            message.created_at,
        )
        for message, above in joined
    ]
    # Only a channel's own posts are looked for below it, so what is missing is its own as well.
    unseen = {node.parent: author.id for node in nodes if node.parent is not None}
    root = conversation.id_of(conversation.root)
    name = conversation.seed.name if conversation.seed is not None else ref.key[0]
    posts: list[Post] = []
    for place in arrange(nodes, root, author=author.id, unseen=unseen):
        message = messages.get(place.id)
        if message is not None:
            posts.append(message.post(parent_id=place.parent, branch=place.branch))
        else:
            url = url_of(name, int(place.id.rpartition("/")[2]))
            posts.append(Post(place.id, author if author.id else None, url,
                              parent_id=place.parent, branch=place.branch, gap=True))  # fmt: skip
    return tuple(posts)


def _completeness(conversation: Conversation, posts: Sequence[Post]) -> Completeness:
    own = [post for post in posts if post.branch is Branch.THREAD]
    gaps = sum(post.gap for post in own)
    said = ["every post of the channel since the first one was looked at"]
    said = said if conversation.whole else ["as far as the preview shows"]
    if gaps:
        said.append(f"{gaps} of its posts {'is' if gaps == 1 else 'are'} deleted or not shown")
    hidden = sum(message.hidden for message, _ in conversation.joined())
    if hidden:
        said.append(f"{hidden} of its posts hold something that only Telegram's own apps show")
    return Completeness(
        expected=len(own) if conversation.whole else None,
        captured=len(own) - gaps,
        gaps=gaps,
        reason="; ".join((*said, *conversation.notes)),
    )
