"""Which pages does the bench fetch? A lean server on loopback, and the same pages again by name."""

from __future__ import annotations

import asyncio
import os
import random
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

PAGE_BYTES = 30_000
REQUISITES = 20
_VARIANTS = 64
_PIECE = 1 << 20


@cache
def _variant(number: int) -> bytes:
    """HTML that packs about as well as pages do: words, tags, and ids that repeat nowhere."""
    chance = random.Random(number)
    words = [
        "".join(chance.choices("etaoinshrdlucmfwypvbgkjqxz", k=chance.randint(2, 10)))
        for _ in range(900)
    ]
    lines: list[str] = []
    size = 0
    while size < PAGE_BYTES:
        text = " ".join(chance.choices(words, k=24))
        line = (
            f'<p class="c{chance.getrandbits(16):x}" id="{chance.getrandbits(64):x}">{text}</p>\n'
        )
        lines.append(line)
        size += len(line)
    return "".join(lines).encode()


@cache
def _picture(number: int) -> bytes:
    """Bytes that cannot be packed."""
    return random.Random(-number).randbytes(PAGE_BYTES)


def page(number: int) -> bytes:
    """Give the whole answer for `/<number>`: its head and 30,000 bytes that no other page has."""
    start = b"<!doctype html><title>Page %d</title>\n" % number
    body = start + _variant(number % _VARIANTS)[: PAGE_BYTES - len(start)]
    return (
        b"HTTP/1.1 200 OK\r\nServer: bench\r\nDate: Tue, 24 Nov 2026 08:00:00 GMT\r\n"
        b"Content-Type: text/html; charset=utf-8\r\nContent-Length: %d\r\n"
        b'ETag: "%d"\r\nCache-Control: max-age=60\r\n\r\n' % (len(body), number)
    ) + body


def site(path: str) -> bytes:
    """
    Give the whole answer for `/site/<page>`, a page that needs 20 requisites, or for
    `/site/<page>/<requisite>`, 30 KB that no other has: so large are those of the web on average
    (HTTP Archive, 2024: 2.6 MB in 71 requests for a page, films left out).
    """
    number, _, part = path.removeprefix("/site/").partition("/")
    if part:
        kind = b"text/css" if part.endswith(".css") else b"image/png"
        seed = int(number) * REQUISITES + int(part.partition(".")[0])
        if kind == b"text/css":
            body = b"/* %d */" % seed + _variant(seed % _VARIANTS)[:PAGE_BYTES].replace(b"<", b".")
        else:
            body = b"%d" % seed + _picture(seed % _VARIANTS)
    else:
        kind = b"text/html; charset=utf-8"
        names = [f"{k}.css" if k < 4 else f"{k}.png" for k in range(REQUISITES)]
        tags = "".join(
            f'<link rel="stylesheet" href="/site/{number}/{name}">'
            if name.endswith("css")
            else f'<img src="/site/{number}/{name}" alt="">'
            for name in names
        ).encode()
        start = b"<!doctype html><title>Site %d</title>\n" % int(number) + tags
        body = start + _variant(int(number) % _VARIANTS)[: PAGE_BYTES - len(start)]
    return (
        b"HTTP/1.1 200 OK\r\nServer: bench\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n"
        % (kind, len(body))
    ) + body


class _Pages(asyncio.Protocol):
    """Answers GET /<number> and /site/… with a page, GET /big/<bytes> with so many bytes."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._asked = b""
        self._free = asyncio.Event()
        self._free.set()
        self._sending: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def pause_writing(self) -> None:
        self._free.clear()

    def resume_writing(self) -> None:
        self._free.set()

    def data_received(self, data: bytes) -> None:
        self._asked += data
        while b"\r\n\r\n" in self._asked:
            head, _, self._asked = self._asked.partition(b"\r\n\r\n")
            path = head.split(b" ", 2)[1]
            if path.startswith(b"/big/"):
                self._sending = asyncio.create_task(self._send(int(path[5:])))
            elif self._transport is not None and path.startswith(b"/site/"):
                self._transport.write(site(path.decode()))
            elif self._transport is not None and path == b"/robots.txt":
                self._transport.write(b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n")
            elif self._transport is not None:
                self._transport.write(page(int(path[1:])))

    async def _send(self, size: int) -> None:
        assert self._transport is not None
        self._transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
        piece = random.Random(0).randbytes(_PIECE)
        while size:
            await self._free.wait()
            self._transport.write(piece[:size])
            size -= min(size, _PIECE)


async def _serve(listening: socket.socket) -> None:
    for number in range(_VARIANTS):
        _variant(number)
    server = await asyncio.get_running_loop().create_server(_Pages, sock=listening, backlog=1024)
    print("ready", flush=True)
    await server.serve_forever()


@contextmanager
def served() -> Iterator[int]:
    """Run the server in a process of its own; gives its port."""
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listening:
        port: int = listening.getsockname()[1]
        os.set_inheritable(listening.fileno(), True)
        command = [sys.executable, "-m", "bench.web", str(listening.fileno())]
        process = subprocess.Popen(
            command, pass_fds=[listening.fileno()], stdout=subprocess.PIPE, text=True
        )
    with process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            yield port
        finally:
            process.terminate()


if __name__ == "__main__":
    asyncio.run(_serve(socket.socket(fileno=int(sys.argv[1]))))
