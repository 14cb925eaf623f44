"""Is each frame of Jetstream read for what it is, on either wire, however hostile?"""

from __future__ import annotations

import contextlib
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.core.jetstream import Event, Notice, Wire, address, first_wire, read
from tests.net.jetstream_server import DESK, account, commit, identity, of_2026

AT = 1_795_507_200_000_000
ROOT = "at://did:plc:desk/app.bsky.feed.post/3k1"
REPLY: dict[str, Any] = {
    "record": {"text": "x", "reply": {"root": {"uri": ROOT}, "parent": {"uri": ROOT}}}
}


@pytest.mark.parametrize("wire", Wire)
@pytest.mark.parametrize(
    ("told", "event"),
    [
        (commit(AT, "delete", "3k2"), {"operation": "delete", "rkey": "3k2"}),
        (commit(AT, "create", "3k2", **REPLY), {"operation": "create", "root": ROOT}),
        (commit(AT, "update", "3k2", record={"reply": []}), {"operation": "update", "root": ""}),
        (account(AT), {"kind": "account", "active": False, "status": "deleted"}),
        (account(AT, active=True, status=""), {"kind": "account", "active": True}),
        (identity(AT), {"kind": "identity"}),
    ],
)
def test_event_is_read_on_both_wires(
    wire: Wire, told: dict[str, Any], event: dict[str, Any]
) -> None:
    """The newer one wraps it, has it flat, and counts instead of telling the time."""
    frame = told if wire is Wire.LEGACY else of_2026(told, 77)
    seen = read(json.dumps(frame))
    assert isinstance(seen, Event)
    assert (seen.did, seen.cursor) == (DESK, AT if wire is Wire.LEGACY else 77)
    assert {name: getattr(seen, name) for name in event} == event


def test_record_and_post_have_addresses() -> None:
    """A gate stands under the key of its post."""
    seen = read(json.dumps(commit(AT, "create", "3k1", collection="app.bsky.feed.threadgate")))
    assert isinstance(seen, Event)
    assert seen.uri == "at://did:plc:desk/app.bsky.feed.threadgate/3k1"
    assert seen.post == ROOT


@pytest.mark.parametrize(
    ("frame", "error"),
    [
        ({"$type": "error", "error": "CursorTooOld", "message": "m"}, "CursorTooOld"),
        ({"$type": "x", "payload": {"error": "ConsumerTooSlow"}}, "ConsumerTooSlow"),
        ({"$type": "error", "error": "x" * 9_000, "message": 7}, "x" * 200),
    ],
)
def test_notice_is_no_event(frame: dict[str, Any], error: str) -> None:
    """The server speaks about the connection."""
    seen = read(json.dumps(frame))
    assert isinstance(seen, Notice)
    assert seen.error == error


@pytest.mark.parametrize(
    "frame",
    [{"kind": "sync", "did": DESK}, {"$type": "message", "payload": {"$type": "x#info"}}, {}],
)
def test_kind_that_nobody_knows_is_passed_over(frame: dict[str, Any]) -> None:
    """There will be new ones."""
    assert read(json.dumps(frame)) is None


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "{",
        "[]",
        "null",
        "[" * 100_000,
        json.dumps(commit(AT, "delete", "3k2") | {"did": "desk"}),
        json.dumps(commit(AT, "delete", "3k2") | {"did": 7}),
        json.dumps(commit(-1, "delete", "3k2")),
        json.dumps(commit(2**64, "delete", "3k2")),
        json.dumps(commit(AT, "delete", "3k2") | {"time_us": True}),
        json.dumps(commit(AT, "delete", "3k2") | {"time_us": "1"}),
        json.dumps(commit(AT, "explode", "3k2")),
        json.dumps(commit(AT, "delete", "../x")),
        json.dumps(commit(AT, "delete", "3k2") | {"commit": {"operation": "delete", "rkey": "a"}}),
        json.dumps({"kind": "commit", "did": DESK, "time_us": AT, "commit": []}),
    ],
)
def test_hostile_frame_is_one_error(frame: str) -> None:
    """Never anything else than ValueError."""
    with pytest.raises(ValueError):
        read(frame)


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=10,
)


@given(
    st.dictionaries(
        st.sampled_from(["did", "kind", "time_us", "seq", "commit", "payload", "$type", "error"]),
        _VALUES | st.sampled_from(["commit", "account", DESK, AT]),
    )
)
def test_no_frame_breaks_the_reader(frame: dict[str, Any]) -> None:
    """An event, a notice, nothing, or ValueError."""
    with contextlib.suppress(ValueError):
        assert isinstance(read(json.dumps(frame)), Event | Notice | None)


@pytest.mark.parametrize(
    ("base", "wire"),
    [
        ("wss://j.example", Wire.LEGACY),
        ("wss://j.example/subscribe", Wire.LEGACY),
        ("wss://j.example/xrpc/network.bsky.jetstream.subscribeEvents/", Wire.OF_2026),
    ],
)
def test_address_is_that_of_either_wire(base: str, wire: Wire) -> None:
    """Whichever the settings name; each calls its parameters otherwise."""
    assert first_wire(base) is wire
    old = urlsplit(address(base, Wire.LEGACY, ["did:plc:a", "did:plc:b"], AT))
    assert (old.netloc, old.path) == ("j.example", "/subscribe")
    asked = parse_qs(old.query)
    assert asked["wantedDids"] == ["did:plc:a", "did:plc:b"]
    assert asked["cursor"] == [str(AT)]
    new = urlsplit(address(base, Wire.OF_2026, ["did:plc:a"], 7))
    assert new.path == "/xrpc/network.bsky.jetstream.subscribeEvents"
    asked = parse_qs(new.query)
    assert (asked["dids"], asked["cursor"]) == (["did:plc:a"], ["7"])
    assert set(asked["kinds"]) == {"commit", "identity", "account"}


def test_count_of_the_newer_wire_means_nothing_to_the_older() -> None:
    """It would be a time in 1970."""
    assert "cursor" not in address("wss://j.example", Wire.LEGACY, ["did:plc:a"], 7)
    assert "cursor" not in address("wss://j.example", Wire.LEGACY, ["did:plc:a"], None)
    assert (Wire.LEGACY.other, Wire.OF_2026.other) == (Wire.OF_2026, Wire.LEGACY)
