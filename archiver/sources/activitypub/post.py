"""From an ActivityStreams object to a post, and from an actor to its author."""

from __future__ import annotations

import html
from urllib.parse import unquote, urlsplit

from archiver.core.htmltext import from_html
from archiver.core.markdown import from_markdown
from archiver.core.richtext import RichText, clean, language_of, name_of, title_of, web_address
from archiver.models import Author, Branch, Post, Quote
from archiver.sources.activitypub.note import Note
from archiver.sources.activitypub.parts import (
    address_of,
    attached_links,
    edited_at,
    hashtags_of,
    media_of,
    mentions_of,
    poll_of,
    quoted,
)
from archiver.sources.activitypub.shapes import Thing, host_of

_PLAIN = frozenset({"Note", "Question", "Comment"})
"""Kinds whose `summary` warns of what follows; others have an abstract there, and a `name`."""


def read_author(actor_id: str, actor: Thing | None) -> Author:
    """
    Read an actor; its handle is `name@host`, so that it means the same everywhere.

    Args:
        actor: As its own server shows it; None if that did not: then its address must do.
    """
    host = host_of(actor_id)
    if actor is None:
        last = unquote(urlsplit(actor_id).path.rstrip("/").rpartition("/")[2]).lstrip("@")
        handle = name_of(last) or host
        return Author(id=actor_id, handle=f"{handle}@{host}", url=actor_id)
    handle = name_of(actor.words("preferredUsername")) or name_of(actor.words("name")) or host
    icon = actor.thing("icon")
    return Author(
        id=actor_id,
        handle=f"{handle}@{host}",
        name=name_of(actor.words("name")) or handle,
        url=address_of(actor),
        avatar_url=(icon.one_id("url") if icon else actor.one_id("icon")) or None,
    )


def title(note: Note, said: str, author: Author) -> str:
    """Give the title of a thread: what its author called it, its warning, or its first words."""
    thing = note.thing
    named = name_of(thing.by_language("name")[0]) if not thing.types & _PLAIN else ""
    return named or warning_of(thing) or title_of(said) or f"Thread by {author.name}"


def warning_of(thing: Thing) -> str:
    """Give the content warning; empty if there is none."""
    summary = thing.by_language("summary")[0] if thing.types & _PLAIN else ""
    return from_html(summary).text.strip() if summary else ""


def read_post(
    note: Note,
    author: Author,
    *,
    parent_id: str | None,
    branch: Branch,
    quote: Quote | None = None,
) -> Post:
    """Read a post where it stands."""
    thing = note.thing
    mentions, mention_urls = mentions_of(thing)
    said = words_of(thing, mention_urls)
    written = {name.lower() for name in said.hashtags}
    others = tuple(name for name in hashtags_of(thing) if name.lower() not in written)
    return Post(
        id=note.id,
        author=author,
        url=address_of(thing),
        text=said.text,
        html=said.html,
        created_at=note.created_at,
        edited_at=edited_at(thing),
        parent_id=parent_id,
        branch=branch,
        links=tuple(dict.fromkeys((*said.links, *attached_links(thing)))),
        mentions=mentions or said.mentions,
        hashtags=(*said.hashtags, *others),
        media=media_of(thing),
        poll=poll_of(thing),
        quote=quote,
        content_warning=warning_of(thing),
        sensitive=thing.flag("sensitive"),
        language=language_of(thing.by_language("content")[1]),
    )


def words_of(thing: Thing, mention_urls: frozenset[str] = frozenset()) -> RichText:
    """Read the words; a title stands before them, an abstract in their place if there are none."""
    content, _ = thing.by_language("content")
    before = ""
    if not thing.types & _PLAIN:
        content = content or thing.by_language("summary")[0]
        name = clean(thing.by_language("name")[0]).strip()
        before = f"<p><strong>{html.escape(name)}</strong></p>" if name else ""
    kind = thing.words("mediaType").partition(";")[0].strip().lower()
    if kind == "text/markdown":
        return from_markdown(content, breaks=True, before=before).text
    if kind == "text/plain":
        content = "<br>".join(html.escape(content).splitlines())
    return from_html(
        before + content,
        mention_urls=mention_urls,
        hashtags=frozenset(name.lower() for name in hashtags_of(thing)),
        has_quote=bool(quoted(thing)),
    )


def quote_of(address: str, quoted_note: Note | None, why: str, author: Author | None) -> Quote:
    """
    Say what is known of a quoted post.

    Args:
        address: Its id.
        why: Why it could not be read, if it could not.
    """
    if quoted_note is None:
        state = {"status 404": "deleted", "status 410": "deleted"}.get(why, "unauthorized")
        return Quote(url=web_address(address) or "", state=state if why else "shown")
    said = words_of(quoted_note.thing)
    return Quote(url=address_of(quoted_note.thing), author=author, text=said.text, html=said.html)
