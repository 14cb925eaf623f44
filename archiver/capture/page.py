"""What stands at a target, and what is needed to show it again?"""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass, replace
from typing import Protocol

from archiver.capture.apart import TextReader
from archiver.capture.requisites import PAGE_S, Requisites
from archiver.core import article, charset, markup, requisites
from archiver.core.links import outcome_of
from archiver.models import Exchange, Outcome, Snapshot, View
from archiver.ports import Fetcher

MAX_HTML = 8_000_000
"""How much of a page is read, in bytes; all of it is recorded."""

TEXT_S = 20.0
"""How long the main text of a page is looked for, in seconds."""

_LEAST_TEXT = 80  # letters; a page that has less and has scripts is made by them
_PAGES_AT_ONCE = 2  # reading keeps a thread busy, and other work needs threads too
_HTML = frozenset({"text/html", "application/xhtml+xml"})


class Shown(Protocol):
    """What a browser made of a page, not kept yet; `error` says what is missing of it."""

    @property
    def text(self) -> str: ...
    @property
    def error(self) -> str: ...
    @property
    def counts(self) -> tuple[int, int]:
        """How many requisites were wanted, and how many of them are missing."""

    @property
    def fetcher(self) -> Fetcher:
        """Knows what the browser asked for already."""

    async def keep(self) -> tuple[View, ...]:
        """Keep the views as records. Raises StoreError if that fails."""


class Shower(Protocol):
    """A browser that shows pages."""

    async def show(self, target: Exchange) -> Shown:
        """Show a page that was fetched. Raises StoreError if a record could not be kept."""


class Snapshotter:
    """Takes the snapshots of one crawl; a requisite that several pages share is fetched once."""

    def __init__(
        self,
        fetcher: Fetcher,
        *,
        page_s: float = PAGE_S,
        text_s: float = TEXT_S,
        browser: Shower | None = None,
        always: bool = False,
        texts: TextReader | None = None,
    ) -> None:
        """
        Args:
            fetcher: Fetches and records.
            browser: Shows pages that are empty without scripts; None: nothing does.
            always: Whether the browser shows every page.
            texts: Reads the main text of pages in a process of its own; a thread does if None.
            page_s: A page whose requisites took longer asks for no more of them, in seconds.
            text_s: How long the main text of a page is looked for, in seconds.
        """
        self._requisites = Requisites(fetcher, page_s)
        self._page_s = page_s
        self._text_s = text_s
        self._browser = browser
        self._always = always
        self._texts = texts
        self._pages = asyncio.Semaphore(_PAGES_AT_ONCE)

    async def snapshot(self, target: Exchange) -> Snapshot:
        """
        Fetch what a page needs, and say what the page is.

        An answer that is not a page (a PDF, a picture) needs nothing more. An error page is kept
        as the evidence that it is, with its outcome; its requisites are not fetched.

        Args:
            target: The answer at the end of a chain.

        Returns:
            A snapshot whatever came; requisites that failed are counted in `missing`.

        Raises:
            StoreError: If a record could not be kept.
        """
        outcome = outcome_of(target)
        bare = Snapshot(
            url=target.request.url,
            at=target.at,
            outcome=outcome,
            status=target.status,
            digest=target.digest,
            record_id=target.record_id,
            mime=target.mime,
            text_digest=target.digest or "",
            error=_why(target, outcome),
        )
        if is_html(target):
            return await self._page(bare, target)
        if target.mime == "text/plain":
            text = charset.decoded(target.body, target.header("content-type") or "")
            return _with_text(bare, article.Article(text=article.plain(text)))
        return bare

    async def _page(self, bare: Snapshot, target: Exchange) -> Snapshot:
        taken, wanted, is_empty = await self._read(bare, target)
        if bare.outcome is not Outcome.OK:
            return taken
        if self._browser is not None and (self._always or is_empty):
            return await self._shown(taken, wanted, target, self._browser)
        kept = await self._requisites.keep(wanted, target)
        error = taken.error or kept.cut
        return replace(taken, requisites=kept.wanted, missing=kept.missing, error=error)

    async def _shown(
        self, taken: Snapshot, wanted: requisites.Wanted, target: Exchange, browser: Shower
    ) -> Snapshot:
        """Let a browser show the page, and fetch what it did not ask for: other sizes, print."""
        shown = await browser.show(target)
        kept = await Requisites(shown.fetcher, self._page_s).keep(wanted, target)
        views = await shown.keep()
        if len(taken.text) < min(_LEAST_TEXT, len(shown.text)):
            text = article.plain(shown.text)
            said = article.Article(
                title=taken.title,
                language=taken.language,
                canonical_url=taken.canonical_url,
                description=taken.description,
                text=text,
            )
            taken = _with_text(taken, said)
        all_wanted, missing = shown.counts
        return replace(
            taken,
            requisites=all_wanted,
            missing=missing,
            error=taken.error or shown.error or kept.cut,
            engine="browser" if views else taken.engine,
            views=views,
        )

    async def _read(
        self, bare: Snapshot, target: Exchange
    ) -> tuple[Snapshot, requisites.Wanted, bool]:
        """Give the snapshot with its words, its requisites, and whether scripts must make it."""
        # A page that is read takes twenty times its bytes, so few are at once, and none is held
        # while its requisites come.
        async with self._pages:
            read = await asyncio.to_thread(_read, target)
            said = article.described(read.page, target.request.url)
            text = await self._main_text(read.html) if read.page.whole else ""
            taken = _with_text(bare, replace(said, text=text or said.text))
            return taken, read.wanted, _is_empty(read.page, taken.text)

    async def _main_text(self, html: str) -> str:
        try:
            if self._texts is not None:
                return await self._texts.main_text(html, self._text_s)
            async with asyncio.timeout(self._text_s):
                return await asyncio.to_thread(article.main_text, html)
        except (TimeoutError, OSError):  # a thread ends by itself, since the page is bounded
            return ""


def is_html(answer: Exchange) -> bool:
    """Say whether an answer is a page: by its media type, or by its looks where it has none."""
    return answer.mime in _HTML or (not answer.mime and answer.body.lstrip()[:1] == b"<")


@dataclass(frozen=True, slots=True)
class _Read:
    html: str
    page: markup.Markup
    wanted: requisites.Wanted


def _read(answer: Exchange) -> _Read:
    html = charset.decoded(answer.body[:MAX_HTML], answer.header("content-type") or "")
    page = markup.read(html)
    return _Read(html, page, requisites.of_html(page, answer.request.url))


def _is_empty(page: markup.Markup, text: str) -> bool:
    return len(text) < _LEAST_TEXT and any(page.of("script"))


def _with_text(bare: Snapshot, said: article.Article) -> Snapshot:
    digest = bare.text_digest
    if said.text:
        readable = f"{said.title}\n{said.text}".encode("utf-8", "replace")
        digest = f"sha256:{hashlib.sha256(readable).hexdigest()}"
    return replace(
        bare,
        title=said.title,
        language=said.language,
        canonical_url=said.canonical_url,
        description=said.description,
        text=said.text,
        text_digest=digest,
    )


def _why(target: Exchange, outcome: Outcome) -> str:
    if outcome is Outcome.OK:
        return ""
    if target.outcome is Outcome.OK:
        return f"{target.request.url} answered {target.status}"
    return target.error or f"{target.request.url} gave no whole answer ({outcome})"
