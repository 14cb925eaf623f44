"""What makes an ActivityStreams object a post of a conversation: its id, author and place."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import NoReturn

from archiver.errors import ParseError
from archiver.sources.activitypub.document import PLATFORM
from archiver.sources.activitypub.shapes import Thing, host_of

POSTS = frozenset(
    {
        "Note", "Article", "Page", "Question", "Video", "Audio", "Image", "Event", "Document",
        "Review", "Comment", "Quotation", "GeneratedNote", "Album",
    }
)  # fmt: skip
ACTORS = frozenset({"Person", "Service", "Application", "Group", "Organization"})
ACTIVITIES = frozenset({"Create", "Update", "Announce"})
PAGES = frozenset({"CollectionPage", "OrderedCollectionPage"})
COLLECTIONS = PAGES | {"Collection", "OrderedCollection"}


@dataclass(frozen=True, slots=True)
class Note:
    """
    A post as its own server shows it.

    Attributes:
        author: Id of the actor; of the same server as the post.
        parent: Id of what it replies to.
        host: Where it was written.
    """

    id: str
    author: str
    parent: str | None
    created_at: dt.datetime | None
    is_public: bool
    thing: Thing

    @classmethod
    def read(cls, thing: Thing, uri_r: str) -> Note:
        """
        Read it.

        Raises:
            ParseError: If it is no post, or has no id or author, or its author is of another
                server, which could then put words into anybody's mouth.
        """
        if not thing.types & POSTS:
            wrong(uri_r, "type", "names no post")
        if not thing.id:
            wrong(uri_r, "id", "is no address")
        author = _author(thing)
        if not author:
            wrong(uri_r, "attributedTo", "names no author")
        if host_of(author) != host_of(thing.id):
            wrong(uri_r, "attributedTo", "names an author of another server")
        parent = thing.one_id("inReplyTo")
        return cls(
            id=thing.id,
            author=author,
            parent=parent if parent and parent != thing.id else None,
            created_at=thing.time("published"),
            is_public=thing.is_public(),
            thing=thing,
        )

    @property
    def host(self) -> str:
        """Host and port of its server."""
        return host_of(self.id)


def _author(thing: Thing) -> str:
    """Where several are named (PeerTube: a person and a channel), the person counts."""
    people = (each.id for each in thing.things("attributedTo") if "Person" in each.types)
    told = next((each for each in people if each), "") or thing.one_id("attributedTo")
    return told or thing.one_id("actor")


def wrong(uri_r: str, field: str, what: str) -> NoReturn:
    """Raise ParseError: a field is not what is documented."""
    raise ParseError(
        f"{uri_r}: `{field}` {what}; this is not what {PLATFORM} documents",
        uri_r=uri_r,
        platform=PLATFORM,
        field=field,
    )


def object_of(value: object) -> object:
    """Give what a Create (or Update) in a list of activities made; other values as they are."""
    if isinstance(value, dict) and Thing(value).types & {"Create", "Update"}:
        made = Thing(value).each("object")
        return made[0] if made else None
    return value


def is_other_activity(value: object) -> bool:
    """Say whether a member of a list is an activity that makes no post: a boost, a like."""
    if not isinstance(value, dict):
        return False
    types = Thing(value).types
    return bool(types) and not types & (POSTS | {"Create", "Update", "Tombstone", "Link"})
