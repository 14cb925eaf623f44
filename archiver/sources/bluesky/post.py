"""What does a post on Bluesky say? From its view, or from its bare record, to a post."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from archiver.core.richtext import clean
from archiver.errors import ParseError
from archiver.models import Author, Branch, Post
from archiver.sources.bluesky import labels
from archiver.sources.bluesky.blobs import originals, read_record
from archiver.sources.bluesky.embeds import Attached, read_view
from archiver.sources.bluesky.text import read_author, read_text
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


@dataclass(frozen=True, slots=True)
class Reading:
    """
    What is known around a thread when its posts are read.

    Attributes:
        author: Who began the thread; writes what has no view of its own.
        at: Time of the observation, UTC-aware; labels expire.
        pds: The server of that author's blobs; None if nobody knows.
        originals: Media as uploaded are wanted, not as the CDN shows them.
        sealed: Why what has no view of its own is never published; empty if it may be.
    """

    author: Author
    at: dt.datetime
    pds: str | None = None
    originals: bool = True
    sealed: str = ""


def read_post(seen: Seen, reading: Reading, *, parent_id: str | None, branch: Branch) -> Post:
    """
    Read a post whole.

    Raises:
        ParseError: If a field is not of the documented type.
    """
    record, view, at = seen.record, seen.view, reading.at
    said = read_text(record)
    attached = _attached(seen, reading)
    who = read_author(view.inner("author")) if view else reading.author
    linked = {link.uri_r for link in said.links}
    tags = (clean(each).strip().lstrip("#") for each in record.texts("tags"))
    warned = labels.warning(view, record, at)
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
        sensitive=bool(warned) or (view is not None and labels.is_sensitive(view, at)),
        language=next(iter(record.texts("langs")), None),
        sealed=labels.sealed(view, at) if view else reading.sealed,
        bare=view is None,
    )


def _attached(seen: Seen, reading: Reading) -> Attached:
    own = seen.uri.did == reading.author.id  # the servers of others are not asked for
    embed = seen.record.maybe_inner("embed")
    pds = reading.pds if own else None
    if seen.view is None:
        bare = read_record(embed, did=seen.uri.did, pds=pds)
        return replace(bare, media=tuple(each for each in bare.media if each.url))
    shown = read_view(seen.view.maybe_inner("embed"), reading.at)
    if not shown.media:
        return shown
    try:
        uploaded = read_record(embed, did=seen.uri.did, pds=pds).media
    except ParseError:
        return shown  # a record of an odd shape, that the AppView understands all the same
    return replace(shown, media=originals(shown.media, uploaded, wanted=reading.originals))
