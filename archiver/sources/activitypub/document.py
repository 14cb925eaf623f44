"""Is an answer an ActivityPub document, and what does it hold?"""

from __future__ import annotations

import dataclasses
import re

from archiver.errors import ArchiverError, NotThisPlatform
from archiver.models import Exchange, FetchRequest, Outcome
from archiver.sources.activitypub.shapes import Thing, host_of
from archiver.sources.answers import failure, json_object, reduced

PLATFORM = "activitypub"
SIGNED = "activitypub"
"""Name of the credential that signs a request, its path with the query."""
SIGNED_PATH = "activitypub-path"
"""The same without the query, as Mastodon used to want it (protocols 3.1)."""

_ACCEPT = 'application/activity+json, application/ld+json; profile="https://www.w3.org/ns/activitystreams"'
_MAX_BYTES = 8_000_000
_PAGES = frozenset({"text/html", "application/xhtml+xml"})
_PROFILE = re.compile(
    r"profile\s*=\s*\"?[^\"]*https?://www\.w3\.org/ns/activitystreams(?=[\s\"]|$)"
)


def ask(url: str, *, credential: str | None = None) -> FetchRequest:
    """Make the request for an ActivityPub document."""
    return FetchRequest(
        url,
        headers=(("Accept", _ACCEPT),),
        keep_bytes=_MAX_BYTES,
        max_bytes=_MAX_BYTES,
        credential=credential,
    )


def ask_name(url: str) -> FetchRequest:
    """Make the request for a WebFinger answer (RFC 7033, 4)."""
    return FetchRequest(url, headers=(("Accept", "application/jrd+json"),), keep_bytes=1_000_000)


def is_page(answer: Exchange) -> bool:
    """Say whether a page for people came."""
    return answer.outcome is Outcome.OK and answer.mime in _PAGES


def is_document(answer: Exchange) -> bool:
    """
    Say by its Content-Type whether an answer is an ActivityPub document.

    Nothing else is believed: a file that somebody uploaded may hold the same words.

    Source: ActivityPub, 3.2
    """
    if answer.mime == "application/activity+json":
        return True
    kind = answer.header("content-type") or ""
    return answer.mime == "application/ld+json" and _PROFILE.search(kind) is not None


def is_tombstone(answer: Exchange) -> bool:
    """
    Say whether a server put a tombstone in the place of something, whatever its status is.

    Source: Activity Vocabulary, `Tombstone`; ActivityPub, 6.11
    """
    if answer.outcome is not Outcome.OK or not is_document(answer):
        return False
    shown = dataclasses.replace(answer, status=200)
    try:
        thing = Thing(json_object(shown, platform=PLATFORM, subject="the document").values)
    except ArchiverError:
        return False
    return "Tombstone" in thing.types and host_of(thing.id) in ("", host_of(answer.request.url))


def read(answer: Exchange) -> Thing:
    """
    Read an ActivityPub document.

    Raises:
        FetchError: If the server did not give it; NotFound for 404 and 410.
        NotThisPlatform: If something else came.
        ParseError: If it is not JSON.
    """
    return reduced(answer, _read)


def _read(answer: Exchange) -> Thing:
    problem = failure(answer, subject="the document")
    if problem is not None:
        raise problem
    if not is_document(answer):
        kind = answer.mime or "an answer without a type"
        url = answer.request.url
        raise NotThisPlatform(f"{url}: {kind} came where ActivityPub was asked for", uri_r=url)
    return Thing(json_object(answer, platform=PLATFORM, subject="the document").values)
