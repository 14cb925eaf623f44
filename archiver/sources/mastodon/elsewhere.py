"""What if a server does not answer as Mastodon's API does: another way, or another platform?"""

from __future__ import annotations

import dataclasses

from archiver.errors import (
    AccessDenied,
    ArchiverError,
    CredentialMissing,
    FetchError,
    NotFound,
    NotThisPlatform,
    ParseError,
)
from archiver.models import Observation, RefKind, SourceRef, ThreadObservation
from archiver.ports import Source
from archiver.sources.answers import Answers, Missing
from archiver.sources.mastodon.gone import FAMILY, in_their_words
from archiver.sources.mastodon.talk import question
from archiver.sources.mastodon.urls import PLATFORM, Site, host_of
from archiver.sources.nodeinfo import software

_VARIABLE = "ARCHIVER_MASTODON_TOKENS"


def refuse_others(ref: SourceRef, answers: Answers, err: ArchiverError) -> None:
    """
    Ask which software a server runs that did not answer as documented.

    A server that says 404 in the words of the API is one; so is one that the thread which is
    stored under this address came from, though not one that only a post of it claims.

    Raises:
        NotThisPlatform: If it runs another, or does not say and answers nothing of the API.
        Missing: If something must be asked first.
    """
    if not isinstance(err, NotFound | ParseError | AccessDenied):
        return
    site = Site(ref.key[0])
    if ref.known and host_of(ref.known[0].id) == site.authority:
        return
    if isinstance(err, NotFound) and in_their_words(answers.get(question(err.uri_r)), site):
        return
    name = software(answers, ref.key[0])
    may_be_closed = isinstance(err, AccessDenied) and ref.kind in (RefKind.THREAD, RefKind.ACCOUNT)
    if name in FAMILY or (not name and may_be_closed):
        return
    raise NotThisPlatform(
        f"{ref.url}: {host_of(ref.url)} runs {name or 'nothing that answers as Mastodon does'}",
        uri_r=ref.url,
    ) from err


def by_activitypub(fallback: Source, ref: SourceRef, answers: Answers) -> Observation | None:
    """
    Read a thread of a server whose API is closed by the protocol that servers speak.

    Returns:
        The thread under the identity that it always has; None if that does not work either.

    Raises:
        Missing: If something must be asked first.
    """
    other = fallback.match(ref.url)
    if other is None:
        return None
    other = dataclasses.replace(other, known=ref.known)
    wanted = tuple(fallback.plan(other, answers.seen))
    if wanted:
        raise Missing(wanted)
    try:
        seen = fallback.parse(other, answers.seen)
    except ArchiverError:
        return None
    if not isinstance(seen, ThreadObservation):
        return dataclasses.replace(seen, platform=PLATFORM)
    said = "read by ActivityPub, since the server's API is closed to strangers"
    reason = "; ".join(filter(None, (seen.completeness.reason, said)))
    completeness = dataclasses.replace(seen.completeness, reason=reason)
    return dataclasses.replace(seen, platform=PLATFORM, completeness=completeness)


def login_needed(err: AccessDenied, *, has_token: bool) -> FetchError:
    """Say what to do where a server shows nothing to strangers."""
    host = host_of(err.uri_r)
    status = f" ({err.status})" if err.status else ""
    kind = AccessDenied if has_token else CredentialMissing
    return kind(
        f"{err.uri_r}: {host} does not show this without a login{status}; put a token of yours"
        f" into {_VARIABLE}={host}=TOKEN, or renew the one there; nothing counts as deleted",
        uri_r=err.uri_r,
        status=err.status,
    )
