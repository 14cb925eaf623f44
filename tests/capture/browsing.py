"""A real browser before pages on loopback, as the archive shows pages to it."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import http.server
import os
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from archiver.capture.browser import chromium
from archiver.capture.browser.session import Witnessing
from archiver.capture.page import Snapshotter
from archiver.config import BrowserSettings, NetworkSettings
from archiver.models import FetchRequest, Header, Purpose, RecordRef, RecordType, Snapshot
from archiver.net.client import Client
from tests.net.recorder import KeptRecords


def kill_browsers() -> int:
    """Kill the browsers that this very test started; the count of their programs."""
    ours = [each for each in psutil.Process().children(recursive=True) if "chrom" in each.name()]
    for each in ours:
        with contextlib.suppress(psutil.NoSuchProcess):
            each.kill()
    return len(ours)


def browser(settings: BrowserSettings) -> chromium.Chromium:
    """Give the machine's Chromium; skip the test if it is not there (CI fails instead)."""
    found = chromium.find(settings)
    if found is None:
        if os.environ.get("CI"):
            pytest.fail(chromium.MISSING)
        pytest.skip(chromium.MISSING)
    return found


@dataclass(slots=True)
class Records(KeptRecords):
    """Keeps resources too."""

    resources: dict[str, bytes] = field(default_factory=dict)

    async def write_resource(self, url: str, at: dt.datetime, mime: str, body: bytes) -> RecordRef:
        """Keep a resource in memory."""
        self.resources[url] = body
        name = f"urn:uuid:view-{len(self.resources)}"
        return RecordRef(name, RecordType.RESOURCE, url, at, mime, None, None, "w.warc.gz", 0, 1)

    @property
    def urls(self) -> list[str]:
        """What was fetched and recorded, in order."""
        return [each.raw.url for each in self.kept]


@dataclass(frozen=True, slots=True)
class Given:
    """What the server answers."""

    body: str | bytes = b""
    mime: str = "text/html; charset=utf-8"
    status: int = 200
    headers: tuple[Header, ...] = ()


@dataclass(slots=True)
class Server:
    """A web server on loopback that notes what it is asked."""

    base: str
    asked: list[tuple[str, str]] = field(default_factory=list)
    cookies: dict[str, str] = field(default_factory=dict)


@contextmanager
def served(
    pages: Callable[[str], Mapping[str, Given]], asked: Callable[[str], object] = len
) -> Iterator[Server]:
    """
    Serve pages, which are told the address of the server; others are answered by 404.

    Args:
        asked: Is told each path before it is answered.
    """
    told: dict[str, Given] = {}

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            server.asked.append((self.command, self.path))
            asked(self.path)
            server.cookies[self.path] = self.headers.get("Cookie", "")
            given = told.get(self.path, Given("no", status=404))
            body = given.body.encode() if isinstance(given.body, str) else given.body
            self.send_response(given.status)
            self.send_header("Content-Type", given.mime)
            self.send_header("Content-Length", str(len(body)))
            for name, value in given.headers:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_HEAD = do_POST = do_PUT = do_OPTIONS = answer

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    http_server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server = Server(f"http://127.0.0.1:{http_server.server_address[1]}")
    told.update(pages(server.base))
    thread = threading.Thread(target=http_server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        http_server.shutdown()
        thread.join()
        http_server.server_close()


@dataclass(slots=True)
class Shower:
    """The browser, and where its records are."""

    client: Client
    records: Records
    browser: Witnessing

    async def snapshot(self, url: str, *, always: bool = True) -> Snapshot:
        """Fetch a page and take its snapshot."""
        target = await self.client.fetch(FetchRequest(url, Purpose.HOP))
        return await Snapshotter(self.client, browser=self.browser, always=always).snapshot(target)

    def view(self, name: str, url: str) -> bytes:
        """Give the bytes of a view."""
        return self.records.resources[f"urn:{name}:{url}"]


@asynccontextmanager
async def showing(
    tmp_path: Path,
    server: Server,
    *,
    isolated: bool = True,
    net_log: Path | None = None,
    **settings: object,
) -> AsyncIterator[Shower]:
    """
    Start what shows pages of this server, and of no other.

    Args:
        isolated: Whether it runs without any network where the machine allows that.
        net_log: Where Chromium writes down what it did with its network.
    """
    wanted = BrowserSettings.model_validate(settings)
    found = browser(wanted)
    if not isolated:
        found = dataclasses.replace(found, isolation=())
    if net_log is not None:
        logging = tmp_path / "logging-chromium"
        logging.write_text(f'#!/bin/sh\nexec {found.path} --log-net-log={net_log} "$@"\n')
        logging.chmod(0o700)
        found = dataclasses.replace(found, path=logging)
    records = Records()
    grant = server.base.removeprefix("http://")
    client = Client(NetworkSettings(), records, tmp_dir=tmp_path / "tmp", grants=frozenset({grant}))
    shower = Witnessing(
        found, wanted, fetcher=client, writer=records, now=lambda: dt.datetime.now(dt.UTC)
    )
    try:
        yield Shower(client, records, shower)
    finally:
        await shower.close()
        await client.aclose()
