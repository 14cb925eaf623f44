"""How is the one browser of this archive started, watched and ended?"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import tempfile
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, CDPSession, Playwright, async_playwright
from playwright.async_api import Error as BrowserError

from archiver.capture.browser.chromium import Chromium, arguments
from archiver.capture.browser.routing import Routing

_START_S = 60.0
_HEAP_MB = 768
_PAGE_BYTES = 4096


@dataclass(slots=True)
class _Running:
    driver: Playwright
    browser: Browser
    session: CDPSession
    ended: contextlib.AsyncExitStack
    driver_number: int


class Engine:
    """Chromium: started when first needed, reused for many pages, started anew after a crash."""

    def __init__(self, chromium: Chromium) -> None:
        self.chromium = chromium
        self._running: _Running | None = None
        self._routing: Routing | None = None

    async def start(self) -> Browser:
        """
        Give the browser; start it if it does not run.

        Raises:
            playwright.async_api.Error: If it does not start.
        """
        running = self._running
        if running is not None and running.browser.is_connected():
            return running.browser
        await self.close()
        self._running = await self._started()
        return self._running.browser

    async def close(self) -> None:
        """End the browser."""
        running, self._running = self._running, None
        if running is None:
            return
        with contextlib.suppress(BrowserError, TimeoutError):
            async with asyncio.timeout(15):
                await running.browser.close()
        await running.ended.aclose()

    async def kill(self) -> None:
        """End the browser at once, and what drives it, which may be too busy to be asked."""
        if self._running is not None and self._running.driver_number > 1:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._running.driver_number, signal.SIGKILL)
        await self.close()

    @contextlib.asynccontextmanager
    async def routed(self, routing: Routing) -> AsyncIterator[None]:
        """Let all requests of the browser be answered by `routing`."""
        self._routing = routing
        try:
            yield
        finally:
            self._routing = None
            await routing.close()

    @property
    def session(self) -> CDPSession:
        """The line to the browser itself; it must run."""
        if self._running is None:
            raise BrowserError("the browser does not run")
        return self._running.session

    async def memory_bytes(self) -> int:
        """Give how much memory the browser's own pages take; 0 where that cannot be told."""
        told = await self.session.send("SystemInfo.getProcessInfo")
        numbers = [int(each["id"]) for each in told["processInfo"]]
        return await asyncio.to_thread(lambda: sum(map(_own_bytes, numbers)))

    def driver_bytes(self) -> int:
        """Give how much memory the program that drives the browser takes; 0 if none runs."""
        return _own_bytes(self._running.driver_number) if self._running else 0

    async def _started(self) -> _Running:
        async with contextlib.AsyncExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="archiver-")))
            port = stack.enter_context(_deaf_port())
            launcher = folder / "chromium"
            launcher.write_text(self.chromium.launcher())
            launcher.chmod(0o700)
            driver = await stack.enter_async_context(async_playwright())
            browser = await driver.chromium.launch(
                executable_path=launcher,
                args=arguments(port, _HEAP_MB),
                chromium_sandbox=self.chromium.sandbox,
                handle_sigint=False,
                handle_sigterm=False,
                handle_sighup=False,
                timeout=_START_S * 1000,
            )
            session = await browser.new_browser_cdp_session()
            session.on("Fetch.requestPaused", self._paused(session))
            await session.send("Fetch.enable", {"patterns": [{"urlPattern": "*"}]})
            told = await session.send("SystemInfo.getProcessInfo")
            numbers = [int(each["id"]) for each in told["processInfo"] if each["type"] == "browser"]
            parent = _parent(numbers[0]) if numbers else 0
            return _Running(driver, browser, session, stack.pop_all(), parent)

    def _paused(self, session: CDPSession) -> Any:
        late: set[asyncio.Task[None]] = set()

        def paused(event: Mapping[str, Any]) -> None:
            if self._routing is not None:
                self._routing.paused(event)
                return
            task = asyncio.create_task(_refuse(session, event))
            late.add(task)
            task.add_done_callback(late.discard)

        return paused


async def _refuse(session: CDPSession, event: Mapping[str, Any]) -> None:
    """End a request that no page made: of the browser itself, or of a page that is closed."""
    told = {"requestId": event["requestId"], "errorReason": "Aborted"}
    with contextlib.suppress(BrowserError):
        await session.send("Fetch.failRequest", told)


@contextlib.contextmanager
def _deaf_port() -> Any:
    """Hold a port of loopback on which nobody listens, so that nobody else can."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


def _parent(number: int) -> int:
    """Give the number of the program that started another; 0 if it is gone."""
    try:
        words = Path(f"/proc/{number}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return 0
    return int(words[1])


def _own_bytes(number: int) -> int:
    """Give how much memory a program has that it shares with no other (Linux)."""
    try:
        fields = Path(f"/proc/{number}/statm").read_text().split()
    except OSError:
        return 0
    return (int(fields[1]) - int(fields[2])) * _PAGE_BYTES
