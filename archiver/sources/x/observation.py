"""How does what the API showed become a thread: posts, gaps, earlier versions, completeness?"""

from __future__ import annotations

from collections.abc import Sequence

from archiver.core.richtext import title_of
from archiver.core.selfthread import Place
from archiver.errors import ParseError
from archiver.models import (
    Author,
    Branch,
    Completeness,
    KnownPost,
    Post,
    Quote,
    SourceRef,
    ThreadObservation,
)
from archiver.sources.answers import record_ids
from archiver.sources.x import urls
from archiver.sources.x.api import says_gone
from archiver.sources.x.post import Shown, author_of, read_post, read_quote
from archiver.sources.x.thread import Conversation, earlier
from archiver.sources.x.urls import PLATFORM


def observe(ref: SourceRef, talk: Conversation) -> ThreadObservation:
    """
    Give the thread.

    Raises:
        ParseError: If the first post is not what is documented.
    """
    members = talk.members()
    author = _author(talk, members)
    places = talk.places(members)
    posts = tuple(_post(ref.known, talk, members, author, place) for place in places)
    root = posts[0]
    history = tuple(post for shown in earlier(talk) for post in _version(talk, shown))
    return ThreadObservation(
        platform=PLATFORM,
        native_id=talk.root,
        url=root.url or urls.post_page(author.handle, talk.root),
        author=author,
        posts=posts,
        completeness=_completeness(talk, posts),
        observed_at=talk.now,
        title="" if root.gap else title_of(root.text) or f"Thread by {_name(author)}",
        language=root.language,
        gone=_gone(talk, members),
        record_ids=record_ids(talk.answers.seen),
        history=history,
    )


def _name(author: Author) -> str:
    return author.name or author.handle or author.id


def _author(talk: Conversation, members: dict[str, Shown]) -> Author:
    account = talk.author_id(members)
    theirs = next((each for each in members.values() if each.author == account), None)
    return author_of(theirs, talk.included) if theirs else Author(account)


def _post(
    known: Sequence[KnownPost],
    talk: Conversation,
    members: dict[str, Shown],
    author: Author,
    place: Place,
) -> Post:
    if place.gap:
        return _gap(known, talk, author, place)
    shown = members[place.id]
    try:
        post = read_post(
            shown,
            talk.included,
            talk.now,
            quote=_quote(talk, shown),
            parent_id=place.parent,
            branch=place.branch,
            post_id=place.id,
        )
    except ParseError:
        if place.id == talk.root:
            raise
        talk.note("some of its answers held posts that were not understood")
        return _gap(known, talk, author, place)
    return post


def _gap(known: Sequence[KnownPost], talk: Conversation, author: Author, place: Place) -> Post:
    own = place.branch is Branch.THREAD and bool(author.id)
    stored = next((each.url for each in known if each.id == place.id), "")
    page = urls.post_page(author.handle if own else "", place.id)
    return Post(
        id=place.id,
        author=author if own else None,
        url=stored or page,
        created_at=urls.time_of(place.id, talk.now),
        parent_id=place.parent,
        branch=place.branch,
        gap=True,
    )


def _quote(talk: Conversation, shown: Shown) -> Quote | None:
    if shown.quoted is None:
        return None
    quoted = talk.versions.get(shown.quoted)
    try:
        if quoted is not None:
            return read_quote(quoted, talk.included)
    except ParseError:
        return Quote(urls.seed(shown.quoted), state="not understood")
    why = talk.missing.get(shown.quoted, "not asked")
    return Quote(urls.seed(shown.quoted), state=why)


def _version(talk: Conversation, shown: Shown) -> tuple[Post, ...]:
    try:
        post = read_post(
            shown, talk.included, talk.now, quote=_quote(talk, shown), post_id=shown.id
        )
    except ParseError:
        talk.note("an earlier version of a post was not understood")
        return ()
    return (post,)


def _gone(talk: Conversation, members: dict[str, Shown]) -> tuple[str, ...]:
    gone = (talk.first(each) for each, title in talk.missing.items() if says_gone(title))
    return tuple(dict.fromkeys(each for each in gone if each not in members))


def _completeness(talk: Conversation, posts: Sequence[Post]) -> Completeness:
    own = [post for post in posts if post.branch is Branch.THREAD]
    gaps = sum(post.gap for post in own)
    said = [
        "the search was read to its end"
        if talk.listed
        else "as far as X shows it: what else its author added is not known"
    ]
    if gaps:
        said.append(f"{gaps} of its posts {'is' if gaps == 1 else 'are'} deleted or not shown")
    return Completeness(
        expected=len(own) if talk.listed else None,
        captured=len(own) - gaps,
        gaps=gaps,
        reason="; ".join((*said, *talk.notes)),
    )
