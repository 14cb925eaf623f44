"""Does a server of the family itself declare a post gone, and not whoever has its domain now?"""

from __future__ import annotations

import json

from archiver.models import Exchange
from archiver.sources.answers import Answers
from archiver.sources.mastodon.urls import Site, host_of
from archiver.sources.nodeinfo import software

FAMILY = frozenset(
    {
        "mastodon",
        "hometown",
        "glitchsoc",
        "fedibird",
        "ecko",
        "pleroma",
        "akkoma",
        "gotosocial",
        "pixelfed",
        "friendica",
        "takahe",
        "mitra",
        "hollo",
        "snac",
        "rebased",
        "soapbox",
    }
)
"""What servers of this API call themselves (NodeInfo, `software.name`)."""

# Mastodon, Pleroma, Akkoma and Friendica in English; nobody else says it so. GoToSocial says "Not
# Found" with or without more, Pixelfed nothing at all: a new application of any kind does too.
_WORDS = "record not found"


def in_their_words(answer: Exchange, site: Site) -> bool:
    """Say whether a server says 404 or 410 in a sentence that is of this API only."""
    return (_error(answer, site) or "").strip().rstrip(".").casefold() == _WORDS


def says_gone(answer: Exchange, site: Site, answers: Answers, *, spoke: bool) -> bool:
    """
    Say whether the platform itself declares a post gone: 404 or 410, in the form of its API.

    A parked domain, a gateway or a cache answers so too, and so does another application that
    has the domain now: what any of those could say counts only of a server that proves itself.

    Args:
        spoke: Posts of this server were read in this capture, so that it still is what it was.

    Raises:
        Missing: If it must be asked first what the server runs.
    """
    if _error(answer, site) is None:
        return False
    return in_their_words(answer, site) or spoke or software(answers, site.root) in FAMILY


def _error(answer: Exchange, site: Site) -> str | None:
    """Give the `error` of a server's own 404 or 410; None if it is none, or another one's."""
    if answer.status not in (404, 410) or host_of(answer.request.url) != site.authority:
        return None
    try:
        said = json.loads(answer.body)
    except (ValueError, RecursionError):
        return None
    error = said.get("error") if isinstance(said, dict) else None
    return error if isinstance(error, str) else None
