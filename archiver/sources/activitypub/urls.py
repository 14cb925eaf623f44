"""Which seeds may name something of ActivityPub: any address, and the handle of an account."""

from __future__ import annotations

import re
from urllib.parse import quote

from archiver.core.richtext import web_address
from archiver.core.urls import split
from archiver.errors import FetchError, NotFound
from archiver.models import RefKind, SourceRef
from archiver.sources.activitypub.document import PLATFORM, ask_name
from archiver.sources.activitypub.note import wrong
from archiver.sources.activitypub.session import Asking
from archiver.sources.activitypub.shapes import Thing
from archiver.sources.answers import failure, json_object

_HANDLE = re.compile(r"(?:acct:|@)([^\s@/?#:]{1,200})@([A-Za-z0-9.-]{1,253}(?::[0-9]{1,5})?)")
_KINDS = ("application/activity+json", "application/ld+json")


def match(url: str) -> SourceRef | None:
    """
    Recognise any http or https address, `@user@host` and `acct:user@host`.

    Returns:
        With the address as key; for a handle with that of its WebFinger answer, and the handle.
    """
    handle = _HANDLE.fullmatch(url.strip())
    if handle is not None:
        name = f"{handle[1]}@{handle[2].lower()}"
        asked = f"https://{handle[2].lower()}/.well-known/webfinger?resource=acct:"
        return SourceRef(
            PLATFORM, RefKind.ACCOUNT, url, (asked + quote(name, safe="@"), f"acct:{name}")
        )
    if split(url) is None:
        return None
    return SourceRef(PLATFORM, RefKind.THREAD, url, (url.strip(),))


def find_actor(ref: SourceRef) -> Asking[str]:
    """
    Ask a server for the actor behind a handle.

    Raises:
        FetchError: If it does not say; NotFound if there is no such account.
        ParseError: If the answer is not what is documented.

    Source: RFC 7033; reference/protocols.md, 3.1
    """
    url, handle = ref.key
    (answer,) = yield (ask_name(url),)
    problem = failure(answer, subject="the account")
    if isinstance(problem, NotFound):
        raise NotFound(f"{ref.url}: the server knows no such account", uri_r=ref.url, status=404)
    if isinstance(problem, FetchError):
        raise problem
    found = Thing(json_object(answer, platform=PLATFORM, subject="the account").values)
    for link in found.things("links"):
        kind = link.words("type").partition(";")[0].strip()
        if link.words("rel") == "self" and kind in _KINDS:
            actor = web_address(link.words("href"))
            if actor is not None:
                return actor
    wrong(url, "links", f"names no actor for {handle}")
