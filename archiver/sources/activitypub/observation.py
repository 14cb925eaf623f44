"""What did servers show of a conversation: posts in order, gaps, and limits that were met?"""

from __future__ import annotations

from collections.abc import Sequence

from archiver.core.selfthread import Place
from archiver.models import (
    Author,
    Branch,
    Completeness,
    Exchange,
    Post,
    Quote,
    SourceRef,
    ThreadObservation,
)
from archiver.sources.activitypub.document import PLATFORM
from archiver.sources.activitypub.note import Note
from archiver.sources.activitypub.parts import quoted
from archiver.sources.activitypub.post import quote_of, read_author, read_post, title
from archiver.sources.activitypub.shapes import host_of
from archiver.sources.activitypub.thread import Conversation
from archiver.sources.answers import record_ids

_HIDDEN = frozenset({"status 404", "status 410", "not public"})


def observe(
    ref: SourceRef, seen: Sequence[Exchange], conversation: Conversation
) -> ThreadObservation:
    """Build what was read."""
    author = _author(conversation, conversation.author)
    posts = _posts(ref, conversation, author)
    first, root = posts[0], conversation.root
    return ThreadObservation(
        platform=PLATFORM,
        native_id=conversation.root_id,
        url=first.url or ref.url,
        author=author,
        posts=posts,
        completeness=_completeness(conversation, posts),
        observed_at=seen[0].at,
        title=title(root, first.text, author) if root is not None else "",
        language=first.language,
        gone=tuple(conversation.gone),
        record_ids=record_ids(seen),
    )


def _author(conversation: Conversation, name: str) -> Author:
    """Give an author; with an empty id if nobody can say any more who it was."""
    return read_author(name, conversation.actors.get(name)) if name else Author(id="")


def _posts(ref: SourceRef, conversation: Conversation, author: Author) -> tuple[Post, ...]:
    members = conversation.members()
    stored = {each.id: each.url for each in ref.known}
    authors: dict[str, Author] = {}

    def author_of(note: Note) -> Author:
        if note.author not in authors:
            authors[note.author] = _author(conversation, note.author)
        return authors[note.author]

    return tuple(
        read_post(
            members[place.id],
            author_of(members[place.id]),
            parent_id=place.parent,
            branch=place.branch,
            quote=_quote(conversation, members[place.id]),
        )
        if place.id in members
        else _gap(place, author, stored.get(place.id, ""))
        for place in conversation.places()
    )


def _gap(place: Place, author: Author, url: str) -> Post:
    own = place.branch is Branch.THREAD and bool(author.id)
    return Post(
        id=place.id,
        author=author if own else None,
        url=url or place.id,
        parent_id=place.parent,
        branch=place.branch,
        gap=True,
    )


def _quote(conversation: Conversation, note: Note) -> Quote | None:
    address = quoted(note.thing)
    if not address:
        return None
    found = conversation.quotes.get(address)
    who = _author(conversation, found.author) if found else None
    why = conversation.talk.refused.get(address, "") if address in conversation.quotes else ""
    if address in conversation.quotes and found is None:
        why = why or "not public"
    return quote_of(address, found, why, who)


def _completeness(conversation: Conversation, posts: Sequence[Post]) -> Completeness:
    own = [post for post in posts if post.branch is Branch.THREAD]
    gaps = sum(post.gap for post in own)
    unshown = {
        name: why for name, why in conversation.unshown.items() if name not in conversation.gone
    }
    hidden = sum(why in _HIDDEN for why in unshown.values())
    unread = [name for name, why in unshown.items() if why not in _HIDDEN]
    limits = tuple(conversation.talk.limits)
    # Only the author's own server can have more of the thread itself.
    home = host_of(conversation.root_id)
    whole = conversation.listed and not limits and all(host_of(each) != home for each in unread)
    said = ["all that the servers list was read" if whole else "as far as the servers show"]
    if gaps:
        said.append(f"{gaps} of its posts {'is' if gaps == 1 else 'are'} deleted or not public")
    if hidden:
        said.append(f"replies that are listed, but deleted or not public ({hidden})")
    if unread:
        said.append(f"replies that are listed and could not be read ({len(unread)})")
    if not conversation.listed and not limits:
        said.append("not every post has a list of its replies")
    return Completeness(
        expected=len(own) if whole else None,
        captured=len(own) - gaps,
        gaps=gaps,
        reason="; ".join((*said, *limits, *conversation.talk.remarks)),
    )
