"""What does a post of a data export say? From its JSON to a post, and to its files."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping

from archiver.models import Author, Media, Post, Quote
from archiver.sources.fields import Fields
from archiver.sources.x import urls
from archiver.sources.x.export import Own
from archiver.sources.x.media import read_old_medium
from archiver.sources.x.post import language
from archiver.sources.x.rows import rows
from archiver.sources.x.text import compose, entities_of


def read_own(own: Own, owner: Author, at: dt.datetime) -> Post:
    """
    Read a post whole.

    Args:
        at: When the export was made, UTC: nothing in it is younger.

    Raises:
        ParseError: If a field is not of the documented type.
    """
    post = own.fields
    entities = post.maybe_inner("entities")
    quoted = _quoted(entities, own)
    words = compose(
        post.text("full_text") if post.has("full_text") else post.text("text"),
        entities_of(
            entities,
            indices=True,
            decorations=frozenset({quoted} if quoted else ()),
            own=frozenset({own.id, own.version}),
        ),
    )
    edited = own.version != own.id
    return Post(
        id=own.id,
        author=owner,
        url=urls.post_page(owner.handle, own.id),
        text=words.text,
        html=words.html,
        created_at=urls.time_of(own.id, at) or (None if edited else _date(post)),
        edited_at=urls.time_of(own.version, at) if edited else None,
        links=words.links,
        mentions=words.mentions,
        hashtags=words.hashtags,
        media=_media(post),
        quote=Quote(urls.seed(quoted), state="not in the export") if quoted else None,
        sensitive=post.values.get("possibly_sensitive") is True,
        language=language(post.words("lang")),
        bare=True,
    )


def is_cut(own: Own) -> bool:
    """Say whether an export holds only the beginning of a post: its last link leads to itself."""
    held = own.fields.values.get("entities")
    entities = Fields(held, "", "") if isinstance(held, dict) else None
    return any(
        urls.status_in(str(each.values.get("expanded_url") or "")) in {own.id, own.version}
        for each in rows(entities, "urls")[0]
    )


def _quoted(entities: Fields | None, own: Own) -> str:
    """The export does not say what a post quotes: its last link leads to another post then."""
    links = rows(entities, "urls")[0]
    last = links[-1].values.get("expanded_url") if links else None
    post_id = urls.status_in(last) if isinstance(last, str) else None
    return post_id if post_id and post_id not in {own.id, own.version} else ""


def _media(post: Fields) -> tuple[Media, ...]:
    """`extended_entities` holds all pictures and films, `entities` only the first."""
    for name in ("extended_entities", "entities"):
        holder = post.maybe_inner(name)
        found = [read_old_medium(each) for each in holder.objects("media")] if holder else []
        if found:
            return tuple(dict.fromkeys(each for each in found if each is not None))
    return ()


def _date(post: Fields) -> dt.datetime | None:
    """Read `Wed Oct 10 20:19:24 +0000 2018`."""
    try:
        at = dt.datetime.strptime(post.words("created_at"), "%a %b %d %H:%M:%S %z %Y")
    except ValueError:
        return None
    return at.astimezone(dt.UTC)


def media_files(post: Post, held: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[Media, str]]:
    """
    Say which file of an export is which attachment: `<post>-<last part of its address>`.

    Args:
        held: Names of files by the number of their post.
    """
    names = {name.rpartition("/")[2]: name for name in held.get(post.id, ())}
    for medium in post.media:
        last = medium.url.partition("?")[0].rpartition("/")[2]
        name = names.get(f"{post.id}-{last}")
        if name is not None:
            yield medium, name
