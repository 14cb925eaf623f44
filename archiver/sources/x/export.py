"""What do the files of a data export hold? Whose it is, and the posts one by one."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NoReturn

from archiver.core.richtext import clean
from archiver.errors import ParseError
from archiver.models import Author
from archiver.sources.fields import Fields, time_of
from archiver.sources.x import urls
from archiver.sources.x.urls import PLATFORM

_POSTS = re.compile(r"tweets?(?:-part[0-9]{1,4})?\.js")
_MEDIA_FOLDERS = frozenset({"tweets_media", "tweet_media"})
_MAX_MARKS = 12_000_000  # a post has about eighty, so this is far more than any account wrote
_REPOST = re.compile(r"RT @[A-Za-z0-9_]{1,20}: ")


@dataclass(frozen=True, slots=True)
class Members:
    """Names of the files of an export that matter here; media by the number of their post."""

    account: str
    posts: tuple[str, ...]
    manifest: str
    media: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Own:
    """A post of the account, as far as its place goes; `id` is that of its first version."""

    id: str
    version: str
    parent: str | None
    parent_author: str
    repost: bool
    fields: Fields


def members(names: Iterable[str], file_name: str) -> Members:
    """
    Find the files that matter, in `data/` or, in old exports, at the top.

    Raises:
        ParseError: If this is no export of X.
    """
    account = manifest = ""
    posts: list[str] = []
    media: dict[str, list[str]] = {}
    for name in names:
        *folders, last = name.split("/")
        folder = folders[-1] if folders else ""
        number = last.partition("-")[0]
        if folder in _MEDIA_FOLDERS and urls.is_id(number):
            media.setdefault(number, []).append(name)
        elif folder != "data" and len(folders) > 1:
            continue
        elif last == "account.js":
            account = name
        elif last == "manifest.js":
            manifest = name
        elif _POSTS.fullmatch(last):
            posts.append(name)
    if not account or not posts:
        missing = "account.js" if posts else "tweets.js"
        raise ParseError(
            f"{file_name}: is no data export of X, since it holds no data/{missing}",
            uri_r=file_name,
            platform=PLATFORM,
            field=missing,
        )
    found = {number: tuple(sorted(each)) for number, each in media.items()}
    return Members(account, tuple(sorted(posts)), manifest, found)


def read_account(body: bytes, name: str) -> Author:
    """Read whose export it is. Raises ParseError."""
    for entry in _entries(body, name):
        account = entry.inner("account")
        handle = account.words("username")
        handle = handle if urls.is_name(handle) else ""
        number = account.text("accountId")
        if not urls.is_id(number):
            account.refuse("accountId", "the number of an account")
        return Author(
            id=number,
            handle=handle,
            name=clean(account.words("accountDisplayName")).strip(),
            url=urls.account_page(handle),
        )
    _refuse(name, "holds no account", "account")


def made_at(body: bytes, now: dt.datetime) -> dt.datetime:
    """Say when an export was made, by its manifest; now, if that does not say so."""
    found = re.search(rb'"generationDate"\s*:\s*"([0-9T:.Z+-]{10,40})"', body)
    at = time_of(found[1].decode()) if found else None
    return min(at, now) if at is not None else now


def read_posts(body: bytes, name: str) -> tuple[tuple[Own, ...], int]:
    """
    Read one file of posts.

    Returns:
        The posts, and how many could not be read.

    Raises:
        ParseError: If the file is not what X documents.
    """
    own: list[Own] = []
    odd = 0
    for entry in _entries(body, name):
        try:
            own.append(_own(entry.maybe_inner("tweet") or entry))
        except ParseError:
            odd += 1
    return tuple(own), odd


def _entries(body: bytes, name: str) -> Iterator[Fields]:
    """Give the entries of a file: what follows the first `=`. It is never run as a program."""
    _, sign, rest = body.partition(b"=")
    if not sign:
        _refuse(name, "does not begin with `window.YTD… =`", "")
    if sum(rest.count(each) for each in (b"{", b"[", b",")) > _MAX_MARKS:
        _refuse(name, f"holds over {_MAX_MARKS:,} parts; no account wrote so much", "")
    try:
        values = json.loads(rest.strip().removesuffix(b";"))
    except (ValueError, RecursionError) as err:
        why = "nested too deep" if isinstance(err, RecursionError) else str(err)
        _refuse(name, f"is not JSON after the first `=` ({why})", "")
    if not isinstance(values, list):
        _refuse(name, "is no list", "")
    for number, value in enumerate(values):
        usable = value if isinstance(value, dict) else {}
        yield Fields(usable, name, PLATFORM, f"[{number}]")


def _refuse(name: str, why: str, place: str) -> NoReturn:
    raise ParseError(
        f"{name}: {why}; this is not what an export of X holds",
        uri_r=name,
        platform=PLATFORM,
        field=place,
    )


def _own(post: Fields) -> Own:
    version = post.text("id_str") if post.has("id_str") else post.text("id")
    if not urls.is_id(version):
        post.refuse("id_str", "the number of a post")
    parent = post.words("in_reply_to_status_id_str") or post.words("in_reply_to_status_id")
    words = post.text("full_text") if post.has("full_text") else post.text("text")
    return Own(
        id=min((*_versions(post), version), key=int),
        version=version,
        parent=parent if urls.is_id(parent) else None,
        parent_author=post.words("in_reply_to_user_id_str") or post.words("in_reply_to_user_id"),
        repost=_REPOST.match(words) is not None,
        fields=post,
    )


def _versions(post: Fields) -> Iterator[str]:
    info = post.values.get("edit_info")
    held = list(info.values()) if isinstance(info, dict) else []
    for each in held:
        if not isinstance(each, dict):
            continue
        inner = each.get("editControlInitial")
        control = inner if isinstance(inner, dict) else each
        ids = control.get("editTweetIds")
        named = [*(ids if isinstance(ids, list) else ()), each.get("initialTweetId")]
        yield from (name for name in named if isinstance(name, str) and urls.is_id(name))
