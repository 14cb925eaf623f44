"""Which video does an address of a PeerTube server lead to, and which comments hang on it?"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from archiver.core.selfthread import Node, Place, arrange
from archiver.core.urls import origin_of
from archiver.errors import ArchiverError, FetchError, NotFound, ParseError
from archiver.models import Exchange, KnownPost, SourceRef
from archiver.sources.answers import Answers, ask, json_object, reduced
from archiver.sources.fields import Fields
from archiver.sources.hosts import authority, read_each, runs
from archiver.sources.peertube import urls
from archiver.sources.peertube.urls import COUNT, FAMILY, PLATFORM
from archiver.sources.peertube.video import Comment, Video, read_author

_MAX_PAGES = 100
_MAX_AT_ONCE = 20
_MAX_THREADS = 1_000


@dataclass(slots=True)
class Conversation:
    """
    A video with its comments, as far as they were read.

    Attributes:
        video: None if it was stored earlier and is gone.
        lost: That stored video.
        comments: By local id.
        listed: All comments were read.
    """

    answers: Answers
    origin: str
    video: Video | None
    lost: KnownPost | None = None
    description: str | None = None
    captions: tuple[Fields, ...] = ()
    comments: dict[str, Comment] = field(default_factory=dict)
    gone: dict[str, None] = field(default_factory=dict)
    limits: dict[str, None] = field(default_factory=dict)
    listed: bool = False

    @property
    def root_id(self) -> str:
        """Global id of the video."""
        if self.video is not None:
            return self.video.uri
        return self.lost.id if self.lost else ""

    @property
    def lacking(self) -> int:
        """How many comments the server counts and does not show."""
        counted = self.video.comments if self.video else None
        shown = sum(not each.gone for each in self.comments.values())
        return max((counted or 0) - shown, 0)

    def entries(self) -> dict[str, Comment]:
        """Give the comments by global id."""
        return {each.uri: each for each in self.comments.values()}

    def places(self) -> tuple[Place, ...]:
        """Put the video and its comments in reading order, with gaps."""
        author = ""
        nodes: list[Node] = []
        if self.video is not None:
            author = read_author(self.video.fields.inner("account")).id
            nodes.append(Node(self.video.uri, author))
        nodes += (
            Node(each.uri, each.user, self._parent(each), each.created_at)
            for each in self.comments.values()
        )
        return arrange(nodes, self.root_id, author=author, unseen={})

    def _parent(self, comment: Comment) -> str:
        if comment.parent is None:
            return self.root_id
        above = self.comments.get(comment.parent)
        return above.uri if above else f"{self.root_id}/comments/{comment.parent}"


def begin(ref: SourceRef, answers: Answers) -> Conversation:
    """
    Find the video that was named, at its own server.

    Raises:
        Missing: If something must be asked first.
        NotThisPlatform: If the server runs something else.
        FetchError: If it cannot be read; AccessDenied if it is private or wants a password.
        ParseError: If an answer is not what is documented.
    """
    origin, ident = ref.key[0], ref.key[1]
    runs(answers, origin, FAMILY, platform=PLATFORM)
    answer = answers.get(ask(urls.video(origin, ident)))
    try:
        found = Conversation(answers, origin, _video(answer))
    except NotFound as err:
        first = ref.known[0] if ref.known else None
        if first is None or not _says_gone(answer, origin, first):
            raise err
        return Conversation(answers, origin, None, first, gone={first.id: None})
    return _at_home(found)


def _video(answer: Exchange) -> Video:
    video = Video.read(json_object(answer, platform=PLATFORM, subject="the video"))
    if not video.is_public:
        url = answer.request.url
        raise NotFound(
            f"{url}: the video is not public, so it is not archived", uri_r=url, status=404
        )
    return video


def _says_gone(answer: Exchange, origin: str, stored: KnownPost) -> bool:
    """
    Say whether the platform itself declares a stored video gone, in the words of its API.

    Only its own server can: a thread from elsewhere may name any address among its comments.
    """
    hosts = {authority(origin_of(each)) for each in (answer.request.url, stored.id)}
    if answer.status not in {404, 410} or hosts != {authority(origin)}:
        return False
    try:
        said = json.loads(answer.body)
    except (ValueError, RecursionError):
        return False
    return isinstance(said, dict) and isinstance(said.get("detail") or said.get("error"), str)


def _at_home(copy: Conversation) -> Conversation:
    """Go to the server where the video was published; stay with the copy if it is not told."""
    if authority(origin_of(copy.root_id)) == authority(copy.origin):
        return copy
    where = urls.home(copy.root_id)
    if where is not None:
        try:
            runs(copy.answers, where[0], FAMILY, platform=PLATFORM)
            original = _video(copy.answers.get(ask(urls.video(*where))))
        except ArchiverError:
            original = None
        if original is not None and original.uri == copy.root_id:
            return Conversation(copy.answers, where[0], original)
    copy.limits[f"this is a copy: the video was published at {copy.root_id}"] = None
    return copy


def gather(conversation: Conversation) -> None:
    """
    Ask for the description, the subtitles and all comments.

    Raises:
        Missing: If something must be asked first.
    """
    video = conversation.video
    if video is None:
        return
    _ask_texts(conversation, video)
    if video.closed:
        conversation.limits["its author allows no comments"] = None
        conversation.listed = True
        return
    try:
        _list(conversation, video)
    except (FetchError, ParseError) as err:
        _say(conversation, "not all comments could be read", err)
    for each in conversation.comments.values():
        if each.gone:
            conversation.gone[each.uri] = None


def _ask_texts(conversation: Conversation, video: Video) -> None:
    wanted = [ask(urls.captions(conversation.origin, video.uuid))]
    if video.is_cut:
        wanted.append(ask(urls.description(conversation.origin, video.uuid)))
    answers = conversation.answers.get_all(wanted)
    try:
        conversation.captions = reduced(answers[0], _captions)
    except (FetchError, ParseError) as err:
        _say(conversation, "its subtitles could not be listed", err)
    if video.is_cut:
        try:
            told = json_object(answers[1], platform=PLATFORM, subject="the description")
            conversation.description = told.text("description")
        except (FetchError, ParseError) as err:
            _say(conversation, "its description is cut", err)


def _captions(answer: Exchange) -> tuple[Fields, ...]:
    return json_object(answer, platform=PLATFORM, subject="the subtitles").objects("data")


def _say(conversation: Conversation, what: str, err: ArchiverError) -> None:
    status = err.status if isinstance(err, FetchError) else None
    why = "not what is documented" if isinstance(err, ParseError) else status or "no answer"
    conversation.limits[f"{what} ({why})"] = None


def _list(conversation: Conversation, video: Video) -> None:
    tops = _tops(conversation, video)
    below = [each for each in tops if each.replies is None or each.replies > 0]
    if len(below) > _MAX_THREADS:
        conversation.limits[f"replies were asked for at {_MAX_THREADS} comments only"] = None
        conversation.listed = False
    asked = [
        ask(urls.thread(conversation.origin, video.uuid, each.id)) for each in below[:_MAX_THREADS]
    ]
    for answer in conversation.answers.get_all(asked):
        try:
            found, bad = reduced(answer, _tree)
        except (FetchError, ParseError) as err:
            _say(conversation, "replies to a comment could not be read", err)
            conversation.listed = False
            continue
        _take(conversation, found, bad)


def _tops(conversation: Conversation, video: Video) -> list[Comment]:
    """Read pages of first comments, several at once as far as the server counts them."""
    pages, done = 1, 0
    while done < _MAX_PAGES:
        numbers = range(done, min(max(pages, done + 1), done + _MAX_AT_ONCE, _MAX_PAGES))
        asked = [
            ask(urls.threads(conversation.origin, video.uuid, each * COUNT)) for each in numbers
        ]
        answers = conversation.answers.get_all(asked)
        done += len(answers)
        before = len(conversation.comments)
        for answer in answers:
            total, found, bad = reduced(answer, _page)
            _take(conversation, found, bad)
            pages = -(-total // COUNT)
        if done >= pages or len(conversation.comments) == before:
            conversation.listed = True
            break
    else:
        conversation.limits[f"comments were read for {_MAX_PAGES} pages only"] = None
    return list(conversation.comments.values())


def _take(conversation: Conversation, found: Sequence[Comment], bad: int) -> None:
    if bad:
        conversation.limits[f"{bad} comments were not what is documented"] = None
    for each in found:
        if not each.fields.flag("heldForReview"):
            conversation.comments.setdefault(each.id, each)


def _page(answer: Exchange) -> tuple[int, list[Comment], int]:
    told = json_object(answer, platform=PLATFORM, subject="the comments")
    if not told.has("data"):
        told.refuse("data", "a list")
    url = answer.request.url
    found, bad = read_each(
        told.values["data"], Comment.read, uri_r=url, platform=PLATFORM, place="data"
    )
    return told.maybe_count("total") or 0, found, bad


def _tree(answer: Exchange) -> tuple[list[Comment], int]:
    """Read a thread of comments, branch by branch and without recursion."""
    told = json_object(answer, platform=PLATFORM, subject="the replies")
    url = answer.request.url
    values = list(_comments(told.values))
    return read_each(values, Comment.read, uri_r=url, platform=PLATFORM, place="comment")


def _comments(tree: object) -> Iterator[object]:
    waiting = [tree]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            yield each.get("comment")
            children = each.get("children")
            waiting += reversed(children) if isinstance(children, list) else []
