"""Which addresses name a post, a comment, a community or a person of a Lemmy server?"""

from __future__ import annotations

import re

from archiver.core.urls import origin_of, split
from archiver.models import RefKind, SourceRef

PLATFORM = "lemmy"
FAMILY = frozenset({"lemmy", "piefed"})
"""Names in nodeinfo of servers that speak this API."""

_NUMBER = r"[0-9]{1,18}"
_NAME = r"(?P<name>[\w.-]{1,255}(?:@[\w.-]{1,253}(?::\d{1,5})?)?)"
_POST = re.compile(rf"/post/(?P<id>{_NUMBER})(?:/(?P<comment>{_NUMBER}))?/?")
_POST_IN_COMMUNITY = re.compile(rf"/c/[\w.@-]{{1,255}}/p/(?P<id>{_NUMBER})(?:/[^/]{{0,300}})?/?")
_COMMENT = re.compile(rf"/comment/(?P<id>{_NUMBER})/?")
_COMMUNITY = re.compile(rf"/c/{_NAME}/?")
_PERSON = re.compile(rf"/u/{_NAME}/?")


def match(url: str) -> SourceRef | None:
    """
    Recognise an address by its shape; many sites have such, so the server must prove itself.

    Returns:
        With key (origin, `post` or `comment`, id) or (origin, `community` or `person`, name);
        None if it is none of these.
    """
    parts = split(url)
    if parts is None:
        return None
    origin = origin_of(url)
    for shape in (_POST, _POST_IN_COMMUNITY):
        if found := shape.fullmatch(parts.path):
            return SourceRef(PLATFORM, RefKind.THREAD, url, (origin, "post", found["id"]))
    if found := _COMMENT.fullmatch(parts.path):
        return SourceRef(PLATFORM, RefKind.THREAD, url, (origin, "comment", found["id"]))
    if found := _COMMUNITY.fullmatch(parts.path):
        return SourceRef(PLATFORM, RefKind.LIST, url, (origin, "community", found["name"]))
    if found := _PERSON.fullmatch(parts.path):
        return SourceRef(PLATFORM, RefKind.ACCOUNT, url, (origin, "person", found["name"]))
    return None


def home(uri: str, kind: str) -> tuple[str, str] | None:
    """
    Say where a post or comment is at home, by its global id: its server and its id there.

    >>> home("https://b.example/post/7", "post")
    ('https://b.example', '7')
    """
    ref = match(uri)
    return (ref.key[0], ref.key[2]) if ref and ref.key[1] == kind else None
