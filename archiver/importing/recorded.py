"""What would a fetch have brought when a WARC was written? Answers from its records, never asks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from http.cookiejar import CookieJar

from archiver.errors import ArchiverError
from archiver.journal import Asked
from archiver.models import Exchange, FetchRequest, Outcome, RecordRef, RecordType
from archiver.rereading import Rereader

ABSENT = "it is not among the records that were imported"


class RecordedFetcher:
    """Implements ports.Fetcher over the captures of one import."""

    def __init__(self, captures: Iterable[RecordRef], rereader: Rereader, at: dt.datetime) -> None:
        """
        Args:
            captures: Responses and revisits that may answer.
            rereader: Reads them.
            at: Of several captures of a URL the one that is nearest to this moment answers, UTC.
        """
        self._rereader = rereader
        self._at = at
        self._by_url = _nearest(captures, at)

    def holds(self, url: str) -> bool:
        """Say whether a URL would be answered."""
        return url in self._by_url

    async def fetch(self, request: FetchRequest, cookies: CookieJar | None = None) -> Exchange:
        """Give the recorded answer; one that says that there is none, where there is none."""
        # What was sent stands in a request record, which no index knows: only GET is certain.
        ref = self._by_url.get(request.url) if request.method == "GET" else None
        if ref is None:
            return self._absent(request, ABSENT)
        asked = Asked(request.url, ref.at, record_id=ref.record_id, whole=ref.truncated is None)
        try:
            exchange = self._rereader.exchange(asked)
        except ArchiverError as err:
            return self._absent(request, str(err))
        return Exchange(
            request,
            exchange.at,
            Outcome.OK,
            exchange.status,
            exchange.headers,
            exchange.body,
            exchange.whole,
            record_id=ref.record_id,
            digest=ref.digest,
            size=ref.payload_bytes or 0,
        )

    def _absent(self, request: FetchRequest, why: str) -> Exchange:
        error = f"{request.url}: {why}"
        return Exchange(request, self._at, Outcome.REFUSED, whole=False, error=error)


def _nearest(captures: Iterable[RecordRef], at: dt.datetime) -> Mapping[str, RecordRef]:
    found: dict[str, RecordRef] = {}
    for ref in captures:
        if ref.type is RecordType.RESOURCE:
            continue
        known = found.get(ref.url)
        if known is None or abs(ref.at - at) < abs(known.at - at):
            found[ref.url] = ref
    return found
