"""Are live events received whole, whatever the server and the network do? Real sockets."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import trustme

from archiver.config import NetworkSettings
from archiver.core.jetstream import MOST_BYTES, Event
from archiver.errors import StoreError
from archiver.net.cursor import Place, PlaceFile
from archiver.net.jetstream import MOST_DIDS, Jetstream
from tests.net.jetstream_server import (
    DESK,
    LEGACY,
    OF_2026,
    JetstreamServer,
    account,
    commit,
    jetstream,
    until,
)

AT = 1_795_507_200_000_000
NOW = dt.datetime(2026, 11, 24, 8, tzinfo=dt.UTC)


@dataclass
class Listener:
    """Who wants what, and what came."""

    dids: tuple[str, ...] = (DESK,)
    taken: list[Event] = field(default_factory=list)
    frames: list[str] = field(default_factory=list)
    refuse: int = 0
    slow_s: float = 0.0

    async def wanted(self) -> tuple[str, ...]:
        return self.dids

    async def take(self, event: Event, frame: str) -> bool:
        if self.refuse:
            self.refuse -= 1
            raise StoreError("the disk is full")
        await asyncio.sleep(self.slow_s)
        self.taken.append(event)
        self.frames.append(frame)
        return True

    async def events(self, count: int) -> list[str]:
        """Wait for so many events; give their keys."""
        await until(lambda: len(self.taken) >= count)
        return [event.rkey for event in self.taken]


@asynccontextmanager
async def following(
    server: JetstreamServer,
    listener: Listener,
    folder: Path,
    *,
    base: str = "ws://jetstream.test",
    now: dt.datetime = NOW,
    **network: Any,
) -> AsyncIterator[Jetstream]:
    """Follow the server by name until the block ends."""
    given = {
        "allow_private": ("127.0.0.0/8",),
        "connect_to": {"jetstream.test:80": server.address},
    }
    stream = Jetstream(
        base,
        NetworkSettings(**(given | network)),
        keep=folder / "live" / "jetstream.json",
        now=lambda: now,
        look_again_s=0.1,
        first_wait_s=0.02,
        most_wait_s=0.1,
        jitter=lambda: 1.0,
    )
    task = asyncio.create_task(stream.follow(listener.wanted, listener.take))
    try:
        yield stream
    finally:
        stream.stop()
        async with asyncio.timeout(10):
            await task


def deletes(*numbers: int) -> list[dict[str, Any]]:
    """Make deletions, a second apart."""
    return [commit(AT + number * 1_000_000, "delete", f"k{number}") for number in numbers]


def saved(folder: Path) -> Any:
    """Read the file of the cursor."""
    return json.loads((folder / "live" / "jetstream.json").read_text())


@pytest.mark.parametrize("path", [LEGACY, OF_2026])
async def test_events_come_as_they_happen(tmp_path: Path, path: str) -> None:
    """On the wire that the address names; only those of the accounts that matter."""
    listener = Listener()
    async with jetstream() as server:
        async with following(server, listener, tmp_path, base=f"ws://jetstream.test{path}"):
            await server.connections(1)
            other = commit(AT, "delete", "other", did="did:plc:other")
            like = commit(AT, "create", "like", collection="app.bsky.feed.like")
            await server.say(other, like, *deletes(1, 2), account(AT + 9_000_000))
            assert await listener.events(3) == ["k1", "k2", ""]
        assert server.hosts == ["jetstream.test"]
        assert json.loads(listener.frames[0])
    assert saved(tmp_path)["cursor"] == (AT + 9_000_000 if path == LEGACY else 5)


@pytest.mark.parametrize(("served", "named"), [(OF_2026, LEGACY), (LEGACY, OF_2026), (OF_2026, "")])
async def test_server_of_the_other_wire_is_understood(
    tmp_path: Path, served: str, named: str
) -> None:
    """The 2026 rewrite refuses the old names; an old server does not know the new ones."""
    listener = Listener()
    async with jetstream() as server:
        server.wires = (served,)
        async with following(server, listener, tmp_path, base=f"ws://jetstream.test{named}"):
            await server.connections(1)
            await server.say(*deletes(1))
            assert await listener.events(1) == ["k1"]


@pytest.mark.parametrize("path", [LEGACY, OF_2026])
async def test_restarted_server_is_read_on_without_a_gap(tmp_path: Path, path: str) -> None:
    """From the cursor on; what comes twice counts once."""
    listener = Listener()
    async with jetstream() as server:
        server.drop_after = [1, 2, 1]
        async with following(server, listener, tmp_path, base=f"ws://jetstream.test{path}"):
            await server.connections(1)
            await server.say(*deletes(1, 2, 3, 4, 5))
            assert await listener.events(5) == ["k1", "k2", "k3", "k4", "k5"]
        assert len(server.asked) >= 4
        assert "cursor" not in server.asked[0]
        assert "cursor" in server.asked[1]


async def test_restarted_archiver_reads_on_where_it_was(tmp_path: Path) -> None:
    """The cursor is in a file; what happened meanwhile is told."""
    async with jetstream() as server:
        first, second = Listener(), Listener()
        async with following(server, first, tmp_path):
            await server.connections(1)
            await server.say(*deletes(1, 2))
            assert await first.events(2) == ["k1", "k2"]
        await server.say(*deletes(3, 4))
        async with following(server, second, tmp_path):
            # The last one is told again: it may have been the first half of something.
            assert await second.events(3) == ["k2", "k3", "k4"]


async def test_event_that_could_not_be_kept_comes_again(tmp_path: Path) -> None:
    """The cursor moves only behind what was kept."""
    listener = Listener(refuse=2)
    async with jetstream() as server:
        PlaceFile(tmp_path / "live" / "jetstream.json").save(Place("ws://jetstream.test", AT, NOW))
        async with following(server, listener, tmp_path):
            await server.connections(1)
            await server.say(*deletes(1, 2))
            assert await listener.events(2) == ["k1", "k2"]
        assert len(server.asked) == 3


async def test_hostile_frames_are_passed_over(tmp_path: Path) -> None:
    """They stop nothing that comes behind them."""
    listener = Listener()
    async with jetstream() as server:
        server.raw = ["", "{", "[" * 50_000, "null", b"\xff\x00", '{"kind":"new"}', "\ud7ff"]
        async with following(server, listener, tmp_path):
            await server.connections(1)
            await server.say(*deletes(1))
            assert await listener.events(1) == ["k1"]
        assert len(server.asked) == 1


async def test_frame_larger_than_any_post_ends_nothing(tmp_path: Path) -> None:
    """It is not received; the connection is made anew, and what lies behind it comes."""
    listener = Listener()
    async with jetstream() as server:
        async with following(server, listener, tmp_path):
            await server.connections(1)
            await server.say(*deletes(1))
            await listener.events(1)
            big = commit(AT + 2_000_000, "create", "big", record={"text": "x" * MOST_BYTES})
            await server.say(big)
            await server.connections(3)
            await asyncio.sleep(0.05)
            await server.say(*deletes(3))
            await until(lambda: "k3" in [event.rkey for event in listener.taken])
        assert [event.rkey for event in listener.taken] == ["k1", "k3"]


async def test_cursor_that_is_too_old_is_given_up(tmp_path: Path) -> None:
    """The newer wire refuses it; it goes on from now."""
    listener = Listener()
    base = f"ws://jetstream.test{OF_2026}"
    PlaceFile(tmp_path / "live" / "jetstream.json").save(Place(base, 3, NOW))
    async with jetstream() as server:
        server.oldest = 1_000
        async with following(server, listener, tmp_path, base=base):
            await server.connections(1)
            server.oldest = 0
            await server.say(*deletes(1))
            assert await listener.events(1) == ["k1"]
        assert "cursor" not in server.asked[0]


@pytest.mark.parametrize("error", ["CursorTooOld", "ConsumerTooSlow", "Whatever"])
async def test_notice_of_the_server_ends_one_connection(tmp_path: Path, error: str) -> None:
    """Whatever it says, it is connected to again; too old a cursor is not shown again."""
    listener = Listener()
    base = f"ws://jetstream.test{OF_2026}"
    PlaceFile(tmp_path / "live" / "jetstream.json").save(Place(base, 3, NOW))
    async with jetstream() as server:
        server.raw = [json.dumps({"$type": "error", "error": error})]
        async with following(server, listener, tmp_path, base=base):
            await server.connections(2)
        assert "cursor" in server.asked[0]
        assert ("cursor" in server.asked[1]) is (error != "CursorTooOld")


async def test_long_absence_is_said_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The older wire takes an old cursor without a word: so we say it."""
    base = "ws://jetstream.test"
    long_ago = NOW - dt.timedelta(days=4)
    PlaceFile(tmp_path / "live" / "jetstream.json").save(
        Place(base, AT - 4 * 86_400_000_000, long_ago)
    )
    async with jetstream() as server:
        server.drop_after = [0, 0]
        async with following(server, Listener(), tmp_path):
            await server.connections(3)
        assert "cursor" in server.asked[0]
    assert [each.levelname for each in caplog.records].count("WARNING") == 1


async def test_slow_work_holds_the_stream_back(tmp_path: Path) -> None:
    """Nothing is lost and nothing piles up here: the socket is read no faster."""
    listener = Listener(slow_s=0.002)
    async with jetstream() as server, following(server, listener, tmp_path):
        await server.connections(1)
        await server.say(*deletes(*range(1, 101)))
        assert len(await listener.events(100)) == 100


async def test_nobody_watched_means_no_connection(tmp_path: Path) -> None:
    """Without accounts one would be told of all the network."""
    listener = Listener(dids=())
    async with jetstream() as server, following(server, listener, tmp_path):
        await asyncio.sleep(0.3)
        assert server.asked == []
        listener.dids = (DESK,)
        await server.connections(1)


async def test_other_accounts_mean_another_connection(tmp_path: Path) -> None:
    """A new watch is listened to soon; too many are cut, since they stand in the address."""
    listener = Listener()
    async with jetstream() as server, following(server, listener, tmp_path):
        await server.connections(1)
        listener.dids = (DESK, "did:plc:eve")
        await server.connections(2)
        assert sorted(server.asked[1]["wantedDids"]) == [DESK, "did:plc:eve"]
        listener.dids = tuple(f"did:plc:n{number}" for number in range(500))
        await server.connections(3)
        assert len(server.asked[2]["wantedDids"]) == MOST_DIDS


async def test_private_address_is_refused(tmp_path: Path) -> None:
    """The same guard as for everything else, whatever the name leads to."""
    async with jetstream() as server:
        async with following(server, Listener(), tmp_path, allow_private=()):
            await asyncio.sleep(0.2)
        literal = f"ws://{server.address}"
        async with following(server, Listener(), tmp_path, base=literal, allow_private=()):
            await asyncio.sleep(0.2)
        assert server.asked == []


async def test_server_that_is_not_there_is_tried_again(tmp_path: Path) -> None:
    """And stopping waits for nothing."""
    listener = Listener()
    async with jetstream() as server:
        gone = server.address
    async with jetstream() as server:
        server.address, real = gone, server.address
        async with following(server, listener, tmp_path):
            await asyncio.sleep(0.2)
        assert real != gone
        assert server.asked == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "[" * 5_000,
        '{"address": "x", "cursor": "7", "at": "2026-01-01T00:00:00Z"}',
        '{"address": "x", "cursor": -7, "at": "2026-01-01T00:00:00Z"}',
        '{"address": "x", "cursor": 7, "at": "2026-01-01T00:00:00"}',
        '{"address": "x", "cursor": 7, "at": "soon"}',
        '{"address": "x", "cursor": 7}',
        "\x00\xff",
    ],
)
def test_broken_place_is_no_place(tmp_path: Path, text: str) -> None:
    """It goes on from now, and the log says so."""
    path = tmp_path / "jetstream.json"
    path.write_bytes(text.encode("latin-1"))
    assert PlaceFile(path).load() is None


def test_place_survives_and_replaces(tmp_path: Path) -> None:
    """The folder is made; nothing half is left beside it; what cannot be written is logged."""
    file = PlaceFile(tmp_path / "live" / "jetstream.json")
    assert file.load() is None
    for cursor in (1, 2):
        file.save(Place("ws://x", cursor, NOW))
        assert file.load() == Place("ws://x", cursor, NOW)
    assert [path.name for path in (tmp_path / "live").iterdir()] == ["jetstream.json"]
    (tmp_path / "flat").write_text("")
    PlaceFile(tmp_path / "flat" / "x" / "jetstream.json").save(Place("ws://x", 1, NOW))


async def test_place_at_another_server_counts_nothing(tmp_path: Path) -> None:
    """Each server counts by itself."""
    PlaceFile(tmp_path / "live" / "jetstream.json").save(Place("ws://other", AT, NOW))
    async with jetstream() as server:
        async with following(server, Listener(), tmp_path):
            await server.connections(1)
        assert "cursor" not in server.asked[0]


@pytest.mark.parametrize("name", ["jetstream.test", "other.test"])
async def test_certificate_must_name_the_host(tmp_path: Path, name: str) -> None:
    """The name of the address, not that of where network.connect_to leads."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    listener = Listener()
    async with (
        jetstream(context) as server,
        following(
            server,
            listener,
            tmp_path,
            base="wss://jetstream.test",
            connect_to={"Jetstream.test:443": server.address},
            ca_file=str(tmp_path / "ca.pem"),
        ),
    ):
        if name == "jetstream.test":
            await server.connections(1)
            await server.say(*deletes(1))
            assert await listener.events(1) == ["k1"]
        else:
            await asyncio.sleep(0.2)
            assert server.asked == []
