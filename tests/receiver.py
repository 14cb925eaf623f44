"""A real HTTP server on loopback that is told things, and answers as a test wants."""

from __future__ import annotations

import contextlib
import http.server
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from archiver.config import NetworkSettings
from archiver.net.client import Client
from tests.net.recorder import KeptRecords


@dataclass(frozen=True, slots=True)
class Request:
    """One request; header names in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered."""

    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


class Receiver:
    """What came, and what is answered: by `answer`, which may be replaced."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.requests: list[Request] = []
        self.answer: Callable[[Request], Reply] = lambda request: Reply()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextlib.contextmanager
def receiving() -> Iterator[Receiver]:
    """Serve until the block ends."""
    found: list[Receiver] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def _any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            names = {name.lower(): value for name, value in self.headers.items()}
            request = Request(self.command, self.path, names, body)
            found[0].requests.append(request)
            reply = found[0].answer(request)
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if reply.status >= 200 and reply.status != 204:
                self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            with contextlib.suppress(OSError):  # the other side may have had enough
                self.wfile.write(reply.body)

        do_GET = do_POST = _any

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found.append(Receiver(server.server_address[1]))
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield found[0]
        finally:
            server.shutdown()
            thread.join(10)


@contextlib.asynccontextmanager
async def client(folder: Path, *allowed: str) -> AsyncIterator[Client]:
    """Give our client, that may reach these networks beside public ones."""
    network = NetworkSettings(per_host_delay_s=0, total_timeout_s=5, allow_private=allowed)
    made = Client(network, KeptRecords(), tmp_dir=folder / "tmp")
    try:
        yield made
    finally:
        await made.aclose()
