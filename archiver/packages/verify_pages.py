"""Does each page of a WACZ lead to a record? Reads pages.jsonl strictly. Pure."""

from __future__ import annotations

import bisect
import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from archiver.packages.verify_listing import is_text, json_object, parsed_time

_FORMAT = "json-pages-1.0"
MOST_LINE_BYTES = 50_000_000
_MOST_TOLD = 1_000

Nearest = Callable[[str, dt.datetime], float | None]
"""Says how many seconds the nearest record of a URL is away; None if there is none."""


def nearest_of(times: Mapping[str, Sequence[dt.datetime]], key: Callable[[str], str]) -> Nearest:
    """
    Find the nearest record of a URL, however many there are of it.

    Args:
        times: When the records were made, by key, in order.
        key: Gives the key of a URL.
    """

    def nearest(url: str, at: dt.datetime) -> float | None:
        found = times.get(key(url), ())
        place = bisect.bisect_left(found, at)
        beside = found[max(0, place - 1) : place + 1]
        return min((abs((each - at).total_seconds()) for each in beside), default=None)

    return nearest


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
        The offset of a line in bytes, a phrase, and whether it is a fault and not a note; after
        the first thousand faults, or notes, only that there are more.

    Source: WACZ 1.1.1, 5.3
    """
    at = pages = 0
    seen_main = not main
    told = {True: 0, False: 0}
    for number, raw in enumerate(lines):
        found, url = _line(number, raw, nearest)
        if found is not None:
            what, is_fault = found
            told[is_fault] += 1
            if told[is_fault] <= _MOST_TOLD:
                yield at, f"line {number + 1}: {what}", is_fault
        pages += bool(number)
        seen_main = seen_main or url.encode() == main
        at += len(raw)
    for is_fault, count in told.items():
        if count > _MOST_TOLD:
            yield at, f"{count - _MOST_TOLD} more lines have such a fault or note", is_fault
    if not at:
        yield 0, "it is empty: its header is missing", True
    elif not pages:
        yield at, "it lists no page", False
    if not seen_main:
        yield 0, f"the main page {main[:200].decode('utf-8', 'replace')} is not listed", True


def _line(number: int, raw: bytes, nearest: Nearest) -> tuple[tuple[str, bool] | None, str]:
    if len(raw) > MOST_LINE_BYTES:
        return (f"it is {len(raw)} bytes long", True), ""
    try:
        found = json_object(raw, halves=True)
    except ValueError as exc:
        return (str(exc), True), ""
    if not number:
        if found.get("format") != _FORMAT:
            return (
                f"its format is {found.get('format')!r:.200}, and should be {_FORMAT!r}",
                True,
            ), ""
        return None, ""
    url, ts = found.get("url"), found.get("ts")
    if not isinstance(url, str) or not url:
        return ("it has no url", True), ""
    if not is_text(url):
        return (f"its url {url!r:.200} holds half a character, which is no text", True), ""
    at = parsed_time(ts) if isinstance(ts, str) else None
    if at is None:
        return (f"its ts is {ts!r:.200}, which is no time with a zone", True), url
    away = nearest(url.partition("#")[0], at)
    if away is None:
        return (f"no record of {url[:200]} is in this package", True), url
    if away > 1:
        what = f"the nearest record of {url[:200]} is {away:.0f} s away from its ts {ts}"
        return (what, False), url
    return None, url
