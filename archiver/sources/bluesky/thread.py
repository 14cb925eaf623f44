"""How is a thread on Bluesky read whole, past deleted posts? (reference/protocols.md, 4.2)"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from archiver.core.selfthread import Node, Place, arrange
from archiver.errors import FetchError, NotFound, ParseError
from archiver.models import Branch, KnownPost
from archiver.sources.answers import ask
from archiver.sources.bluesky.listed import read_feed, read_repository
from archiver.sources.bluesky.post import Seen
from archiver.sources.bluesky.servers import record_request
from archiver.sources.bluesky.talk import Talk
from archiver.sources.bluesky.urls import AtUri, at_uri, xrpc
from archiver.sources.fields import Fields

_MAX_STEPS_DOWN = 60
_MAX_KNOWN = 200
_MAX_HIDDEN = 100
_VIEWS_AT_ONCE = 25
_UNASKED = "not every stored post could be asked for"


@dataclass(slots=True)
class Conversation:
    """
    A thread with what hangs on it, as far as it was read.

    Attributes:
        root: The first post, seen or not.
        reply_root: What its replies name as their root; another only if that one is gone.
        pds: The server of its author's repository; None if nobody names one.
        gone: AT-URIs of stored posts that the repository says it does not have.
        listed: The repository was read back to the first post.
    """

    talk: Talk
    root: AtUri
    reply_root: str
    pds: str | None = None
    gone: dict[str, None] = field(default_factory=dict)
    listed: bool = False

    def places(self) -> tuple[Place, ...]:
        """Put the posts in reading order, with gaps; what was put in order once stays so."""
        seen = self.talk.posts.values()
        shape = hash(frozenset((each.id, each.parent, each.created_at) for each in seen))
        memo = self.talk.servers.answers.seen[0].memo
        name = f"{__name__}.{self.root}.{shape}"
        held = memo.get(name)
        if not isinstance(held, tuple):
            held = memo[name] = self._arranged()
        return held

    def _arranged(self) -> tuple[Place, ...]:
        seen = self.talk.posts.values()
        parents = {at_uri(each.parent) for each in seen if each.parent}
        return arrange(
            [Node(each.id, each.uri.did, each.parent, each.created_at) for each in seen],
            str(self.root),
            author=self.root.did,
            unseen={str(uri): uri.did for uri in parents if uri is not None},
        )

    def keep(self, seen: Seen) -> None:
        """Keep a post that was found elsewhere, if it belongs to this thread."""
        if self.reply_root == seen.root or seen.uri == self.root:
            self.talk.add(seen)


def gather(conversation: Conversation, known: Sequence[KnownPost]) -> None:
    """
    Ask for all that belongs to the thread.

    Below a deleted post the AppView shows nothing, so the author's repository is read back to
    the first post. Stored posts that were not shown are asked for there by name: only so can
    they be gone.

    Raises:
        Missing: If something must be asked first.
    """
    talk = conversation.talk
    conversation.pds = talk.servers.home(conversation.root.did)
    _list(conversation)
    if talk.failed is None:
        _follow_down(conversation)
    _ask_known(conversation, known)
    if not talk.answers_nobody:
        _ask_views(conversation)


def _list(conversation: Conversation) -> None:
    talk, root, keep = conversation.talk, conversation.root, conversation.keep
    try:
        if conversation.pds is not None:
            conversation.listed = read_repository(talk, conversation.pds, root, keep)
            return
    except (FetchError, ParseError):
        pass
    talk.note("the author's repository could not be read")
    if talk.answers_nobody:
        return
    try:
        conversation.listed = read_feed(talk, root, keep)
    except (FetchError, ParseError):
        talk.note("nor the author's feed")


def _follow_down(conversation: Conversation) -> None:
    """
    Ask where the tree was cut: below the first post of the thread that only the repository gave,
    and below the last one, until nothing new comes.
    """
    talk = conversation.talk
    for _ in range(_MAX_STEPS_DOWN):
        post = _next_to_ask(conversation)
        if post is None:
            return
        try:
            talk.tree(post.uri)
        except NotFound:
            continue  # the AppView does not know it; the repository does
        except (FetchError, ParseError):
            talk.failed = None  # the thread itself was shown
            talk.note("what follows the last post could not be read")
            return
    talk.note(f"what follows was asked for {_MAX_STEPS_DOWN} times only")


def _next_to_ask(conversation: Conversation) -> Seen | None:
    talk = conversation.talk
    thread = [each for each in conversation.places() if each.branch is Branch.THREAD]
    held = [talk.posts[each.id] for each in thread if each.id in talk.posts]
    for post in held:
        if post.view is None and not talk.was_asked(post.id):
            return post
    last = talk.posts.get(thread[-1].id)
    if last is None or last.view is None or talk.was_asked(last.id):
        return None
    below = any(each.parent == last.id for each in talk.posts.values())
    return last if last.view.values.get("replyCount") and not below else None


def _ask_known(conversation: Conversation, known: Sequence[KnownPost]) -> None:
    talk, pds = conversation.talk, conversation.pds
    uris = [uri for uri in (at_uri(each.id) for each in known) if uri is not None]
    own = [uri for uri in uris if uri.did == conversation.root.did and str(uri) not in talk.posts]
    if own and (pds is None or len(own) > _MAX_KNOWN):
        talk.note(_UNASKED)
    if pds is None:
        return
    talk.servers.answers.get_all([record_request(pds, uri) for uri in own[:_MAX_KNOWN]])
    for uri in own[:_MAX_KNOWN]:
        try:
            if not talk.fetch_record(pds, uri):
                conversation.gone[str(uri)] = None
        except (FetchError, ParseError):
            talk.note(_UNASKED)


def _ask_views(conversation: Conversation) -> None:
    """
    Ask the AppView by name for posts that its tree leaves out.

    Those that only the repository gave, since the AppView tells more, and in one way; and those
    that the thread's author hides.
    """
    talk = conversation.talk
    bare = sorted(each.id for each in talk.posts.values() if each.view is None)
    hidden = [each for each in talk.gate.hidden if at_uri(each) and each not in talk.posts]
    if len(hidden) > _MAX_HIDDEN:
        talk.note(f"of the hidden replies {_MAX_HIDDEN} were asked for only")
    wanted = [*bare, *hidden[:_MAX_HIDDEN]]
    method = "app.bsky.feed.getPosts"
    asked = [
        [("uris", uri) for uri in wanted[start : start + _VIEWS_AT_ONCE]]
        for start in range(0, len(wanted), _VIEWS_AT_ONCE)
    ]
    urls = [xrpc(talk.servers.appview, method, *each) for each in asked]
    talk.servers.answers.get_all([ask(url) for url in urls])
    for each in asked:
        try:
            answer = talk.servers.query(method, *each, subject="the posts")
            views = answer.objects("posts")
        except (FetchError, ParseError):
            return  # the records themselves say enough
        for view in views:
            _keep_view(conversation, view)


def _keep_view(conversation: Conversation, view: Fields) -> None:
    try:
        conversation.keep(Seen.in_view(view))
    except ParseError:
        conversation.talk.note("a post was not understood as the AppView shows it")
