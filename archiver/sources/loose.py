"""Which parts of an answer can a thread do without? Those are left out where they are odd."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from archiver.errors import ParseError
from archiver.sources.fields import Fields

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Loose:
    """
    A JSON object of which no single value is needed: what is of another type counts as absent.

    Attributes:
        odd: Where something was left out, e.g. `media_attachments[0].meta`; shared with all that
            is read from here.
    """

    fields: Fields
    odd: dict[str, None] = field(default_factory=dict)

    def has(self, name: str) -> bool:
        """Say whether a value is there and not null."""
        return self.fields.has(name)

    def words(self, name: str) -> str:
        """Give a text, else an empty one."""
        return self._read(self.fields.words, name, "")

    def flag(self, name: str) -> bool:
        """Give a truth value, else False."""
        return self._read(self.fields.flag, name, False)

    def maybe_count(self, name: str) -> int | None:
        """Give a whole number >= 0, else None."""
        return self._read(self.fields.maybe_count, name, None)

    def maybe_time(self, name: str) -> dt.datetime | None:
        """Give a time in UTC, else None."""
        return self._read(self.fields.maybe_time, name, None)

    def maybe_inner(self, name: str) -> Loose | None:
        """Give an object, else None."""
        inner = self._read(self.fields.maybe_inner, name, None)
        return None if inner is None else Loose(inner, self.odd)

    def objects(self, name: str) -> tuple[Loose, ...]:
        """Give the objects of a list; empty if it is no list."""
        nothing: tuple[tuple[Fields, ...], tuple[str, ...]] = ((), ())
        found, odd = self._read(self.fields.readable, name, nothing)
        self.odd.update(dict.fromkeys(odd))
        return tuple(Loose(each, self.odd) for each in found)

    def _read(self, getter: Callable[[str], T], name: str, otherwise: T) -> T:
        try:
            return getter(name)
        except ParseError as err:
            self.odd[err.field] = None
            return otherwise
