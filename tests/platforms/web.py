"""Platforms on loopback: real servers that speak what is documented, for the whole path."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from archiver.models import FetchRequest
from tests.e2e.command import Said, archiver
from tests.sources.playing import Answer, WholeServer

_NOBODY = Answer({"error": "no such host"}, status=404)


@dataclass
class PlatformWeb:
    """
    What is served, and what was asked.

    Attributes:
        address: `127.0.0.1:port` of the one listener; names are told apart by their Host header.
        asked: Each request as it came in, with all its headers.
    """

    servers: Mapping[str, WholeServer]
    address: str = ""
    asked: list[FetchRequest] = field(default_factory=list)

    def settings(self, more: str = "") -> str:
        """Give a config.toml under which all names lead here; `more` is added at its end."""
        names = ", ".join(f'"{host}:80" = "{self.address}"' for host in self.servers)
        return (
            "[network]\nper_host_delay_s = 0\nallow_private = ['127.0.0.0/8']\n"
            f"connect_to = {{ {names} }}\n{more}\n"
        )

    def capture(
        self, folder: Path, *words: str, more: str = "", env: Mapping[str, str] | None = None
    ) -> Said:
        """Run `archiver capture --json WORDS` in a folder."""
        (folder / "config.toml").write_text(self.settings(more))
        return archiver(folder, "capture", "--json", *words, env=env)

    async def _serve(self, request: web.Request) -> web.Response:
        host = request.host.partition(":")[0].lower()
        asked = FetchRequest(
            f"http://{host}{request.raw_path}",
            method=request.method,
            headers=tuple(request.headers.items()),
            body=await request.read(),
        )
        self.asked.append(asked)
        server = self.servers.get(host)
        answer = server(asked) if server else _NOBODY
        made = answer.exchange(asked, len(self.asked))
        headers = {name: value for name, value in made.headers}
        return web.Response(status=made.status or 500, body=made.body, headers=headers)


@contextmanager
def serving(servers: Mapping[str, WholeServer]) -> Iterator[PlatformWeb]:
    """Serve hosts by name on a free port of 127.0.0.1 until the block ends."""
    platforms = PlatformWeb(servers)
    loop = asyncio.new_event_loop()
    runner = loop.run_until_complete(_start(platforms))
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield platforms
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _start(platforms: PlatformWeb) -> web.AppRunner:
    app = web.Application(client_max_size=8_000_000)
    app.router.add_route("*", "/{path:.*}", platforms._serve)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    platforms.address = f"127.0.0.1:{runner.addresses[0][1]}"
    return runner
