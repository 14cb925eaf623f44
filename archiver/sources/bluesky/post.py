"""What does a post on Bluesky say? From its view, or from its bare record, to a post."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from archiver.core.richtext import clean
from archiver.models import Author, Branch, Post
from archiver.sources.bluesky.embeds import Attached, read_record, read_view
from archiver.sources.bluesky.text import read_author, read_text, wants_login, warning
from archiver.sources.bluesky.urls import AtUri, at_uri, post_page
from archiver.sources.fields import Fields, time_of


@dataclass(frozen=True, slots=True)
class Seen:
    """
    A post that was seen, as far as its place in a conversation goes.

    Attributes:
        view: As the AppView shows it; None if it was found in its author's repository only.
        record: As its author made it.
    """

    uri: AtUri
    parent: str | None
    root: str | None
    created_at: dt.datetime | None
    view: Fields | None
    record: Fields

    @classmethod
    def in_view(cls, view: Fields) -> Seen:
        """Read what the AppView shows. Raises ParseError if it is not what is documented."""
        uri = at_uri(view.text("uri"))
        record = view.inner("record")
        if uri is None or uri.did != view.inner("author").text("did"):
            view.refuse("uri", "the at:// address of a record of its author")
        return cls._made(uri, view, record)

    @classmethod
    def in_repository(cls, entry: Fields, did: str) -> Seen:
        """Read a record of a repository. Raises ParseError if it is not what is documented."""
        uri = at_uri(entry.text("uri"))
        if uri is None or uri.did != did:
            entry.refuse("uri", "the at:// address of a record of this repository")
        return cls._made(uri, None, entry.inner("value"))

    @classmethod
    def _made(cls, uri: AtUri, view: Fields | None, record: Fields) -> Seen:
        reply = record.maybe_inner("reply")
        shown = [record.words("createdAt"), view.words("indexedAt") if view else ""]
        # createdAt is what the author's software says; it may lie in the future.
        times = [at for at in map(time_of, shown) if at is not None]
        return cls(
            uri=uri,
            parent=reply.inner("parent").text("uri") if reply else None,
            root=reply.inner("root").text("uri") if reply else None,
            created_at=min(times, default=None),
            view=view,
            record=record,
        )

    @property
    def id(self) -> str:
        """Its permanent id."""
        return str(self.uri)

    @property
    def wants_login(self) -> bool:
        """Its author asks not to be shown to people who are not logged in."""
        return self.view is not None and wants_login(self.view.inner("author"))


def read_post(
    seen: Seen, *, author: Author, pds: str | None, parent_id: str | None, branch: Branch
) -> Post:
    """
    Read a post whole.

    Args:
        author: Who wrote it, where it has no view of its own.
        pds: The server of its author's blobs; only needed without a view.

    Raises:
        ParseError: If a field is not of the documented type.
    """
    record = seen.record
    said = read_text(record)
    attached = _attached(seen, pds)
    who = read_author(seen.view.inner("author")) if seen.view else author
    linked = {link.uri_r for link in said.links}
    tags = (clean(each).strip().lstrip("#") for each in record.texts("tags"))
    warned = warning(seen.view, record)
    return Post(
        id=seen.id,
        author=who,
        url=post_page(who.handle or seen.uri.did, seen.uri.rkey),
        text=said.text,
        html=said.html,
        created_at=seen.created_at,
        parent_id=parent_id,
        branch=branch,
        links=(*said.links, *(link for link in attached.links if link.uri_r not in linked)),
        mentions=said.mentions,
        hashtags=tuple(dict.fromkeys((*said.hashtags, *(tag for tag in tags if tag)))),
        media=attached.media,
        quote=attached.quote,
        content_warning=warned,
        sensitive=bool(warned),
        language=next(iter(record.texts("langs")), None),
    )


def _attached(seen: Seen, pds: str | None) -> Attached:
    if seen.view is not None:
        return read_view(seen.view.maybe_inner("embed"))
    return read_record(seen.record.maybe_inner("embed"), did=seen.uri.did, pds=pds)
