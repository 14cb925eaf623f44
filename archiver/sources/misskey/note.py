"""What does a note of the Misskey API say? From its JSON to a post."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from archiver.core.richtext import RichText, clean, language_of, name_of, web_address
from archiver.models import (
    Author,
    Branch,
    Media,
    MediaKind,
    Poll,
    PollOption,
    Post,
    Quote,
)
from archiver.sources.fields import Fields
from archiver.sources.hosts import authority
from archiver.sources.misskey.mfm import from_mfm

_SHOWN = frozenset({"public", "public_non_ltl", "home"})
_KINDS = {"image": MediaKind.IMAGE, "video": MediaKind.VIDEO, "audio": MediaKind.AUDIO}
_SEALED = "its author shows posts only to those who are logged in"


@dataclass(frozen=True, slots=True)
class Note:
    """
    A note, as far as its place in a conversation goes.

    Attributes:
        id: Local to the server that was asked; sorts by time.
        uri: Global: the ActivityPub id.
        user: Local id of its author.
        parent: Local id of the note it replies to.
        replies: How many replies the server counts; None if it does not say.
        hidden: It exists, and is not shown to strangers.
        orphan: It replies to a note that the server does not have any more.
        lean: It was only shown inside a reply to it, which leaves some of it out.
    """

    id: str
    uri: str
    user: str
    parent: str | None
    replies: int | None
    created_at: dt.datetime
    hidden: bool
    orphan: bool
    lean: bool
    fields: Fields

    @classmethod
    def read(cls, fields: Fields, origin: str, *, lean: bool = False) -> Note:
        """Read it. Raises ParseError if it is not what is documented."""
        local = fields.text("id")
        parent = fields.maybe_text("replyId")
        shown = fields.words("visibility") in {"", *_SHOWN}
        embedded = "reply" in fields.values and fields.values["reply"] is None
        return cls(
            id=local,
            uri=web_address(fields.words("uri")) or f"{origin}/notes/{local}",
            user=fields.maybe_text("userId") or fields.inner("user").text("id"),
            parent=parent,
            replies=fields.maybe_count("repliesCount"),
            created_at=fields.time("createdAt"),
            hidden=fields.flag("isHidden") or not shown,
            orphan=parent is not None and embedded,
            lean=lean,
            fields=fields,
        )

    @property
    def renoted(self) -> str | None:
        """The local id of the note that this one only passes on; None if it says something."""
        says = any(self.fields.has(name) for name in ("text", "cw", "poll", "replyId"))
        if says or self.fields.values.get("files") or self.fields.values.get("fileIds"):
            return None
        return self.fields.maybe_text("renoteId")

    @property
    def edited_at(self) -> dt.datetime | None:
        """When a fork that lets notes be edited says it was; Misskey itself never says."""
        at = self.fields.maybe_time("updatedAt")
        return at if at is not None and at > self.created_at else None


def read_author(user: Fields, origin: str) -> Author:
    """Read a user; the handle is `name@host`, the id does not change with it."""
    name = name_of(user.text("username"))
    host = name_of(user.words("host"))
    local = f"@{name}@{host}" if host else f"@{name}"
    return Author(
        id=web_address(user.words("uri")) or f"{origin}/users/{user.text('id')}",
        handle=f"{name}@{host or authority(origin)}",
        name=name_of(user.words("name")) or name,
        url=web_address(user.words("url")) or f"{origin}/{local}",
        avatar_url=web_address(user.words("avatarUrl")),
    )


def read_post(note: Note, origin: str, *, parent_id: str | None, branch: Branch) -> Post:
    """
    Read a note whole.

    Args:
        parent_id: Global id of the note it replies to.

    Raises:
        ParseError: If a field is not of the documented type.
    """
    fields = note.fields
    said = read_text(fields, origin)
    files = fields.objects("files")
    user = fields.inner("user")
    return Post(
        id=note.uri,
        author=read_author(user, origin),
        url=web_address(fields.words("url")) or note.uri,
        text=said.text,
        html=said.html,
        created_at=note.created_at,
        edited_at=note.edited_at,
        parent_id=parent_id,
        branch=branch,
        links=said.links,
        mentions=said.mentions,
        hashtags=_hashtags(fields, said),
        media=tuple(media for each in files if (media := _media(each))),
        poll=_poll(fields.maybe_inner("poll")),
        quote=_quote(fields, origin),
        content_warning=clean(fields.words("cw")).strip(),
        sensitive=any(each.flag("isSensitive") for each in files),
        language=language_of(fields.maybe_text("lang")),
        sealed=_SEALED if user.flag("requireSigninToViewContents") else "",
    )


def read_text(fields: Fields, origin: str) -> RichText:
    """Read the text of a note."""
    names = frozenset(each.lower() for each in fields.texts("tags"))
    return from_mfm(fields.words("text"), origin=origin, hashtags=names)


def _hashtags(fields: Fields, said: RichText) -> tuple[str, ...]:
    """As the author wrote them (the API gives lower case), then those that are not in the text."""
    written = {name.lower() for name in said.hashtags}
    others = (clean(name) for name in fields.texts("tags"))
    return (*said.hashtags, *(name for name in others if name and name.lower() not in written))


def _media(file: Fields) -> Media | None:
    """None if the file is gone from the server's drive."""
    address = web_address(file.words("url"))
    if address is None:
        return None
    mime = file.words("type").lower()
    size = file.maybe_inner("properties")
    return Media(
        kind=_KINDS.get(mime.partition("/")[0], MediaKind.OTHER),
        url=address,
        alt=clean(file.words("comment")).strip(),
        mime=mime,
        width=size.maybe_count("width") if size else None,
        height=size.maybe_count("height") if size else None,
        preview_url=web_address(file.words("thumbnailUrl")),
    )


def _poll(poll: Fields | None) -> Poll | None:
    if poll is None:
        return None
    return Poll(
        options=tuple(
            PollOption(clean(each.text("text")).strip(), each.maybe_count("votes"))
            for each in poll.objects("choices")
        ),
        multiple=poll.flag("multiple"),
        closes_at=poll.maybe_time("expiresAt"),
    )


def _quote(fields: Fields, origin: str) -> Quote | None:
    """A note that passes another on and says something to it quotes it."""
    if not fields.has("renoteId"):
        return None
    quoted = fields.maybe_inner("renote")
    if quoted is None:
        return Quote(url=f"{origin}/notes/{fields.text('renoteId')}", state="deleted")
    note = Note.read(quoted, origin)
    url = web_address(quoted.words("url")) or note.uri
    if note.hidden:
        return Quote(url=url, state="unauthorized")
    said = read_text(quoted, origin)
    return Quote(
        url=url, author=read_author(quoted.inner("user"), origin), text=said.text, html=said.html
    )
