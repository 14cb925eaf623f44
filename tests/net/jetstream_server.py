"""A real WebSocket server on loopback that speaks both wires of Jetstream (protocols 4.4)."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSCloseCode, web

LEGACY = "/subscribe"
OF_2026 = "/xrpc/network.bsky.jetstream.subscribeEvents"
DESK = "did:plc:desk"
POSTS = "app.bsky.feed.post"
Json = dict[str, Any]


def commit(
    at: int, operation: str, rkey: str, *, did: str = DESK, collection: str = POSTS, **more: Any
) -> Json:
    """Make a commit as the older wire has it; the newer one is made of it."""
    told = {"rev": "r", "operation": operation, "collection": collection, "rkey": rkey, **more}
    return {"did": did, "time_us": at, "kind": "commit", "commit": told}


def account(at: int, *, did: str = DESK, active: bool = False, status: str = "deleted") -> Json:
    """Make an account event."""
    told = {"active": active, "did": did, "seq": 1, "time": "2026-01-01T00:00:00Z"}
    return {"did": did, "time_us": at, "kind": "account", "account": told | {"status": status}}


def identity(at: int, *, did: str = DESK) -> Json:
    """Make an identity event."""
    told = {"did": did, "handle": "new.example", "seq": 1, "time": "2026-01-01T00:00:00Z"}
    return {"did": did, "time_us": at, "kind": "identity", "identity": told}


def of_2026(event: Json, seq: int) -> Json:
    """Make the frame of the newer wire: wrapped, flat, with a sequence number."""
    kind = event["kind"]
    told = {"$type": f"network.bsky.jetstream.subscribeEvents#{kind}", **event[kind]}
    payload = told | {"did": event["did"], "seq": seq, "time": "2026-11-24T08:00:00Z"}
    return {"$type": "message", "payload": payload}


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something is so, for ten seconds at most."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - what is waited for is not ours to signal
            await asyncio.sleep(0.01)


@dataclass
class JetstreamServer:
    """
    What happened so far, and how it is told.

    Attributes:
        events: In order; `say` adds one and tells it to who listens.
        wires: Paths that are served; others answer 404.
        drop_after: Connections are dropped after so many frames, once each.
        raw: Frames that are sent before anything else, whatever they are; taken once.
        oldest: Cursors below are too old: the older wire starts there without a word, the newer
            one refuses them.
        asked: The query of each connection.
    """

    events: list[Json] = field(default_factory=list)
    wires: tuple[str, ...] = (LEGACY, OF_2026)
    drop_after: list[int] = field(default_factory=list)
    raw: list[str | bytes] = field(default_factory=list)
    oldest: int = 0
    asked: list[dict[str, list[str]]] = field(default_factory=list)
    hosts: list[str] = field(default_factory=list)
    address: str = ""
    open: int = 0
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def say(self, *events: Json) -> None:
        """Let something happen."""
        async with self._news:
            self.events += events
            self._news.notify_all()

    async def connections(self, count: int) -> None:
        """Wait until so many connections were made."""
        await until(lambda: len(self.asked) >= count)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer one subscription."""
        asked = {name: request.query.getall(name) for name in request.query}
        if request.path not in self.wires:
            return web.Response(status=404)
        is_new = request.path == OF_2026
        names = ("collections", "dids") if is_new else ("wantedCollections", "wantedDids")
        if is_new and ("wantedDids" in asked or "wantedCollections" in asked):
            return web.json_response({"error": "InvalidRequest"}, status=400)
        cursor = int(asked.get("cursor", ["0"])[0])
        if is_new and 0 < cursor < self.oldest:
            return web.json_response({"error": "CursorTooOld"}, status=400)
        self.asked.append(asked)
        self.hosts.append(request.host)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.open += 1
        try:
            await self._tell(socket, asked, names, is_new, cursor)
        except (ConnectionError, RuntimeError):
            pass
        finally:
            self.open -= 1
        return socket

    async def _tell(
        self,
        socket: web.WebSocketResponse,
        asked: dict[str, list[str]],
        names: tuple[str, str],
        is_new: bool,
        cursor: int,
    ) -> None:
        for frame in self.raw:
            await (socket.send_str(frame) if isinstance(frame, str) else socket.send_bytes(frame))
        self.raw = []
        limit = self.drop_after.pop(0) if self.drop_after else None
        reader = asyncio.create_task(self._drain(socket))
        place = 0 if cursor else len(self.events)
        told = 0
        try:
            while not socket.closed:
                if limit is not None and told >= limit:
                    await socket.close(code=WSCloseCode.GOING_AWAY)
                    return
                if place >= len(self.events):
                    async with self._news:
                        with suppress(TimeoutError):
                            await asyncio.wait_for(self._news.wait(), 0.05)
                    continue
                event, place = self.events[place], place + 1
                if not self._is_wanted(event, asked, names, is_new, cursor, place):
                    continue
                await socket.send_str(json.dumps(of_2026(event, place) if is_new else event))
                told += 1
        finally:
            reader.cancel()

    def _is_wanted(
        self,
        event: Json,
        asked: dict[str, list[str]],
        names: tuple[str, str],
        is_new: bool,
        cursor: int,
        place: int,
    ) -> bool:
        by_time = cursor >= 10**15
        at = event["time_us"] if by_time or not is_new else place
        if event["did"] not in asked[names[1]] or at < max(cursor, self.oldest):
            return False
        return event["kind"] != "commit" or event["commit"]["collection"] in asked[names[0]]

    async def _drain(self, socket: web.WebSocketResponse) -> None:
        """Read what the client sends, so that its pings and its good-bye are answered."""
        async for _ in socket:
            pass


@asynccontextmanager
async def jetstream(context: ssl.SSLContext | None = None) -> AsyncIterator[JetstreamServer]:
    """Serve on a free port of 127.0.0.1 until the block ends; over TLS with a context."""
    server = JetstreamServer()
    app = web.Application()
    app.router.add_get("/{path:.*}", server.serve)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    server.address = f"127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield server
    finally:
        await runner.cleanup()
