"""What does a frame of Jetstream say, and how is Jetstream asked? (reference/protocols.md, 4.4)"""

from __future__ import annotations

import enum
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit, urlunsplit

POSTS = "app.bsky.feed.post"
GATES = "app.bsky.feed.threadgate"
MOST_BYTES = 1_000_000
"""Frames over this are not received; a post is a hundredth of it."""

_PATHS = {
    "legacy": "/subscribe",
    "2026": "/xrpc/network.bsky.jetstream.subscribeEvents",
}
_KINDS = frozenset({"commit", "identity", "account"})
_DID = re.compile(r"did:[a-z]{1,32}:[A-Za-z0-9._:%-]{1,512}")
_KEY = re.compile(r"[A-Za-z0-9._~:-]{1,512}")
_URI = re.compile(rf"at://{_DID.pattern}/[A-Za-z0-9.-]{{1,317}}/{_KEY.pattern}")
_EARLIEST_TIME_US = 10**15
"""Cursors from here on are times (September 2001); smaller ones are sequence numbers."""


class Wire(enum.StrEnum):
    """The two ways in which Jetstream is asked and answers."""

    LEGACY = "legacy"
    OF_2026 = "2026"

    @property
    def other(self) -> Wire:
        """The way to try where this one is refused."""
        return Wire.OF_2026 if self is Wire.LEGACY else Wire.LEGACY


@dataclass(frozen=True, slots=True)
class Event:
    """
    Something that happened to an account or one of its records.

    Attributes:
        kind: `commit`, `identity` or `account`.
        cursor: Where to go on behind it: a time in microseconds, or a sequence number.
        operation: `create`, `update` or `delete`, of a commit.
        root: Of a post that is a reply: the AT-URI of the first post of its thread.
        active: Of an account: whether it is there.
        status: Of an account that is not: why, in the network's word.
    """

    did: str
    kind: str
    cursor: int
    operation: str = ""
    collection: str = ""
    rkey: str = ""
    root: str = ""
    active: bool = True
    status: str = ""

    @property
    def uri(self) -> str:
        """The AT-URI of the record of a commit."""
        return f"at://{self.did}/{self.collection}/{self.rkey}"

    @property
    def post(self) -> str:
        """The AT-URI of the post that it is about: the record itself, or what a gate stands at."""
        return f"at://{self.did}/{POSTS}/{self.rkey}"


@dataclass(frozen=True, slots=True)
class Notice:
    """What the server says about the connection, e.g. `CursorTooOld` or `ConsumerTooSlow`."""

    error: str
    message: str = ""


def read(frame: str) -> Event | Notice | None:
    """
    Read a frame of either wire.

    Returns:
        None for kinds that nobody knows yet.

    Raises:
        ValueError: If it is not what is documented.
    """
    try:
        value = json.loads(frame)
    except RecursionError as err:
        raise ValueError("nested too deep") from err
    if not isinstance(value, dict):
        raise ValueError("not an object")
    wrapped = value.get("payload")
    payload = wrapped if isinstance(wrapped, dict) else value
    said = payload.get("error", value.get("error"))
    if isinstance(said, str):
        return Notice(said[:200], str(payload.get("message", ""))[:500])
    kind = _kind(payload)
    return _event(kind, payload) if kind in _KINDS else None


def address(base: str, wire: Wire, dids: Sequence[str], cursor: int | None) -> str:
    """
    Write the address under which events of some accounts are subscribed to.

    Args:
        base: ws:// or wss://; its path may be that of either wire, or none.
        dids: The accounts; never empty, since that would mean all of the network.
        cursor: Where to go on; None for what happens from now on.

    >>> address("wss://j.example/subscribe", Wire.OF_2026, ["did:plc:a"], 7)[:60]
    'wss://j.example/xrpc/network.bsky.jetstream.subscribeEvents?'
    """
    parts = urlsplit(base)
    path = parts.path.rstrip("/")
    for known in _PATHS.values():
        path = path.removesuffix(known)
    names = ("wantedCollections", "wantedDids") if wire is Wire.LEGACY else ("collections", "dids")
    asked = [(names[0], POSTS), (names[0], GATES), *((names[1], did) for did in dids)]
    if wire is Wire.LEGACY:
        asked.append(("maxMessageSizeBytes", str(MOST_BYTES)))
    else:
        asked += [("kinds", kind) for kind in sorted(_KINDS)]
    if cursor is not None and (wire is Wire.OF_2026 or is_time(cursor)):
        asked.append(("cursor", str(cursor)))
    query = urlencode(asked, safe=":")
    return urlunsplit((parts.scheme, parts.netloc, path + _PATHS[wire], query, ""))


def first_wire(base: str) -> Wire:
    """Say which wire an address names; the older one if it names none."""
    named = urlsplit(base).path.rstrip("/").endswith(_PATHS[Wire.OF_2026])
    return Wire.OF_2026 if named else Wire.LEGACY


def is_time(cursor: int) -> bool:
    """Say whether a cursor is a time in microseconds; else it is a sequence number."""
    return cursor >= _EARLIEST_TIME_US


def _kind(payload: Mapping[str, object]) -> str:
    """The older wire names the kind, the newer one the type."""
    kind = payload.get("kind")
    named = payload.get("$type")
    if isinstance(kind, str):
        return kind
    return named.rpartition("#")[2] if isinstance(named, str) else ""


def _event(kind: str, payload: Mapping[str, object]) -> Event:
    nested = payload.get(kind)
    told: Mapping[str, object] = nested if isinstance(nested, dict) else payload
    did = payload.get("did")
    if not isinstance(did, str) or _DID.fullmatch(did) is None:
        raise ValueError("`did` is not a DID")
    cursor = payload.get("time_us", payload.get("seq"))
    if type(cursor) is not int or not 0 < cursor < 2**63:
        raise ValueError("neither `time_us` nor `seq` is a cursor")
    if kind == "commit":
        return _commit(did, cursor, told)
    status = told.get("status")
    return Event(
        did,
        kind,
        cursor,
        active=told.get("active") is not False,
        status=status[:100] if isinstance(status, str) else "",
    )


def _commit(did: str, cursor: int, told: Mapping[str, object]) -> Event:
    operation, collection, rkey = (told.get(name) for name in ("operation", "collection", "rkey"))
    if operation not in ("create", "update", "delete"):
        raise ValueError("`operation` is none that is documented")
    if not isinstance(collection, str) or not isinstance(rkey, str) or not _KEY.fullmatch(rkey):
        raise ValueError("`collection` or `rkey` does not name a record")
    return Event(did, "commit", cursor, str(operation), collection[:317], rkey, _root(told))


def _root(told: Mapping[str, object]) -> str:
    """Records are written by anybody: what does not name a thread names none."""
    value: object = told.get("record")
    for name in ("reply", "root", "uri"):
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, str) and _URI.fullmatch(value) else ""
