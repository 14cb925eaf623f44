"""PeerTube: videos with their comments, channels and accounts."""

from __future__ import annotations

from collections.abc import Sequence

from archiver.core.selfthread import Place
from archiver.core.urls import origin_of
from archiver.errors import ParseError
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
from archiver.sources.hosts import authority, identity
from archiver.sources.peertube import urls
from archiver.sources.peertube.listing import read_listing
from archiver.sources.peertube.thread import Conversation, begin, gather
from archiver.sources.peertube.urls import PLATFORM
from archiver.sources.peertube.video import (
    Comment,
    Video,
    has_file,
    read_author,
    read_comment,
    read_video,
    title_of_video,
)


class PeerTube:
    """Any server that answers PeerTube's REST API to strangers."""

    @property
    def platform(self) -> str:
        """The name of this source."""
        return PLATFORM

    def match(self, url: str) -> SourceRef | None:
        """Recognise the address of a video, a channel or an account by its shape."""
        return urls.match(url)

    @planning
    def plan(self, ref: SourceRef, seen: Sequence[Exchange]) -> Sequence[FetchRequest]:
        """Ask what the server runs, then for the video and all its comments."""
        if ref.kind is not RefKind.THREAD:
            read_listing(ref, Answers.growing(seen))
            return ()
        return _walk(ref, seen)[1]

    def parse(self, ref: SourceRef, seen: Sequence[Exchange]) -> Observation:
        """
        Say what the answers mean.

        Raises:
            NotThisPlatform: If the server runs something else.
            FetchError: If what was named cannot be read.
            ParseError: If an answer is not what is documented.
        """
        try:
            if ref.kind is not RefKind.THREAD:
                return read_listing(ref, Answers.growing(seen))
            conversation, wanted = _walk(ref, seen)
        except Missing as need:
            raise need.ended() from need
        if wanted:
            conversation.listed = False
            conversation.limits["the capture ended before everything was asked"] = None
        return _observation(ref, seen, conversation)


def _walk(
    ref: SourceRef, seen: Sequence[Exchange]
) -> tuple[Conversation, tuple[FetchRequest, ...]]:
    """Read what is there; give it with what is still to be asked."""
    conversation = begin(ref, Answers.growing(seen))
    try:
        gather(conversation)
    except Missing as need:
        return conversation, need.requests
    return conversation, ()


def _observation(
    ref: SourceRef, seen: Sequence[Exchange], conversation: Conversation
) -> ThreadObservation:
    video = conversation.video
    posts = _posts(conversation, video)
    author = read_author(video.fields.inner("account")) if video else Author(id="")
    return ThreadObservation(
        platform=PLATFORM,
        native_id=identity(conversation.origin, conversation.root_id),
        url=posts[0].url or conversation.root_id or ref.url,
        author=author,
        posts=posts,
        completeness=_completeness(conversation, posts),
        observed_at=seen[0].at,
        title=title_of_video(video) if video else "",
        language=posts[0].language,
        gone=tuple(conversation.gone),
        record_ids=record_ids(seen),
    )


def _posts(conversation: Conversation, video: Video | None) -> tuple[Post, ...]:
    comments = conversation.entries()
    posts: list[Post] = []
    for place in conversation.places():
        if video is not None and place.id == video.uri:
            said, captions = conversation.description, conversation.captions
            posts.append(read_video(video, description=said, captions=captions))
        else:
            posts.append(_comment(conversation, place, comments.get(place.id)))
    return tuple(posts)


def _comment(conversation: Conversation, place: Place, comment: Comment | None) -> Post:
    if comment is not None and not comment.gone:
        try:
            return read_comment(comment, parent_id=place.parent, branch=place.branch)
        except ParseError:
            conversation.limits["a comment was not what is documented, and is a gap"] = None
    return Post(
        id=place.id,
        author=None,
        url=place.id,
        created_at=comment.created_at if comment else None,
        parent_id=place.parent,
        branch=place.branch,
        gap=True,
    )


def _completeness(conversation: Conversation, posts: Sequence[Post]) -> Completeness:
    own = [post for post in posts if post.branch is Branch.THREAD]
    gaps = sum(post.gap for post in own)
    video, lacking = conversation.video, conversation.lacking
    at_home = authority(origin_of(conversation.root_id)) == authority(conversation.origin)
    whole = conversation.listed and at_home and not lacking
    said = ["all comments were listed" if whole else "as far as the server shows"]
    if lacking:
        said.append(f"the server counts more comments than it shows ({lacking})")
    if gaps:
        said.append(f"{gaps} of its posts {'is' if gaps == 1 else 'are'} deleted")
    if video is not None and not has_file(video):
        state = "it is live" if video.is_live else video.state or "only a stream is shown"
        said.append(f"there is no file of the video yet ({state})")
    return Completeness(
        expected=len(own) if whole else None,
        captured=len(own) - gaps,
        gaps=gaps,
        reason="; ".join((*said, *conversation.limits)),
    )
