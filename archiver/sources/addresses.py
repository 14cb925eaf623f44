"""Which seeds does a file of addresses name? Text, one on each line, or CSV; pure."""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from archiver.core import textlinks, urls
from archiver.core.richtext import clean
from archiver.models import ListingObservation

PLATFORM = "urls"
MAX_URLS = 10_000
HANDLE = re.compile(r"@[\w.-]+@[\w.-]+\.[\w-]+")
_NAMED = 10  # bad lines that are named; of more only the count is said
_OTHERS = 10  # of so many lines of a list one may hold something else
_TABLE = (".csv", ".tsv")
_SEPARATORS = (",", ";", "\t")
_HEAD = re.compile(r"[\w .()\[\]/_-]{1,40}")  # what a cell of a header may say
_HEADS = frozenset({"url", "urls", "uri", "uris", "link", "links"})
_HEAD_WORDS = 3
_HEAD_CELLS = 100  # of a header that are looked at
_SOFT_HEADS = frozenset({"address", "addresses", "website"})  # if addresses stand below them
_WORD = re.compile(r"[^\W\d_]+")
_OTHER = re.compile(r"(?:at://|acct:)\S+\Z", re.IGNORECASE)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://\S*\Z")
_COMMENT = re.compile(r"#+(?:\s.*|[A-Za-z][A-Za-z0-9+.-]*://\S*)?\Z")  # no hashtag


@dataclass(frozen=True, slots=True)
class _Line:
    """What stood in a line where an address was due; `number` counts from 1."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of a table, by the line that it begins in."""

    number: int
    cells: tuple[str, ...]

    def cell(self, column: int) -> str:
        return self.cells[column] if column < len(self.cells) else ""


def read(
    text: str, name: str, at: dt.datetime, record_ids: tuple[str, ...]
) -> ListingObservation | None:
    """
    Read a file of addresses.

    A CSV file is always one, by its name or by a first row that names a column of addresses (`url`,
    `Link to post`); so is a file of comments only. Any other text is one if every line that is
    neither empty nor a comment (`#`) is one whole address, but for one line in ten, or one such as
    a heading above several; or if it is a table in which every row holds exactly one. What is no
    address is told by its line.

    Args:
        text: Decoded.
        name: Of the file, without folders.
        at: When it was read, UTC.
        record_ids: The records that hold it.

    Returns:
        None if it is something else, such as the text of a thread.
    """
    text = text.removeprefix("\ufeff")
    found = _found(text, is_table=name.lower().endswith(_TABLE))
    if found is None:
        return None
    taken: dict[str, str] = {}
    bad: list[int] = []
    full = False
    for each in found:
        seed = _seed(each.text)
        if seed is None:
            bad.append(each.number)
        elif _key(seed) not in taken:
            full = len(taken) == MAX_URLS
            if full:
                break
            taken[_key(seed)] = seed
    return ListingObservation(
        platform=PLATFORM,
        url=name,
        thread_urls=tuple(taken.values()),
        observed_at=at,
        title=name,
        reason="; ".join(_limits(bad, full=full)) or ("" if taken else "it holds no address"),
        record_ids=record_ids,
    )


def _limits(bad: Sequence[int], *, full: bool) -> Iterator[str]:
    if full:
        yield f"only the first {MAX_URLS:,} of its addresses are taken"
    if bad:
        named = ", ".join(map(str, bad[:_NAMED])) + (" …" if len(bad) > _NAMED else "")
        lines = f"line {named} holds" if len(bad) == 1 else f"lines {named} hold"
        yield f"{lines} no address that can be asked for"


def _found(text: str, *, is_table: bool) -> list[_Line] | None:
    """Give the places where an address is due; None if it is no list."""
    lines = _lines(text)
    if not lines:
        return [] if is_table or _is_commented(text) else None
    if all(_is_meant(each.text) for each in lines):
        return lines
    tables = [_rows(text, separator) for separator in _SEPARATORS]
    headed = [found for rows in tables if (found := _of_column(rows)) is not None]
    if headed:
        return max(headed, key=_good)
    if is_table:
        return max(map(_of_rows, tables), key=_good)
    for rows in tables:
        if (found := _of_cells(rows)) is not None:
            return found
    return lines if _is_list(lines) else None


def _good(lines: Sequence[_Line]) -> int:
    return sum(_is_meant(each.text) for each in lines)


def _is_list(lines: Sequence[_Line]) -> bool:
    """Say whether a text is one in spite of what else it holds: a heading, a bad line."""
    good = _good(lines)
    return good > 1 and len(lines) - good <= max(1, len(lines) // _OTHERS)


def _lines(text: str) -> list[_Line]:
    numbered = enumerate(clean(text).split("\n"), start=1)
    stripped = ((number, line.strip()) for number, line in numbered)
    return [_Line(n, _bare(line)) for n, line in stripped if line and not line.startswith("#")]


def _is_commented(text: str) -> bool:
    """Say whether there are comments, and nothing else; hashtags are the text of a thread."""
    lines = [line.strip() for line in clean(text).split("\n") if line.strip()]
    return bool(lines) and all(_COMMENT.match(line) for line in lines)


def _bare(text: str) -> str:
    """Leave the note out that follows an address: `https://a.example/ # ours`."""
    first, *rest = text.split(maxsplit=1)[:2] or ("",)
    noted = bool(rest) and rest[0].startswith("#") and rest[0][1:2].strip() == ""
    return first if noted and _is_meant(first) else text


def _rows(text: str, separator: str) -> list[_Row]:
    lines = [f"{line}\n" for line in clean(text).split("\n")]
    reader = csv.reader(lines, delimiter=separator)
    rows: list[_Row] = []
    begins = 1
    try:
        for row in reader:
            cells = tuple(cell.strip() for cell in row)
            if any(cells) and not cells[0].startswith("#"):
                rows.append(_Row(begins, tuple(map(_bare, cells))))
            begins = reader.line_num + 1
    except csv.Error:  # a cell beyond all bounds: what stands before it counts
        rows.append(_Row(begins, ("",)))
    return rows


def _of_column(rows: Sequence[_Row]) -> list[_Line] | None:
    """Read the column that the first row names; None if it names none."""
    head = rows[0].cells if rows else ()
    if not all(_HEAD.fullmatch(cell) or not cell for cell in head):
        return None
    named = [(at, cell.lower()) for at, cell in enumerate(head[:_HEAD_CELLS])]
    sure = [_column(rows, at) for at, cell in named if cell in _HEADS]
    if sure:
        return max(sure, key=_good)
    likely = [_column(rows, at) for at, cell in named if _may_head(cell)]
    held = [lines for lines in likely if 2 * _good(lines) > len(lines)]
    return max(held, key=_good) if held else None


def _column(rows: Sequence[_Row], at: int) -> list[_Line]:
    return [_Line(row.number, row.cell(at)) for row in rows[1:]]


def _may_head(cell: str) -> bool:
    """Say whether a cell, in lower case, may name addresses: it does if some stand below it."""
    words = _WORD.findall(cell)
    return cell in _SOFT_HEADS or (len(words) <= _HEAD_WORDS and not _HEADS.isdisjoint(words))


def _of_rows(rows: Sequence[_Row]) -> list[_Line]:
    """Read one address of each row, from the column that holds most; the first may name them."""
    meant = [tuple(at for at, cell in enumerate(row.cells) if _is_meant(cell)) for row in rows]
    held = Counter(at for places in meant for at in places)
    found: list[_Line] = []
    for number, (row, places) in enumerate(zip(rows, meant, strict=True)):
        if places:
            best = max(places, key=lambda at: (held[at], -at))
            found.append(_Line(row.number, row.cells[best]))
        elif number:
            found.append(_Line(row.number, ""))
    return found


def _of_cells(rows: Sequence[_Row]) -> list[_Line] | None:
    """Read the only address of each row; None if one holds none, or several."""
    found: list[_Line] = []
    for row in rows:
        held = [cell for cell in row.cells if _is_address(cell)]
        if len(held) != 1:
            return None
        found.append(_Line(row.number, held[0]))
    return found or None


def _is_meant(text: str) -> bool:
    """Say whether somebody meant this to be an address, even if it cannot be asked for."""
    return _SCHEME.match(text) is not None or _is_address(text)


def _is_address(text: str) -> bool:
    if _OTHER.match(text):
        return True
    if not text or " " in text or len(text) > urls.MAX_LENGTH:
        return False
    if HANDLE.fullmatch(text):
        return True
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
    if HANDLE.fullmatch(text):
        return f"acct:{text[1:]}"
    seed = text if "://" in text[:8] else f"https://{text}"
    return seed if _asked(seed) is not None else None


def _asked(url: str) -> str | None:
    try:
        return urls.fetchable(url)
    except ValueError:
        return None


def _key(seed: str) -> str:
    return seed if _OTHER.match(seed) else _asked(seed) or seed
