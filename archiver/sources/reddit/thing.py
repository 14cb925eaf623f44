"""What does a post or a comment of Reddit say? From its JSON to a post."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from archiver.core.htmltext import from_html
from archiver.core.richtext import RichText, clean, headed, name_of, web_address
from archiver.models import Author, Branch, Link, Post, Quote
from archiver.sources.epoch import maybe_epoch
from archiver.sources.fields import Fields
from archiver.sources.reddit.media import is_media, read_media, read_poll
from archiver.sources.reddit.urls import SITE

POST = "t3"
COMMENT = "t1"

_GONE = frozenset({"[deleted]", "[removed]", "[ removed by reddit ]", "[deleted by user]"})
_FULL = re.compile(r"t[13]_[0-9a-z]{1,13}")
_RELATIVE = re.compile(r'href="/(?!/)')
_ACCOUNT = re.compile(r'href="(https://www\.reddit\.com/u(?:ser)?/[A-Za-z0-9_-]{1,32}/?)"')


@dataclass(frozen=True, slots=True)
class Thing:
    """
    A post (`t3`) or a comment (`t1`).

    Attributes:
        id: Its full name, such as `t1_abc`: global and for ever.
        author: Permanent id of the account, or its name where that is not shown; empty if neither.
        parent: Full name of what it answers; None for a post.
        gone: Deleted by its author, or removed by moderators, and so not shown.
    """

    id: str
    author: str
    parent: str | None
    created_at: dt.datetime | None
    gone: bool
    fields: Fields

    @classmethod
    def read(cls, fields: Fields, kind: str) -> Thing:
        """Read it. Raises ParseError if it is not what is documented."""
        name = fields.words("name") or f"{kind}_{fields.text('id')}"
        parent = fields.text("parent_id") if kind == COMMENT else None
        if not _FULL.fullmatch(name) or not name.startswith(kind):
            fields.refuse("name", f"a full name that begins with {kind}_")
        if parent is not None and (not _FULL.fullmatch(parent) or parent == name):
            fields.refuse("parent_id", "the full name of another post or comment")
        return cls(
            id=name,
            author=_account_id(fields),
            parent=parent,
            created_at=maybe_epoch(fields, "created_utc"),
            gone=_is_gone(fields, kind),
            fields=fields,
        )


def _is_gone(fields: Fields, kind: str) -> bool:
    body = fields.words("body" if kind == COMMENT else "selftext").strip().lower()
    return body in _GONE or fields.words("removed_by_category") == "deleted"


def _account_id(fields: Fields) -> str:
    name = fields.words("author")
    return fields.words("author_fullname") or ("" if name.lower() in _GONE else name)


def author_of(fields: Fields) -> Author | None:
    """Give who wrote it; None if the account is deleted or not shown."""
    name = name_of(fields.words("author"))
    if not name or name.lower() in _GONE:
        return None
    return Author(
        id=fields.words("author_fullname") or f"u/{name}",
        handle=f"u/{name}",
        name=name,
        url=f"{SITE}/user/{name}",
    )


def url_of(fields: Fields) -> str:
    """Give the address of a post or comment as people see it; empty if it is not said."""
    path = fields.words("permalink")
    return (web_address(f"{SITE}{path}") or "") if path.startswith("/") else ""


def title_of(fields: Fields) -> str:
    """Give the title of a post, on one line; empty for a comment."""
    return " ".join(clean(fields.words("title")).split())


def read_post(thing: Thing, *, parent_id: str | None, branch: Branch) -> Post:
    """
    Make the post of a thing; the title of a post is its first paragraph.

    Raises:
        ParseError: If a field is not of the documented type.
    """
    fields = thing.fields
    said, target, title = _said(fields), _target(fields), title_of(fields)
    links = tuple(dict.fromkeys((*((Link(target, title),) if target else ()), *said.links)))
    shown = headed(said, title, target)
    edited = fields.values.get("edited")
    return Post(
        id=thing.id,
        author=author_of(fields),
        url=url_of(fields),
        text=shown.text,
        html=shown.html,
        created_at=thing.created_at,
        # `false`, or since when; old posts say `true`.
        edited_at=None if isinstance(edited, bool) else maybe_epoch(fields, "edited"),
        parent_id=parent_id,
        branch=branch,
        links=links,
        mentions=said.mentions,
        media=read_media(fields),
        poll=read_poll(fields),
        quote=_crosspost(fields),
        content_warning="Spoiler" if fields.flag("spoiler") else "",
        sensitive=fields.flag("over_18"),
    )


def _said(fields: Fields) -> RichText:
    source = fields.words("body_html") or fields.words("selftext_html")
    absolute = _RELATIVE.sub(f'href="{SITE}/', source)
    said = from_html(absolute, mention_urls=frozenset(_ACCOUNT.findall(absolute)))
    named = (each.strip("@/").removeprefix("u/").removeprefix("user/") for each in said.mentions)
    return dataclasses.replace(said, mentions=tuple(f"@u/{name}" for name in named))


def _target(fields: Fields) -> str | None:
    """Give where a link post leads; pictures, films and copies of other posts are none."""
    if fields.flag("is_self") or fields.has("crosspost_parent") or not fields.has("title"):
        return None
    address = web_address(fields.words("url_overridden_by_dest") or fields.words("url"))
    if address is None or is_media(fields) or _is_own(fields, address):
        return None
    return address


def _is_own(fields: Fields, address: str) -> bool:
    return bool(fields.words("permalink")) and urlsplit(address).path == fields.words("permalink")


def _crosspost(fields: Fields) -> Quote | None:
    parents = fields.readable("crosspost_parent_list")[0]
    if not parents:
        named = fields.words("crosspost_parent")
        return (
            Quote(f"{SITE}/comments/{named[3:]}", "not shown") if _FULL.fullmatch(named) else None
        )
    above = parents[0]
    url, said = url_of(above), _said(above)
    if not url:
        return None
    gone = _is_gone(above, POST)
    body = RichText() if gone else headed(said, title_of(above), _target(above))
    return Quote(url, "deleted" if gone else "shown", author_of(above), body.text, body.html)
