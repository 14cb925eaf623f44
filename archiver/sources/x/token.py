"""Which token does the syndication endpoint want for a post? A number as JavaScript writes it."""

from __future__ import annotations

import math
import re

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def token_of(post_id: str) -> str:
    """
    Compute the token.

    Source: reference/protocols.md, 5.2

    >>> token_of("1528655166066462720"), token_of("20")
    ('3peetqscx4i', '6dq1a2xwd93')
    """
    return re.sub(r"0+|\.", "", base_36(float(int(post_id)) / 1e15 * math.pi))


def base_36(value: float) -> str:
    """
    Write a number >= 0 in base 36 with the fewest digits that tell it from its neighbours.

    ECMAScript leaves the digits to the engine; this gives those of V8 (Number.prototype.toString):
    each further digit is only written while it says more than half the distance to the next
    double, and the last one is rounded, with carry.
    """
    whole = math.floor(value)
    digits = _fraction(value - whole, max(math.ulp(0.0), 0.5 * math.ulp(value)))
    if digits and digits[0] == _CARRY:
        whole, digits = whole + 1, []
    tail = "".join(_DIGITS[each] for each in digits)
    return f"{_integer(whole)}.{tail}" if tail else _integer(whole)


_CARRY = 36


def _fraction(fraction: float, delta: float) -> list[int]:
    """Give the digits after the point; [_CARRY] if they round up to one."""
    digits: list[int] = []
    while fraction >= delta:
        fraction *= 36
        delta *= 36
        digit = int(fraction)
        digits.append(digit)
        fraction -= digit
        above_half = fraction > 0.5 or (fraction == 0.5 and digit & 1)
        if above_half and fraction + delta > 1:
            return _rounded_up(digits)
    return digits


def _rounded_up(digits: list[int]) -> list[int]:
    while digits:
        last = digits.pop()
        if last + 1 < 36:
            return [*digits, last + 1]
    return [_CARRY]


def _integer(whole: int) -> str:
    digits = ""
    while True:
        whole, last = divmod(whole, 36)
        digits = _DIGITS[last] + digits
        if not whole:
            return digits
