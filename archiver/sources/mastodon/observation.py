"""What is observed of a thread, once all that could be asked was read?"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from archiver.core.richtext import title_of
from archiver.core.selfthread import Place
from archiver.models import (
    Author,
    Branch,
    Completeness,
    Exchange,
    Post,
    SourceRef,
    ThreadObservation,
)
from archiver.sources.answers import record_ids
from archiver.sources.mastodon.conversation import Conversation
from archiver.sources.mastodon.status import Status
from archiver.sources.mastodon.urls import PLATFORM, Site, home, host_of


def observed(
    ref: SourceRef, seen: Sequence[Exchange], conversation: Conversation
) -> ThreadObservation:
    """Make the observation of a conversation."""
    author = conversation.account.author if conversation.account else Author(id="")
    posts = _posts(ref, conversation, author)
    root = posts[0]
    _note_losses(conversation)
    return ThreadObservation(
        platform=PLATFORM,
        native_id=_identity(conversation),
        url=root.url or ref.url,
        author=author,
        posts=posts,
        completeness=_completeness(conversation, posts),
        observed_at=seen[0].at,
        title="" if root.gap else _title(root),
        language=root.language,
        gone=tuple(conversation.gone),
        record_ids=record_ids(seen),
        history=tuple(conversation.history),
    )


def _identity(conversation: Conversation) -> str:
    """
    Name the thread by its first post, as its own server shows it.

    A copy on another server is a thread of its own: any server can claim any id, so what it shows
    must never change what we saw at the origin.
    """
    server, root = conversation.talk.site.authority, conversation.root_id
    return root if host_of(root) == server else f"{server} {root}"


def _title(root: Post) -> str:
    name = root.author.name if root.author else ""
    return root.content_warning or title_of(root.text) or f"Thread by {name}"


def _posts(ref: SourceRef, conversation: Conversation, author: Author) -> tuple[Post, ...]:
    members = conversation.members()
    stored = {each.id: each.url for each in ref.known}
    return tuple(
        Post(
            id=place.id,
            author=author if place.branch is Branch.THREAD and author.id else None,
            url=stored.get(place.id, ""),
            parent_id=place.parent,
            branch=place.branch,
            gap=True,
        )
        if place.gap
        else _placed(conversation.talk.site, members[place.id], place)
        for place in conversation.places()
    )


def _placed(site: Site, status: Status, place: Place) -> Post:
    """
    Put a post where it stands; one of another server leads to where it was shown.

    Any server can claim any words of anybody: this one vouches for what it shows, and the post's
    own was not asked.
    """
    post = status.placed(place.parent, place.branch)
    if status.host == site.authority:
        return post
    handle = post.author.handle if post.author else ""
    return dataclasses.replace(post, url=site.page(handle, status.id))


def _note_losses(conversation: Conversation) -> None:
    """Say which posts and parts of posts were left out."""
    talk = conversation.talk
    statuses = talk.statuses.values()
    if talk.unread:
        talk.note(f"{_counted(talk.unread)} that the server listed could not be read")
    forged = sum(conversation.is_forged(each) for each in statuses)
    if forged:
        talk.note(f"{_counted(forged)} under another server's name than the author's left out")
    odd = [each.odd for each in conversation.members().values() if each.odd]
    if odd:
        places = (place.partition(".")[0].partition("[")[0] for each in odd for place in each)
        names = sorted(set(places))
        talk.note(f"parts of {_counted(len(odd))} could not be read ({', '.join(names)})")


def _counted(count: int) -> str:
    return "1 post" if count == 1 else f"{count} posts"


def _completeness(conversation: Conversation, posts: Sequence[Post]) -> Completeness:
    own = [post for post in posts if post.branch is Branch.THREAD]
    gaps = sum(post.gap for post in own)
    where = home(conversation.root_id)
    at_home = where is None or where[0].authority == conversation.talk.site.authority
    whole = conversation.listed and at_home and not conversation.talk.unread
    said = ["checked against the author's own listing" if whole else "as far as the server shows"]
    if gaps:
        said.append(f"{gaps} of its posts {'is' if gaps == 1 else 'are'} deleted or not public")
    return Completeness(
        expected=len(own) if whole else None,
        captured=len(own) - gaps,
        gaps=gaps,
        reason="; ".join((*said, *conversation.talk.notes)),
    )
