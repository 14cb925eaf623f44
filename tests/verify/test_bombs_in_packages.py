"""Is a WACZ that is made to eat the machine refused in little time and memory, in a sentence?"""

from __future__ import annotations

import datetime as dt
import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.packages.verify_listing import json_object, listing
from archiver.packages.verify_pages import nearest_of, page_faults
from archiver.packages.zip_directory import MOST_ENTRIES

AT = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)
HEADER = b'{"format":"json-pages-1.0"}\n'
PAGE = b'{"url":"http://a.example/","ts":"2026-11-24T00:00:00Z"}\n'


@pytest.mark.parametrize("part", [b"{},", b"[],", b"1,"])
def test_json_of_countless_parts_is_not_parsed(part: bytes) -> None:
    """A few megabytes of text would become gigabytes of objects."""
    with pytest.raises(ValueError, match="more than 2,000,000 parts"):
        json_object(b'{"resources":[' + part * 2_500_000 + b"1]}")


def test_list_is_no_longer_than_any_package() -> None:
    """None of it is held against the zip then."""
    raw = json.dumps({"resources": [{}] * (MOST_ENTRIES + 1)}).encode()
    found = listing(raw)
    assert found.resources == ()
    assert "it lists 200,001 resources" in found.faults[0]


def test_faults_of_a_list_have_an_end() -> None:
    """However many of its resources are none."""
    found = listing(json.dumps({"resources": [1] * 100_000}).encode())
    assert len(found.faults) == 1_000


def test_values_that_go_on_are_shown_shortened() -> None:
    """A fault is a sentence, not a file."""
    raw = json.dumps({"profile": "x" * 1_000_000, "created": "y" * 1_000_000}).encode()
    assert max(map(len, listing(raw).faults)) < 400


def test_half_a_character_is_no_json_object_of_ours() -> None:
    """Two halves are a character; one is refused, as name or as value, unless it is asked for."""
    assert json_object(rb'{"a":"\ud83d\ude00"}') == {"a": "\N{GRINNING FACE}"}
    for raw in (rb'{"a":["\ud800"]}', rb'{"\uDFFF":1}'):
        with pytest.raises(ValueError, match="half a character"):
            json_object(raw)
        assert json_object(raw, halves=True)


def test_half_a_character_in_a_list_is_a_fault() -> None:
    """And what is given of it can be written down."""
    found = listing(rb'{"mainPageUrl":"http://a/\ud800","resources":[{"path":"\udfff"}]}')
    assert [each for each in found.faults if "half a character" in each] == [
        "its 'mainPageUrl' holds half a character, which is no text",
        "its 'path' holds half a character, which is no text",
    ]
    assert found.page.encode() == "http://a/\ufffd".encode()
    assert found.resources[0].path.encode() == "\ufffd".encode()


def test_half_a_character_in_an_address_is_a_fault() -> None:
    """In a text beside it, which others cut where they like, it is none."""
    cut = b'{"url":"http://a.example/","text":"\\ud83d","ts":"2026-11-24T00:00:00Z"}\n'
    lines = [HEADER, cut, b'{"url":"http://a/\\ud800","ts":"2026-11-24T00:00:00Z"}\n']
    (only,) = page_faults(lines, lambda url, at: 0.0, main=b"http://a.example/")
    assert only[1:] == (
        "line 3: its url 'http://a/\\ud800' holds half a character, which is no text",
        True,
    )


def test_faults_of_pages_have_an_end() -> None:
    """The rest is counted."""
    found = list(page_faults([HEADER, *[PAGE] * 1_500], lambda url, at: None))
    assert len(found) == 1_001
    assert found[-1][1:] == ("500 more lines have such a fault or note", True)
    notes = list(page_faults([HEADER, *[PAGE] * 1_500], lambda url, at: 60.0))
    assert [each[2] for each in notes] == [False] * 1_001


@given(times=st.lists(st.integers(0, 10_000), max_size=30), asked=st.integers(-5_000, 20_000))
def test_nearest_record_is_that_of_looking_at_all(times: list[int], asked: int) -> None:
    """Though only two of them are looked at."""
    held = [AT + dt.timedelta(seconds=each) for each in sorted(times)]
    nearest = nearest_of({"a": held}, lambda url: url)
    expected = min((abs(each - asked) for each in times), default=None)
    assert nearest("a", AT + dt.timedelta(seconds=asked)) == expected
    assert nearest("b", AT) is None


def test_many_pages_of_one_much_recorded_address_are_quick() -> None:
    """Pages times records would be four hundred million."""
    times = [AT + dt.timedelta(seconds=each) for each in range(20_000)]
    nearest = nearest_of({"http://a.example/": times}, lambda url: url)
    began = time.process_time()
    assert list(page_faults([HEADER, *[PAGE] * 20_000], nearest)) == []
    assert time.process_time() - began < 15
