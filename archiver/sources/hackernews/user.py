"""Which stories did an account of Hacker News submit lately?"""

from __future__ import annotations

from archiver.errors import FetchError, NotFound, ParseError
from archiver.models import Exchange, ListingObservation, SourceRef
from archiver.sources.answers import Answers, json_object, json_value, record_ids, reduced
from archiver.sources.fields import Fields
from archiver.sources.hackernews.item import (
    PLATFORM,
    SITE,
    Entry,
    account,
    read_official,
    url_of,
)
from archiver.sources.hackernews.story import Servers

_MOST = 40
_MOST_ASKED = 60
_BEGINNINGS = frozenset({"story", "poll", "job"})


def read(ref: SourceRef, servers: Servers, answers: Answers) -> ListingObservation:
    """
    Read an account's newest stories; its comments elsewhere are left out.

    Algolia finds them at once. Where it does not answer, the newest things that the API names are
    asked for one by one.

    Raises:
        Missing: If something must be asked first.
        FetchError: If the account cannot be read.
        ParseError: If an answer is not what is documented.
    """
    name = ref.key[0]
    try:
        numbers, total = reduced(answers.get(servers.stories(name, _MOST)), _hits)
        notes = [f"the newest {len(numbers)} of {total} stories"] if total > len(numbers) else []
        if not numbers:
            _submitted(name, servers, answers)  # there may be no such account
    except (FetchError, ParseError) as err:
        if isinstance(err, NotFound):
            raise
        numbers, notes = _one_by_one(name, servers, answers)
    return ListingObservation(
        platform=PLATFORM,
        url=f"{SITE}/user?id={name}",
        author=account(name),
        thread_urls=tuple(url_of(number) for number in numbers),
        observed_at=answers.seen[0].at,
        reason="; ".join(notes),
        record_ids=record_ids(answers.seen),
    )


def _hits(answer: Exchange) -> tuple[tuple[str, ...], int]:
    fields = json_object(answer, platform=PLATFORM, subject="the account's stories")
    if not isinstance(fields.values.get("hits"), list):
        fields.refuse("hits", "a list")
    found, _ = fields.readable("hits")
    numbers = [each.values.get("objectID") for each in found]
    usable = [each for each in numbers if isinstance(each, str) and each.isascii()]
    kept = tuple(dict.fromkeys(each for each in usable if each.isdigit()))
    return kept, fields.maybe_count("nbHits") or len(kept)


def _submitted(name: str, servers: Servers, answers: Answers) -> tuple[str, ...]:
    answer = answers.get(servers.user(name))
    value = json_value(answer, platform=PLATFORM, subject="the account")
    if value is None:
        url = f"{SITE}/user?id={name}"
        raise NotFound(f"{url}: Hacker News knows no such account", uri_r=url, status=404)
    fields = Fields.of(value, uri_r=answer.request.url, platform=PLATFORM)
    listed = fields.values.get("submitted") or []
    if not isinstance(listed, list):
        fields.refuse("submitted", "a list of numbers")
    return tuple(dict.fromkeys(str(each) for each in listed if type(each) is int and each > 0))


def _one_by_one(name: str, servers: Servers, answers: Answers) -> tuple[tuple[str, ...], list[str]]:
    listed = _submitted(name, servers, answers)
    asked = answers.get_all([servers.entry(each) for each in listed[:_MOST_ASKED]])
    found = [_story(each) for each in asked]
    numbers = tuple(each.id for each in found if each is not None)[:_MOST]
    if len(listed) <= _MOST_ASKED:
        return numbers, []
    return numbers, [f"Algolia did not answer: only the newest {_MOST_ASKED} things were looked at"]


def _story(answer: Exchange) -> Entry | None:
    try:
        entry = reduced(answer, read_official)
    except (FetchError, ParseError):
        return None
    if entry is None or entry.gone or entry.kind not in _BEGINNINGS:
        return None
    return entry
