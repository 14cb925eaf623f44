"""Are contradictions told, and only those?"""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.warc.contradictions import Told, between, future_fault, host_fault

AT = dt.datetime(2026, 11, 24, 9, 30, tzinfo=dt.UTC)
DATE = "2026-11-24T09:30:00Z"


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://example.org/", "example.org"),
        ("https://Example.org./x", "EXAMPLE.ORG"),
        ("https://example.org/", "example.org:443"),
        ("http://example.org:80/", "example.org"),
        ("http://example.org:8080/", "example.org:8080"),
        ("https://user:word@example.org/", "example.org"),
        ("https://bücher.example/", "xn--bcher-kva.example"),
        ("http://[::1]:8080/", "[::1]:8080"),
        ("https://example.org/", ""),
        ("urn:x", "example.org"),
        ("ftp://example.org/", "other.example"),
    ],
)
def test_same_host_in_other_words_is_none(url: str, host: str) -> None:
    """Case, a dot, a default port, punycode; and what has no host of the web."""
    assert host_fault(url, host) == ""


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://example.org/", "example.net"),
        ("https://example.org/", "www.example.org"),
        ("https://example.org/", "example.org:80"),
        ("http://example.org:8080/", "example.org"),
    ],
)
def test_other_host_is_told(url: str, host: str) -> None:
    """Another name or another port."""
    assert host_fault(url, host).startswith(f"asks the host {host}")


@given(st.text(max_size=40).map("http://".__add__), st.text(max_size=40))
def test_no_host_stops_the_check(url: str, host: str) -> None:
    """Whatever stands there, it is a phrase or none."""
    assert host_fault(url, host) == "" or "asks the host" in host_fault(url, host)


def test_a_day_is_left_to_wrong_clocks() -> None:
    """Beyond that a record is of a time to come."""
    assert future_fault(DATE, AT - dt.timedelta(hours=24)) == ""
    assert "yet to come" in future_fault(DATE, AT - dt.timedelta(hours=24, seconds=1))
    assert future_fault("of no time", AT) == ""


def test_metadata_about_something_else_contradict_nothing() -> None:
    """Others write them under schemes of their own, later, and without an address."""
    response = Told("response", "https://example.org/", "192.0.2.1", DATE)
    other = Told("metadata", "youtube-dl:https://example.org/", "", "2026-11-24T09:31:00Z")
    assert list(between(other, response)) == []
    assert list(between(Told("resource", "urn:x", "", ""), response)) == []
    web = Told("metadata", "https://example.net/", "", DATE)
    assert len(list(between(web, response))) == 1


def test_hops_of_one_event_contradict_nothing() -> None:
    """Two answers that are named together may be of two addresses and servers."""
    one = Told("response", "https://example.org/", "192.0.2.1", DATE)
    other = Told("response", "https://example.net/", "192.0.2.2", DATE)
    assert list(between(one, other)) == []
    asked = Told("request", "https://example.org/", "192.0.2.1", DATE)
    assert list(between(one, asked)) == []
    assert len(list(between(asked, other))) == 2
