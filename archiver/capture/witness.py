"""Does another archive hold a target that is dead to us? Asked through its TimeGate (RFC 7089)."""

from __future__ import annotations

import asyncio
import datetime as dt
import email.utils
import re
from dataclasses import dataclass

from archiver.core import links, urls
from archiver.models import Exchange, FetchRequest, Outcome, Purpose, Witness
from archiver.ports import Fetcher
from archiver.resolvers.http_redirect import HttpRedirect

_MOST_HOPS = 8
_MOST_FAILURES = 3
_MOST_LINKS = 16_384  # characters of a Link header that are read
_LINK = re.compile(r'<([^<>]{1,8000})>((?:\s*;\s*[\w*-]+(?:\s*=\s*(?:"[^"]*"|[^\s";,]+))?)*)')
_REL = re.compile(r';\s*rel\s*=\s*(?:"([^"]*)"|([^\s";,]+))', re.IGNORECASE)
_HTTP = HttpRedirect()


@dataclass(frozen=True, slots=True)
class Hearing:
    """What a TimeGate said of a target: a witness, or a sentence on why there is none."""

    witness: Witness | None
    note: str = ""


class TimeGate:
    """
    The TimeGate of the settings, for one crawl: it is asked once for each target.

    One that fails three times in a row is asked no more: a crawl must not wait for it again and
    again.
    """

    def __init__(self, fetcher: Fetcher, address: str) -> None:
        """
        Args:
            fetcher: Records all that is asked; its guard judges each hop.
            address: `links.timegate`: what stands before a target, without a slash at its end.
        """
        self._fetcher = fetcher
        self._address = address
        self._told: dict[str, Hearing] = {}
        self._turns: dict[str, asyncio.Lock] = {}
        self._failures = 0

    async def testimony(self, target: str, at: dt.datetime) -> Hearing:
        """
        Ask for the memento of a target nearest to a time.

        Args:
            target: URL; its fragment is not asked for.
            at: When the link was written, UTC.

        Returns:
            The witness, or why there is none. The copy is the word of that archive; what it
            answered is recorded, and is no snapshot of ours.

        Raises:
            StoreError: If a record could not be kept.

        Source: RFC 7089, 3 and 4
        """
        page = urls.without_fragment(target)
        async with self._turns.setdefault(page, asyncio.Lock()):
            if page not in self._told:
                self._told[page] = await self._ask(page, at.astimezone(dt.UTC))
            return self._told[page]

    async def _ask(self, page: str, at: dt.datetime) -> Hearing:
        if self._failures >= _MOST_FAILURES:
            return self._none("it failed several times in a row, and was not asked again")
        url, original = f"{self._address}/{page}", ""
        for count in range(_MOST_HOPS):
            answer = await self._fetcher.fetch(self._request(url, at, count))
            self._failures = 0 if _has_answered(answer) else self._failures + 1
            taken = _memento_time(answer)
            if taken is not None or count == 0:
                original = original or _related(answer, "original")
            found = _HTTP.next_hop(answer) if answer.status is not None else None
            if found is not None:
                url = found.url
                continue
            return self._judged(page, original, answer, taken)
        return self._none(f"it led on over {_MOST_HOPS} addresses")

    def _request(self, url: str, at: dt.datetime, count: int) -> FetchRequest:
        return FetchRequest(
            url,
            Purpose.HOP,
            headers=(("Accept-Datetime", email.utils.format_datetime(at, usegmt=True)),),
            keep_bytes=0,
            hops_from_seed="L" + "R" * count,
        )

    def _judged(
        self, page: str, original: str, answer: Exchange, taken: dt.datetime | None
    ) -> Hearing:
        if answer.status is None:
            return self._none(answer.error or f"no answer came ({answer.outcome})")
        if answer.status >= 400 and taken is None:
            return self._none(f"it answered {answer.status}")
        if taken is None:
            return self._none("its answer names no time (Memento-Datetime)")
        if links.outcome_of(answer) is not Outcome.OK:
            return self._none(f"the copy of that time is itself an error ({answer.status})")
        if original and not urls.same_page(original, page):
            return self._none(f"the copy that it gave is of {original}")
        place = answer.header("content-location") or ""
        uri_m = urls.absolute(answer.request.url, place) if place else answer.request.url
        return Hearing(
            Witness(
                uri_m=uri_m,
                at=taken,
                source=self._address,
                record_id=answer.record_id,
                status=answer.status,
            )
        )

    def _none(self, why: str) -> Hearing:
        return Hearing(None, f"the TimeGate {self._address} gave no copy: {why}")


def _has_answered(answer: Exchange) -> bool:
    """Say whether the TimeGate did its work; that it holds no copy is an answer as well."""
    return answer.status is not None and answer.status != 429 and answer.status < 500


def _memento_time(answer: Exchange) -> dt.datetime | None:
    """Read Memento-Datetime, which only mementos have (RFC 7089, 2.1.1)."""
    value = answer.header("memento-datetime")
    if value is None or len(value) > 100:
        return None
    try:
        read = email.utils.parsedate_to_datetime(value)
        at = read.replace(tzinfo=dt.UTC) if read.tzinfo is None else read.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None
    return at if at <= answer.at else None


def _related(answer: Exchange, relation: str) -> str:
    """Give the target of the first link with a relation in the answer's Link headers (RFC 8288)."""
    for name, value in answer.headers:
        if name.lower() != "link":
            continue
        for link in _LINK.finditer(value[:_MOST_LINKS]):
            found = _REL.search(link[2])
            if found and relation in (found[1] or found[2] or "").lower().split():
                return urls.absolute(answer.request.url, link[1])
    return ""
