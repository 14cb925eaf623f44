"""What does the custody log tell of one thread? The lines for a stranger, and how they are checked.

A log of years is long, and tells of threads that a stranger has no business with. So a package has
the lines about its thread, the WARCs that its records came from, and the stamped heads, each as it
stands in the log, with the count and the digest of the whole. Lines whose numbers follow each other
are held against each other; what stood between others only the whole log can show.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from archiver.errors import StoreError
from archiver.evidence.custody_lines import CustodyKind, CustodyLine, read_line

MOST_LINE_BYTES = 1_000_000
_MOST_FAULTS = 50
_MOST_TORN = 8
_HEADS = f'"kind":"{CustodyKind.TIMESTAMPED}"'.encode()
_DECISIONS = frozenset({CustodyKind.WITHHELD, CustodyKind.RELEASED})
"""They name who decided, which stays here."""
_OF_WARCS = tuple(
    f'"kind":"{kind}"'.encode()
    for kind in (
        CustodyKind.SEALED,
        CustodyKind.VERIFIED,
        CustodyKind.REPAIRED,
        CustodyKind.IMPORTED,
    )
)


@dataclass(frozen=True, slots=True)
class Excerpt:
    """
    Lines of a log.

    Attributes:
        lines: As they stand, without their ends, in their order.
        count: How many lines the whole log has.
        head: `sha256:<hex>` of its newest line; empty for an empty log.
    """

    lines: tuple[bytes, ...] = ()
    count: int = 0
    head: str = ""


def excerpt(log: Iterable[bytes], thread_id: str, warcs: Collection[str]) -> Excerpt:
    """
    Choose the lines about a thread; read once, so count and head are those of the lines seen.

    Args:
        log: Whole lines without their ends, from the first on.
        warcs: Names of the WARCs that records of the thread stand in.
    """
    kept: list[bytes] = []
    newest: deque[bytes] = deque(maxlen=_MOST_TORN)
    for raw in log:
        newest.append(raw)
        if _may_concern(raw, thread_id) and _concerns(raw, thread_id, frozenset(warcs)):
            kept.append(raw)
    for raw in reversed(newest):
        line = _read(raw)
        if line is not None:
            return Excerpt(tuple(kept), line.number, line.digest)
    return Excerpt()


def excerpt_faults(lines: Iterable[bytes], head: Mapping[str, object] | None) -> Iterator[str]:
    """
    Say what is wrong with the lines of a package; memory does not grow with them.

    Args:
        lines: With their ends.
        head: What head.json says: `lines` and `head` of the log, and `given` lines here; None if it
            is not there.
    """
    faults = _faults(lines, head)
    yield from itertools.islice(faults, _MOST_FAULTS)
    if next(faults, None) is not None:
        yield "more faults follow"


def _faults(lines: Iterable[bytes], head: Mapping[str, object] | None) -> Iterator[str]:
    given, before = 0, CustodyLine(0, "", "", "", "", "", {})
    for given, raw in enumerate(lines, start=1):
        line = _read(raw.removesuffix(b"\n")) if len(raw) <= MOST_LINE_BYTES else None
        if not raw.endswith(b"\n"):
            yield f"line {given}: it is torn"
        if line is None:
            yield f"line {given}: it is no line of a custody log"
            continue
        yield from (f"line {given}: {each}" for each in _unfit(line, before))
        if line.kind == CustodyKind.TIMESTAMPED:
            yield from (f"line {given}: {each}" for each in _stamped(line, before))
        before = line
    if head is not None:
        yield from _head_faults(head, given, before)


def _unfit(line: CustodyLine, before: CustodyLine) -> Iterator[str]:
    if line.number <= before.number:
        yield f"is number {line.number}, and stands behind number {before.number}"
    elif line.number == before.number + 1 and line.previous != before.digest:
        yield f"holds {line.previous[:80] or 'nothing'} of a line that has {before.digest}"


def _stamped(line: CustodyLine, before: CustodyLine) -> Iterator[str]:
    """Hold a line that tells of a stamped head against the line that was the head."""
    count, head = line.said.get("lines"), line.said.get("head")
    if type(count) is not int or not isinstance(head, str):
        yield "tells of a stamp, and not of what was stamped"
        return
    if count >= line.number:
        yield f"is number {line.number}, and tells that {count} lines were stamped before it"
    if count == before.number and head != before.digest:
        yield f"tells that {head[:80]} was stamped as line {count}, which has {before.digest}"


def _head_faults(head: Mapping[str, object], given: int, last: CustodyLine) -> Iterator[str]:
    count, digest = head.get("lines"), head.get("head")
    if type(count) is not int or not isinstance(digest, str):
        yield "its head.json lacks the count of lines or the digest of the newest"
        return
    if head.get("given") != given:
        yield f"its head counts {str(head.get('given'))[:20]} lines here, and there are {given}"
    if last.number > count:
        yield f"its head is of a log of {count} lines, and line {last.number} is here"
    if last.number == count and digest != last.digest:
        yield f"its head is {digest[:80]}, and its last line has {last.digest}"


def _may_concern(raw: bytes, thread_id: str) -> bool:
    return (
        thread_id.encode() in raw or _HEADS in raw or any(each in raw for each in _OF_WARCS)
    )  # cheap: nearly all lines of a long log are about others


def _concerns(raw: bytes, thread_id: str, warcs: frozenset[str]) -> bool:
    line = _read(raw)
    if line is None or line.kind in _DECISIONS:
        return False
    named = {*_texts(line, "names"), *_texts(line, "warcs"), str(line.said.get("name"))}
    return (
        line.kind == CustodyKind.TIMESTAMPED
        or line.said.get("thread") == thread_id
        or thread_id in _texts(line, "threads")
        or not warcs.isdisjoint(named)
    )


def _texts(line: CustodyLine, key: str) -> list[str]:
    many = line.said.get(key)
    return [each for each in (many if isinstance(many, list) else ()) if isinstance(each, str)]


def _read(raw: bytes) -> CustodyLine | None:
    try:
        return read_line(raw)
    except StoreError:
        return None
