"""Are records found: by id, by file, by digest, by URL and time?"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.models import RecordRef, RecordType
from archiver.store.sql import SqlStore
from tests.store.samples import TARGET, later, record

Opener = Callable[[], SqlStore]


def test_record_comes_back_as_it_was_kept(store: SqlStore) -> None:
    """Every field, also those that are often empty."""
    plain = record(1)
    full = record(2, type=RecordType.REVISIT, refers_to="urn:uuid:1", truncated="length")
    bare = record(3, type=RecordType.RESOURCE, status=None, digest=None, payload_bytes=None)
    store.add_records((plain, full, bare))
    assert [store.record(each.record_id) for each in (plain, full, bare)] == [plain, full, bare]
    assert store.record("urn:uuid:unknown") is None


def test_known_record_is_left_as_it_is(store: SqlStore) -> None:
    """The writer tells once, recovery may tell again."""
    store.add_records((record(1),))
    store.add_records((record(1, offset=7), record(2)))
    store.add_records(())
    assert store.record(record(1).record_id) == record(1)
    assert store.counts()["records"] == 2


def test_records_of_a_file_come_by_offset(store: SqlStore) -> None:
    """As they lie in the WARC."""
    store.add_records((record(3), record(1), record(2, filename="other.warc.gz")))
    assert store.records_in(record(1).filename) == (record(1), record(3))
    assert store.records_in("unknown.warc.gz") == ()
    assert store.record_files() == (record(1).filename, "other.warc.gz")


def test_original_is_the_response_that_first_held_the_payload(store: SqlStore) -> None:
    """Revisits and resources are no originals; each digest has its own."""
    digest = "sha256:dd"
    store.add_records(
        (
            record(9, digest=digest),
            record(1, digest=digest, type=RecordType.REVISIT),
            record(2, digest=digest, type=RecordType.RESOURCE),
            record(5, digest=digest),
            record(7),
        )
    )
    found = store.originals((digest, record(7).digest or "", "sha256:unknown"))
    assert found == {digest: record(5, digest=digest), record(7).digest: record(7)}
    assert store.originals(()) == {}


def test_digest_of_thousands_of_records_is_found_at_once(store: SqlStore) -> None:
    """Empty bodies of redirects all share one digest."""
    store.add_records([record(n, digest="sha256:empty") for n in range(1, 3000)])
    digests = ["sha256:empty"] * 32
    assert store.originals(digests) == {"sha256:empty": record(1, digest="sha256:empty")}


@pytest.mark.parametrize(
    ("minutes", "nearest"), [(-99, 1), (0, 1), (4, 1), (5, 1), (5.1, 2), (10, 2), (10_000, 2)]
)
def test_nearest_record_is_the_nearest_in_time(
    store: SqlStore, minutes: float, nearest: int
) -> None:
    """Before, between and after all captures; the earlier if two are equally near."""
    captures = (record(1, at=later()), record(2, at=later(minutes=10), type=RecordType.REVISIT))
    noise = (
        record(3, at=later(minutes=5), type=RecordType.RESOURCE),
        record(4, at=later(minutes=5), url=TARGET + "/"),
    )
    store.add_records(captures + noise)
    assert store.nearest_record(TARGET, later(minutes=minutes)) == captures[nearest - 1]


def test_url_never_captured_has_no_nearest_record(store: SqlStore) -> None:
    """None, not the record of another URL."""
    store.add_records((record(1),))
    assert store.nearest_record("https://other.example/", later()) is None


@given(
    seconds=st.lists(st.integers(0, 1000), min_size=1, max_size=12, unique=True),
    asked=st.integers(-10, 1010),
)
def test_nearest_equals_a_search_of_all(shared: SqlStore, seconds: list[int], asked: int) -> None:
    """Whatever was captured, whenever it is asked for."""
    numbers = range(shared.counts()["records"], 10**9)
    url = f"http://x/{numbers[0]}"
    made = [
        record(number, url=url, at=later(seconds=second))
        for number, second in zip(numbers, sorted(seconds), strict=False)
    ]
    shared.add_records(made)
    moment = later(seconds=asked)
    wanted = min(made, key=lambda each: (abs(each.at - moment), each.at))
    assert shared.nearest_record(url, moment) == wanted


def test_hostile_words_of_a_record_are_kept(store: SqlStore) -> None:
    """URLs and media types come from outside."""
    odd: RecordRef = record(1, url="http://x/\udcff' OR 1=1 --\x00", mime="text/\ud800")
    store.add_records((odd,))
    found = store.record(odd.record_id)
    assert found is not None
    assert found == dataclasses.replace(
        odd, url="http://x/\ufffd' OR 1=1 --\x00", mime="text/\ufffd"
    )


def test_two_stores_share_their_files(open_store: Opener) -> None:
    """A file that another process named first has the same rows."""

    one, other = open_store(), open_store()
    one.add_records((record(1),))
    other.add_records((record(2),))
    assert one.records_in(record(1).filename) == (record(1), record(2))


def test_batch_of_a_crawl_is_quick(store: SqlStore) -> None:
    """Far from the figure of the benchmark: only a guard against a missing index."""
    store.add_records([record(n, url=f"http://x/{n}") for n in range(1, 20_000)])
    begun = dt.datetime.now()
    for start in range(1, 3200, 32):
        store.originals([record(n).digest or "" for n in range(start, start + 32)])
        assert store.nearest_record(f"http://x/{start}", later()) is not None
    assert (dt.datetime.now() - begun).total_seconds() < 5


OTHERS = "import-0f.warc.gz"


def test_imported_record_stands_in_only_where_there_is_none_of_ours(store: SqlStore) -> None:
    """However near the time is that its maker wrote into it; TimeMaps say the same."""
    ours = record(1, at=later())
    forged = record(2, at=later(days=3), filename=OTHERS)
    other = record(3, url="http://only.example/", filename=OTHERS)
    store.add_records((ours, forged, other))
    assert store.nearest_record(TARGET, later(days=3)) == ours
    assert store.nearest_record("http://only.example/", later()) == other
    assert store.capture_times(TARGET, since=later(days=-9)) == (ours.at,)
    assert store.capture_times(TARGET, since=later(days=2)) == ()
    assert store.capture_times("http://only.example/", since=later(days=-9)) == (other.at,)


def test_page_of_ours_needs_nothing_that_others_wrote(store: SqlStore) -> None:
    """And an imported page takes first what was imported with it."""
    same = record(1, at=later(days=1), filename=OTHERS)
    third = record(2, at=later(), filename="import-1e.warc.gz")
    store.add_records((same, third))
    assert store.nearest_record(TARGET, later(), beside="a.warc.gz") is None
    assert store.nearest_record(TARGET, later(), beside=OTHERS) == same
    assert store.nearest_record(TARGET, later(), beside="import-") == third
    ours = record(3, at=later(days=9))
    store.add_records((ours,))
    assert store.nearest_record(TARGET, later(), beside="a.warc.gz") == ours
    assert store.nearest_record(TARGET, later(), beside=OTHERS) == same
    assert store.nearest_record(TARGET, later(), beside="import-77.warc.gz") == ours


def test_repeat_of_ours_never_rests_on_what_others_wrote(store: SqlStore) -> None:
    """Its own bytes are written once more; a file that is only named alike is ours."""
    digest = "sha256:dd"
    store.add_records((record(1, digest=digest, filename=OTHERS),))
    assert store.originals((digest,)) == {}
    alike = record(2, digest=digest, filename="importer.warc.gz")
    store.add_records((alike,))
    assert store.originals((digest,)) == {digest: alike}


def test_resources_of_a_time_are_given_by_it(store: SqlStore) -> None:
    """Both ends count; another kind, or what came before or after, is not looked at."""
    kind = {"type": RecordType.RESOURCE, "mime": "application/x-entry"}
    held = [record(number, **kind) for number in (1, 2, 3, 4)]
    store.add_records([*held, record(5, at=held[1].at), record(6, **kind | {"mime": "image/png"})])
    between = {"since": held[1].at, "until": held[2].at}
    assert store.resources("application/x-entry", **between) == tuple(held[1:3])
    assert store.resources("application/x-entry") == tuple(held)
