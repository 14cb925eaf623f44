"""A server on loopback that sends exactly the bytes it is told to, and keeps what it was asked."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait before the next piece, in seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Hang:
    """Send nothing more, and keep the connection open until the other side closes it."""


@dataclass(frozen=True, slots=True)
class Close:
    """Close the connection."""


@dataclass(frozen=True, slots=True)
class Reset:
    """Break the connection with a TCP reset."""


@dataclass(frozen=True, slots=True)
class Flood:
    """Send a piece over and over, as fast as it is taken."""

    piece: bytes
    times: int


Step = bytes | Pause | Hang | Close | Reset | Flood


def answer(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """Give an ordinary answer with a length."""
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode() + body


@dataclass(slots=True)
class OddServer:
    """
    Plays a script per path; of several scripts the next one each time, the last one for ever.

    Attributes:
        scripts: Steps by path, or lists of steps.
        asked: Request heads as they came, with body.
        connections: How many were opened.
        reached: Set once anything was asked.
        played: Set once a script was played to its end.
    """

    scripts: Mapping[str, Sequence[object]]
    context: ssl.SSLContext | None = None
    host: str = "127.0.0.1"
    asked: list[bytes] = field(default_factory=list)
    connections: int = 0
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    played: asyncio.Event = field(default_factory=asyncio.Event)
    port: int = 0
    _server: asyncio.Server | None = None
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _turns: dict[str, int] = field(default_factory=dict)

    async def __aenter__(self) -> OddServer:
        self._server = await asyncio.start_server(
            self._connected, self.host, 0, ssl=self.context, limit=2**24
        )
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        err: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._server is not None:
            self._server.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def grant(self) -> str:
        """This server as `ip:port`."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def url(self, path: str) -> str:
        """The URL of a path."""
        return f"{'https' if self.context else 'http'}://{self.grant}{path}"

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        try:
            while await self._one(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            pass
        except asyncio.CancelledError:
            pass  # the server is closed; nobody waits for this task but __aexit__
        finally:
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            (int(line[15:]) for line in head.split(b"\r\n") if line.startswith(b"Content-Length:")),
            0,
        )
        self.asked.append(head + await reader.readexactly(length))
        self.reached.set()
        for step in self._script(head.split(b" ")[1].decode()):
            if isinstance(step, bytes):
                writer.write(step)
                await writer.drain()
            elif isinstance(step, Pause):
                await asyncio.sleep(step.seconds)
            elif isinstance(step, Flood):
                for _ in range(step.times):
                    writer.write(step.piece)
                    await writer.drain()
            elif isinstance(step, Hang):
                await reader.read()
                return False
            elif isinstance(step, Reset):
                _reset(writer)
                return False
            else:
                assert isinstance(step, Close)
                return False
        self.played.set()
        return True

    def _script(self, path: str) -> Sequence[object]:
        script = self.scripts[path]
        if not script or not isinstance(script[0], list):
            return script
        turn = self._turns.get(path, 0)
        self._turns[path] = turn + 1
        chosen = script[min(turn, len(script) - 1)]
        assert isinstance(chosen, list)
        return chosen


def _reset(writer: asyncio.StreamWriter) -> None:
    raw: socket.socket = writer.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
