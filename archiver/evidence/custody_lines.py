"""What does a line of the custody log say, and does each hold the one before it?"""

from __future__ import annotations

import datetime as dt
import enum
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from archiver.errors import StoreError

START = ""
"""What the first line holds in place of the digest of a line before it."""

Fact = str | int | bool | None | list[str]
_OWN = frozenset({"at", "kind", "number", "previous", "settings", "software", "who"})
_MOST_FAULTS = 50


class CustodyKind(enum.StrEnum):
    """What happened: a closed list (docs/reference/evidence.md)."""

    CAPTURED = "captured"
    SEALED = "sealed"
    EXPORTED = "exported"
    IMPORTED = "imported"
    VERIFIED = "verified"
    REPAIRED = "repaired"
    WITHHELD = "withheld"
    RELEASED = "released"
    REBUILT = "rebuilt"
    TIMESTAMPED = "timestamped"
    UPGRADED = "upgraded"
    SETTINGS = "settings"
    RESTARTED = "restarted"  # the log before it is lost
    HEALED = "healed"  # a line that a crash tore stands before it


@dataclass(frozen=True, slots=True)
class CustodyEvent:
    """
    Something that was done.

    Attributes:
        at: When, UTC-aware.
        who: `user@machine`, or `schedule`; no secret.
        software: Name and version of what did it.
        settings: `sha256:<hex>` of the settings in force; empty if none were.
        facts: What is particular to it, by names beside those above: text, numbers, lists of text.
    """

    kind: CustodyKind
    at: dt.datetime
    who: str
    software: str
    settings: str = ""
    facts: Mapping[str, Fact] = field(default_factory=dict)

    def torn(self, rest: bytes) -> CustodyEvent:
        """Give the event that tells of torn lines, found when this one was to be added."""
        facts: dict[str, Fact] = {"torn_bytes": len(rest), "torn_sha256": line_digest(rest)}
        return CustodyEvent(
            CustodyKind.HEALED, self.at, self.who, self.software, self.settings, facts
        )


@dataclass(frozen=True, slots=True)
class CustodyLine:
    """
    A line of the log.

    Attributes:
        number: Counts from 1.
        previous: `sha256:<hex>` of the line before; empty in the first.
        digest: `sha256:<hex>` of this line, without its end.
        said: All of it, as read.
    """

    number: int
    kind: str
    at: str
    who: str
    previous: str
    digest: str
    said: Mapping[str, object]


def line_digest(raw: bytes) -> str:
    """Give the `sha256:<hex>` of a line without its end."""
    return f"sha256:{hashlib.sha256(raw).hexdigest()}"


def canonical(event: CustodyEvent, number: int, previous: str) -> bytes:
    """
    Write an event as a line, without its end.

    Raises:
        ValueError: If a fact takes a name that every line has.

    Source: RFC 8785, as far as text, whole numbers and lists of text go
    """
    if taken := _OWN & event.facts.keys():
        raise ValueError(f"facts cannot be named {', '.join(sorted(taken))}")
    said: dict[str, object] = {
        **event.facts,
        "at": event.at.astimezone(dt.UTC).isoformat(timespec="milliseconds")[:23] + "Z",
        "kind": event.kind.value,
        "number": number,
        "previous": previous,
        "settings": event.settings,
        "software": event.software,
        "who": event.who,
    }
    text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode("utf-8", "replace")  # a lone surrogate is no text


def read_line(raw: bytes) -> CustodyLine:
    """Read a line without its end. Raises StoreError if it is none."""
    try:
        said = json.loads(raw)
    except (ValueError, RecursionError) as err:
        raise StoreError("is no JSON object") from err
    if not isinstance(said, dict):
        raise StoreError("is no JSON object")
    number, texts = said.get("number"), [said.get(n) for n in ("kind", "at", "who", "previous")]
    if type(number) is not int or not all(isinstance(each, str) for each in texts):
        raise StoreError("lacks its number, kind, at, who or previous")
    kind, at, who, previous = map(str, texts)
    return CustodyLine(number, kind, at, who, previous, line_digest(raw), said)


def own_names() -> frozenset[str]:
    """Give the names that every line has."""
    return _OWN


@dataclass(slots=True)
class _Torn:
    """Lines in a row that cannot be read: where the first stands, and the digest of them all."""

    first: int = 0
    digest: hashlib._Hash = field(default_factory=hashlib.sha256)

    def add(self, place: int, raw: bytes) -> None:
        """Take one more."""
        if self.first:
            self.digest.update(b"\n")
        self.first = self.first or place
        self.digest.update(raw)

    def told_by(self, line: CustodyLine) -> bool:
        """Say whether a line tells of just these."""
        said = line.said.get("torn_sha256")
        return line.kind == CustodyKind.HEALED and said == f"sha256:{self.digest.hexdigest()}"


def tells_of(line: CustodyLine, torn: bytes) -> bool:
    """Say whether a line tells of torn lines, given without their last end."""
    return line.kind == CustodyKind.HEALED and line.said.get("torn_sha256") == line_digest(torn)


def walk(lines: Iterable[bytes]) -> Iterator[tuple[CustodyLine | None, str]]:
    """Give each line as read, and what is wrong with it and its place; torn ones are left out."""
    expected, previous, torn = 1, START, _Torn()
    for place, raw in enumerate(lines, start=1):
        try:
            line = read_line(raw)
        except StoreError:
            torn.add(place, raw)
            continue
        yield line, _fault(line, place, expected, previous, torn)
        expected, previous, torn = line.number + 1, line.digest, _Torn()
    if torn.first:
        yield None, f"line {torn.first}: cannot be read, it is torn or was changed; none follows"


def chain_faults(lines: Iterable[bytes]) -> tuple[str, ...]:
    """
    Say where the log was changed, cut out of or put into; nothing if each line holds the last.

    What was cut off at the end is not seen by this: compare the last digest with one that was
    stamped or handed over (docs/reference/evidence.md).

    Args:
        lines: Without their ends, from the first on.
    """
    found: list[str] = []
    for _, fault in walk(lines):
        if fault:
            found.append(fault)
        if len(found) >= _MOST_FAULTS:
            found.append("more faults follow")
            break
    return tuple(found)


def _fault(line: CustodyLine, place: int, expected: int, previous: str, torn: _Torn) -> str:
    if torn.first and not torn.told_by(line):
        return f"line {torn.first}: cannot be read, and the next line does not tell of it"
    if line.kind == CustodyKind.HEALED and not torn.first:
        return f"line {place}: tells of a torn line that is not there"
    if line.number != expected:
        return f"line {place}: is number {line.number}, where {expected} was to come"
    if line.previous != previous:
        return f"line {place}: holds {line.previous or 'nothing'} of a line that has {previous}"
    return ""
