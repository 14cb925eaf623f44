"""What does a post of the API say? From its JSON, with what the answers include, to a post."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from archiver.core.richtext import RichText, clean
from archiver.errors import ParseError
from archiver.models import Author, Branch, Media, Poll, Post, Quote
from archiver.sources.fields import Fields, time_of
from archiver.sources.x import urls
from archiver.sources.x.media import read_medium, read_poll
from archiver.sources.x.text import compose, entities_of


@dataclass(frozen=True, slots=True)
class Shown:
    """
    A post as the API showed it, as far as its place in a conversation goes.

    Attributes:
        id: Id of its first version, for ever.
        version: Id of the version that is shown; another one only after an edit.
        versions: Ids of all versions, oldest first.
        parent: Id of the post that it answers (of whichever version of it).
        parent_author: Id of who wrote that.
        quoted: Id of the post that it quotes.
    """

    id: str
    version: str
    versions: tuple[str, ...]
    author: str
    conversation: str
    parent: str | None
    parent_author: str
    quoted: str | None
    reposted: bool
    fields: Fields

    @classmethod
    def of(cls, post: Fields) -> Shown:
        """Read it. Raises ParseError if it is not what is documented."""
        version = _id(post, "id")
        history = [each for each in post.texts("edit_history_tweet_ids") if urls.is_id(each)]
        versions = tuple(sorted({*history, version}, key=int))
        named = {each.words("type"): each.words("id") for each in post.objects("referenced_tweets")}
        parent, quoted = named.get("replied_to", ""), named.get("quoted", "")
        return cls(
            id=versions[0],
            version=version,
            versions=versions,
            author=_id(post, "author_id"),
            conversation=_id(post, "conversation_id") if post.has("conversation_id") else version,
            parent=parent if urls.is_id(parent) else None,
            parent_author=post.words("in_reply_to_user_id"),
            quoted=quoted if urls.is_id(quoted) else None,
            reposted="retweeted" in named,
            fields=post,
        )


def _id(post: Fields, name: str) -> str:
    value = post.text(name)
    if not urls.is_id(value):
        post.refuse(name, "the number of a post or account")
    return value


@dataclass(slots=True)
class Included:
    """What the answers bring beside posts: users, media and polls by their keys."""

    users: dict[str, Fields] = field(default_factory=dict)
    media: dict[str, Fields] = field(default_factory=dict)
    polls: dict[str, Fields] = field(default_factory=dict)


def read_user(user: Fields) -> Author:
    """Read an account; its number is permanent, its name is not."""
    name = user.words("username")
    name = name if urls.is_name(name) else ""
    return Author(
        id=_id(user, "id"),
        handle=name,
        name=clean(user.words("name")).strip(),
        url=urls.account_page(name),
        avatar_url=urls.avatar(user.words("profile_image_url")),
    )


def author_of(shown: Shown, included: Included) -> Author:
    """Give who wrote a post; by its number alone if the answers do not say more."""
    user = included.users.get(shown.author)
    try:
        return read_user(user) if user else Author(shown.author)
    except ParseError:
        return Author(shown.author)


def said(shown: Shown) -> RichText:
    """Read the words of a post; those of a long one stand in its note."""
    post = shown.fields
    note = post.maybe_inner("note_tweet")
    holder = note if note is not None and note.has("text") else post
    quoted = frozenset({shown.quoted} if shown.quoted else ())
    entities = entities_of(
        holder.maybe_inner("entities"),
        indices=False,
        decorations=quoted,
        own=frozenset(shown.versions),
    )
    return compose(holder.words("text"), entities)


def read_post(
    shown: Shown,
    included: Included,
    now: dt.datetime,
    *,
    quote: Quote | None = None,
    parent_id: str | None = None,
    branch: Branch = Branch.THREAD,
    post_id: str = "",
) -> Post:
    """
    Read a post whole.

    Args:
        post_id: Id of its first version, where it is known better than by this one alone.
        now: Time of the observation, UTC-aware: nothing is younger.
        quote: What it quotes, as it is read elsewhere.

    Raises:
        ParseError: If a field is not of the documented type.
    """
    post, words = shown.fields, said(shown)
    author = author_of(shown, included)
    own = post_id or shown.id
    first = shown.version == own
    said_at = _not_after(time_of(post.words("created_at")), now)
    return Post(
        id=own,
        author=author,
        url=urls.post_page(author.handle, own),
        text=words.text,
        html=words.html,
        created_at=urls.time_of(own, now) or (said_at if first else None),
        edited_at=None if first else urls.time_of(shown.version, now) or said_at,
        parent_id=parent_id,
        branch=branch,
        links=words.links,
        mentions=words.mentions,
        hashtags=words.hashtags,
        media=_media(post, included.media),
        poll=_poll(post, included.polls),
        quote=quote,
        sensitive=post.flag("possibly_sensitive"),
        language=language(post.words("lang")),
    )


def read_quote(shown: Shown, included: Included) -> Quote:
    """Read a quoted post."""
    author, words = author_of(shown, included), said(shown)
    page = urls.post_page(author.handle, shown.id)
    return Quote(page, author=author, text=words.text, html=words.html)


def language(code: str) -> str | None:
    """Give a language; X has codes of its own for none (`und`, `zxx`, `qme` and more of those)."""
    return code if code not in {"", "und", "zxx"} and not code.startswith("q") else None


def _not_after(at: dt.datetime | None, now: dt.datetime) -> dt.datetime | None:
    return at if at is None or at <= now else None


def _media(post: Fields, known: Mapping[str, Fields]) -> tuple[Media, ...]:
    attached = post.maybe_inner("attachments")
    keys = attached.texts("media_keys") if attached else ()
    found = (read_medium(known[key]) for key in keys if key in known)
    return tuple(dict.fromkeys(each for each in found if each is not None))


def _poll(post: Fields, known: Mapping[str, Fields]) -> Poll | None:
    attached = post.maybe_inner("attachments")
    keys = attached.texts("poll_ids") if attached else ()
    return next((read_poll(known[key]) for key in keys if key in known), None)
