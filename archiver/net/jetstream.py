"""How are live events of Bluesky received? A guarded WebSocket that is opened again and again."""

from __future__ import annotations

import asyncio
import datetime as dt
import functools
import hashlib
import ipaddress
import logging
import random
from collections import deque
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp
from aiohttp.client_proto import ResponseHandler
from yarl import URL

from archiver import __version__
from archiver.config import NetworkSettings
from archiver.core import jetstream
from archiver.core.jetstream import Event, Notice, Wire
from archiver.errors import ArchiverError
from archiver.net import failures, tls
from archiver.net.connection import GuardedConnector
from archiver.net.cursor import Place, PlaceFile
from archiver.net.guard import Guard, host_port
from archiver.net.robots import AGENT

_log = logging.getLogger(__name__)

MOST_DIDS = 100
"""Accounts that are listened to at once; they stand in the address."""
REPLAY_S = 36 * 3600.0
"""How far back the server can go; an older cursor it silently takes for one of that age."""

_REFUSING_WIRE = frozenset({400, 404, 405, 410, 501})
_SAVE_EVERY_S = 5.0
_IDLE_S = 5.0
_REPEATED = 64

Wanted = Callable[[], Awaitable[tuple[str, ...]]]
"""Gives the DIDs that matter now."""
Take = Callable[[Event, str], Awaitable[bool]]
"""Is told an event and its frame; says whether it mattered. What it raises ends the connection,
and the event comes again."""


class _SocketConnector(GuardedConnector):
    """The same guard, and aiohttp's own protocol, since nothing here is HTTP to be recorded."""

    def __init__(self, guard: Guard, network: NetworkSettings) -> None:
        super().__init__(guard, tls.trust(network.ca_file))
        self._factory = functools.partial(ResponseHandler, loop=self._loop)


class Jetstream:
    """
    Follows accounts until it is stopped; whatever breaks, it connects again and goes on.

    It is made inside a running event loop and belongs to it.
    """

    def __init__(
        self,
        base: str,
        network: NetworkSettings,
        *,
        keep: Path,
        now: Callable[[], dt.datetime],
        look_again_s: float = 60.0,
        first_wait_s: float = 1.0,
        most_wait_s: float = 60.0,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """
        Args:
            base: ws:// or wss:// of the server.
            network: What config.toml says: addresses, certificates, limits.
            keep: The file of the cursor.
            now: The time, UTC-aware.
            look_again_s: How often it is asked which accounts matter, in seconds.
            first_wait_s: Before the first attempt to connect again, in seconds; then it doubles.
            most_wait_s: The longest wait, in seconds.
            jitter: Gives 0 to 1.
        """
        self._base = base
        self._connect_to = {name.lower(): to for name, to in network.connect_to.items()}
        self._network = network
        self._file = PlaceFile(keep)
        self._now = now
        self._look_again_s = look_again_s
        self._first_wait_s = first_wait_s
        self._most_wait_s = most_wait_s
        self._jitter = jitter
        self._wire = jetstream.first_wire(base)
        self._place: Place | None = None
        self._saved_at = 0.0
        self._recent: deque[bytes] = deque(maxlen=_REPEATED)
        self._said: set[str] = set()
        self._complaint = ""
        self._too_big = False
        self._stopping = asyncio.Event()
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._closing: asyncio.Task[bool] | None = None

    def stop(self) -> None:
        """End `follow`."""
        self._stopping.set()
        if self._socket is not None:
            self._closing = asyncio.get_running_loop().create_task(self._socket.close())

    async def follow(self, wanted: Wanted, take: Take) -> None:
        """Hand over events as they come, until `stop` is called."""
        self._place = await asyncio.to_thread(self._file.load)
        if self._place is not None and self._place.address != self._base:
            self._place = None
        attempts = 0
        async with self._session() as session:
            while not self._stopping.is_set():
                dids = tuple(sorted(set(await wanted())))
                if not dids:
                    await self._pause(min(self._look_again_s, _IDLE_S))
                    continue
                if await self._connected(session, dids, wanted, take):
                    attempts = 0
                    continue
                wait_s = min(self._first_wait_s * 2**attempts, self._most_wait_s)
                attempts = min(attempts + 1, 16)
                await self._pause(wait_s * (0.5 + self._jitter() / 2))
        await self._save()

    def _session(self) -> aiohttp.ClientSession:
        allowed = (ipaddress.ip_network(each, strict=False) for each in self._network.allow_private)
        connector = _SocketConnector(Guard(tuple(allowed)), self._network)
        contact = self._network.contact
        agent = f"{AGENT}/{__version__}" + (f" (+{contact})" if contact else "")
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": agent},
            timeout=aiohttp.ClientTimeout(total=None, connect=self._network.connect_timeout_s),
        )

    async def _connected(
        self, session: aiohttp.ClientSession, dids: tuple[str, ...], wanted: Wanted, take: Take
    ) -> bool:
        """Connect once and listen to the end; say whether it went well for a while."""
        began = asyncio.get_running_loop().time()
        try:
            async with await self._open(session, dids[:MOST_DIDS]) as socket:
                self._socket = socket
                self._complaint = ""
                _log.info("live events are received", extra={"accounts": len(dids[:MOST_DIDS])})
                if len(dids) > MOST_DIDS:
                    self._say_once("more accounts are watched than can be listened to at once")
                wished = await self._listen(socket, dids, wanted, take)
        except aiohttp.WSServerHandshakeError as err:
            self._refused(err.status)
            return False
        except (aiohttp.ClientError, OSError, TimeoutError) as err:
            self._complain(str(failures.of_connect(self._base, err)))
            return False
        except (ArchiverError, ValueError) as err:
            self._complain(str(err))
            return False
        finally:
            self._socket = None
            await self._save()
        lasted_s = asyncio.get_running_loop().time() - began
        return wished or lasted_s >= self._most_wait_s

    async def _open(
        self, session: aiohttp.ClientSession, dids: tuple[str, ...]
    ) -> aiohttp.ClientWebSocketResponse:
        cursor = self._place.cursor if self._place else None
        self._say_if_too_old()
        url = URL(jetstream.address(self._base, self._wire, dids, cursor), encoded=True)
        to, name = self._routed(url)
        return await session.ws_connect(
            to,
            headers={"Host": url.raw_authority},
            server_hostname=name if url.scheme == "wss" else None,
            heartbeat=30.0,
            max_msg_size=jetstream.MOST_BYTES,
            timeout=aiohttp.ClientWSTimeout(ws_close=2.0),
        )

    def _routed(self, url: URL) -> tuple[URL, str]:
        """Say where the connection goes: network.connect_to, or the address itself."""
        host, port = url.raw_host or "", url.port or 443
        target = self._connect_to.get(host_port(host, port).lower())
        if target is None:
            return url, host
        address, _, to_port = target.rpartition(":")
        return url.with_host(address.strip("[]")).with_port(int(to_port)), host

    async def _listen(
        self,
        socket: aiohttp.ClientWebSocketResponse,
        dids: tuple[str, ...],
        wanted: Wanted,
        take: Take,
    ) -> bool:
        """Take frames until the connection ends; True if we ended it: other accounts matter now."""
        loop = asyncio.get_running_loop()
        look_at = loop.time() + self._look_again_s
        while not self._stopping.is_set():
            left_s = look_at - loop.time()
            if left_s <= 0:
                if tuple(sorted(set(await wanted()))) != dids:
                    return True
                look_at = loop.time() + self._look_again_s
                continue
            try:
                message = await socket.receive(timeout=left_s)
            except TimeoutError:
                continue
            if message.type is aiohttp.WSMsgType.TEXT:
                if not await self._handle(message.data, take):
                    return False
            elif message.type is aiohttp.WSMsgType.BINARY:
                self._say_once("a frame is not text; such are passed over")
            else:
                self._ended(socket)
                return False
        return True

    async def _handle(self, frame: str, take: Take) -> bool:
        """Take one frame; False if the server says that it ends the connection."""
        try:
            said = jetstream.read(frame)
        except ValueError as err:
            self._say_once("a frame was not understood; such are passed over", str(err))
            return True
        if isinstance(said, Notice):
            return self._noticed(said)
        mark = hashlib.sha256(frame.encode("utf-8", "replace")).digest()
        if said is None or mark in self._recent:
            return True
        mattered = await take(said, frame)
        self._recent.append(mark)
        self._too_big = False
        self._place = Place(self._base, said.cursor, self._now())
        if mattered or asyncio.get_running_loop().time() - self._saved_at > _SAVE_EVERY_S:
            await self._save()
        return True

    def _noticed(self, notice: Notice) -> bool:
        _log.warning(
            "the live stream says something", extra={"error": notice.error, "of": notice.message}
        )
        if notice.error == "CursorTooOld":
            self._forget("the server has no events that old any more")
        return False

    def _ended(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Say why; a frame too large would come again and again, so what lies before is left."""
        if socket.close_code == aiohttp.WSCloseCode.MESSAGE_TOO_BIG:
            if self._too_big:
                self._forget("a frame is larger than any post")
            self._too_big = True
        _log.info("the live stream ended", extra={"code": socket.close_code})

    def _refused(self, status: int) -> None:
        """The server may speak the other wire, or not go back so far."""
        self._complain(f"{self._base} answered {status} to a subscription (wire {self._wire})")
        if status not in _REFUSING_WIRE:
            return
        if self._wire is Wire.OF_2026 and self._place is not None:
            self._forget("the server has no events that old any more")
        else:
            self._wire = self._wire.other

    def _say_if_too_old(self) -> None:
        place = self._place
        if place is None or (self._now() - place.at).total_seconds() <= REPLAY_S:
            return
        self._say_once(
            "live events were missed: nothing listened for longer than the server goes back; "
            "the watches themselves find what changed",
            place.at.isoformat(),
        )

    def _forget(self, why: str) -> None:
        self._place = None
        self._say_once("live events were missed; it goes on from now", why)

    def _complain(self, error: str) -> None:
        """Say why nothing is received, once as long as the reason stays."""
        if error != self._complaint:
            self._complaint = error
            _log.warning("live events are not received; tried again", extra={"error": error})

    def _say_once(self, what: str, detail: str = "") -> None:
        if what not in self._said:
            self._said.add(what)
            _log.warning(what, extra={"detail": detail})

    async def _save(self) -> None:
        self._saved_at = asyncio.get_running_loop().time()
        if self._place is not None:
            await asyncio.to_thread(self._file.save, self._place)

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            pass
