"""Which part of a body does a client want? Pure."""

from __future__ import annotations

import re

_ONE = re.compile(r"bytes\s*=\s*(\d{0,19})\s*-\s*(\d{0,19})\s*", re.IGNORECASE)


class Unsatisfiable(ValueError):
    """The range lies outside of the body: 416."""


def wanted_part(
    asked: str | None, size: int, *, if_range: str | None, etag: str, modified: str
) -> tuple[int, int] | None:
    """
    Read a Range header.

    Args:
        asked: The header; several ranges are answered with the whole, as any server may.
        size: Of the whole body, in bytes.
        if_range: A strong tag or a date; if it is not that of the body, the whole is the answer.
        etag: Strong tag of the body, with its quotation marks.
        modified: Its `Last-Modified`, as it is sent.

    Returns:
        First byte and the one after the last; None if the whole shall be sent.

    Raises:
        Unsatisfiable: If no byte of the body is in the range.

    Source: RFC 9110, 13.1.5 and 14.1.2

    >>> wanted_part("bytes=2-3", 10, if_range=None, etag="", modified="")
    (2, 4)
    >>> wanted_part("bytes=-3", 10, if_range=None, etag="", modified="")
    (7, 10)
    """
    match = _ONE.fullmatch(asked or "")
    if match is None or match[1] == match[2] == "":
        return None
    if if_range is not None and if_range.strip() not in (etag, modified):
        return None
    if not match[1]:
        start, end = max(0, size - int(match[2])), size
    else:
        start = int(match[1])
        end = min(size, int(match[2]) + 1) if match[2] else size
        if match[2] and int(match[2]) < start:
            return None
    if start >= end:
        raise Unsatisfiable(f"bytes */{size}")
    return start, end
