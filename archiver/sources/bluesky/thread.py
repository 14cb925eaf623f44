"""How is a thread on Bluesky read whole, past deleted posts? (reference/protocols.md, 4.2)"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from archiver.core.selfthread import Node, Place, arrange
from archiver.errors import FetchError, NotFound, ParseError
from archiver.models import Author, Branch, KnownPost, SourceRef
from archiver.sources.bluesky.post import Seen
from archiver.sources.bluesky.talk import (
    Talk,
    handle_of,
    home_of,
    record_request,
    refuse_if_unwanted,
)
from archiver.sources.bluesky.text import read_author
from archiver.sources.bluesky.urls import POSTS, AtUri, at_uri, is_before, is_handle
from archiver.sources.fields import Fields

MAX_PAGES = 50
"""Pages of 100 records that are read of a repository, per capture."""

_MAX_STEPS_DOWN = 60
_MAX_KNOWN = 200
_VIEWS_AT_ONCE = 25


@dataclass(slots=True)
class Conversation:
    """
    A thread with what hangs on it, as far as it was read.

    Attributes:
        root: The first post, seen or not.
        reply_root: What its replies name as their root; another only if that one is gone.
        pds: The server of its author's repository; None if nobody names one.
        document: The author's DID document.
        profile: Asked for only if no post of the author is shown.
        gone: AT-URIs of stored posts that the repository says it does not have.
        listed: The repository was read back to the first post.
    """

    talk: Talk
    root: AtUri
    reply_root: str
    pds: str | None = None
    document: Fields | None = None
    profile: Fields | None = None
    gone: dict[str, None] = field(default_factory=dict)
    listed: bool = False

    def author(self) -> Author:
        """Give the thread's author, by a post or profile that is shown, else by DID document."""
        own = [each for each in self.talk.posts.values() if each.uri.did == self.root.did]
        shown = [each.view.inner("author") for each in own if each.view is not None]
        if shown or self.profile:
            return read_author(self.profile or shown[0])
        handle = handle_of(self.document)
        handle = handle if is_handle(handle) else ""
        page = f"https://bsky.app/profile/{handle or self.root.did}"
        return Author(id=self.root.did, handle=handle, url=page)

    def places(self) -> tuple[Place, ...]:
        """Put the posts in reading order, with gaps."""
        seen = self.talk.shown()
        parents = {at_uri(each.parent) for each in seen if each.parent}
        return arrange(
            [Node(each.id, each.uri.did, each.parent, each.created_at) for each in seen],
            str(self.root),
            author=self.root.did,
            unseen={str(uri): uri.did for uri in parents if uri is not None},
        )


def begin(ref: SourceRef, talk: Talk) -> Conversation:
    """
    Find the first post of the conversation that a post belongs to.

    Raises:
        Missing: If something must be asked first.
        FetchError: If the post that was named cannot be read; AccessDenied if its author, or
            that of the thread, asks not to be shown to visitors.
        ParseError: If an answer is not what is documented.
    """
    named = AtUri(talk.did_of(ref.key[0]), POSTS, ref.key[1])
    try:
        view = talk.thread(named)
    except NotFound:
        stored = at_uri(ref.known[0].id) if ref.known else None
        if stored is None:
            raise
        return _at(talk, ref, stored)
    refuse_if_unwanted(view.inner("author"), ref.url)
    post = talk.posts[str(at_uri(view.text("uri")) or named)]
    root = at_uri(post.root or "")
    if root is None or root == post.uri:
        return Conversation(talk, post.uri, post.id)
    if root.did == post.uri.did or str(root) in {each.id for each in ref.known}:
        return _at(talk, ref, root)
    return _at_others(talk, ref, post, root)


def _at(talk: Talk, ref: SourceRef, root: AtUri) -> Conversation:
    """Begin at a post that may be gone: then it is a gap, unless the repository has it."""
    with suppress(NotFound):
        refuse_if_unwanted(talk.thread(root).inner("author"), ref.url)
    return Conversation(talk, root, str(root))


def _at_others(talk: Talk, ref: SourceRef, post: Seen, root: AtUri) -> Conversation:
    """Begin at somebody else's post; where that is gone, at the highest of this author."""
    try:
        refuse_if_unwanted(talk.thread(root).inner("author"), ref.url)
    except NotFound:
        talk.note("the first post of the conversation, by somebody else, is gone")
        return Conversation(talk, _highest(talk, post).uri, str(root))
    return Conversation(talk, root, str(root))


def _highest(talk: Talk, post: Seen) -> Seen:
    top, climbed = post, {post.id}
    while True:
        above = talk.posts.get(top.parent or "")
        if above is None or above.uri.did != post.uri.did or above.id in climbed:
            return top
        climbed.add(above.id)
        top = above


def gather(conversation: Conversation, known: Sequence[KnownPost]) -> None:
    """
    Ask for all that belongs to the thread.

    Below a deleted post the AppView shows nothing, so the author's repository is read back to
    the first post. Stored posts that were not shown are asked for there by name: only so can
    they be gone.

    Raises:
        Missing: If something must be asked first.
        ParseError: If an answer about the thread is not what is documented.
    """
    talk = conversation.talk
    conversation.document = talk.document(conversation.root.did)
    conversation.pds = home_of(conversation.document)
    _list(conversation)
    _follow_down(conversation)
    _ask_known(conversation, known)
    _ask_views(conversation)
    if not any(each.uri.did == conversation.root.did and each.view for each in talk.shown()):
        conversation.profile = _profile(conversation)


def _profile(conversation: Conversation) -> Fields | None:
    asked = ("actor", conversation.root.did)
    try:
        return conversation.talk.query("app.bsky.actor.getProfile", asked, subject="the account")
    except (FetchError, ParseError):
        return None


def _list(conversation: Conversation) -> None:
    try:
        if conversation.pds is not None:
            conversation.listed = _read_repository(conversation, conversation.pds)
            return
    except (FetchError, ParseError):
        pass
    conversation.talk.note("the author's repository could not be read")
    try:
        conversation.listed = _read_feed(conversation)
    except (FetchError, ParseError):
        conversation.talk.note("nor the author's feed")


def _read_repository(conversation: Conversation, pds: str) -> bool:
    """Read back to the first post; False if that took too many pages."""
    talk, root = conversation.talk, conversation.root
    asked = (("repo", root.did), ("collection", POSTS), ("limit", "100"))
    cursors: list[str] = []
    for _ in range(MAX_PAGES):
        more = (("cursor", cursors[-1]),) if cursors else ()
        method = "com.atproto.repo.listRecords"
        page = talk.ask_server(pds, method, *asked, *more, subject="the repository")
        records = page.objects("records")
        for entry in records:
            _keep_record(conversation, entry)
        keys = [uri.rkey for uri in (at_uri(each.words("uri")) for each in records) if uri]
        cursor = page.maybe_text("cursor")
        if not records or not cursor or cursor in cursors:
            return True
        if any(is_before(key, root.rkey) for key in keys):
            return True
        cursors.append(cursor)
    talk.note(f"the author's repository was read for {MAX_PAGES} pages only")
    return False


def _keep_record(conversation: Conversation, entry: Fields) -> None:
    try:
        seen = Seen.in_repository(entry, conversation.root.did)
    except ParseError:
        return  # whatever it is, it does not say that it belongs to this thread
    if conversation.reply_root == seen.root or seen.uri == conversation.root:
        conversation.talk.add(seen)


def _read_feed(conversation: Conversation) -> bool:
    talk, root = conversation.talk, conversation.root
    filters = (("filter", "posts_and_author_threads"), ("limit", "100"))
    cursors: list[str] = []
    for _ in range(MAX_PAGES):
        more = (("cursor", cursors[-1]),) if cursors else ()
        method = "app.bsky.feed.getAuthorFeed"
        page = talk.query(method, ("actor", root.did), *filters, *more, subject="the feed")
        own = [each.inner("post") for each in page.objects("feed") if not each.has("reason")]
        posts = [Seen.in_view(each) for each in own]
        for post in posts:
            if conversation.reply_root == post.root or post.uri == root:
                talk.add(post)
        cursor = page.maybe_text("cursor")
        past = any(is_before(post.uri.rkey, root.rkey) for post in posts)
        if past or not cursor or cursor in cursors:
            return True
        cursors.append(cursor)
    talk.note(f"the author's feed was read for {MAX_PAGES} pages only")
    return False


def _follow_down(conversation: Conversation) -> None:
    """Ask below the last post of the thread, where the tree was cut, until nothing new comes."""
    talk = conversation.talk
    for _ in range(_MAX_STEPS_DOWN):
        thread = [each for each in conversation.places() if each.branch is Branch.THREAD]
        last = talk.posts.get(thread[-1].id)
        if last is None or talk.was_asked(last.id) or not _has_more(last, talk):
            return
        try:
            talk.thread(last.uri)
        except FetchError:
            talk.note("what follows the last post could not be read")
            return
    talk.note(f"what follows was asked for {_MAX_STEPS_DOWN} times only")


def _has_more(last: Seen, talk: Talk) -> bool:
    if last.view is None:
        return True
    below = any(each.parent == last.id for each in talk.posts.values())
    return bool(last.view.maybe_count("replyCount")) and not below


def _ask_known(conversation: Conversation, known: Sequence[KnownPost]) -> None:
    talk, pds = conversation.talk, conversation.pds
    uris = [uri for uri in (at_uri(each.id) for each in known) if uri is not None]
    own = [uri for uri in uris if uri.did == conversation.root.did and str(uri) not in talk.posts]
    if own and (pds is None or len(own) > _MAX_KNOWN):
        talk.note("not every stored post could be asked for")
    if pds is None:
        return
    talk.answers.get_all([record_request(pds, uri) for uri in own[:_MAX_KNOWN]])
    for uri in own[:_MAX_KNOWN]:
        try:
            if talk.is_gone(pds, uri):
                conversation.gone[str(uri)] = None
        except (FetchError, ParseError):
            talk.note("not every stored post could be asked for")


def _ask_views(conversation: Conversation) -> None:
    """Ask the AppView for posts that only the repository gave: it tells more, and in one way."""
    talk = conversation.talk
    bare = sorted(each.id for each in talk.shown() if each.view is None)
    for start in range(0, len(bare), _VIEWS_AT_ONCE):
        asked = [("uris", uri) for uri in bare[start : start + _VIEWS_AT_ONCE]]
        try:
            answer = talk.query("app.bsky.feed.getPosts", *asked, subject="the posts")
            for view in answer.objects("posts"):
                talk.add(Seen.in_view(view))
        except (FetchError, ParseError):
            return  # the records themselves say enough
