"""Does each page of a WACZ lead to a record? Reads pages.jsonl strictly. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator

from archiver.packages.verify_listing import json_object, parsed_time

_FORMAT = "json-pages-1.0"
MOST_LINE_BYTES = 50_000_000

Nearest = Callable[[str, dt.datetime], float | None]
"""Says how many seconds the nearest record of a URL is away; None if there is none."""


def page_faults(
    lines: Iterable[bytes], nearest: Nearest, *, main: bytes = b""
) -> Iterator[tuple[int, str, bool]]:
    """
    Read a list of pages.

    Args:
        lines: Of the file, with their ends.
        nearest: Finds the record of a page.
        main: URL that must be among the pages; empty for none.

    Returns:
        The offset of a line in bytes, a phrase, and whether it is a fault and not a note.

    Source: WACZ 1.1.1, 5.3
    """
    at = pages = 0
    seen_main = not main
    for number, raw in enumerate(lines):
        faults, url = _line(number, raw, nearest)
        yield from ((at, f"line {number + 1}: {what}", is_fault) for what, is_fault in faults)
        pages += bool(number)
        seen_main = seen_main or url.encode() == main
        at += len(raw)
    if not at:
        yield 0, "it is empty: its header is missing", True
    elif not pages:
        yield at, "it lists no page", False
    if not seen_main:
        yield 0, f"the main page {main[:200].decode('utf-8', 'replace')} is not listed", True


def _line(number: int, raw: bytes, nearest: Nearest) -> tuple[list[tuple[str, bool]], str]:
    if len(raw) > MOST_LINE_BYTES:
        return [(f"it is {len(raw)} bytes long", True)], ""
    try:
        found = json_object(raw)
    except ValueError as exc:
        return [(str(exc), True)], ""
    if not number:
        if found.get("format") != _FORMAT:
            return [(f"its format is {found.get('format')!r}, and should be {_FORMAT!r}", True)], ""
        return [], ""
    url, ts = found.get("url"), found.get("ts")
    if not isinstance(url, str) or not url:
        return [("it has no url", True)], ""
    at = parsed_time(ts) if isinstance(ts, str) else None
    if at is None:
        return [(f"its ts is {ts!r}, which is no time with a zone", True)], url
    away = nearest(url.partition("#")[0], at)
    if away is None:
        return [(f"no record of {url[:200]} is in this package", True)], url
    if away > 1:
        what = f"the nearest record of {url[:200]} is {away:.0f} s away from its ts {ts}"
        return [(what, False)], url
    return [], url
