"""Is every address below /web/ understood?"""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.core.memento import timestamp14
from feeds.replay import Mode
from feeds.web.asked import Service, asked_for, candidates, time_of
from feeds.web.encodings import IDENTITY, chosen
from feeds.web.ranges import Unsatisfiable, wanted_part
from feeds.web.validators import http_date, is_current


@pytest.mark.parametrize(
    ("raw", "query", "service", "url", "mode"),
    [
        ("20220524140300/http://a.example/", "", Service.COPY, "http://a.example/", Mode.PAGE),
        ("20220524140300/http:/a.example/", "", Service.COPY, "http://a.example/", Mode.PAGE),
        ("20220524140300if_/http://a.example/", "", Service.COPY, "http://a.example/", Mode.FRAME),
        ("20220524140300id_/a.example", "", Service.COPY, "a.example", Mode.AS_RECORDED),
        ("20220524140300/http://a.example/x", "a=1?b", Service.COPY, "http://a.example/x?a=1?b",
         Mode.PAGE),
        ("http://a.example/20220524140300/x", "", Service.GATE, "http://a.example/20220524140300/x",
         Mode.PAGE),
        ("timemap/link/http://a.example/", "q", Service.MAP, "http://a.example/?q", Mode.PAGE),
        ("", "", Service.NONE, "", Mode.PAGE),
    ],
)  # fmt: skip
def test_addresses_are_read(raw: str, query: str, service: Service, url: str, mode: Mode) -> None:
    """Time, way of showing, and the original with its query."""
    asked = asked_for(raw, query)
    assert (asked.service, asked.url, asked.mode) == (service, url, mode)


@given(st.text(max_size=200), st.text(max_size=80))
def test_any_address_is_understood_somehow(raw: str, query: str) -> None:
    """Never an error; what is looked for is never empty."""
    asked = asked_for(raw, query)
    assert all(candidates(asked.url)) or not asked.url


@given(st.datetimes(dt.datetime(1000, 1, 1), dt.datetime(9999, 12, 31)))
def test_time_of_an_address_is_read_back(at: dt.datetime) -> None:
    """What core.memento writes is what is read, to the second."""
    wanted = at.replace(microsecond=0, tzinfo=dt.UTC)
    assert time_of(timestamp14(wanted)) == wanted


@pytest.mark.parametrize("digits", ["2022130", "20220230", "20220524250000", "0000"])
def test_times_that_are_none_are_not_read(digits: str) -> None:
    """A thirteenth month is no time."""
    assert time_of(digits) is None


def test_likeliest_form_is_looked_for_first() -> None:
    """As given, then as it would have been asked for, then under the other scheme."""
    assert candidates("http://A.example") == (
        "http://A.example", "http://a.example/", "https://A.example", "https://a.example/",
    )  # fmt: skip
    assert candidates("a.example/x")[0] == "https://a.example/x"


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=60))
def test_any_header_is_judged(tag: str, date: str, coding: str) -> None:
    """Nonsense in validators and codings is nonsense, not an error."""
    now = dt.datetime.now(dt.UTC)
    assert isinstance(is_current('"x"', now, if_none_match=tag, if_modified_since=date), bool)
    assert http_date(date) is None or http_date(date)
    assert chosen(coding).name in ("", "br", "zstd", "gzip")


def test_coding_is_what_the_client_likes_best() -> None:
    """Weights are obeyed; of equals the smallest is sent; plain where it is liked better."""
    assert chosen("gzip, deflate, br, zstd").name == "br"
    assert chosen("gzip, zstd").name == "zstd"
    assert chosen("br;q=0.1, gzip;q=0.9").name == "gzip"
    assert chosen("x-gzip").name == "gzip"
    assert chosen("identity, gzip;q=0.5") is IDENTITY
    assert chosen("*;q=0") is chosen("deflate") is chosen("") is IDENTITY


@given(st.text(max_size=40), st.integers(0, 50))
def test_any_range_lies_within_the_body(asked: str, size: int) -> None:
    """Whatever is asked for: a part of the body, all of it, or none that there is."""
    for each in (asked, f"bytes={asked}"):
        try:
            part = wanted_part(each, size, if_range=None, etag='"x"', modified="")
        except Unsatisfiable:
            continue
        assert part is None or 0 <= part[0] < part[1] <= size


def test_part_counts_only_for_the_same_body() -> None:
    """If-Range names the tag or date that the first part came with."""

    def part(asked: str, if_range: str | None = None) -> tuple[int, int] | None:
        return wanted_part(asked, 10, if_range=if_range, etag='"x"', modified="Tue")

    assert part("bytes=0-", '"x"') == part("bytes=0-", "Tue") == (0, 10)
    assert part("bytes=0-", '"y"') is part("bytes=5-2") is part("bytes=0-1,3-4") is None
    assert part("bytes=8-99") == (8, 10)
    with pytest.raises(Unsatisfiable, match="10"):
        part("bytes=10-")
    with pytest.raises(Unsatisfiable):
        part("bytes=-0")
