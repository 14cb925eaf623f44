"""Where does a link lead, hop by hop?"""

from __future__ import annotations

import dataclasses
import datetime as dt
import time
from collections.abc import Callable
from http.cookiejar import CookieJar

from archiver.core import landing, urls
from archiver.core.links import outcome_of
from archiver.models import Chain, Exchange, FetchRequest, Hop, Mechanism, Outcome, Purpose
from archiver.ports import Fetcher, HopFound
from archiver.resolvers import next_hop

TOTAL_S = 300.0
"""A chain that took longer asks for nothing more, in seconds; each request has its own limits."""

KEEP_BYTES = 16_000_000
"""How much of a target's body is kept in memory for its snapshot, in bytes, content decoded."""


async def follow(
    uri_r: str,
    fetcher: Fetcher,
    *,
    max_hops: int,
    now: dt.datetime,
    clock: Callable[[], float] = time.monotonic,
) -> tuple[Chain, Exchange | None]:
    """
    Follow a link to its end; every hop is recorded, and nothing that goes wrong is an exception.

    Cookies live as long as the chain. It ends at an answer that leads nowhere, at a URL that was
    asked with the same cookies before, after `max_hops` requests, or when its time is over.

    Args:
        uri_r: The link as written, with its scheme.
        max_hops: Most requests of this chain; >= 1.
        now: The time of the chain, UTC.
        clock: Gives seconds that only grow.

    Returns:
        The chain, and the last answer if it is an end that a snapshot can be taken of: None if
        nothing answered, or if the chain was given up on its way.

    Raises:
        StoreError: If a record could not be kept.

    Source: reference/protocols.md, 7.1
    """
    walk = _Walk(uri_r, now)
    try:
        url = urls.fetchable(uri_r)
    except ValueError as err:
        return walk.ended(uri_r, _outcome_of_url(err), str(err)), None
    until = clock() + TOTAL_S
    while True:
        answer = await fetcher.fetch(walk.request(url), walk.cookies)
        walk.answered(answer)
        found = next_hop(_at(answer, url)) if answer.status is not None else None
        if found is None:
            return walk.finished(url, answer), answer if answer.status is not None else None
        walk.leads_on(found)
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

    def __init__(self, uri_r: str, now: dt.datetime) -> None:
        self.cookies = CookieJar()
        self.hops: list[Hop] = []
        self._uri_r = uri_r
        self._now = now
        self._seen: set[tuple[str, frozenset[tuple[str, ...]]]] = set()

    def request(self, url: str) -> FetchRequest:
        self._seen.add(self._state(url))
        return FetchRequest(
            urls.without_fragment(url),
            Purpose.HOP,
            keep_bytes=KEEP_BYTES,
            via=self.hops[-1].url if self.hops else None,
            hops_from_seed="L" + "R" * len(self.hops),
        )

    def is_loop(self, url: str) -> bool:
        return self._state(url) in self._seen

    def answered(self, answer: Exchange) -> None:
        self.hops.append(
            Hop(
                url=answer.request.url,
                at=answer.at,
                status=answer.status,
                ip=answer.ip,
                record_id=answer.record_id,
            )
        )

    def leads_on(self, found: HopFound) -> None:
        self.hops[-1] = dataclasses.replace(
            self.hops[-1], mechanism=Mechanism(found.mechanism), location=found.location
        )

    def could_not_ask(self, url: str) -> None:
        """Note where the chain would have led, so that it can be read off the hops."""
        self.hops.append(Hop(url=url, at=self.hops[-1].at))

    def finished(self, url: str, answer: Exchange) -> Chain:
        """Judge the answer at the end: what it is, and whether it is what was meant."""
        outcome = outcome_of(answer)
        error = "" if outcome is Outcome.OK else _why(answer)
        meant = landing.meant([*(hop.url for hop in self.hops[:-1]), url])
        if meant is None or answer.outcome is not Outcome.OK:
            return self.ended(url, outcome, error)
        note = f"{meant} leads to {url}, where sites send links that they have lost"
        return self.ended(meant, outcome, f"{note} ({error})" if error else note)

    def ended(self, target: str, outcome: Outcome, error: str) -> Chain:
        return Chain(self._uri_r, target, outcome, tuple(self.hops), self._now, error)

    def _state(self, url: str) -> tuple[str, frozenset[tuple[str, ...]]]:
        cookies = ((each.domain, each.path, each.name, each.value or "") for each in self.cookies)
        return urls.without_fragment(url), frozenset(cookies)


def _at(answer: Exchange, url: str) -> Exchange:
    """Let references resolve against the URL with its fragment, which is carried over."""
    if url == answer.request.url:
        return answer
    return dataclasses.replace(answer, request=dataclasses.replace(answer.request, url=url))


def _why(answer: Exchange) -> str:
    if answer.outcome is Outcome.OK:
        return f"{answer.request.url} answered {answer.status}"
    return answer.error or f"{answer.request.url} gave no whole answer ({answer.outcome})"


def _outcome_of_url(err: ValueError) -> Outcome:
    return Outcome.UNSAFE if isinstance(err, urls.UnsafeUrl) else Outcome.INVALID
