"""The web app on a real server on loopback, and a client that sends what it is told to."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import socket
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import uvicorn
from starlette.types import ASGIApp

from archiver.ports import PayloadReader, Store
from feeds.document import Entry
from feeds.publish.published import PublishedEntries
from feeds.web.app import WebOptions, create_app
from feeds.web.token import Token


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8")


class Client:
    """Sends request lines as they are given; follows nothing, decodes nothing."""

    def __init__(self, port: int) -> None:
        self.port = port

    def ask(self, path: str, method: str = "GET", body: bytes = b"", /, **headers: str) -> Answer:
        """Ask for a path; `If_None_Match="x"` becomes a header."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.putrequest(
                method, path, skip_host="Host" in headers, skip_accept_encoding=True
            )
            for name, value in headers.items():
                connection.putheader(name.replace("_", "-"), value)
            if body:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            found = connection.getresponse()
            names = {name.lower(): value for name, value in found.getheaders()}
            return Answer(found.status, names, found.read())
        finally:
            connection.close()

    def post(self, path: str, form: Mapping[str, str], **headers: str) -> Answer:
        """Send a form, as a browser does from a page of this host."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        sent = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Origin": f"http://127.0.0.1:{self.port}",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        try:
            connection.request("POST", path, urlencode(form).encode(), sent)
            found = connection.getresponse()
            names = {name.lower(): value for name, value in found.getheaders()}
            return Answer(found.status, names, found.read())
        finally:
            connection.close()


def _nothing_published(thread_id: str) -> Entry | None:
    return None


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.contextmanager
def served(
    store: Store,
    payloads: PayloadReader,
    public: Path,
    base_url: str,
    public_key: str = "",
    options: WebOptions | None = None,
    *,
    token: Token = Token(),  # noqa: B008  # frozen
    mounts: Mapping[str, ASGIApp] | None = None,
    notes: Path | None = None,
) -> Iterator[Client]:
    """Serve an archive until the block ends."""
    app = create_app(
        store=store,
        payloads=payloads,
        publish_dir=public,
        base_url=base_url,
        public_key=public_key,
        options=options,
        token=token,
        mounts=mounts,
        published=PublishedEntries(notes).entry if notes is not None else _nothing_published,
    )
    server = _Server(uvicorn.Config(app, log_level="critical", lifespan="off"))
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])))
        thread.start()
        try:
            yield Client(listener.getsockname()[1])
        finally:
            server.should_exit = True
            thread.join(20)
