"""Does every value come back from its JSON, also from that of another version?"""

from __future__ import annotations

import dataclasses
import datetime as dt
import inspect
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archiver import models
from archiver.errors import StoreError
from archiver.models import Completeness, Hop, Link, Media, MediaKind, Post
from archiver.store import codec
from archiver.store.columns import storable
from tests.store.samples import NOON, post

MODELS = [
    kind
    for _, kind in inspect.getmembers(models, inspect.isclass)
    if dataclasses.is_dataclass(kind)
]

for _type, _strategy in (
    (dt.datetime, st.datetimes(timezones=st.just(dt.UTC))),
    (float, st.floats(allow_nan=False, allow_infinity=False)),
    (bytes, st.text(max_size=20).map(str.encode)),
):
    st.register_type_strategy(_type, _strategy)


@pytest.mark.parametrize("kind", MODELS, ids=lambda kind: kind.__name__)
@given(st.data())
@settings(max_examples=5)
def test_value_comes_back(kind: type[Any], data: st.DataObject) -> None:
    """Equal, and written the same way again."""
    value = data.draw(st.from_type(kind))
    text = codec.dump(kind, value)
    back = codec.load(kind, text)
    assert back == value
    assert codec.dump(kind, back) == text


def test_unknown_keys_are_left_out() -> None:
    """A newer version wrote more."""
    text = json.dumps({"uri_r": "http://x/", "text": "x", "seen_by": ["somebody"]})
    assert codec.load(Link, text) == Link("http://x/", "x")


def test_missing_keys_take_their_defaults() -> None:
    """An older version wrote less."""
    assert codec.load(Post, '{"id": "1", "author": null}') == Post("1", None)


def test_text_that_is_no_such_value_is_said() -> None:
    """One sentence with the place and the way out."""
    with pytest.raises(
        StoreError, match=r"Completeness .*\(captured: .*archiver rebuild"
    ) as caught:
        codec.load(Completeness, '{"expected": 1, "gaps": 0, "reason": ""}')
    assert "\n" not in str(caught.value)


def test_wrong_kind_is_refused_before_it_is_kept() -> None:
    """What could not be read again is not written."""
    wrong = Media(MediaKind.IMAGE, "http://x/", width="wide")  # type: ignore[arg-type]  # on purpose
    with pytest.raises(StoreError, match="a Post cannot be kept") as caught:
        codec.dump(Post, post(media=(wrong,)))
    assert "\n" not in str(caught.value)


def test_halves_of_surrogate_pairs_are_replaced_at_any_depth() -> None:
    """In tuples of values within values too; the rest stays as it is."""
    odd = post("1", "http://x/\ud800", media=(Media(MediaKind.GIF, "http://m/", "\ude00"),))
    back = codec.load(Post, codec.dump(Post, odd))
    assert back.links[0].uri_r == "http://x/\ufffd"
    assert back.media[0] == Media(MediaKind.GIF, "http://m/", "\ufffd")
    assert (back.id, back.created_at) == (odd.id, odd.created_at)


@given(st.text(st.characters(codec=None)))
def test_storable_text_is_utf8_and_stays(text: str) -> None:
    """Twice is once, and text that is fine is not touched."""
    made = storable(text)
    assert made.encode().decode() == made == storable(made)
    if not any("\ud800" <= letter <= "\udfff" for letter in text):
        assert made == text


def test_times_keep_their_moment_across_zones() -> None:
    """A platform may say its times in any zone."""
    zone = dt.timezone(dt.timedelta(hours=5, minutes=30))
    hop = Hop("http://x/", NOON.astimezone(zone))
    assert codec.load(Hop, codec.dump(Hop, hop)).at == NOON
