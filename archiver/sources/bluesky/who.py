"""Who wrote a thread on Bluesky, and does this person want to be shown to visitors?"""

from __future__ import annotations

from dataclasses import dataclass

from archiver.core.richtext import clean
from archiver.errors import FetchError, ParseError
from archiver.models import Author
from archiver.sources.bluesky import labels
from archiver.sources.bluesky.servers import handle_of, home_of
from archiver.sources.bluesky.talk import Talk
from archiver.sources.bluesky.text import read_author
from archiver.sources.bluesky.urls import AtUri, is_handle
from archiver.sources.fields import Fields

PROFILES = "app.bsky.actor.profile"
_AVATAR = "https://cdn.bsky.app/img/avatar/plain"


@dataclass(frozen=True, slots=True)
class Who:
    """
    An author, and why what has no view of its own is never published.

    Attributes:
        sealed: A sentence; empty if it may be published.
    """

    author: Author
    sealed: str = ""


def who_wrote(did: str, talk: Talk, *, stored: bool) -> Who:
    """
    Say who somebody is: by a post that is shown, else the AppView's profile, else the repository.

    Args:
        stored: A thread of this author is here already: then no name is better than half of one.

    Raises:
        Missing: If something must be asked first.
    """
    shown = [each.view for each in talk.posts.values() if each.uri.did == did and each.view]
    if shown:
        return _shown(talk, shown[0].inner("author"), *(each.inner("author") for each in shown))
    profile = _profile(did, talk)
    return _shown(talk, profile, profile) if profile else _at_home(did, talk, stored=stored)


def _shown(talk: Talk, first: Fields, *each: Fields) -> Who:
    unwanted = any(labels.wants_login(author, talk.at) for author in each)
    return Who(read_author(first), labels.NO_VISITORS if unwanted else "")


def _profile(did: str, talk: Talk) -> Fields | None:
    if talk.answers_nobody:
        return None
    try:
        profile = talk.servers.query(
            "app.bsky.actor.getProfile", ("actor", did), subject="the account"
        )
        return profile if profile.text("did") == did else None
    except (FetchError, ParseError):
        return None


def _at_home(did: str, talk: Talk, *, stored: bool) -> Who:
    document = talk.servers.document(did)
    handle = handle_of(document)
    handle = handle if is_handle(handle) else ""
    page = f"https://bsky.app/profile/{handle or did}"
    pds = home_of(document)
    unknown = Author(did, "" if stored else handle, url=page)
    if pds is None:
        return Who(unknown, labels.WISH_UNKNOWN)
    try:
        entry = talk.servers.record(pds, AtUri(did, PROFILES, "self"))
        profile = entry.inner("value") if entry else None
        if profile is None:
            return Who(Author(did, handle, url=page))
        name = clean(profile.words("displayName")).strip()
        author = Author(did, handle, name, page, _avatar(did, profile))
        unwanted = labels.record_wants_login(profile)
    except (FetchError, ParseError):
        return Who(unknown, labels.WISH_UNKNOWN)
    return Who(author, labels.NO_VISITORS if unwanted else "")


def _avatar(did: str, profile: Fields) -> str | None:
    blob = profile.maybe_inner("avatar")
    ref = blob.maybe_inner("ref") if blob else None
    cid = ref.words("$link") if ref else ""
    return f"{_AVATAR}/{did}/{cid}@jpeg" if cid.isalnum() else None
