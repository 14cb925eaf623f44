"""What does a refresh ask for? (the Refresh header, and <meta http-equiv=refresh>)"""

from __future__ import annotations

import re

MAX_DELAY_S = 5.0
"""A longer delay is a page that is meant to be read and then renewed, not a hop."""

_REFRESH = re.compile(
    r"""\s*(?P<delay>\d{0,9}(?:\.\d*)?)[\s;,]*      # the delay may be missing altogether
        (?:url\s*=\s*)?
        (?:"(?P<double>[^"]*)|'(?P<single>[^']*)|(?P<bare>.*))""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)


def leads_to(value: str) -> str | None:
    """
    Read where a refresh leads.

    Args:
        value: Of the header, or of `content`.

    Returns:
        The reference as written, without quotes; None if there is none or it comes too late.

    Source: WHATWG HTML, 4.2.5.3 (shared declarative refresh steps)

    >>> leads_to("0;URL='http://a.example/'")
    'http://a.example/'
    """
    found = _REFRESH.match(value)
    if found is None or float("0" + found["delay"].rstrip(".")) > MAX_DELAY_S:
        return None
    if not found["delay"] and not re.match(r"\s*[;,]?\s*url\s*=", value, re.IGNORECASE):
        return None
    return (found["double"] or found["single"] or found["bare"] or "").strip() or None
