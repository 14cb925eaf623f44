"""How are the requisites of pages fetched, each once per crawl?"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from archiver.core import charset, markup, requisites
from archiver.core.links import outcome_of
from archiver.core.requisites import Kind, Requisite, Wanted
from archiver.models import Exchange, FetchRequest, Outcome, Purpose
from archiver.ports import Fetcher
from archiver.resolvers.http_redirect import HttpRedirect

MAX_FRAME_DEPTH = 2
MAX_IMPORT_DEPTH = 5
MAX_REDIRECTS = 10
PAGE_S = 300.0

_AT_ONCE = 48
_KEEP_BYTES = {Kind.STYLE: requisites.MAX_CSS + 1, Kind.FRAME: 8_000_000, Kind.OTHER: 0}
_HTML = frozenset({"text/html", "application/xhtml+xml"})
_REDIRECT = HttpRedirect()
_TOO_MUCH = (
    f"the page wants over {requisites.MAX_REQUISITES} requisites or is too large to be read whole; "
    "what came first was kept"
)
_TOO_DEEP = "frames or style sheets that stand too deep in others were not kept"
_TOO_SLOW = "the requisites took too long; what came by then was kept"


@dataclass(frozen=True, slots=True)
class Kept:
    """
    What became of the requisites of one page.

    Attributes:
        wanted: How many there are, those of its frames and style sheets too.
        missing: How many of them could not be had.
        cut: One sentence if a limit left some unasked; else empty.
    """

    wanted: int
    missing: int
    cut: str = ""


class Requisites:
    """Fetches requisites for the pages of one crawl and remembers what it fetched."""

    def __init__(self, fetcher: Fetcher, page_s: float = PAGE_S) -> None:
        """
        Args:
            fetcher: Fetches and records.
            page_s: A page that took longer asks for nothing more, in seconds.
        """
        self._fetcher = fetcher
        self._page_s = page_s
        self._copies: dict[Requisite, asyncio.Task[_Copy]] = {}
        self._gate = asyncio.Semaphore(_AT_ONCE)

    async def keep(self, wanted: Wanted, target: Exchange) -> Kept:
        """
        Fetch all that a page needs, with what its frames and style sheets need in turn.

        Args:
            wanted: What the page itself names.
            target: The page.

        Raises:
            StoreError: If a record could not be kept.
        """
        page = _Page(until=asyncio.get_running_loop().time() + self._page_s)
        page.seen[target.request.url] = True
        trail = _Trail(target.request.url, target.request.hops_from_seed)
        try:
            async with asyncio.TaskGroup() as group:
                self._start(group, page, wanted, trail)
        except BaseExceptionGroup as several:
            raise several.exceptions[0] from several
        del page.seen[target.request.url]
        missing = sum(not is_there for is_there in page.seen.values())
        return Kept(len(page.seen), missing, page.cut)

    def _start(self, group: asyncio.TaskGroup, page: _Page, wanted: Wanted, trail: _Trail) -> None:
        if not wanted.whole:
            page.cut = _TOO_MUCH
        for requisite in wanted.requisites:
            if requisite.url in page.seen:
                continue
            if len(page.seen) > requisites.MAX_REQUISITES:
                page.cut = _TOO_MUCH
                return
            if trail.is_too_deep(requisite.kind):
                page.cut = page.cut or _TOO_DEEP
                continue
            page.seen[requisite.url] = False
            group.create_task(self._one(group, page, requisite, trail))

    async def _one(
        self, group: asyncio.TaskGroup, page: _Page, requisite: Requisite, trail: _Trail
    ) -> None:
        async with self._gate:
            if asyncio.get_running_loop().time() > page.until:
                page.cut = page.cut or _TOO_SLOW
                return
            copy = await self._copy(requisite, trail)
        page.seen[requisite.url] = copy.is_there
        self._start(group, page, copy.wanted, trail.into(requisite.kind, copy))

    async def _copy(self, requisite: Requisite, trail: _Trail) -> _Copy:
        task = self._copies.get(requisite)
        if task is None:
            task = asyncio.create_task(self._fetch(requisite, trail))
            self._copies[requisite] = task
        return await task

    async def _fetch(self, requisite: Requisite, trail: _Trail) -> _Copy:
        url, via, path = requisite.url, trail.via, trail.path + "E"
        for _ in range(MAX_REDIRECTS + 1):
            answer = await self._fetcher.fetch(
                FetchRequest(
                    url,
                    Purpose.REQUISITE,
                    keep_bytes=_KEEP_BYTES[requisite.kind],
                    via=via,
                    hops_from_seed=path,
                )
            )
            onward = _onward(answer)
            if onward is None:
                return await _copy_of(requisite, answer)
            via, url, path = url, onward, path + "R"
        return _Copy(is_there=False, url=url, path=path)


@dataclass(slots=True)
class _Page:
    """What one page wants, and whether it is there; `until` is a time of the event loop."""

    until: float
    seen: dict[str, bool] = field(default_factory=dict)
    cut: str = ""


@dataclass(frozen=True, slots=True)
class _Copy:
    """What came of a requisite; `url` and `path` are those of the last hop."""

    is_there: bool
    url: str
    path: str
    wanted: Wanted = field(default_factory=Wanted)


@dataclass(frozen=True, slots=True)
class _Trail:
    """How a document was come by, and how deep it stands in others."""

    via: str
    path: str
    frames: int = 0
    imports: int = 0

    def is_too_deep(self, kind: Kind) -> bool:
        if kind is Kind.FRAME:
            return self.frames >= MAX_FRAME_DEPTH
        return kind is Kind.STYLE and self.imports > MAX_IMPORT_DEPTH

    def into(self, kind: Kind, copy: _Copy) -> _Trail:
        return _Trail(
            copy.url,
            copy.path,
            self.frames + (kind is Kind.FRAME),
            self.imports + 1 if kind is Kind.STYLE else 0,
        )


def _onward(answer: Exchange) -> str | None:
    """Say where a requisite was moved; None if that is nowhere that can be asked."""
    hop = _REDIRECT.next_hop(answer) if answer.status is not None else None
    if hop is None or not requisites.is_web(hop.url.partition("#")[0]):
        return None
    return hop.url.partition("#")[0]


async def _copy_of(requisite: Requisite, answer: Exchange) -> _Copy:
    is_there = (
        outcome_of(answer) is Outcome.OK and answer.status is not None and answer.status < 300
    )
    wanted = Wanted()
    if is_there and requisite.kind is Kind.STYLE:
        named = charset.declared(answer.header("content-type") or "")
        wanted = await asyncio.to_thread(
            requisites.of_css, answer.body, answer.request.url, charset=named
        )
    elif is_there and requisite.kind is Kind.FRAME and answer.mime in _HTML:
        wanted = await asyncio.to_thread(_of_frame, answer)
    return _Copy(is_there, answer.request.url, answer.request.hops_from_seed, wanted)


def _of_frame(answer: Exchange) -> Wanted:
    html = charset.decoded(answer.body, answer.header("content-type") or "")
    return requisites.of_html(markup.read(html), answer.request.url)
