"""What is done with one open page, step by step?"""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import CDPSession, ConsoleMessage, Page
from playwright.async_api import Error as BrowserError

from archiver.capture.browser import banners, pictures
from archiver.capture.browser.routing import Routing
from archiver.core import accessibletext
from archiver.models import ViewKind

MOST_HEIGHT = 16_384
"""How far down a page is shot, in pixels: what Chromium draws in one piece."""

_LOAD_MS = 20_000
_QUIET_S, _SETTLE_S = 0.5, 8.0
_MOST_TOLD, _LONGEST_LINE = 200, 1_000
_FLOOD = 100_000  # characters of a message that no page that keeps to `hush` can send
_MOST_DOM = 32_000_000
_MOST_PDF = 64_000_000
_SCROLL_PAUSE_MS = 60
_LEFT_S = 2.0  # a page that tried to leave within its loading gets so long to go on
_TOO_LATE = "the browser did not come to an end in time; what it showed by then was kept"


@dataclass(frozen=True, slots=True)
class Made:
    """One view, not kept yet."""

    kind: ViewKind
    mime: str
    body: bytes
    width: int = 0
    height: int = 0
    fingerprint: str = ""


@dataclass(slots=True)
class Seen:
    """
    What a browser made of a page; grows step by step.

    Attributes:
        text: Accessible text.
        error: One sentence if it is not everything.
        facts: What pageinfo says.
    """

    made: list[Made] = field(default_factory=list)
    text: str = ""
    error: str = ""
    facts: dict[str, Any] = field(default_factory=dict)

    def add(self, kind: ViewKind, picture: pictures.Picture) -> None:
        """Take a picture."""
        self.made.append(
            Made(
                kind,
                picture.mime,
                picture.body,
                picture.width,
                picture.height,
                picture.fingerprint if kind is ViewKind.SCREENSHOT else "",
            )
        )


@dataclass(slots=True)
class Visit:
    """One page in one tab."""

    page: Page
    session: CDPSession
    routing: Routing
    seen: Seen
    _console: list[dict[str, str]] = field(default_factory=list)
    _errors: list[str] = field(default_factory=list)
    _sockets: list[str] = field(default_factory=list)

    async def run(self, url: str) -> None:
        """
        Load the page and make all its views; each is in `seen` as soon as it is made.

        Raises:
            playwright.async_api.Error: If the browser, or the page in it, is gone.
        """
        self._listen()
        await self.page.add_init_script(f"{banners.script()}.hush({_MOST_TOLD}, {_LONGEST_LINE})")
        tree = await self.session.send("Page.getFrameTree")
        self.routing.page_frame = str(tree["frameTree"]["frame"]["id"])
        await self.page.goto(url, wait_until="commit", timeout=_LOAD_MS)
        await self._loaded()
        first = await self.page.screenshot(timeout=_LOAD_MS)
        await self._picture(ViewKind.FIRST, pictures.screenshot, first)
        banner = await self._close_banner()
        await self._say(
            f"async () => await {banners.script()}.scroll({MOST_HEIGHT}, {_SCROLL_PAUSE_MS})"
        )
        await self._quiet()
        self.seen.facts |= {"banner": banner, "final_url": self.page.url}
        await self._shoot()
        for step in (self._dom, self._text, self._pdf):
            await self._try(step)
        await self._facts()

    def tell(self) -> None:
        """Write down what is known of the visit, whole or not, as the last view."""
        told = self.seen.facts | {
            "console": self._console,
            "errors": self._errors,
            "websockets": self._sockets,
            "blocked": [dataclasses.asdict(each) for each in self.routing.blocked],
            "requests": self.routing.fetcher.asked,
            "bytes": self.routing.fetcher.bytes,
            "note": self.seen.error,
        }
        body = json.dumps(told, indent=1, sort_keys=True).encode("ascii")
        self.seen.made.append(Made(ViewKind.PAGEINFO, "application/json", body))

    def _listen(self) -> None:
        page = self.page

        def console(message: ConsoleMessage) -> None:
            if len(message.text) > _FLOOD:
                page.remove_listener("console", console)  # the driver sends no more
            if len(self._console) < _MOST_TOLD and message.type in ("error", "warning"):
                line = {"type": message.type, "text": message.text[:_LONGEST_LINE]}
                self._console.append(line)

        def failed(error: BrowserError) -> None:
            if len(str(error)) > _FLOOD:
                page.remove_listener("pageerror", failed)
            if len(self._errors) < _MOST_TOLD:
                self._errors.append(str(error)[:_LONGEST_LINE])

        def socket(opened: Any) -> None:
            if len(self._sockets) < _MOST_TOLD:
                self._sockets.append(str(opened.url)[:_LONGEST_LINE])

        page.on("console", console)
        page.on("pageerror", failed)
        page.on("websocket", socket)

    async def _loaded(self) -> None:
        """Wait until the page is loaded; one that tried to leave may never be."""
        waits = self.page.wait_for_load_state("load", timeout=_LOAD_MS)
        load = asyncio.ensure_future(waits)
        try:
            while not load.done():
                await asyncio.wait({load}, timeout=_LEFT_S)
                if self.routing.strayed and not self.routing.busy:
                    break
            if load.done():
                load.result()
        except BrowserError as err:
            if self.page.is_closed():
                raise
            self._errors.append(f"not loaded after {_LOAD_MS // 1000} s: {str(err)[:200]}")
        finally:
            load.cancel()
        await self._quiet()

    async def _quiet(self) -> None:
        """Wait until nothing was asked for a while."""
        loop = asyncio.get_running_loop()
        until, still_since = loop.time() + _SETTLE_S, loop.time()
        while loop.time() < until:
            await asyncio.sleep(0.05)
            if self.routing.busy:
                still_since = loop.time()
            elif loop.time() - still_since >= _QUIET_S:
                return

    async def _close_banner(self) -> str:
        """Close a cookie banner, in the page or one of its frames; give what closed it."""
        rules = banners.rules()
        known = json.dumps([dataclasses.asdict(each) for each in rules.known])
        words, topics = json.dumps(rules.words), json.dumps(rules.topics)
        asked = (
            f"() => {{ const own = {banners.script()};"
            f" return own.known({known}) || own.worded({words}, {topics}); }}"
        )
        for frame in self.page.frames[:20]:
            try:
                async with asyncio.timeout(5):
                    told = await frame.evaluate(asked)
            except (BrowserError, TimeoutError):
                continue  # a frame that went away, or whose page lets nothing run
            if told and isinstance(told, str):
                await self._quiet()
                return told[:100]
        return ""

    async def _say(self, script: str) -> Any:
        """Run something in the page; None if it does not come back."""
        try:
            async with asyncio.timeout(30):
                return await self.page.evaluate(script)
        except (BrowserError, TimeoutError):
            if self.page.is_closed():
                raise
            return None

    async def _shoot(self) -> None:
        told = await self._say(f"() => {banners.script()}.height()")
        height = int(told) if isinstance(told, int | float) and 0 < told < 1e9 else 0
        size = self.page.viewport_size or {"width": 1280, "height": 800}
        shot = max(size["height"], min(height, MOST_HEIGHT))
        self.seen.facts |= {"height": height, "shot_height": shot, "cut": height > MOST_HEIGHT}
        await self.page.set_viewport_size({"width": size["width"], "height": size["height"]})
        png = await self.page.screenshot(
            full_page=True,
            clip={"x": 0, "y": 0, "width": size["width"], "height": shot},
            timeout=_LOAD_MS,
        )
        await self._picture(ViewKind.SCREENSHOT, pictures.screenshot, png)
        await self._picture(ViewKind.THUMBNAIL, pictures.thumbnail, png)

    async def _picture(
        self, kind: ViewKind, make: Callable[[bytes], pictures.Picture], png: bytes
    ) -> None:
        self.seen.add(kind, await asyncio.to_thread(make, png))

    async def _try(self, step: Callable[[], Awaitable[None]]) -> None:
        """Do what a page may make impossible; it is then told, and the rest goes on."""
        try:
            async with asyncio.timeout(30):
                await step()
        except (BrowserError, TimeoutError) as err:
            if self.page.is_closed():
                raise
            self.seen.error = self.seen.error or _TOO_LATE
            self._errors.append(f"{type(err).__name__}: {str(err)[:200]}")

    async def _dom(self) -> None:
        html = (await self.page.content()).encode("utf-8", "replace")[:_MOST_DOM]
        self.seen.made.append(Made(ViewKind.DOM, "text/html; charset=utf-8", html))

    async def _text(self) -> None:
        tree = await self.session.send("Accessibility.getFullAXTree")
        self.seen.text = await asyncio.to_thread(accessibletext.of_tree, tree["nodes"])
        body = self.seen.text.encode("utf-8", "replace")
        self.seen.made.append(Made(ViewKind.TEXT, "text/plain; charset=utf-8", body))

    async def _pdf(self) -> None:
        body = await self.page.pdf(format="A4", print_background=True)
        if len(body) <= _MOST_PDF:
            self.seen.made.append(Made(ViewKind.PDF, "application/pdf", body))

    async def _facts(self) -> None:
        told = await self._say(f"() => {banners.script()}.timings()")
        timings = told if isinstance(told, dict) else {}
        self.seen.facts["timings"] = {
            str(name)[:40]: round(float(value))
            for name, value in list(timings.items())[:10]
            if isinstance(value, int | float) and abs(value) < 1e9
        }
