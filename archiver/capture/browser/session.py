"""What does a browser show of a page? One page at a time, with limits; a crash is tried again."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime

from playwright.async_api import BrowserContext
from playwright.async_api import Error as BrowserError

from archiver.capture.browser.chromium import Chromium
from archiver.capture.browser.engine import Engine
from archiver.capture.browser.remembering import Remembering
from archiver.capture.browser.routing import Routing
from archiver.capture.browser.visit import Made, Seen, Visit
from archiver.config import BrowserSettings
from archiver.core import viewnames
from archiver.models import Exchange, View
from archiver.ports import Fetcher, RecordWriter

_WIDTH, _HEIGHT = 1280, 800
_WATCH_S = 0.5
_MOST_DRIVER_BYTES = 600_000_000
_CLOSE_S = 10.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ShownPage:
    """A page that was shown (capture.page.Shown)."""

    target: Exchange
    seen: Seen
    asked: Remembering
    kept_by: Witnessing

    @property
    def text(self) -> str:
        """Accessible text."""
        return self.seen.text

    @property
    def error(self) -> str:
        """What is missing, in one sentence."""
        return self.seen.error or self.asked.cut

    @property
    def counts(self) -> tuple[int, int]:
        """How many requisites were wanted, and how many of them are missing."""
        return self.asked.counts()

    @property
    def fetcher(self) -> Fetcher:
        """Knows what the browser asked for already."""
        return self.asked

    async def keep(self) -> tuple[View, ...]:
        """Keep the views as resource records. Raises StoreError if that fails."""
        return await self.kept_by.keep(self.target.request.url.partition("#")[0], self.seen)


class Witnessing:
    """Shows pages to a browser, and keeps what it made of them as records."""

    def __init__(
        self,
        chromium: Chromium,
        settings: BrowserSettings,
        *,
        fetcher: Fetcher,
        writer: RecordWriter,
        now: Callable[[], datetime],
        most_driver_bytes: int = _MOST_DRIVER_BYTES,
    ) -> None:
        """
        Args:
            chromium: The browser; started when the first page is shown.
            settings: Limits of a page.
            fetcher: Makes and records every request.
            writer: Keeps the views.
            now: Gives the time, UTC.
            most_driver_bytes: A page is ended that makes what drives the browser take more.
        """
        self.settings = settings
        self._engine = Engine(chromium)
        self._fetcher = fetcher
        self._writer = writer
        self._now = now
        self.most_driver_bytes = most_driver_bytes
        self._turn = asyncio.Lock()

    async def show(self, target: Exchange) -> ShownPage:
        """
        Show a page that was fetched.

        Returns:
            What the browser made of it, whatever came: `error` says what is missing.

        Raises:
            StoreError: If a record could not be kept.
        """
        async with self._turn:
            for attempt in (1, 2):
                asked = Remembering(
                    self._fetcher,
                    target,
                    self.settings.max_requests,
                    self.settings.max_page_mb * 1_000_000,
                )
                seen = Seen()
                try:
                    await self._visit(target, seen, asked)
                    break
                except BrowserError as err:
                    why = str(err).splitlines()[0][:200] if str(err) else type(err).__name__
                    _log.warning("the browser failed", extra={"attempt": attempt, "why": why})
                    await self._engine.close()
                    seen.error = f"the browser failed twice at this page ({why})"
            return ShownPage(target, seen, asked, self)

    async def keep(self, url: str, seen: Seen) -> tuple[View, ...]:
        """
        Keep the views of a page as resource records.

        Raises:
            StoreError: If a record could not be kept.
        """
        return tuple([await self._kept(url, made) for made in seen.made])

    async def close(self) -> None:
        """End the browser."""
        await self._engine.close()

    async def _kept(self, url: str, made: Made) -> View:
        name = viewnames.urn(made.kind, url)
        ref = await self._writer.write_resource(name, self._now(), made.mime, made.body)
        return View(
            kind=made.kind,
            record_id=ref.record_id,
            mime=made.mime,
            bytes=len(made.body),
            digest=f"sha256:{hashlib.sha256(made.body).hexdigest()}",
            width=made.width,
            height=made.height,
            fingerprint=made.fingerprint,
        )

    async def _visit(self, target: Exchange, seen: Seen, asked: Remembering) -> None:
        browser = await self._engine.start()
        chromium = self._engine.chromium
        seen.facts |= {
            "url": target.request.url,
            "browser": browser.version,
            "sandbox": chromium.sandbox,
            "isolated": bool(chromium.isolation),
            "viewport": {"width": _WIDTH, "height": _HEIGHT},
        }
        routing = Routing(self._engine.session, asked)
        async with self._engine.routed(routing), self._context() as context:
            page = await context.new_page()
            context.on("page", lambda popup: asyncio.ensure_future(popup.close()))
            visit = Visit(page, await context.new_cdp_session(page), routing, seen)
            await self._bounded(visit, target.request.url.partition("#")[0])
            visit.tell()
        if routing.failure is not None:
            raise routing.failure

    async def _bounded(self, visit: Visit, url: str) -> None:
        """Run a visit until its end, or until its time or memory is over, or its tab crashed."""
        crashed = asyncio.Event()
        visit.page.on("crash", lambda _: crashed.set())
        work = asyncio.create_task(visit.run(url))
        memory = asyncio.create_task(self._too_much())
        crash = asyncio.create_task(crashed.wait())
        flood = asyncio.create_task(self._flooded())
        ends = {work, memory, crash, flood}
        try:
            done, _ = await asyncio.wait(
                ends, timeout=self.settings.timeout_s, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            for task in ends:
                task.cancel()
            await asyncio.wait(ends, timeout=_CLOSE_S)
        if work in done:
            work.result()
        elif crash in done:
            raise BrowserError("the tab crashed")
        elif flood in done:
            visit.seen.error = (
                "the page flooded the program that drives the browser; "
                "what it showed by then was kept"
            )
            await self._engine.kill()
        elif memory in done:
            visit.seen.error = (
                f"the page took over {self.settings.max_memory_mb} MB in the browser; "
                "what it showed by then was kept"
            )
            await self._engine.close()
        else:
            visit.seen.error = (
                f"the page took over {self.settings.timeout_s:g} s in the browser; "
                "what it showed by then was kept"
            )

    async def _too_much(self) -> None:
        """Return when the browser takes more memory than a page may."""
        most = self.settings.max_memory_mb * 1_000_000
        while True:
            if await self._engine.memory_bytes() > most:
                return
            await asyncio.sleep(_WATCH_S)

    async def _flooded(self) -> None:
        """Return when the program that drives the browser takes more than a page may make it."""
        while True:
            if self._engine.driver_bytes() > self.most_driver_bytes:
                return
            await asyncio.sleep(_WATCH_S / 5)

    @contextlib.asynccontextmanager
    async def _context(self) -> AsyncIterator[BrowserContext]:
        """Give a fresh profile: no cookies, no cache, no workers that outlive a page."""
        browser = await self._engine.start()
        context = await browser.new_context(
            viewport={"width": _WIDTH, "height": _HEIGHT},
            service_workers="block",
            accept_downloads=False,
            reduced_motion="reduce",
            locale="en-US",
            timezone_id="UTC",
        )
        try:
            yield context
        finally:
            try:
                async with asyncio.timeout(_CLOSE_S):
                    await context.close()
            except (BrowserError, TimeoutError):
                await self._engine.close()
