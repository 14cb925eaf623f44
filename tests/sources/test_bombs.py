"""Does hostile JSON cost more than it should, or break more than itself?"""

from __future__ import annotations

import datetime as dt

import pytest

from archiver.errors import ParseError
from archiver.models import Exchange, FetchRequest, Outcome
from archiver.sources import answers


def answer(body: bytes) -> Exchange:
    """Give a whole answer of JSON."""
    at = dt.datetime(2026, 5, 1, tzinfo=dt.UTC)
    headers = (("Content-Type", "application/json"),)
    return Exchange(FetchRequest("https://x.example/"), at, Outcome.OK, 200, headers, body)


def test_millions_of_empty_objects_are_not_read() -> None:
    """A small answer that unpacks into gigabytes is refused before it is parsed."""
    bomb = b"[" + b"{}," * 2_000_000 + b"{}]"
    with pytest.raises(ParseError, match="no thread is so large"):
        answers.json_value(answer(bomb), platform="mastodon", subject="thread")


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (rb'"a\ud800b"', "a\ufffdb"),
        (rb'"\udfff\ud83e\uddf5"', "\ufffd\U0001f9f5"),
        (rb'"\ud83e\uddf5"', "\U0001f9f5"),
        (rb'"\\ud800"', "\\ud800"),
    ],
)
def test_half_a_surrogate_pair_becomes_a_mark(body: bytes, value: str) -> None:
    """Whole pairs and escaped backslashes stay what they are."""
    assert answers.json_value(answer(body), platform="mastodon", subject="thread") == value
