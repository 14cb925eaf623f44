"""How are times and outside text kept in a column?"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import BigInteger, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)


def storable(text: str) -> str:
    """
    Replace what UTF-8 cannot say: pairs of surrogates become their letter, lone ones U+FFFD.

    Platforms do send such text (JSON lets `\\ud83d` stand alone), and no database takes it.

    >>> storable("a" + chr(0xD83D) + "b")
    'a�b'
    """
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def micros(at: dt.datetime) -> int:
    """
    Write an aware time as whole microseconds since 1970.

    >>> micros(dt.datetime(1970, 1, 1, 0, 0, 1, tzinfo=dt.UTC))
    1000000
    """
    return (at - _EPOCH) // _MICROSECOND


def time_of_micros(number: int) -> dt.datetime:
    """Read what `micros` wrote, in UTC."""
    return _EPOCH + dt.timedelta(microseconds=number)


class Micros(TypeDecorator[dt.datetime]):
    """A UTC time as whole microseconds since 1970: exact, ordered, the same on every database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> int | None:
        """Turn an aware time into a number."""
        return None if value is None else micros(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> dt.datetime | None:
        """Turn the number back into a time in UTC."""
        return None if value is None else time_of_micros(value)


class Utf8(TypeDecorator[str]):
    """Text from outside, made storable on its way in."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Make it storable."""
        return None if value is None else storable(value)
