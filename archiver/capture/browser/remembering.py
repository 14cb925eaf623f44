"""How does one page ask for the same thing once, and for no more than a page may?"""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from urllib.request import Request

from archiver.core.links import outcome_of
from archiver.models import Exchange, FetchRequest, Outcome
from archiver.ports import Fetcher

KEEP_BYTES = 16_000_000
"""How much of an answer a browser is shown, in bytes; what is recorded is not limited by it."""

_HELD_BYTES = 64_000_000  # bodies of one page that are kept for a second asker


class Cookies(CookieJar):
    """What a browser sends as Cookie, as a jar: it keeps its own, so nothing is put in."""

    def __init__(self, text: str) -> None:
        """
        Args:
            text: Value of the Cookie header; empty for none.
        """
        super().__init__()
        self._text = text

    def add_cookie_header(self, request: Request) -> None:
        """Show the browser's cookies."""
        if self._text:
            request.add_unredirected_header("Cookie", self._text)

    def extract_cookies(self, response: object, request: object) -> None:
        """Pass over what was set: the browser is given the headers and keeps them itself."""


@dataclass(slots=True)
class Remembering:
    """
    The requests of one page (ports.Fetcher): a GET is made once, and limits hold for all.

    Attributes:
        fetcher: Makes and records them.
        page: The answer that is the page itself; it is not asked for again.
        most_requests: More are refused.
        most_bytes: Of all answers together; the one that passes it is cut there.
    """

    fetcher: Fetcher
    page: Exchange
    most_requests: int
    most_bytes: int
    asked: int = 0
    bytes: int = 0
    cut: str = ""
    there: dict[str, bool] = field(default_factory=dict)
    _copies: dict[str, asyncio.Task[Exchange]] = field(default_factory=dict)
    _held: int = 0

    def __post_init__(self) -> None:
        self._copies[self.page.request.url.partition("#")[0]] = _done(self.page)

    async def fetch(self, request: FetchRequest, cookies: CookieJar | None = None) -> Exchange:
        """Give what came of a request, now or before."""
        url = request.url.partition("#")[0]
        if request.method != "GET" or request.body:
            return await self._made(request, cookies)
        task = self._copies.get(url)
        if task is None or (task.cancelled() or (task.done() and task.exception())):
            whole = dataclasses.replace(request, keep_bytes=max(KEEP_BYTES, request.keep_bytes))
            task = asyncio.create_task(self._made(whole, cookies))
            self._copies[url] = task
        answer = await asyncio.shield(task)
        self._forget_large(url, answer)
        return answer

    async def settle(self, seconds: float) -> None:
        """Wait for what is under way, then end it."""
        waiting = [task for task in self._copies.values() if not task.done()]
        if not waiting:
            return
        _, late = await asyncio.wait(waiting, timeout=seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    def counts(self) -> tuple[int, int]:
        """Give how many requisites were wanted, and how many of them could not be had."""
        return len(self.there), sum(not each for each in self.there.values())

    async def _made(self, request: FetchRequest, cookies: CookieJar | None) -> Exchange:
        room = self.most_bytes - self.bytes
        if self.asked >= self.most_requests or room <= 0:
            self.cut = "the page wants more than a page may; what came first was kept"
            return self._unmade(request)
        self.asked += 1
        answer = await self.fetcher.fetch(dataclasses.replace(request, max_bytes=room), cookies)
        self.bytes += answer.size
        status = answer.status or 0
        fine = outcome_of(answer) is Outcome.OK
        # A browser asks every host for this, and few pages mean it.
        if not 300 <= status < 400 and (fine or not request.url.endswith("/favicon.ico")):
            self.there[request.url] = self.there.get(request.url, False) or fine
        return answer

    def _unmade(self, request: FetchRequest) -> Exchange:
        self.there[request.url] = False
        at = dt.datetime.now(dt.UTC)
        return Exchange(request, at, Outcome.TOO_LARGE, whole=False, error=self.cut)

    def _forget_large(self, url: str, answer: Exchange) -> None:
        """Let go of bodies when those that are held are many; such a one is fetched again."""
        if answer.memo.get("held") or url == self.page.request.url.partition("#")[0]:
            return
        answer.memo["held"] = True
        self._held += len(answer.body)
        if self._held > _HELD_BYTES:
            self._held -= len(answer.body)
            self._copies.pop(url, None)


def _done(exchange: Exchange) -> asyncio.Task[Exchange]:
    async def given() -> Exchange:
        return exchange

    return asyncio.create_task(given())
