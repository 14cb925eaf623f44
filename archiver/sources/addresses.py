"""Which seeds does a file of addresses name? Text, one on each line, or CSV; pure."""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from archiver.core import textlinks, urls
from archiver.core.richtext import clean
from archiver.models import ListingObservation

PLATFORM = "urls"
MAX_URLS = 10_000
_NAMED = 10  # bad lines that are named; of more only the count is said
_SEPARATORS = (",", ";", "\t")
_HEADS = frozenset({"url", "link"})
_OTHER = re.compile(r"(?:at://|acct:)\S+\Z", re.IGNORECASE)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://\S*\Z")


@dataclass(frozen=True, slots=True)
class _Line:
    """What stood in a line where an address was due; `number` counts from 1."""

    number: int
    text: str


def read(
    text: str, name: str, at: dt.datetime, record_ids: tuple[str, ...]
) -> ListingObservation | None:
    """
    Read a file of addresses.

    It is one if every line that is neither empty nor a comment (`#`) is one whole address; or if
    it is a CSV whose first row names a column `url` or `link` that holds addresses, or in which
    every row holds exactly one. Bad addresses are told by their lines.

    Args:
        text: Decoded.
        name: Of the file, without folders.
        at: When it was read, UTC.
        record_ids: The records that hold it.

    Returns:
        None if it is something else, such as the text of a thread.
    """
    text = text.removeprefix("\ufeff")
    lines = _lines(text)
    found = lines if all(_is_meant(each.text) for each in lines) else _of_table(text)
    if not found or not any(_is_address(each.text) for each in found):
        return None
    seeds: dict[str, str] = {}
    bad: list[int] = []
    full = False
    for each in found:
        seed = _seed(each.text)
        if seed is None:
            bad.append(each.number)
        elif _key(seed) not in seeds:
            full = len(seeds) == MAX_URLS
            if full:
                break
            seeds[_key(seed)] = seed
    return ListingObservation(
        platform=PLATFORM,
        url=name,
        thread_urls=tuple(seeds.values()),
        observed_at=at,
        title=name,
        reason="; ".join(_limits(bad, full=full)),
        record_ids=record_ids,
    )


def _limits(bad: Sequence[int], *, full: bool) -> Iterator[str]:
    if full:
        yield f"only the first {MAX_URLS:,} of its addresses are taken"
    if bad:
        named = ", ".join(map(str, bad[:_NAMED])) + (" …" if len(bad) > _NAMED else "")
        lines = f"line {named} holds" if len(bad) == 1 else f"lines {named} hold"
        yield f"{lines} no address that can be asked for"


def _lines(text: str) -> list[_Line]:
    numbered = enumerate(clean(text).split("\n"), start=1)
    stripped = ((number, line.strip()) for number, line in numbered)
    return [_Line(n, line) for n, line in stripped if line and not line.startswith("#")]


def _of_table(text: str) -> list[_Line]:
    """Read a CSV: by the separator under which it is a table of addresses; empty if it is none."""
    for separator in _SEPARATORS:
        rows = _rows(text, separator)
        found = _of_column(rows) or _of_cells(rows)
        if found:
            return found
    return []


def _rows(text: str, separator: str) -> list[tuple[int, list[str]]]:
    reader = csv.reader(clean(text).splitlines(), delimiter=separator)
    rows: list[tuple[int, list[str]]] = []
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if any(cells) and not cells[0].startswith("#"):
                rows.append((reader.line_num, cells))
    except csv.Error:
        return []
    return rows


def _of_column(rows: Sequence[tuple[int, list[str]]]) -> list[_Line]:
    head = [cell.lower() for cell in rows[0][1]] if rows else []
    column = next((at for at, cell in enumerate(head) if cell in _HEADS), None)
    if column is None:
        return []
    cells = [_Line(n, row[column] if column < len(row) else "") for n, row in rows[1:]]
    return cells if not any(" " in cell.text for cell in cells) else []


def _of_cells(rows: Sequence[tuple[int, list[str]]]) -> list[_Line]:
    found: list[_Line] = []
    for number, row in rows:
        addresses = [cell for cell in row if _is_address(cell)]
        if len(addresses) != 1:
            return []
        found.append(_Line(number, addresses[0]))
    return found


def _is_meant(text: str) -> bool:
    """Say whether somebody meant this to be an address, even if it cannot be asked for."""
    return _SCHEME.match(text) is not None or _is_address(text)


def _is_address(text: str) -> bool:
    if _OTHER.match(text):
        return True
    if not text or " " in text or len(text) > urls.MAX_LENGTH:
        return False
    if text.lower().startswith(("http://", "https://")):
        return _asked(text) is not None
    whole = (span for span in textlinks.find(text) if span.end - span.start == len(text))
    return any(span.kind is textlinks.SpanKind.LINK for span in whole)


def _seed(text: str) -> str | None:
    """Give an address as it was written, with its scheme; None if it cannot be asked for."""
    if _OTHER.match(text):
        return text
    if not _is_address(text):
        return None
    seed = text if "://" in text[:8] else f"https://{text}"
    return seed if _asked(seed) is not None else None


def _asked(url: str) -> str | None:
    try:
        return urls.fetchable(url)
    except ValueError:
        return None


def _key(seed: str) -> str:
    return seed if _OTHER.match(seed) else _asked(seed) or seed
