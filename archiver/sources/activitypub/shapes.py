"""Which values does an ActivityStreams property hold, in whichever of its shapes it comes?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from archiver.core.richtext import web_address
from archiver.core.urls import origin_of
from archiver.sources.fields import time_of
from archiver.sources.hosts import authority

_PUBLIC = frozenset({"https://www.w3.org/ns/activitystreams#Public", "as:Public", "Public"})


def host_of(url: str) -> str:
    """
    Give host and port of an address, in lower case and without a usual port; empty if it has none.

    >>> host_of("https://A.example:443/users/a"), host_of("tag:a.example,2026:1")
    ('a.example', '')
    """
    return authority(origin_of(url))


def id_of(value: object) -> str:
    """
    Give the address that a value names: an IRI, or an object's `id`, or a Link's `href`.

    Returns:
        An http or https address; empty if there is none.
    """
    if isinstance(value, dict):
        value = value.get("id") or value.get("href")
    return (web_address(value) or "") if isinstance(value, str) else ""


@dataclass(frozen=True, slots=True)
class Thing:
    """
    An ActivityStreams object. Any property may be one value or a list, an IRI or an object.

    No value is needed here: one of another type counts as absent.

    Source: Activity Streams 2.0 Core, 4; reference/protocols.md, 3.2
    """

    values: Mapping[str, object]

    @property
    def id(self) -> str:
        """Its address; empty if it has none of the web."""
        return id_of(self.values.get("id"))

    @property
    def types(self) -> frozenset[str]:
        """What it is, e.g. `Note`."""
        return frozenset(each for each in self.each("type") if isinstance(each, str))

    def has(self, name: str) -> bool:
        """Say whether a property is there, not null and no empty list."""
        return bool(self.each(name))

    def each(self, name: str) -> tuple[object, ...]:
        """Give all values of a property."""
        value = self.values.get(name)
        if value is None:
            return ()
        return tuple(value) if isinstance(value, list) else (value,)

    def things(self, name: str) -> tuple[Thing, ...]:
        """Give those values of a property that are objects."""
        return tuple(Thing(each) for each in self.each(name) if isinstance(each, dict))

    def thing(self, name: str) -> Thing | None:
        """Give the first object of a property."""
        return next(iter(self.things(name)), None)

    def ids(self, name: str) -> tuple[str, ...]:
        """Give the addresses that a property names, each once."""
        return tuple(dict.fromkeys(filter(None, map(id_of, self.each(name)))))

    def one_id(self, name: str) -> str:
        """Give the first address that a property names; empty if there is none."""
        return next(iter(self.ids(name)), "")

    def words(self, name: str) -> str:
        """Give the first text of a property; empty if there is none."""
        for each in self.each(name):
            said = each.get("@value") if isinstance(each, dict) else each
            if isinstance(said, str):
                return said
        return ""

    def by_language(self, name: str) -> tuple[str, str]:
        """
        Give a text and its language, from the property or from its map (`contentMap`).

        Of a map the entry that equals the plain property counts, else the first.
        """
        plain, told = self.words(name), self.values.get(f"{name}Map")
        texts = told if isinstance(told, dict) else {}
        pairs = [(key, text) for key, text in texts.items() if isinstance(text, str)]
        if not pairs:
            return plain, ""
        language, text = next((each for each in pairs if each[1] == plain), pairs[0])
        if plain and plain != text and len(pairs) > 1:
            language = ""
        return plain or text, language

    def count(self, name: str) -> int | None:
        """Give a whole number >= 0, or None."""
        value = self.values.get(name)
        usable = isinstance(value, int | float) and not isinstance(value, bool)
        return int(value) if usable and 0 <= value < 2**53 else None  # type: ignore[operator,call-overload]  # usable says so

    def time(self, name: str) -> dt.datetime | None:
        """Give a time in UTC, or None."""
        return time_of(self.words(name))

    def flag(self, name: str) -> bool:
        """Give a truth value; False if it is none."""
        return self.values.get(name) is True

    def is_public(self) -> bool:
        """Say whether everybody may read it: `Public` is addressed, if only in `cc` (unlisted)."""
        named = (*self.each("to"), *self.each("cc"))
        ids = (each.get("id") if isinstance(each, dict) else each for each in named)
        return any(isinstance(each, str) and each in _PUBLIC for each in ids)
