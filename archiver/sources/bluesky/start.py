"""Which post is the first one of the thread that a post belongs to, whoever still shows it?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from archiver.errors import ArchiverError, FetchError, NotFound, ParseError, RateLimited
from archiver.models import KnownPost, SourceRef
from archiver.sources.bluesky.post import Seen
from archiver.sources.bluesky.servers import Withheld, not_there
from archiver.sources.bluesky.talk import Talk
from archiver.sources.bluesky.urls import PLATFORM, POSTS, AtUri, at_uri

_MOST_STORED = 20
_MOST_STEPS_UP = 100


@dataclass(frozen=True, slots=True)
class Start:
    """
    Where a thread begins.

    Attributes:
        root: The first post, seen or not.
        reply_root: What its replies name as their root; another only if that one is gone.
    """

    root: AtUri
    reply_root: str


def begin(ref: SourceRef, talk: Talk) -> Start:
    """
    Find the first post of the conversation that a post belongs to.

    Raises:
        Missing: If something must be asked first.
        FetchError: If the post that was named cannot be read: neither as the AppView shows it nor
            in its author's repository.
        ParseError: If an answer is not what is documented.
    """
    stored = _stored(ref.known)
    named = _named(ref, stored, talk)
    try:
        post = _find(talk, named)
    except NotFound:
        if not stored:
            raise
        survivor = _survivor(talk, stored)
        if survivor is None:
            return Start(stored[0], str(stored[0]))
        post = survivor
    return _above(talk, post, stored)


def _stored(known: Sequence[KnownPost]) -> tuple[AtUri, ...]:
    return tuple(uri for uri in (at_uri(each.id) for each in known) if uri is not None)


def _named(ref: SourceRef, stored: Sequence[AtUri], talk: Talk) -> AtUri:
    """Give the post that the seed names; since handles change hands, a stored one is surer."""
    actor, rkey = ref.key
    before = next((uri for uri in stored if uri.rkey == rkey), None)
    try:
        did = talk.servers.did_of(actor)
    except RateLimited:
        raise
    except (FetchError, ParseError):
        if before is None:
            raise
        return before
    return before or AtUri(did, POSTS, rkey)


def _survivor(talk: Talk, stored: Sequence[AtUri]) -> Seen | None:
    """Give the first stored post of the thread's author that is still there."""
    own = [uri for uri in stored if uri.did == stored[0].did]
    for uri in own[:_MOST_STORED]:
        try:
            return _find(talk, uri)
        except NotFound:
            continue
    return None


def _above(talk: Talk, post: Seen, stored: Sequence[AtUri]) -> Start:
    root = at_uri(post.root or "")
    if root is None or root.collection != POSTS or root == post.uri:
        return Start(post.uri, post.id)
    try:
        _find(talk, root)
    except NotFound:
        if root.did != post.uri.did and root not in stored:
            talk.note("the first post of the conversation, by somebody else, is gone")
            return Start(_highest(talk, post).uri, str(root))
    return Start(root, str(root))


def _find(talk: Talk, uri: AtUri) -> Seen:
    """
    Ask the AppView for a post and its tree; where it does not show it, the author's repository.

    Raises:
        NotFound: If nobody has it.
        FetchError, ParseError: The AppView's, if the repository cannot be read either; also if
            the AppView asks for patience, or the account was taken down.
    """
    try:
        if talk.failed is not None and talk.answers_nobody:
            raise talk.failed
        return talk.tree(uri)
    except (RateLimited, Withheld):
        raise
    except (FetchError, ParseError) as err:
        if not _is_kept_at_home(talk, uri, err):
            gone = not_there(str(uri), said="RecordNotFound")
            raise err if isinstance(err, NotFound) else gone from err
        talk.note(_without_appview(err))
        return talk.posts[str(uri)]


def _is_kept_at_home(talk: Talk, uri: AtUri, err: ArchiverError) -> bool:
    pds = talk.servers.home(uri.did)
    if pds is None:
        raise err
    try:
        return talk.fetch_record(pds, uri)
    except (FetchError, ParseError):
        raise err from None


def _without_appview(err: ArchiverError) -> str:
    if isinstance(err, NotFound):
        return "the AppView does not show the post, so its author's repository was read"
    why = "could not be read"
    if isinstance(err, ParseError):
        why = "gave an answer that was not understood"
    elif isinstance(err, FetchError) and err.status is not None and err.status != 200:
        why = f"answered {err.status}"
    return f"the AppView {why}: read from its author's repository, without replies by others"


def _highest(talk: Talk, post: Seen) -> Seen:
    """
    Climb to the highest post that the same author wrote without a break.

    Raises:
        ParseError: If it takes too many steps: where one stops must not name the thread.
    """
    top, climbed, fetched = post, {post.id}, 0
    while True:
        fetched += (top.parent or "") not in talk.posts
        if fetched > _MOST_STEPS_UP:
            raise ParseError(
                f"{post.id}: over {_MOST_STEPS_UP} posts stand above it, and the first one of the "
                "conversation is gone; capture an earlier post",
                uri_r=post.id,
                platform=PLATFORM,
                field="reply.parent",
            )
        above = _parent(talk, top)
        if above is None or above.id in climbed:
            return top
        climbed.add(above.id)
        top = above


def _parent(talk: Talk, post: Seen) -> Seen | None:
    """Give the post above, if it is by the same author and still there."""
    uri = at_uri(post.parent or "")
    if uri is None or uri.did != post.uri.did:
        return None
    if str(uri) not in talk.posts:
        try:
            pds = talk.servers.home(uri.did)
            if pds is None or not talk.fetch_record(pds, uri):
                return None
        except (FetchError, ParseError):
            if talk.failed is not None:
                raise talk.failed from None  # which thread it is must not depend on who answers
            return None
    return talk.posts[str(uri)]
