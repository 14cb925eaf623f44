"""Which server does an address name, and does that server run the software it must run?"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from archiver.core.urls import origin_of
from archiver.errors import NotThisPlatform, ParseError
from archiver.models import Outcome
from archiver.sources.answers import Answers, ask, failure
from archiver.sources.fields import Fields
from archiver.sources.nodeinfo import software

_BUSY = frozenset({429, 503})
_Read = TypeVar("_Read")


def authority(origin: str) -> str:
    """
    Give host and port of an origin.

    >>> authority("http://a.example:8080")
    'a.example:8080'
    """
    return origin.partition("://")[2]


def runs(answers: Answers, origin: str, names: frozenset[str], *, platform: str) -> str:
    """
    Prove that a server runs one of several programs, by its own word.

    Args:
        names: As nodeinfo says them, lower case.
        platform: The source that asks, for errors.

    Returns:
        The name that the server gave.

    Raises:
        Missing: If something must be asked first.
        FetchError: If the server does not answer now, so that nobody can tell.
        NotThisPlatform: If it runs something else, or does not say.
    """
    name = software(answers, origin)
    if name in names:
        return name
    if not name:
        index = answers.get(ask(f"{origin}/.well-known/nodeinfo"))
        problem = failure(index, subject="what the server runs")
        if problem and (index.outcome is not Outcome.OK or index.status in _BUSY):
            raise problem
    said = f"runs {name}" if name else "does not say what it runs"
    raise NotThisPlatform(f"{origin}: the server {said}, not {platform}", uri_r=origin)


def settled(answers: Answers, origin: str) -> str:
    """
    Give the origin of a server as it wants to be asked: by https, if it redirects there.

    So that a thread has one identity, whichever way its seed was written.

    Raises:
        Missing: If something must be asked first.
    """
    index = answers.get(ask(f"{origin}/.well-known/nodeinfo"))
    there = origin_of(index.request.url)
    return there if authority(there) == authority(origin) else origin


def identity(origin: str, uri: str) -> str:
    """
    Name a thread by the global id of its first post, as its own server shows it.

    What another server shows of it is a thread of its own: any server can claim any id, so it
    must never change what we saw at the origin.
    """
    at_home = authority(origin_of(uri)) == authority(origin)
    return uri if at_home else f"{authority(origin)} {uri}"


def read_each(
    values: object, read: Callable[[Fields], _Read], *, uri_r: str, platform: str, place: str = ""
) -> tuple[list[_Read], int]:
    """
    Read the members of a list that can be read: one bad reply must not lose a thread.

    Args:
        values: The list as decoded; None counts as empty.
        place: Where it stands in the answer.

    Returns:
        What was read, and how many could not be.

    Raises:
        ParseError: If it is no list.
    """
    if values is None:
        return [], 0
    if not isinstance(values, list):
        Fields({place: values}, uri_r, platform).refuse(place, "a list")
    found: list[_Read] = []
    for index, value in enumerate(values):
        try:
            inside = Fields.of(value, uri_r=uri_r, platform=platform, place=f"{place}[{index}]")
            found.append(read(inside))
        except ParseError:
            continue
    return found, len(values) - len(found)
