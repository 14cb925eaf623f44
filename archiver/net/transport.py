"""How is one HTTP exchange made and recorded? The transport under our httpx client."""

from __future__ import annotations

import datetime as dt
import functools
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import aiohttp
import httpx
from aiohttp.client_reqrep import ClientRequest
from aiohttp.connector import Connection

from archiver.errors import StoreError
from archiver.models import Outcome
from archiver.net import failures
from archiver.net.connection import GuardedConnector, RecordingProtocol, endpoint
from archiver.net.failures import Failure, Unsafe
from archiver.net.framing import Head
from archiver.net.guard import Guard, host_port
from archiver.net.recording import Recording
from archiver.ports import TlsFacts

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

# What a chain takes of one answer: browsers keep 180 cookies of 4 KB for a whole site (RFC 6265).
_MOST_COOKIES = 50
_MOST_COOKIE_BYTES = 4_096


@dataclass(frozen=True, slots=True)
class Wire:
    """
    What shall be sent, and how much may come back.

    Given in `request.extensions["wire"]`.

    Attributes:
        request: All bytes of the request.
        max_bytes: Payload bytes at which the recording stops.
        keep_bytes: Payload bytes wanted in memory.
    """

    request: bytes
    max_bytes: int
    keep_bytes: int


@dataclass(frozen=True, slots=True)
class Received:
    """
    What came back, and from whom. Given in `response.extensions["received"]`.

    Attributes:
        at: When the request was sent, UTC.
        duration_ms: From then until the last byte.
        ip: Peer of the socket, RFC 5952 text.
    """

    head: Head
    recording: Recording
    at: dt.datetime
    duration_ms: int
    ip: str
    tls: TlsFacts | None


class RecordingTransport(httpx.AsyncBaseTransport):
    """
    Sends bytes as given and records bytes as received, over aiohttp's connections.

    The answer is received to its end (or its limit) before the response is returned; it lies in the
    extension `received`, with its head as it came. The response itself has no body, and of the
    headers only Set-Cookie: httpx would raise on others, such as a Location that it cannot read.
    """

    def __init__(
        self,
        guard: Guard,
        connector: GuardedConnector,
        *,
        tmp_dir: Path,
        connect_to: Mapping[str, str],
        connect_timeout_s: float,
        total_timeout_s: float,
    ) -> None:
        self._guard = guard
        self._connector = connector
        self._tmp_dir = tmp_dir
        self._connect_to = {key.lower(): value for key, value in connect_to.items()}
        self._timeout = aiohttp.ClientTimeout(total=None, connect=connect_timeout_s)
        self._total_timeout_s = total_timeout_s
        self._endpoint = functools.lru_cache(maxsize=1024)(self._make_endpoint)

    def route(self, scheme: str, host: str, port: int | None) -> tuple[str, int]:
        """Say where a URL's connection goes: network.connect_to, or the URL itself."""
        named = port or (443 if scheme == "https" else 80)
        target = self._connect_to.get(host_port(host, named).lower())
        if target is None:
            return host, named
        address, _, target_port = target.rpartition(":")
        return address.strip("[]"), int(target_port)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """
        Make the exchange.

        Raises:
            Failure: If no answer came of which a record can be made.
            StoreError: If the disk did not take it.
        """
        received = await self._exchange(request)
        cookies = [
            each for each in received.head.values(b"set-cookie") if len(each) <= _MOST_COOKIE_BYTES
        ][:_MOST_COOKIES]
        return httpx.Response(
            received.head.status,
            headers=[(b"set-cookie", value) for value in cookies],
            stream=httpx.ByteStream(b""),
            extensions={"received": received},
        )

    async def aclose(self) -> None:
        """Close all connections."""
        await self._connector.close()

    async def _exchange(self, request: httpx.Request) -> Received:
        """Ask; and ask anew where a kept connection had been closed meanwhile (RFC 9112, 9.3.1)."""
        wire: Wire = request.extensions["wire"]
        while True:
            connection = await self._connect(request.url)
            protocol = cast(RecordingProtocol, connection.protocol)
            kept = protocol.used
            recording = Recording(
                request.method,
                tmp_dir=self._tmp_dir,
                max_bytes=wire.max_bytes,
                keep_bytes=wire.keep_bytes,
            )
            at = dt.datetime.now(dt.UTC)
            started = time.monotonic()
            await self._send(connection, protocol, recording, wire)
            took = round((time.monotonic() - started) * 1000)
            if recording.head is not None:
                return Received(recording.head, recording, at, took, protocol.peer, protocol.tls)
            recording.close()
            stale = kept and not recording.started and recording.truncated == "disconnect"
            if not stale or request.method not in _SAFE:
                raise _nothing(_host(request.url), recording)

    async def _connect(self, url: httpx.URL) -> Connection:
        host = _host(url)
        try:
            to = self._endpoint(url.scheme, url.raw_host.decode("ascii"), url.port)
            connection = await self._connector.connect(to, [], self._timeout)
        except (aiohttp.ClientError, OSError, TimeoutError) as err:
            raise failures.of_connect(host, err) from err
        except ValueError as err:
            raise Failure(Outcome.INVALID, f"{host}: is not the name of a host ({err})") from err
        protocol = cast(RecordingProtocol, connection.protocol)
        reason = protocol.used or self._guard.refusal(protocol.peer, protocol.peer_port)
        if isinstance(reason, str):  # the socket is elsewhere than where it was sent
            protocol.abort()
            connection.close()
            raise failures.unsafe(host, Unsafe(protocol.peer, reason))
        return connection

    async def _send(
        self, connection: Connection, protocol: RecordingProtocol, recording: Recording, wire: Wire
    ) -> None:
        ended = protocol.begin(recording, self._total_timeout_s)
        whole = False
        try:
            if protocol.transport is not None:
                protocol.transport.write(wire.request)
            await ended
            whole = True
        except OSError as err:
            raise unkept(self._tmp_dir, err) from err
        finally:
            protocol.finish()
            connection.release()
            if not whole:
                recording.close()

    def _make_endpoint(self, scheme: str, host: str, port: int | None) -> ClientRequest:
        to_host, to_port = self.route(scheme, host, port)
        return endpoint(scheme, to_host, to_port, host)


def unkept(tmp_dir: Path, err: OSError) -> StoreError:
    """Say that the disk did not take an answer."""
    return StoreError(
        f"{tmp_dir} could not take an answer ({err.strerror or err}); make room or repair the disk"
    )


def _host(url: httpx.URL) -> str:
    return url.netloc.decode("ascii")


def _nothing(host: str, recording: Recording) -> Failure:
    """Say why there is not even a head."""
    if recording.fault:
        return Failure(Outcome.INVALID, f"{host} does not answer in HTTP: {recording.fault}")
    if recording.truncated == "time":
        return Failure(Outcome.TIMEOUT, f"{host} gave no answer in time", transient=True)
    if recording.truncated == "length":
        return Failure(Outcome.INVALID, f"{host} does not answer in HTTP: its head does not end")
    return Failure(
        Outcome.REFUSED, f"{host} closed the connection without an answer", transient=True
    )
