"""
What does somebody search for? Words, "phrases", -not, and filters; nothing of it is SQL. Pure.

    harbour "night shift" -ferry author:desk platform:mastodon tag:port site:icij.org
    after:2022-05 before:2022-06-15
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from archiver.core import searchwords
from archiver.core.searchwords import Phrase
from archiver.core.urls import host_of
from archiver.errors import UsageError

LONGEST = 500
MOST_TERMS = 24
_FACETS = ("author", "platform", "tag", "site")
_TERM = re.compile(
    r"""(?P<not>-)?(?:(?P<key>[A-Za-z]+):(?=\S))?(?:["“„”](?P<quoted>[^"“„”]*)["“„”]?|(?P<word>\S+))"""
)
_DAY = re.compile(r"(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?")
_SCHEME = re.compile(r"^[a-z]+://")


@dataclass(frozen=True, slots=True)
class Query:
    """
    A question, understood.

    Attributes:
        text: As it was asked, in one line.
        wanted: Phrases that must all stand in a document.
        unwanted: Phrases that must not.
        facets: Words of the index for filters (searchwords.facet) that must all hold.
        without: Those that must not.
        since: Only what was written then or later, UTC.
        until: Only what was written before.
    """

    text: str
    wanted: tuple[Phrase, ...] = ()
    unwanted: tuple[Phrase, ...] = ()
    facets: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    since: dt.datetime | None = None
    until: dt.datetime | None = None


def parse(text: str) -> Query:
    """
    Read a question.

    Raises:
        UsageError: If it holds nothing to look for, is too long, or names a time that is none.
    """
    text = " ".join(text.split())
    if len(text) > LONGEST:
        raise UsageError(f"the search is longer than {LONGEST} characters; use fewer words")
    found = _Parts()
    terms = list(_TERM.finditer(text))
    if len(terms) > MOST_TERMS:
        raise UsageError(f"the search has more than {MOST_TERMS} words; use fewer")
    for term in terms:
        _take(found, term)
    if not (found.said or found.since or found.until):
        raise UsageError(
            f'{text!r}: there is no word to search for; write words, a "phrase", or filters '
            "such as author:, platform:, tag:, site:, before: and after:"
        )
    return Query(
        text=text,
        wanted=tuple(dict.fromkeys(found.wanted)),
        unwanted=tuple(dict.fromkeys(found.unwanted)),
        facets=tuple(dict.fromkeys(found.facets)),
        without=tuple(dict.fromkeys(found.without)),
        since=found.since,
        until=found.until,
    )


class _Parts:
    """What was read so far."""

    def __init__(self) -> None:
        self.wanted: list[Phrase] = []
        self.unwanted: list[Phrase] = []
        self.facets: list[str] = []
        self.without: list[str] = []
        self.since: dt.datetime | None = None
        self.until: dt.datetime | None = None

    @property
    def said(self) -> bool:
        return bool(self.wanted or self.unwanted or self.facets or self.without)


def _take(found: _Parts, term: re.Match[str]) -> None:
    negated = term["not"] is not None
    key = (term["key"] or "").lower()
    given = term["quoted"] if term["quoted"] is not None else term["word"]
    if key in ("before", "until"):
        found.until = _moment(key, given)
    elif key in ("after", "since"):
        found.since = _moment(key, given)
    elif key in _FACETS or (not key and given[:1] == "#" and len(given) > 1):
        value = _value(key or "tag", given)
        (found.without if negated else found.facets).append(value)
    else:
        phrase = searchwords.phrase(f"{term['key']}:{given}" if key else given)
        if phrase is not None:
            (found.unwanted if negated else found.wanted).append(phrase)


def _value(key: str, given: str) -> str:
    value = given.strip().lstrip("@#") if key in ("author", "tag") else given.strip()
    if key == "site":
        value = host_of(value if _SCHEME.match(value.lower()) else f"http://{value}").strip(".")
    if not value:
        raise UsageError(f"{key}:{given} names nothing; write for example {key}:{_EXAMPLES[key]}")
    return searchwords.facet(key, value)


_EXAMPLES = {"author": "desk", "platform": "mastodon", "tag": "port", "site": "example.org"}


def _moment(key: str, text: str) -> dt.datetime:
    try:
        found = _DAY.fullmatch(text)
        if found is not None:
            return dt.datetime(int(found[1]), int(found[2] or 1), int(found[3] or 1), tzinfo=dt.UTC)
        at = dt.datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)
    except (ValueError, OverflowError):
        raise UsageError(
            f"{key}:{text} is no time; write for example {key}:2026, {key}:2026-11 "
            f"or {key}:2026-11-24"
        ) from None
