"""What do a post and a comment of the Lemmy API say? From their JSON to posts of a thread."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from archiver.core.markdown import Marked, from_markdown, heading
from archiver.core.richtext import clean, name_of, web_address
from archiver.core.urls import origin_of
from archiver.models import Author, Branch, Media, MediaKind, Post
from archiver.sources.fields import Fields
from archiver.sources.hosts import authority

_ENDS = {
    MediaKind.IMAGE: re.compile(r"\.(?:png|jpe?g|gif|webp|avif|bmp|svg)$", re.IGNORECASE),
    MediaKind.VIDEO: re.compile(r"\.(?:mp4|webm|mov|m4v)$", re.IGNORECASE),
    MediaKind.AUDIO: re.compile(r"\.(?:mp3|ogg|oga|opus|flac|m4a)$", re.IGNORECASE),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """
    A post or a comment, as far as its place goes.

    Attributes:
        id: Local to the server that was asked.
        uri: Global: the ActivityPub id.
        user: Local id of its author; empty if not told.
        path: Local ids of the comments above it, the highest first; its own is not among them.
        gone: Its author deleted it, or a moderator removed it.
        fields: The post or comment itself.
        creator: Its author.
    """

    id: str
    uri: str
    user: str
    path: tuple[str, ...]
    created_at: dt.datetime
    gone: bool
    fields: Fields
    creator: Fields | None

    @classmethod
    def of_post(cls, view: Fields) -> Entry:
        """Read a post view. Raises ParseError if it is not what is documented."""
        return cls._read(view, "post", ())

    @classmethod
    def of_comment(cls, view: Fields) -> Entry:
        """Read a comment view. Raises ParseError if it is not what is documented."""
        above = view.inner("comment").text("path").split(".")
        return cls._read(view, "comment", tuple(above[1:-1]))

    @classmethod
    def _read(cls, view: Fields, kind: str, path: tuple[str, ...]) -> Entry:
        fields = view.inner(kind)
        creator = view.maybe_inner("creator")
        user = _number(fields, "creator_id") or _number(fields, "user_id")
        return cls(
            id=_number(fields, "id") or fields.refuse("id", "a number"),
            uri=web_address(fields.text("ap_id")) or fields.refuse("ap_id", "an address"),
            user=user or (_number(creator, "id") if creator else ""),
            path=path,
            created_at=fields.maybe_time("published") or fields.time("published_at"),
            gone=fields.flag("deleted") or fields.flag("removed"),
            fields=fields,
            creator=creator,
        )

    @property
    def edited_at(self) -> dt.datetime | None:
        """When it was edited; PieFed calls it otherwise."""
        for name in ("edited_at", "updated", "updated_at"):
            at = self.fields.maybe_time(name)
            if at is not None and at > self.created_at:
                return at
        return None


def _number(fields: Fields, name: str) -> str:
    value = fields.maybe_count(name)
    return "" if value is None else str(value)


def read_author(creator: Fields) -> Author:
    """Read a person; the id is the ActivityPub id, the handle `name@host`."""
    url = web_address(creator.words("actor_id") or creator.words("ap_id")) or ""
    name = name_of(creator.words("name") or creator.words("user_name"))
    shown = name_of(creator.words("display_name") or creator.words("title"))
    host = authority(origin_of(url))
    return Author(
        id=url or name,
        handle=f"{name}@{host}" if host else name,
        name=shown or name,
        url=url,
        avatar_url=web_address(creator.words("avatar")),
    )


def title_of_post(entry: Entry) -> str:
    """Give the title of a post; PieFed calls it otherwise."""
    return clean(entry.fields.words("name") or entry.fields.words("title")).strip()


def read_root(entry: Entry) -> Post:
    """Read a post whole: its title, the address it is about, and its text. Raises ParseError."""
    fields = entry.fields
    address = web_address(fields.words("url")) or ""
    kind = _kind(address, fields.words("url_content_type"))
    before = heading(title_of_post(entry), link="" if kind else address)
    said = from_markdown(fields.words("body"), before=before)
    return _post(entry, said, None, Branch.THREAD, _media(fields, address, kind))


def read_comment(entry: Entry, *, parent_id: str | None, branch: Branch) -> Post:
    """Read a comment whole; `parent_id` is the global id of what it answers. Raises ParseError."""
    said = from_markdown(entry.fields.words("content") or entry.fields.words("body"))
    return _post(entry, said, parent_id, branch, ())


def _post(
    entry: Entry, said: Marked, parent_id: str | None, branch: Branch, media: tuple[Media, ...]
) -> Post:
    shown = {each.url for each in media}
    return Post(
        id=entry.uri,
        author=read_author(entry.creator) if entry.creator else None,
        url=entry.uri,
        text=said.text.text,
        html=said.text.html,
        created_at=entry.created_at,
        edited_at=entry.edited_at,
        parent_id=parent_id,
        branch=branch,
        links=said.text.links,
        mentions=said.text.mentions,
        hashtags=said.text.hashtags,
        media=(*media, *(each for each in said.pictures if each.url not in shown)),
        sensitive=entry.fields.flag("nsfw"),
    )


def _kind(address: str, mime: str) -> MediaKind | None:
    """Say what the address of a post is if it is a file to be shown, not a page to be linked."""
    if not address:
        return None
    top = mime.partition("/")[0].lower()
    path = urlsplit(address).path
    for kind, ends in _ENDS.items():
        if top == kind.value or (not mime and ends.search(path)):
            return kind
    return None


def _media(fields: Fields, address: str, kind: MediaKind | None) -> tuple[Media, ...]:
    thumbnail = web_address(fields.words("thumbnail_url"))
    if kind is not None:
        mime = fields.words("url_content_type").lower()
        alt = clean(fields.words("alt_text")).strip()
        return (Media(kind, address, alt=alt, mime=mime, preview_url=thumbnail),)
    return (Media(MediaKind.IMAGE, thumbnail),) if thumbnail else ()
