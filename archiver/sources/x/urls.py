"""Which addresses name a post, an account, a list or a hashtag on X, and what does an id say?"""

from __future__ import annotations

import datetime as dt
import re
from urllib.parse import unquote, urlsplit

from archiver.core.richtext import web_address
from archiver.models import RefKind, SourceRef

PLATFORM = "x"

_HOSTS = frozenset(
    f"{prefix}{host}"
    for host in ("x.com", "twitter.com")
    for prefix in ("", "www.", "mobile.", "m.")
)
_ID = re.compile(r"[1-9][0-9]{0,18}")
_NAME = re.compile(r"[A-Za-z0-9_]{1,20}")
_POST_PATH = re.compile(
    r"/(?:[A-Za-z0-9_]{1,20}|i/web)/status(?:es)?/([1-9][0-9]{0,18})"
    r"(?:/(?:photo|video|history|analytics|likes|retweets|quotes)(?:/[0-9]{1,2})?)?/?"
)
_LIST_PATH = re.compile(r"/i/lists/([1-9][0-9]{0,18})/?")
_TAG_PATH = re.compile(r"/hashtag/([^/?#]{1,200})/?")
_ACCOUNT_PATH = re.compile(r"/@?([A-Za-z0-9_]{1,15})(?:/with_replies|/media)?/?")
_OWN_MEDIA = re.compile(r"/[A-Za-z0-9_/]{1,30}/status(?:es)?/([0-9]{1,19})/(?:photo|video)/[0-9]+")
_NOBODY = frozenset({
    "home", "explore", "search", "i", "settings", "messages", "notifications", "login", "signup",
    "logout", "tos", "privacy", "about", "compose", "jobs", "download", "intent", "share",
    "hashtag", "account", "oauth", "who_to_follow", "status", "web",
})  # fmt: skip
"""Paths that look like accounts and are none."""

_FIRST_SNOWFLAKE = 29_700_859_247  # 4 November 2010; older ids hold no time
_SNOWFLAKE_EPOCH_MS = 1_288_834_974_657


def match(url: str) -> SourceRef | None:
    """
    Recognise the address of a post, an account, a list or a hashtag.

    Returns:
        With key (id,) for a post or a list, (name,) for an account, (tag,) for a hashtag. The
        account in the address of a post says nothing: it is decoration.
    """
    path = _path(url)
    if path is None:
        return None
    if found := _POST_PATH.fullmatch(path):
        return SourceRef(PLATFORM, RefKind.THREAD, url, (found[1],))
    if found := _LIST_PATH.fullmatch(path):
        return SourceRef(PLATFORM, RefKind.LIST, url, (found[1],))
    found = _TAG_PATH.fullmatch(path)
    if found and re.fullmatch(r"\w+", found[1]):
        return SourceRef(PLATFORM, RefKind.TAG, url, (found[1],))
    found = _ACCOUNT_PATH.fullmatch(path)
    if found and found[1].lower() not in _NOBODY:
        return SourceRef(PLATFORM, RefKind.ACCOUNT, url, (found[1],))
    return None


def _path(url: str) -> str | None:
    """Give the path on X; that of the addresses of 2011 (`twitter.com/#!/…`) is the fragment."""
    try:
        parts = urlsplit(url.strip())
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or host not in _HOSTS or "@" in parts.netloc:
        return None
    if parts.path in {"", "/"} and parts.fragment.startswith("!/"):
        return unquote(parts.fragment[1:].partition("?")[0])
    return unquote(parts.path)


def is_id(text: str) -> bool:
    """Say whether a text is the number of a post, an account or a list."""
    return _ID.fullmatch(text) is not None


def is_name(text: str) -> bool:
    """Say whether a text can be the name of an account."""
    return _NAME.fullmatch(text) is not None


def status_in(url: str) -> str | None:
    """Give the id of the post that an address of X names, or None."""
    ref = match(url)
    return ref.key[0] if ref is not None and ref.kind is RefKind.THREAD else None


def media_owner(url: str) -> str | None:
    """Give the id of the post whose picture or film an address of X names, or None."""
    found = _OWN_MEDIA.fullmatch(_path(url) or "")
    return found[1] if found else None


def post_page(name: str, post_id: str) -> str:
    """Write the address of a post as people see it."""
    return f"https://x.com/{name or 'i'}/status/{post_id}"


def seed(post_id: str) -> str:
    """Write the address of a post that stays when its author takes another name."""
    return f"https://x.com/i/status/{post_id}"


def account_page(name: str) -> str:
    """Write the address of an account; empty if it has no name."""
    return f"https://x.com/{name}" if name else ""


def time_of(post_id: str, now: dt.datetime) -> dt.datetime | None:
    """
    Read the time out of a post's number; None where it holds none, or one after `now`.

    Source: reference/protocols.md, 5.1 (snowflake)
    """
    number = int(post_id)
    if number < _FIRST_SNOWFLAKE:
        return None
    unix_ms = (number >> 22) + _SNOWFLAKE_EPOCH_MS
    if unix_ms > now.timestamp() * 1000:
        return None
    return dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(milliseconds=unix_ms)


def original(url: str) -> str | None:
    """
    Give the address of a picture as it was uploaded; of anything else the address itself.

    >>> original("https://pbs.twimg.com/media/F.jpg?name=small")
    'https://pbs.twimg.com/media/F.jpg?name=orig'
    """
    address = web_address(url)
    if address is None:
        return None
    parts = urlsplit(address)
    if parts.hostname != "pbs.twimg.com" or not parts.path.startswith("/media/"):
        return address
    path = parts.path.partition(":")[0]  # `F.jpg:large` was the form of 2015
    kind = re.search(r"(?:^|&)format=([a-z0-9]{1,5})(?:&|$)", parts.query)
    if kind and "." not in path.rpartition("/")[2]:
        path = f"{path}.{kind[1]}"
    return f"https://pbs.twimg.com{path}?name=orig"


def avatar(url: str) -> str | None:
    """Give the address of a profile picture as it was uploaded, not its 48 pixel form."""
    return web_address(re.sub(r"_(?:normal|bigger|mini)(?=\.[a-z]{3,4}$)", "", url))
