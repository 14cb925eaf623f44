"""What does a refresh ask for? (the Refresh header, and <meta http-equiv=refresh>)"""

from __future__ import annotations

import re
from typing import NamedTuple

MAX_DELAY_S = 5.0
"""A longer delay is a page that is meant to be read and then renewed, not a hop."""

# Possessive before the address: 20,000 spaces must not cost their square.
_REFRESH = re.compile(
    r"""\s*+(?P<delay>\d{0,9}+(?:\.\d*+)?+)(?P<between>[\s;,]*+)  # no delay is fine
        (?P<named>url\s*+=\s*+)?+
        (?:"(?P<double>[^"]*)|'(?P<single>[^']*)|(?P<bare>.*))""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)


class Refresh(NamedTuple):
    """What a refresh asks for: after how many seconds, and which reference as it is written."""

    delay_s: float
    reference: str


def read(value: str) -> Refresh | None:
    """
    Read a refresh.

    Args:
        value: Of the header, or of `content`.

    Returns:
        None if it names no address.

    Source: WHATWG HTML, 4.2.5.3 (shared declarative refresh steps)

    >>> read("9; url='http://a.example/'")
    Refresh(delay_s=9.0, reference='http://a.example/')
    """
    found = _REFRESH.match(value)
    if found is None or not (found["delay"] or (found["named"] and _is_plain(found["between"]))):
        return None
    reference = (found["double"] or found["single"] or found["bare"] or "").strip()
    return Refresh(float("0" + found["delay"].rstrip(".")), reference) if reference else None


def _is_plain(between: str) -> bool:
    return between.count(";") + between.count(",") <= 1


def leads_to(value: str) -> str | None:
    """
    Read where a refresh leads, if it is a hop.

    Args:
        value: Of the header, or of `content`.

    Returns:
        The reference as written, without quotes; None if there is none or it comes too late.

    >>> leads_to("0;URL='http://a.example/'")
    'http://a.example/'
    """
    found = read(value)
    return found.reference if found is not None and found.delay_s <= MAX_DELAY_S else None
