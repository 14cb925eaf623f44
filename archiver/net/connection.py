"""How do bytes come off a socket into a recording? A guarded connector and the protocol on it."""

from __future__ import annotations

import asyncio
import functools
import ipaddress
import socket
import ssl
from typing import cast

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.client_reqrep import ClientRequest
from yarl import URL

from archiver.net import tls
from archiver.net.failures import Unsafe
from archiver.net.guard import Guard
from archiver.net.recording import Recording
from archiver.ports import TlsFacts

_AddressInfo = tuple[int, int, int, str, tuple[str | bytes | int, ...]]


class RecordingProtocol(ResponseHandler):
    """
    Feeds what arrives into the recording of the exchange that is on, and nowhere else.

    aiohttp's connector opens, pools and closes it; its parser is never used. What arrives while no
    exchange is on ends the connection, so that nothing can leak from one exchange into the next.

    Attributes:
        peer: Address of the peer of this very socket, RFC 5952 text.
        peer_port: Its port.
        used: Exchanges were carried before.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)
        self.peer = ""
        self.peer_port = 0
        self.tls: TlsFacts | None = None
        self.used = False
        self._recording: Recording | None = None
        self._ended: asyncio.Future[None] | None = None
        self._until = 0.0
        self._clock: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Read from the socket what the record needs, while it is surely there."""
        super().connection_made(transport)
        name = transport.get_extra_info("peername") or ("0.0.0.0", 0)
        self.peer = ipaddress.ip_address(str(name[0]).partition("%")[0]).compressed
        self.peer_port = int(name[1])
        self.tls = tls.facts(transport.get_extra_info("ssl_object"))

    def begin(self, recording: Recording, limit_s: float) -> asyncio.Future[None]:
        """
        Start an exchange; the recording is fed from now on.

        Args:
            limit_s: When it is cut, in seconds from now.

        Returns:
            A future that is done once the recording is over; it raises OSError if the disk did
            not take what came.
        """
        self._recording = recording
        self._ended = self._loop.create_future()
        self._until = self._loop.time() + limit_s
        # The clock of an earlier exchange rings sooner than this limit, and is then set anew.
        if self._clock is None or self._clock.when() > self._until:
            self._set_clock()
        if not self.is_connected():
            recording.end()
            self._end()
        return self._ended

    def finish(self) -> None:
        """End the exchange; the connection stays if it may carry another."""
        recording = self._recording
        if recording is None or not recording.reusable or not self.is_connected():
            self._hang_up()
        self._recording = self._ended = None
        self.used = True

    def data_received(self, data: bytes) -> None:
        """Feed the recording; without one, hang up."""
        recording = self._recording
        if recording is None or recording.over:
            if recording is not None:
                recording.excess = True
            self._hang_up()
            return
        try:
            over = recording.feed(data)
        except OSError as err:
            self._recording = None
            if self._ended is not None and not self._ended.done():
                self._ended.set_exception(err)
            return
        if over:
            self._end()

    def connection_lost(self, exc: BaseException | None) -> None:
        """The socket is gone: so is the exchange that is on."""
        if self._recording is not None:
            self._recording.end(broken=exc is not None)
        self._end()
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None
        super().connection_lost(exc)

    def _set_clock(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
        self._clock = self._loop.call_at(self._until, self._ring)

    def _ring(self) -> None:
        """Cut the exchange that is on, if its time is up; one clock serves all of a connection."""
        self._clock = None
        if self._recording is None:
            return
        if self._loop.time() < self._until:
            self._set_clock()
            return
        self._recording.cut("time")
        self._end()

    def _hang_up(self) -> None:
        self.force_close()
        if self.transport is not None:
            self.transport.abort()

    def _end(self) -> None:
        if self._ended is not None and not self._ended.done():
            self._ended.set_result(None)


class GuardedConnector(aiohttp.TCPConnector):
    """Connects only where the guard allows, whatever a name or a literal address led to."""

    def __init__(self, guard: Guard, context: ssl.SSLContext) -> None:
        super().__init__(
            ssl=context,
            resolver=aiohttp.ThreadedResolver(),
            limit=0,
            socket_factory=functools.partial(_guarded_socket, guard),
        )
        # The one attribute of aiohttp's that is not public and that we set.
        self._factory = cast(
            "functools.partial[ResponseHandler]", functools.partial(RecordingProtocol, self._loop)
        )


def _guarded_socket(guard: Guard, info: _AddressInfo) -> socket.socket:
    """Make the socket for one address; literal addresses come here as well."""
    family, kind, protocol, _, address = info
    host, port = str(address[0]), int(address[1])
    reason = guard.refusal(host, port)
    if reason is not None:
        raise Unsafe(host, reason)
    return socket.socket(family=family, type=kind, proto=protocol)


def endpoint(scheme: str, host: str, port: int, name: str) -> ClientRequest:
    """
    Describe an endpoint as aiohttp's connector wants it: as a request that is never sent.

    Args:
        scheme: http or https.
        host: Name or address to connect to.
        port: 1-65535.
        name: Host of the URL: what the certificate must name, and a part of the pool's key.

    Raises:
        aiohttp.InvalidURL, ValueError: If it cannot be one.
    """
    url = URL.build(scheme=scheme, host=host, port=port)
    return ClientRequest(
        "GET", url, server_hostname=name, loop=asyncio.get_running_loop(), session=None
    )
