"""Where does the demo web listen, and which site answers under which name?"""

from __future__ import annotations

import datetime as dt
from types import TracebackType
from typing import ClassVar

from aiohttp import web

from archiver.demo import content, files, reader, shorteners
from archiver.demo.board import Board
from archiver.demo.news import HOST as NEWS
from archiver.demo.news import News
from archiver.demo.reply import Ask, Reply, Site, notice, text
from archiver.demo.social import Social
from archiver.demo.statuses import HOST as SOCIAL

_ROBOTS = "User-agent: *\nDisallow: /search\n"


class DemoWeb:
    """
    A small web on loopback, for the demo and for tests; use it as an async context manager.

    Every name is served as plain http by one listener, which looks at the Host header.

    Attributes:
        seeds: Addresses of the two threads that the demo captures.
        connect_to: Where each name is really reached, as settings.network.connect_to has it.
        grants: The address of the listener, which is loopback and allowed all the same.
    """

    seeds: ClassVar[tuple[str, ...]] = (
        f"http://{SOCIAL}/@harbour_desk/{content.ROOT}",
        reader.SEED,
    )

    def __init__(self) -> None:
        accounts, posts = content.load()
        self._board = Board(posts)
        self._failures: dict[str, int] = {}
        self._sites: dict[str, Site] = {
            SOCIAL: Social(self._board, accounts).answer,
            NEWS: News().answer,
            reader.HOST: reader.answer,
            shorteners.SHO_RT: shorteners.answer,
            shorteners.TINY: shorteners.answer,
            shorteners.LNK: shorteners.answer,
        }
        self._runner: web.AppRunner | None = None
        self.connect_to: dict[str, str] = {}
        self.grants: frozenset[str] = frozenset()

    async def __aenter__(self) -> DemoWeb:
        """Listen on a free port of 127.0.0.1."""
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._serve)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        port = self._runner.addresses[0][1]
        address = f"127.0.0.1:{port}"
        self.connect_to = {f"{name}:80": address for name in self._sites}
        self.grants = frozenset({address})
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop listening."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def edit(self, post_id: str, words: str) -> None:
        """Change a post of social.example, now. Raises KeyError if there is none."""
        self._board.edit(post_id, words, dt.datetime.now(dt.UTC))

    def delete(self, post_id: str) -> None:
        """Delete a post of social.example. Raises KeyError if there is none."""
        self._board.set_deleted(post_id, True)

    def restore(self, post_id: str) -> None:
        """Bring a deleted post back. Raises KeyError if there never was one."""
        self._board.set_deleted(post_id, False)

    def fail(self, path_prefix: str, status: int) -> None:
        """Answer every request below a path, on every host, with a status of 400 or more."""
        self._failures[path_prefix] = status

    def mend(self) -> None:
        """Answer everything as at the start again."""
        self._failures.clear()

    async def _serve(self, request: web.Request) -> web.Response:
        host = request.host.rpartition(":")[0] or request.host
        accept = request.headers.get("Accept", "")
        ask = Ask(host.lower(), request.path, tuple(request.query.items()), accept)
        reply = self._answer(ask)
        headers = dict(reply.headers)
        if headers.get("ETag", "") == request.headers.get("If-None-Match"):
            return web.Response(status=304, headers=headers)
        headers["Content-Type"] = reply.mime
        return web.Response(status=reply.status, body=reply.body, headers=headers)

    def _answer(self, ask: Ask) -> Reply:
        for prefix, status in self._failures.items():
            if ask.path.startswith(prefix):
                return notice(status, f"Error {status}", "The demo was told to fail here.")
        site = self._sites.get(ask.host)
        if site is None:
            return notice(404, "No such site", f"Nobody answers under the name {ask.host}.")
        if ask.path == "/robots.txt":
            return text(_ROBOTS)
        icon = files.served("news", "mark.svg") if ask.path == "/favicon.ico" else None
        return icon or site(ask)
