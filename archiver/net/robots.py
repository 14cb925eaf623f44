"""Does a host's robots.txt let us fetch a URL? Asked only if network.robots is "obey"."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from protego import Protego

from archiver.core import urls
from archiver.models import Exchange, FetchRequest, Outcome, Purpose

AGENT = "thread-archiver"
KEPT_FOR = dt.timedelta(hours=24)
MAX_BYTES = 524_288
_MAX_REDIRECTS = 5
_MANY_HOSTS = 1024

Fetch = Callable[[FetchRequest], Awaitable[Exchange]]


@dataclass(frozen=True, slots=True)
class Rules:
    """
    What one robots.txt says.

    Attributes:
        until: When it must be asked for again.
        failed: The exchange that brought no answer at all; its outcome is the URL's too.
        allow_all, allow_none: Without looking at `parsed`.
    """

    until: dt.datetime
    parsed: Protego | None = None
    allow_none: bool = False
    failed: Exchange | None = None

    def refusal(self, url: str) -> tuple[Outcome, str] | None:
        """Say why a URL is not to be fetched, or None if it may be."""
        host = urls.host_of(url)
        if self.failed is not None:
            return self.failed.outcome, self.failed.error
        if self.allow_none:
            return Outcome.REFUSED, f"{host}: its robots.txt could not be read, so it is obeyed"
        if self.parsed is None or self.parsed.can_fetch(url, AGENT):
            return None
        return Outcome.REFUSED, f"{host}: its robots.txt asks us not to fetch {url}"


def rules(answer: Exchange) -> Rules:
    """
    Read an answer to a request for robots.txt.

    Source: RFC 9309, 2.3.1: 4xx allows all, 5xx allows nothing.
    """
    until = answer.at + KEPT_FOR
    if answer.status is None:
        return Rules(answer.at, failed=answer)
    if answer.status == 429 or answer.status >= 500:
        return Rules(answer.at + dt.timedelta(minutes=5), allow_none=True)
    if answer.status >= 300:
        return Rules(until)
    return Rules(until, Protego.parse(answer.body.decode("utf-8-sig", "replace")))


class Robots:
    """Asks for each host's robots.txt once, and remembers for a day."""

    def __init__(self, fetch: Fetch, now: Callable[[], dt.datetime]) -> None:
        """
        Args:
            fetch: Makes and records one request, without asking robots.txt itself.
            now: Gives the time, UTC-aware.
        """
        self._fetch = fetch
        self._now = now
        self._known: dict[str, Rules] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def refusal(self, url: str) -> tuple[Outcome, str] | None:
        """
        Say why a URL is not to be fetched: outcome and sentence; None if it may be.

        Args:
            url: In the form of core.urls.fetchable.
        """
        parts = urlsplit(url)
        if parts.path == "/robots.txt":
            return None
        origin = f"{parts.scheme}://{parts.netloc}"
        async with self._locks.setdefault(origin, asyncio.Lock()):
            known = self._known.get(origin)
            if known is None or known.until <= self._now():
                known = self._known[origin] = await self._ask(origin, url)
        self._forget()
        return known.refusal(url)

    async def _ask(self, origin: str, via: str) -> Rules:
        url = f"{origin}/robots.txt"
        for _ in range(_MAX_REDIRECTS + 1):
            answer = await self._fetch(
                FetchRequest(
                    url, Purpose.REQUISITE, keep_bytes=MAX_BYTES, max_bytes=MAX_BYTES, via=via
                )
            )
            location = answer.header("location")
            if answer.status not in (301, 302, 303, 307, 308) or not location:
                return rules(answer)
            url = urls.absolute(url, location)
        return rules(answer)

    def _forget(self) -> None:
        if len(self._known) > _MANY_HOSTS:
            self._known.clear()
            self._locks = {key: lock for key, lock in self._locks.items() if lock.locked()}
