"""Does a stranger get the custody lines of one thread, and see where they were changed?"""

from __future__ import annotations

import datetime as dt
import tracemalloc
from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from archiver.evidence.custody_lines import CustodyEvent, CustodyKind, Fact, canonical, line_digest
from archiver.evidence.excerpt import Excerpt, excerpt, excerpt_faults

NOW = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)


def log(*events: tuple[CustodyKind, dict[str, Fact]]) -> list[bytes]:
    """Write a log."""
    lines: list[bytes] = []
    for number, (kind, facts) in enumerate(events, start=1):
        event = CustodyEvent(kind, NOW, "ada@desk", "archiver/1", facts=facts)
        lines.append(canonical(event, number, line_digest(lines[-1]) if lines else ""))
    return lines


LOG = log(
    (CustodyKind.SETTINGS, {}),
    (CustodyKind.CAPTURED, {"thread": "a1", "crawl": 1}),
    (CustodyKind.SEALED, {"name": "one.warc.gz", "sha256": "sha256:00", "bytes": 1}),
    (CustodyKind.CAPTURED, {"thread": "b2", "crawl": 2}),
    (CustodyKind.SEALED, {"name": "two.warc.gz", "sha256": "sha256:00", "bytes": 1}),
    (CustodyKind.TIMESTAMPED, {"head": "sha256:00", "lines": 4, "by": ["x"]}),
    (CustodyKind.WITHHELD, {"thread": "b2", "state": "withheld"}),
    (CustodyKind.IMPORTED, {"threads": ["c3", "a1"], "sha256": "", "bytes": 1}),
    (CustodyKind.VERIFIED, {"names": ["one.warc.gz"], "faults": 1}),
    (CustodyKind.EXPORTED, {"thread": "a1", "format": "wacz"}),
    (CustodyKind.EXPORTED, {"thread": "b2", "format": "wacz"}),
)


def told(made: Excerpt, **more: object) -> list[str]:
    """Check an excerpt as it stands in a package."""
    head = {"lines": made.count, "head": made.head, "given": len(made.lines), **more}
    return list(excerpt_faults((each + b"\n" for each in made.lines), head))


def test_lines_of_other_threads_stay_at_home() -> None:
    """What is about the thread, its WARCs and the stamped heads goes out, and nothing else."""
    made = excerpt(LOG, "a1", {"one.warc.gz"})
    assert made.lines == tuple(LOG[at] for at in (1, 2, 5, 7, 8, 9))
    assert not any(b'"b2"' in line or b"two.warc" in line for line in made.lines)
    assert told(made) == []


def test_who_decided_of_a_thread_stays_at_home() -> None:
    """A package says that its thread is withheld; by whom, a line of the log would tell."""
    lines = log(
        (CustodyKind.WITHHELD, {"thread": "a1", "state": "withheld", "decided_by": "grace"}),
        (CustodyKind.RELEASED, {"thread": "a1", "state": "public", "decided_by": "grace"}),
        (CustodyKind.EXPORTED, {"thread": "a1", "format": "wacz"}),
    )
    assert excerpt(lines, "a1", ()).lines == (lines[2],)


def test_where_an_imported_warc_came_from_goes_with_its_records() -> None:
    """An import that made a WARC is told with the records in it, whatever threads it led to."""
    lines = log(
        (CustodyKind.IMPORTED, {"threads": [], "warcs": ["import-1.warc.gz"], "signer": "ada"}),
        (CustodyKind.IMPORTED, {"threads": [], "warcs": ["import-2.warc.gz"]}),
    )
    assert excerpt(lines, "a1", {"import-1.warc.gz"}).lines == (lines[0],)


def test_head_is_of_the_last_line_that_was_read() -> None:
    """Count and digest are of the lines seen, even if more are added meanwhile, or one is torn."""
    made = excerpt(iter(LOG), "a1", ())
    assert (made.count, made.head) == (11, line_digest(LOG[-1]))
    assert excerpt([*LOG, b'{"torn'], "a1", ()).head == made.head
    assert excerpt([], "a1", ()) == Excerpt()


@given(st.integers(0, 10), st.integers(0, 10_000))
def test_changed_line_is_found_where_its_neighbour_is_there(at: int, place: int) -> None:
    """A byte that was changed in a line breaks what follows, or the head."""
    spoilt = list(LOG)
    place %= len(spoilt[at])
    spoilt[at] = spoilt[at][:place] + bytes([spoilt[at][place] ^ 1]) + spoilt[at][place + 1 :]
    lines = b"\n".join([*spoilt, b""]).splitlines(keepends=True)
    head = {"lines": len(LOG), "head": line_digest(LOG[-1]), "given": len(LOG)}
    assert list(excerpt_faults(lines, head))


def test_stamp_of_another_line_is_found() -> None:
    """Where a stamped head and its line are both there, they are held against each other."""
    lines = log(
        (CustodyKind.SETTINGS, {}),
        (CustodyKind.TIMESTAMPED, {"head": "sha256:00", "lines": 1, "by": []}),
    )
    assert "was stamped as line 1" in told(Excerpt(tuple(lines), 2, line_digest(lines[-1])))[0]


@given(st.lists(st.binary(max_size=60)))
def test_any_lines_are_read(lines: list[bytes]) -> None:
    """Nothing raises, whatever stands there."""
    assert len(list(excerpt_faults(lines, {"lines": [], "head": 1}))) < 60


def test_long_logs_take_little_memory() -> None:
    """Of eight thousand lines only the few of the thread are held, and checked one by one."""

    def long() -> Iterator[bytes]:
        previous = ""
        for number in range(1, 8_001):
            facts: dict[str, Fact] = {"thread": f"{number % 800:08x}", "crawl": number}
            event = CustodyEvent(CustodyKind.CAPTURED, NOW, "ada@desk", "archiver/1", facts=facts)
            line = canonical(event, number, previous)
            previous = line_digest(line)
            yield line

    tracemalloc.start()
    made = excerpt(long(), "00000007", ())
    faults = list(excerpt_faults((line + b"\n" for line in long()), None))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (len(made.lines), made.count, faults) == (10, 8_000, [])
    assert peak < 1_000_000
