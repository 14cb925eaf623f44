"""Which lines of the custody log are about these objects, and what does each of them say?"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

_TYPES = {
    "captured": "capture",
    "sealed": "message digest calculation",
    "exported": "dissemination",
    "verified": "fixity check",
    "imported": "ingestion end",
    "repaired": "recovery",
}
"""
Kinds of the custody log -> eventType of the Library of Congress's vocabulary. What was decided of a
thread is no event of its files, and stays in the archive.
"""

_TOLD = ("format", "sha256", "bytes", "records", "signer", "name", "changes", "failed")
"""Facts that go into an event: none that names other threads or addresses."""

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z")
_MOST_NAMES = 1_000


@dataclass(frozen=True, slots=True)
class Making:
    """
    How the objects were made: by an export of a thread.

    Attributes:
        identifier: Of the thread, for ever: its id after a colon.
        created: When, RFC 3339.
        software: What made them, `name/version`.
        by: Who let it be made, as the machine said; may be empty.
        warcs: Names of the archive's WARCs that the records were copied from.
    """

    identifier: str
    created: str
    software: str
    by: str = ""
    warcs: tuple[str, ...] = ()

    @property
    def thread(self) -> str:
        """The id by which the custody log calls the thread."""
        return self.identifier.rpartition(":")[2]


@dataclass(frozen=True, slots=True)
class Happening:
    """
    Something that was done with the objects before, as a line of the log tells it.

    Attributes:
        number: Of the line.
        kind: eventType.
        at: The clock of the machine that wrote it.
        detail: Facts of the line, as JSON.
        outcome: `pass` or `fail`; empty where that is no question.
        software: What did it, `name/version`; may be empty, as `who` may.
        warcs: The WARCs that it was about; none if it was about the thread.
    """

    number: int
    kind: str
    at: str
    detail: str
    outcome: str
    software: str
    who: str
    warcs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sealed:
    """What a WARC was when it was closed."""

    sha256: str
    bytes: int


def concerned(lines: Iterable[bytes], making: Making) -> tuple[bytes, ...]:
    """Give the lines that are about the thread or a WARC that its records came from."""
    return tuple(line for line in lines if _told(line, making) is not None)


def happenings(lines: Iterable[bytes], making: Making) -> Iterator[Happening]:
    """Read the lines that are about the objects; others are passed over."""
    for line in lines:
        told = _told(line, making)
        if told is not None:
            yield told


def seals(lines: Iterable[bytes], making: Making) -> dict[str, Sealed]:
    """Give what the first seal of each WARC says: it counts for ever."""
    found: dict[str, Sealed] = {}
    for line in lines:
        said = _read(line)
        name, digest, size = said.get("name"), said.get("sha256"), said.get("bytes")
        if said.get("kind") != "sealed" or not isinstance(digest, str) or type(size) is not int:
            continue
        if isinstance(name, str) and name in making.warcs:
            found.setdefault(name, Sealed(digest, size))
    return found


def _told(line: bytes, making: Making) -> Happening | None:
    said = _read(line)
    kind, number, at = (said.get(each) for each in ("kind", "number", "at"))
    if not isinstance(kind, str) or type(number) is not int or not isinstance(at, str):
        return None
    warcs = tuple(each for each in _names(said) if each in making.warcs)
    threads = said.get("threads")
    about = said.get("thread") == making.thread or (
        isinstance(threads, list) and making.thread in threads
    )
    if kind not in _TYPES or not _TIME.fullmatch(at) or not (warcs or about):
        return None
    facts = {each: said[each] for each in _TOLD if each in said}
    outcome = ""
    if kind == "verified":
        outcome = "fail"  # a line names those WARCs only that were not as they should be
    elif kind == "captured" and isinstance(said.get("failed"), bool):
        outcome = "fail" if said["failed"] else "pass"
    return Happening(
        number=number,
        kind=_TYPES[kind],
        at=at,
        detail=json.dumps({"kind": kind, **facts}, ensure_ascii=False),
        outcome=outcome,
        software=_text(said, "software"),
        who=_text(said, "who"),
        warcs=warcs,
    )


def _names(said: dict[str, Any]) -> Iterator[str]:
    """Give the WARCs that a line names: one, or those that were damaged, or made by an import."""
    yield _text(said, "name")
    for key in ("names", "warcs"):
        many = said.get(key)
        yield from (each for each in (many if isinstance(many, list) else [])[:_MOST_NAMES]
                    if isinstance(each, str))  # fmt: skip


def _text(said: dict[str, Any], name: str) -> str:
    found = said.get(name)
    return found if isinstance(found, str) else ""


def _read(line: bytes) -> dict[str, Any]:
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}
