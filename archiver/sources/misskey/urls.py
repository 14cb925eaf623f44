"""Which addresses name a note, an account or a hashtag of a Misskey server?"""

from __future__ import annotations

import re
from urllib.parse import unquote

from archiver.core.urls import origin_of, split
from archiver.models import RefKind, SourceRef

PLATFORM = "misskey"

FAMILY = frozenset(
    {
        "misskey",
        "sharkey",
        "firefish",
        "calckey",
        "iceshrimp",
        "foundkey",
        "cherrypick",
        "catodon",
        "hajkey",
        "magnetar",
        "meisskey",
    }
)
"""Names in nodeinfo of servers that speak this API."""

_ID = r"(?P<id>[A-Za-z0-9_-]{4,64})"
_NOTE = re.compile(rf"/notes/{_ID}(?:/activity)?/?")
_USER = re.compile(rf"/users/{_ID}/?")
_ACCOUNT = re.compile(
    r"/@(?P<acct>[\w.-]{1,200}(?:@[\w.-]{1,253}(?::\d{1,5})?)?)(?:/(?:notes|files|featured))?/?"
)
_TAG = re.compile(r"/(?:tags|explore/tags)/(?P<tag>[^/]{1,300})/?")


def match(url: str) -> SourceRef | None:
    """
    Recognise an address by its shape; the host may be any.

    Returns:
        With key (origin, note id), (origin, name or name@host), (origin, "", user id) or
        (origin, hashtag); None if it is none of these.
    """
    parts = split(url)
    if parts is None:
        return None
    origin = origin_of(url)
    if found := _NOTE.fullmatch(parts.path):
        return SourceRef(PLATFORM, RefKind.THREAD, url, (origin, found["id"]))
    if found := _ACCOUNT.fullmatch(parts.path):
        return SourceRef(PLATFORM, RefKind.ACCOUNT, url, (origin, found["acct"]))
    if found := _USER.fullmatch(parts.path):
        return SourceRef(PLATFORM, RefKind.ACCOUNT, url, (origin, "", found["id"]))
    if found := _TAG.fullmatch(parts.path):
        return SourceRef(PLATFORM, RefKind.TAG, url, (origin, unquote(found["tag"])))
    return None


def home(uri: str) -> tuple[str, str] | None:
    """
    Say where a note is at home, by its global id: its server and its id there.

    >>> home("https://b.example/notes/9abcdef")
    ('https://b.example', '9abcdef')
    """
    ref = match(uri)
    return (ref.key[0], ref.key[1]) if ref and ref.kind is RefKind.THREAD else None
