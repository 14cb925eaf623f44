"""How many readers that have the newest feed already can be answered, against a bare server?"""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import multiprocessing
import socket
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import uvicorn

from archiver.store.sql import SqlStore
from archiver.warc.payload import WarcPayloads
from feeds.web.app import create_app

_REQUESTS = 2_000
_ROUNDS = 5
_BASE = "http://127.0.0.1:8000"
_ENTRY = b"<entry><id>urn:uuid:%d</id><updated>2026-11-24T08:00:00+00:00</updated></entry>"


def run() -> str:
    """Ask both in turn, the same client, one connection; give the ratio of the best rounds."""
    with tempfile.TemporaryDirectory() as folder:
        etag = _published(Path(folder))
        with _serving(_hello, "") as bare, _serving(_ours, folder) as ours:
            best = {bare: 0.0, ours: 0.0}
            for _ in range(_ROUNDS):
                best[bare] = max(best[bare], _rate(bare, "/", {}, 200))
                asked = {"If-None-Match": etag(ours), "Accept-Encoding": "gzip"}
                best[ours] = max(best[ours], _rate(ours, "/feeds/all.atom", asked, 304))
    ratio = best[ours] / best[bare]
    return (
        f"notmodified: {ratio:.2f} of the bare server's rate (at least 0.5 wanted): "
        f"{best[ours]:,.0f} answers of 304 a second on a feed of 100 entries, "
        f"{best[bare]:,.0f} of `hello`; one process each, one connection"
    )


def _published(folder: Path) -> Any:
    feeds = folder / "public" / "feeds"
    feeds.mkdir(parents=True)
    entries = b"".join(_ENTRY % number + b" " * 4_000 for number in range(100))
    feed = b"<feed xmlns='http://www.w3.org/2005/Atom'>" + entries + b"</feed>"
    (feeds / "all.atom").write_bytes(feed)

    def etag(port: int) -> str:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        connection.request("GET", "/feeds/all.atom", headers={"Accept-Encoding": "gzip"})
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.headers["ETag"]

    return etag


def _rate(port: int, path: str, headers: dict[str, str], status: int) -> float:
    """Give requests a second over one connection; raises if an answer is another one."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    asked = f"GET {path} HTTP/1.1\r\nHost: a\r\n{lines}\r\n".encode()
    end = b"\r\n\r\n" if status == 304 else b"hello"
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        start = time.perf_counter()
        for _ in range(_REQUESTS):
            connection.sendall(asked)
            head = b""
            while not head.endswith(end):
                piece = connection.recv(65_536)
                if not piece:
                    raise RuntimeError(f"{path}: the connection ended after {head[:60]!r}")
                head += piece
            if not head.startswith(b"HTTP/1.1 %d " % status):
                raise RuntimeError(f"{path}: answered {head[:60]!r}, not {status}")
        return _REQUESTS / (time.perf_counter() - start)


async def _hello_app(scope: Any, receive: Any, send: Any) -> None:
    headers = [(b"content-type", b"text/plain"), (b"content-length", b"5")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"hello"})


def _hello(listener: socket.socket, folder: str) -> None:
    _serve(_hello_app, listener)


def _ours(listener: socket.socket, folder: str) -> None:
    place = Path(folder)
    store = SqlStore.open(place / "data")
    payloads = WarcPayloads(place / "data" / "warc", store.record)
    public = place / "public"
    app = create_app(store=store, payloads=payloads, publish_dir=public, base_url=_BASE)
    _serve(app, listener)


def _serve(app: Any, listener: socket.socket) -> None:
    config = uvicorn.Config(app, log_level="critical", lifespan="off", access_log=False)
    asyncio.run(uvicorn.Server(config).serve([listener]))


@contextlib.contextmanager
def _serving(target: Any, folder: str) -> Iterator[int]:
    """Serve in a process of its own until the block ends; gives the port."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        process = multiprocessing.get_context("fork").Process(
            target=target, args=(listener, folder), daemon=True
        )
        process.start()
        try:
            yield listener.getsockname()[1]
        finally:
            process.terminate()
            process.join(10)
