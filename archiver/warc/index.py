"""What stands in the index beside a WARC? CDXJ lines of responses, revisits and resources."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from archiver.models import RecordRef, RecordType
from archiver.warc.names import timestamp17
from archiver.warc.surt import surt

INDEXED = frozenset({RecordType.RESPONSE, RecordType.REVISIT, RecordType.RESOURCE})
_MAX_LINE = 65_536
_quoted = json.encoder.encode_basestring_ascii


@dataclass(frozen=True, slots=True)
class IndexLine:
    """
    One line of CDXJ, as far as it can be held against its WARC.

    Attributes:
        number: Of the line, from 1.
        raw: The line itself, without its end.
        fault: What is wrong with the line itself; empty if nothing is.
        at: Where it begins in the index, in bytes (of a packed one: of what is packed).
        status: As written; empty if it is not told.
    """

    number: int
    raw: bytes = b""
    key: str = ""
    timestamp: str = ""
    url: str = ""
    digest: str = ""
    filename: str = ""
    offset: int = -1
    length: int = -1
    fault: str = ""
    at: int = 0
    status: str = ""


def cdxj_line(ref: RecordRef) -> str:
    """
    Write the line of a record, without its line end.

    Source: CDXJ 0.1.0; milliseconds in the timestamp, since a redirect chain fits into one second

    >>> import datetime as dt
    >>> cdxj_line(RecordRef("urn:uuid:1", RecordType.RESPONSE, "http://example.org/",
    ...     dt.datetime(2026, 11, 24, tzinfo=dt.UTC), "text/html", 200, "sha256:00",
    ...     "a.warc.gz", 10, 20))
    'org,example)/ 20261124000000000 {"url": "http://example.org/", "mime": "text/html", \
"status": "200", "digest": "sha256:00", "length": "20", "offset": "10", "filename": "a.warc.gz"}'
    """
    # Spelled out, not given to a JSON encoder: a fifth of its time, for every exchange.
    status = "" if ref.status is None else f'"status": "{ref.status}", '
    digest = "" if ref.digest is None else f'"digest": {_quoted(ref.digest)}, '
    return (
        f"{surt(ref.url)} {timestamp17(ref.at)} "
        f'{{"url": {_quoted(ref.url)}, "mime": {_quoted(_mime(ref))}, {status}{digest}'
        f'"length": "{ref.length}", "offset": "{ref.offset}", '
        f'"filename": {_quoted(ref.filename)}}}'
    )


def _mime(ref: RecordRef) -> str:
    # pywb and others know a revisit by this name, not by the type of what it repeats.
    return "warc/revisit" if ref.type is RecordType.REVISIT else ref.mime or "unk"


def write_sorted(path: Path, lines: Iterable[bytes]) -> None:
    """
    Write an index whole and in byte order; what stood there before is replaced at once.

    Args:
        lines: Without line ends.

    Raises:
        OSError: If the disk refuses.
    """
    draft = path.with_name(f"{path.name}.draft")
    try:
        with draft.open("wb") as file:
            file.writelines(line + b"\n" for line in sorted(lines))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise


def read_lines(path: Path) -> Iterator[IndexLine]:
    """
    Read an index line by line; what is wrong with a line is said in it, never raised.

    Raises:
        OSError: If it cannot be read.
    """
    with path.open("rb") as file:
        yield from lines_in(iter(lambda: file.readline(_MAX_LINE), b""))


def lines_in(lines: Iterable[bytes]) -> Iterator[IndexLine]:
    """Read lines of CDXJ with their ends; what is wrong with one is said in it, never raised."""
    at = 0
    for number, raw in enumerate(lines, start=1):
        if not raw.startswith(b"!"):  # a header line
            yield _parsed(number, at, raw)
        at += len(raw)


def split_lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Split bytes into lines with their ends, none longer than a line of an index may be."""
    held = b""
    for piece in pieces:
        *whole, held = (held + piece).split(b"\n")
        for line in whole:
            yield line[: _MAX_LINE - 1] + b"\n"
        if len(held) > _MAX_LINE:
            yield held
            held = b""
    if held:
        yield held


def _parsed(number: int, at: int, raw: bytes) -> IndexLine:
    line = raw.rstrip(b"\r\n")
    if line == raw:
        return IndexLine(number, line, fault="its end is missing", at=at)
    try:
        key, timestamp, text = line.decode().split(" ", 2)
        found = json.loads(text)
        return IndexLine(
            number,
            line,
            key,
            timestamp,
            str(found["url"]),
            str(found.get("digest", "")),
            str(found["filename"]),
            int(found["offset"]),
            int(found["length"]),
            at=at,
            status=str(found.get("status", "")),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        fault = "it is not `key timestamp {url, filename, offset, …}`"
        return IndexLine(number, line, fault=fault, at=at)
