"""Which values does a JSON object hold, each of the type that is documented?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn

from archiver.errors import ParseError


@dataclass(frozen=True, slots=True)
class Fields:
    """
    A JSON object of an answer, which knows where it stands.

    Every getter raises ParseError if the value is there and of another type; those without
    `maybe` also if it is absent or null.

    Attributes:
        values: The object as decoded.
        uri_r: URL of the answer, for errors.
        place: Where in the answer, e.g. `account.emojis[0]`.
    """

    values: Mapping[str, object]
    uri_r: str
    platform: str
    place: str = ""

    @classmethod
    def of(cls, value: object, *, uri_r: str, platform: str, place: str = "") -> Fields:
        """Wrap a decoded value. Raises ParseError if it is not an object."""
        if isinstance(value, dict):
            return cls(value, uri_r, platform, place)
        cls({}, uri_r, platform, place)._wrong(place, "an object", value)

    def has(self, name: str) -> bool:
        """Say whether a value is there and not null."""
        return self.values.get(name) is not None

    def text(self, name: str) -> str:
        """Give a text that must be there; it may be empty."""
        value = self.maybe_text(name)
        return self._missing(name, "text") if value is None else value

    def maybe_text(self, name: str) -> str | None:
        """Give a text, or None."""
        value = self.values.get(name)
        if value is None or isinstance(value, str):
            return value
        self._wrong(self._at(name), "text", value)

    def words(self, name: str) -> str:
        """Give a text, empty if absent."""
        return self.maybe_text(name) or ""

    def flag(self, name: str) -> bool:
        """Give a truth value, False if absent."""
        value = self.values.get(name)
        if value is None or isinstance(value, bool):
            return bool(value)
        self._wrong(self._at(name), "true or false", value)

    def maybe_count(self, name: str) -> int | None:
        """Give a whole number >= 0, or None; 12.0 is one, since some servers write it so."""
        value = self.values.get(name)
        if value is None:
            return None
        if isinstance(value, int | float) and type(value) is not bool and value == value // 1 >= 0:
            return int(value)
        self._wrong(self._at(name), "a count", value)

    def time(self, name: str) -> dt.datetime:
        """Give a time that must be there, in UTC."""
        value = self.maybe_time(name)
        return self._missing(name, "a time") if value is None else value

    def maybe_time(self, name: str) -> dt.datetime | None:
        """Give a time in UTC, or None; one without a zone counts as UTC."""
        text = self.maybe_text(name)
        if text is None:
            return None
        time = time_of(text)
        if time is None:
            self._wrong(self._at(name), "an ISO 8601 time", text)
        return time

    def inner(self, name: str) -> Fields:
        """Give an object that must be there."""
        value = self.maybe_inner(name)
        return self._missing(name, "an object") if value is None else value

    def maybe_inner(self, name: str) -> Fields | None:
        """Give an object, or None."""
        value = self.values.get(name)
        return None if value is None else self._inside(self._at(name), value)

    def objects(self, name: str) -> tuple[Fields, ...]:
        """Give a list of objects, empty if absent."""
        return tuple(
            self._inside(f"{self._at(name)}[{index}]", value)
            for index, value in enumerate(self._list(name))
        )

    def readable(self, name: str) -> tuple[tuple[Fields, ...], tuple[str, ...]]:
        """Give the objects of a list, and the places of what is none; empty if absent."""
        found: list[Fields] = []
        odd: list[str] = []
        for index, value in enumerate(self._list(name)):
            place = f"{self._at(name)}[{index}]"
            if isinstance(value, dict):
                found.append(Fields(value, self.uri_r, self.platform, place))
            else:
                odd.append(place)
        return tuple(found), tuple(odd)

    def texts(self, name: str) -> tuple[str, ...]:
        """Give a list of texts, empty if absent."""
        found: list[str] = []
        for index, value in enumerate(self._list(name)):
            if not isinstance(value, str):
                self._wrong(f"{self._at(name)}[{index}]", "text", value)
            found.append(value)
        return tuple(found)

    def refuse(self, name: str, due: str) -> NoReturn:
        """Raise ParseError: a value is of the right type, and still not what was due."""
        self._wrong(self._at(name), due, self.values.get(name))

    def _list(self, name: str) -> list[object]:
        value = self.values.get(name)
        if value is None:
            return []
        if isinstance(value, list):
            return value
        self._wrong(self._at(name), "a list", value)

    def _inside(self, place: str, value: object) -> Fields:
        return Fields.of(value, uri_r=self.uri_r, platform=self.platform, place=place)

    def _at(self, name: str) -> str:
        return f"{self.place}.{name}" if self.place else name

    def _missing(self, name: str, due: str) -> NoReturn:
        self._wrong(self._at(name), due, None)

    def _wrong(self, place: str, due: str, value: object) -> NoReturn:
        where = f"`{place}`" if place else "the answer"
        raise ParseError(
            f"{self.uri_r}: {where} is {_KINDS.get(type(value), 'unreadable')} where {due} was due;"
            f" this is not what {self.platform} documents",
            uri_r=self.uri_r,
            platform=self.platform,
            field=place,
        )


_KINDS: dict[type, str] = {
    type(None): "missing or null",
    bool: "true or false",
    int: "a number",
    float: "a number",
    str: "another text",
    list: "a list",
    dict: "an object",
}


def time_of(text: str) -> dt.datetime | None:
    """
    Read an ISO 8601 time as UTC; None if it is none.

    >>> time_of("2019-11-23T20:52:23.398+01:00").isoformat()
    '2019-11-23T19:52:23.398000+00:00'
    """
    try:
        at = dt.datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None
