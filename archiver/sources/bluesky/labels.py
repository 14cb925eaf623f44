"""What do labels say of a post on Bluesky: a warning, or that it must not be shown? (4.3)"""

from __future__ import annotations

import datetime as dt

from archiver.sources.fields import Fields, time_of

_NO_VISITORS = "!no-unauthenticated"
_HIDE = "!hide"
_WARNINGS = {
    "porn": "Adult content",
    "sexual": "Sexually suggestive",
    "nudity": "Nudity",
    "graphic-media": "Graphic media",
    "gore": "Graphic media",
    "nsfl": "Graphic media",
    "!warn": "Content warning",
    _HIDE: "Hidden by moderation",
}
_ON_PROFILE = "/app.bsky.actor.profile/self"
_EARLIEST = dt.datetime.min.replace(tzinfo=dt.UTC)

NO_VISITORS = "Its author asks not to be shown to people who are not logged in."
HIDDEN = "The moderation of Bluesky hides it."
WISH_UNKNOWN = "Whether its author wants to be shown to visitors could not be read."


def wants_login(author: Fields, at: dt.datetime) -> bool:
    """
    Say whether an author asks not to be shown to people who are not logged in.

    Args:
        author: As the AppView shows it.
        at: Time of the answer, UTC-aware; labels expire.
    """
    return _NO_VISITORS in in_force(author, at)


def record_wants_login(profile: Fields) -> bool:
    """Say the same by the profile as its author's repository has it."""
    return _NO_VISITORS in self_labels(profile)


def sealed(view: Fields, at: dt.datetime) -> str:
    """Say why a post is never to be published; empty if it may be."""
    author = view.inner("author")
    if wants_login(author, at):
        return NO_VISITORS
    hidden = _HIDE in (*in_force(view, at), *_on_account(author, at))
    return HIDDEN if hidden else ""


def warning(view: Fields | None, record: Fields, at: dt.datetime) -> str:
    """
    Say what the labels of a post warn of; empty if they do not.

    Args:
        view: The post as shown; None if only its record is known.
        record: The record, whose author may have put labels on it.
        at: Time of the answer, UTC-aware.
    """
    said = (*(in_force(view, at) if view else ()), *self_labels(record))
    return ", ".join(dict.fromkeys(_WARNINGS[each] for each in said if each in _WARNINGS))


def is_sensitive(view: Fields, at: dt.datetime) -> bool:
    """Say whether moderation warns of all that the author of a post posts."""
    return any(each in _WARNINGS for each in _on_account(view.inner("author"), at))


def self_labels(record: Fields) -> tuple[str, ...]:
    """Give the labels that authors put on a record of their own."""
    own = record.maybe_inner("labels")
    return tuple(each.words("val") for each in own.objects("values")) if own else ()


def in_force(shown: Fields, at: dt.datetime) -> tuple[str, ...]:
    """
    Give the values that count: the newest word of each source, unless withdrawn or expired.

    Source: AT Protocol, labels (`neg`, `cts`, `exp`)
    """
    newest: dict[tuple[str, str, str], tuple[dt.datetime, bool, bool]] = {}
    for each in shown.objects("labels"):
        key = (each.words("src"), each.words("uri"), each.words("val"))
        ends = time_of(each.words("exp"))
        withdrawn = each.flag("neg")
        counts = not withdrawn and (ends is None or ends > at)
        word = (time_of(each.words("cts")) or _EARLIEST, withdrawn, counts)
        newest[key] = max(word, newest.get(key, word))
    return tuple(dict.fromkeys(key[2] for key, word in newest.items() if word[2]))


def _on_account(author: Fields, at: dt.datetime) -> tuple[str, ...]:
    """Give the labels of the account itself; those of a profile say nothing of posts."""
    labels = [
        each.values for each in author.objects("labels") if not _is_on_profile(each)
    ]  # fmt: skip
    account = Fields({"labels": labels}, author.uri_r, author.platform, author.place)
    return in_force(account, at)


def _is_on_profile(label: Fields) -> bool:
    return label.words("uri").endswith(_ON_PROFILE)
