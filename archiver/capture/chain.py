"""Where does a link lead, hop by hop?"""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import time
from collections.abc import Callable, Iterable
from http.cookiejar import CookieJar

from archiver.capture import proofs
from archiver.core import landing, urls
from archiver.core.links import outcome_of
from archiver.models import (
    Chain,
    Exchange,
    FetchRequest,
    Hop,
    Mechanism,
    Outcome,
    Purpose,
    TableLine,
)
from archiver.ports import Fetcher, HopFound, LinkTables, RecordWriter
from archiver.resolvers import next_hop, refusal, wants_browser

TOTAL_S = 300.0
"""A chain that took longer asks for nothing more, in seconds; each request has its own limits."""

KEEP_BYTES = 8_000_000
"""How much of a target's body is kept in memory for its snapshot, in bytes, content decoded."""

BROWSER_AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
"""What a known shortener is shown that answers browsers only, after it turned us away."""

_NO_ANSWER = frozenset({Outcome.DNS_ERROR, Outcome.TIMEOUT, Outcome.REFUSED, Outcome.TLS_ERROR})
_ASKED_TOO_OFTEN = 429


async def follow(
    uri_r: str,
    fetcher: Fetcher,
    *,
    max_hops: int,
    now: dt.datetime,
    clock: Callable[[], float] = time.monotonic,
    tables: LinkTables | None = None,
    writer: RecordWriter | None = None,
) -> tuple[Chain, Exchange | None]:
    """
    Follow a link to its end; every hop is recorded, and nothing that goes wrong is an exception.

    Cookies live as long as the chain. It ends at an answer that leads nowhere, at a URL that was
    asked with the same cookies before, after `max_hops` requests, or when its time is over. Where
    a short link's own server is silent or says that it is gone, tables of dead shorteners may
    know; a server that answers is never overruled by them, but a difference is noted.

    Args:
        uri_r: The link as written, with its scheme.
        max_hops: Most requests of this chain; >= 1.
        now: The time of the chain, UTC.
        clock: Gives seconds that only grow.
        tables: Where links of dead shorteners led, if there are such tables.
        writer: Keeps the lines of tables that were used, and attempts that got no answer.

    Returns:
        The chain, and the last answer if it is an end that a snapshot can be taken of: None if
        nothing answered, or if the chain was given up on its way.

    Raises:
        StoreError: If a record could not be kept.

    Source: reference/protocols.md, 7.1 to 7.3
    """
    walk = _Walk(uri_r, now, fetcher, tables, writer)
    try:
        url = urls.fetchable(uri_r)
    except ValueError as err:
        return walk.ended(uri_r, _outcome_of_url(err), str(err)), None
    until = clock() + TOTAL_S
    while True:
        answer, found = await walk.ask(url)
        if found is None:
            return walk.finished(url, answer), answer if answer.status is not None else None
        if clock() >= until:
            error = f"the chain took over {TOTAL_S:g} s and was given up at {url}"
            return walk.ended(url, Outcome.TIMEOUT, error), None
        if len(walk.hops) >= max_hops:
            error = f"the chain still leads on after {max_hops} requests, to {found.url}"
            return walk.ended(url, Outcome.TOO_MANY_HOPS, error), None
        try:
            url = urls.fetchable(found.url)
        except ValueError as err:
            walk.could_not_ask(found.url)
            return walk.ended(found.url, _outcome_of_url(err), str(err)), None
        if walk.is_loop(url):
            error = f"the chain comes back to {url} and would never end"
            return walk.ended(url, Outcome.LOOP, error), None


class _Walk:
    """What is known of a chain while it is followed."""

    def __init__(
        self,
        uri_r: str,
        now: dt.datetime,
        fetcher: Fetcher,
        tables: LinkTables | None,
        writer: RecordWriter | None,
    ) -> None:
        self.hops: list[Hop] = []
        self._cookies = CookieJar()
        self._uri_r = uri_r
        self._now = now
        self._fetcher = fetcher
        self._tables = tables
        self._writer = writer
        self._seen: set[tuple[str, frozenset[tuple[str, ...]]]] = set()
        self._notes: list[str] = []
        self._overruled: list[tuple[int, TableLine]] = []  # hops before it, and what a table says

    async def ask(self, url: str) -> tuple[Exchange, HopFound | None]:
        """Ask in each way that is left until one leads on; note every answer."""
        self._seen.add(self._state(url))
        answer = await self._fetched(url)
        found = _found(answer, url)
        if found is None and wants_browser(answer):
            answer = await self._fetched(url, BROWSER_AGENT)
            found = _found(answer, url)
        line = await self._looked_up(url)
        if found is not None:
            self._leads_on(found)
        if line is None:
            return answer, found
        if found is None and _is_silent(answer):
            known = self.is_loop(line.target)
            return answer, None if known else await self._by_table(url, line, answer)
        if found is None or not urls.same_page(found.url, line.target):
            self._overruled.append((len(self.hops), line))
        return answer, found

    async def _fetched(self, url: str, agent: str = "") -> Exchange:
        answer = await self._fetcher.fetch(self._request(url, agent), self._cookies)
        record_id = answer.record_id
        if answer.status is None and self._writer is not None:
            record_id = await proofs.of_attempt(self._writer, answer)
        self.hops.append(
            Hop(
                url=answer.request.url,
                at=answer.at,
                status=answer.status,
                ip=answer.ip,
                record_id=record_id,
                agent=agent,
            )
        )
        return answer

    def _request(self, url: str, agent: str) -> FetchRequest:
        redirects = sum(1 for hop in self.hops if hop.mechanism is not None)
        return FetchRequest(
            urls.without_fragment(url),
            Purpose.HOP,
            headers=(("User-Agent", agent),) if agent else (),
            keep_bytes=KEEP_BYTES,
            via=self._via(),
            hops_from_seed="L" + "R" * redirects,
        )

    def _via(self) -> str | None:
        led = (hop.url for hop in reversed(self.hops) if hop.mechanism is not None)
        return next(led, None)

    async def _looked_up(self, url: str) -> TableLine | None:
        if self._tables is None or not self._tables.knows(url):
            return None
        return await asyncio.to_thread(self._tables.find, urls.without_fragment(url))

    async def _by_table(self, url: str, line: TableLine, answer: Exchange) -> HopFound:
        """Go on by the word of a table; what came of asking the server stays in the hop before."""
        record_id = None
        if self._writer is not None:
            record_id = await proofs.of_line(self._writer, line, answer.at)
        self.hops.append(
            Hop(
                url=answer.request.url,
                at=answer.at,
                mechanism=Mechanism.BEACON,
                location=line.location,
                record_id=record_id,
                source=line.source,
            )
        )
        self._notes.append(f"{_why(answer)}; where it led is the word of {_named(line)}")
        return HopFound(Mechanism.BEACON, line.location, urls.absolute(url, line.target))

    def is_loop(self, url: str) -> bool:
        return self._state(url) in self._seen

    def _leads_on(self, found: HopFound) -> None:
        self.hops[-1] = dataclasses.replace(
            self.hops[-1], mechanism=Mechanism(found.mechanism), location=found.location
        )
        if found.note:
            self._notes.append(found.note)

    def could_not_ask(self, url: str) -> None:
        """Note where the chain would have led, so that it can be read off the hops."""
        self.hops.append(Hop(url=url, at=self.hops[-1].at))

    def finished(self, url: str, answer: Exchange) -> Chain:
        """Judge the answer at the end: what it is, and whether it is what was meant."""
        outcome, error = outcome_of(answer), refusal(answer)
        if outcome is Outcome.OK and error:
            outcome = Outcome.REFUSED
        elif outcome is not Outcome.OK:
            error = _why(answer)
        meant = landing.meant([*(hop.url for hop in self.hops[:-1]), url])
        if meant is None or answer.outcome is not Outcome.OK:
            return self.ended(url, outcome, error)
        note = f"{meant} leads to {url}, where sites send links that they have lost"
        return self.ended(meant, outcome, f"{note} ({error})" if error else note)

    def ended(self, target: str, outcome: Outcome, error: str) -> Chain:
        differences = _differences(self._overruled, [*(hop.url for hop in self.hops), target])
        sentences = dict.fromkeys(filter(None, (error, *self._notes, *differences)))
        return Chain(
            self._uri_r, target, outcome, tuple(self.hops), self._now, "; ".join(sentences)
        )

    def _state(self, url: str) -> tuple[str, frozenset[tuple[str, ...]]]:
        cookies = ((each.domain, each.path, each.name, each.value or "") for each in self._cookies)
        return urls.without_fragment(url), frozenset(cookies)


def _differences(overruled: Iterable[tuple[int, TableLine]], way: list[str]) -> Iterable[str]:
    """Say where servers lead elsewhere than tables say they did: the name may be another's now."""
    for count, line in overruled:
        if not any(urls.same_page(line.target, url) for url in way[count:]):
            yield f"{line.url} led to {line.location} once, by the word of {_named(line)}"


def _named(line: TableLine) -> str:
    return f"{line.source} ({line.stamp})" if line.stamp else line.source


def _is_silent(answer: Exchange) -> bool:
    """Say whether a short link's server gave no answer, or the answer that it is not there."""
    if answer.status == _ASKED_TOO_OFTEN:
        return False  # it lives, and may say more tomorrow
    if answer.outcome is not Outcome.OK:
        return answer.outcome in _NO_ANSWER
    return outcome_of(answer) is not Outcome.OK


def _found(answer: Exchange, url: str) -> HopFound | None:
    """Let references resolve against the URL with its fragment, which is carried over."""
    if answer.status is None:
        return None
    if url != answer.request.url:
        answer = dataclasses.replace(answer, request=dataclasses.replace(answer.request, url=url))
    return next_hop(answer)


def _why(answer: Exchange) -> str:
    if answer.outcome is Outcome.OK:
        return f"{answer.request.url} answered {answer.status}"
    return answer.error or f"{answer.request.url} gave no whole answer ({answer.outcome})"


def _outcome_of_url(err: ValueError) -> Outcome:
    return Outcome.UNSAFE if isinstance(err, urls.UnsafeUrl) else Outcome.INVALID
