"""How does what a browser asks for come to our recorder, and the answer back to it?"""

from __future__ import annotations

import asyncio
import base64
import logging
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import CDPSession
from playwright.async_api import Error as BrowserError

from archiver.capture.browser.remembering import Cookies, Remembering
from archiver.core import browserasks
from archiver.errors import StoreError
from archiver.models import Exchange, FetchRequest, Outcome, Purpose

_MOST_BLOCKED = 200  # requests that were not made, as far as they are told
_MOST_PAUSED = 10_000
_REASONS = {
    Outcome.DNS_ERROR: "NameNotResolved",
    Outcome.TIMEOUT: "TimedOut",
    Outcome.REFUSED: "ConnectionRefused",
    Outcome.UNSAFE: "AddressUnreachable",
}
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Blocked:
    """A request that was not made, and why."""

    method: str
    url: str
    why: str


@dataclass(slots=True)
class Routing:
    """
    Answers every request of the browser while one page is open.

    Chromium stops each request of each frame, worker and hop and asks us (Fetch of its debugging
    protocol, on the browser itself: Playwright's own routing lets the second hop of a redirect go
    to the network). One that nobody answers would meet a proxy on which nothing listens.

    Attributes:
        page_frame: Chromium's name of the page's own frame.
        blocked: What was not made.
        failure: That a record could not be kept.
        strayed: Whether the page tried to lead elsewhere.
    """

    session: CDPSession
    fetcher: Remembering
    page_frame: str = ""
    blocked: list[Blocked] = field(default_factory=list)
    failure: StoreError | None = None
    strayed: bool = False
    _open: bool = True
    _posts: int = 0
    _paused: int = 0
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def busy(self) -> int:
        """How many requests wait for their answer."""
        return len(self._tasks)

    def paused(self, event: Mapping[str, Any]) -> None:
        """Take a request that Chromium stopped."""
        self._paused += 1
        work = (
            self._answer(event)
            if self._open and self._paused < _MOST_PAUSED
            else (self._fail(event, "Aborted"))
        )
        self._start(work)

    async def close(self) -> None:
        """Answer nothing more, and wait for what is being recorded."""
        self._open = False
        await self.fetcher.settle(5.0)
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, event: Mapping[str, Any]) -> None:
        asked = event["request"]
        method, url = str(asked["method"]), str(asked["url"])
        body, kind = _body(asked), str(event.get("resourceType", ""))
        why = browserasks.refusal(method, kind, url, body, self._posts) or self._strays(event)
        if why:
            self._note(method, url, why)
            # A document that is aborted leaves what is shown; one that is blocked puts an error
            # page in its place.
            await self._fail(event, "Aborted" if kind == "Document" else "BlockedByClient")
            return
        if method == "POST":
            self._posts += 1
        request = FetchRequest(
            url,
            Purpose.REQUISITE,
            method=method,
            headers=browserasks.sent(asked["headers"]),
            body=body or b"",
            keep_bytes=16_000_000,
            via=self.fetcher.page.request.url,
            hops_from_seed=self.fetcher.page.request.hops_from_seed + "E",
        )
        try:
            answer = await self.fetcher.fetch(request, Cookies(_cookie(asked["headers"])))
        except StoreError as err:
            self.failure = err  # what cannot be kept must not be shown
            await self._fail(event, "Failed")
            return
        await self._give(event, answer)

    def _strays(self, event: Mapping[str, Any]) -> str:
        """Say why the page may not be left: its snapshot would show another one."""
        is_page = event.get("resourceType") == "Document" and event.get("frameId") == (
            self.page_frame
        )
        url = str(event["request"]["url"]).partition("#")[0]
        own = self.fetcher.page.request.url.partition("#")[0]
        if not is_page or url == own:
            return ""
        self.strayed = True
        return "the page may not be left while it is shown"

    async def _give(self, event: Mapping[str, Any], answer: Exchange) -> None:
        if answer.status is None or not 200 <= answer.status <= 599:
            await self._fail(event, _REASONS.get(answer.outcome, "Failed"))
            return
        headers = [
            {"name": name, "value": value} for name, value in browserasks.shown(answer.headers)
        ]
        shown = {
            "requestId": event["requestId"],
            "responseCode": answer.status,
            "responseHeaders": headers,
            "body": base64.b64encode(answer.body).decode("ascii"),
        }
        try:
            await self.session.send("Fetch.fulfillRequest", shown)
        except BrowserError as err:
            # A header may hold what Chromium does not take; a page that is gone wants nothing.
            _log.debug(
                "an answer was not taken", extra={"url": answer.request.url, "why": str(err)}
            )
            await self._fail(event, "Failed")

    async def _fail(self, event: Mapping[str, Any], reason: str) -> None:
        told = {"requestId": event["requestId"], "errorReason": reason}
        try:
            await self.session.send("Fetch.failRequest", told)
        except BrowserError:
            return  # the page is gone, and with it who asked

    def _note(self, method: str, url: str, why: str) -> None:
        if len(self.blocked) < _MOST_BLOCKED:
            self.blocked.append(Blocked(method[:20], url[:2_000], why))


def _body(asked: Mapping[str, Any]) -> bytes | None:
    """Give the body of a request; None if it cannot be read."""
    if not asked.get("hasPostData"):
        return b""
    parts = [each.get("bytes") for each in asked.get("postDataEntries", ())]
    if not parts or any(each is None for each in parts):
        return None
    return b"".join(base64.b64decode(each) for each in parts)


def _cookie(headers: Mapping[str, str]) -> str:
    return next((value for name, value in headers.items() if name.lower() == "cookie"), "")
