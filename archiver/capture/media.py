"""How is an attachment kept? Past redirects, and a film with all the pieces of its playlist."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Sequence

from archiver.core import hls, urls
from archiver.core.links import outcome_of
from archiver.models import Exchange, FetchRequest, MediaCopy, Outcome, Purpose
from archiver.ports import Fetcher
from archiver.resolvers.http_redirect import HttpRedirect

_MAX_REDIRECTS = 5
_PLAYLIST_BYTES = 4_000_000
_AT_ONCE = 6
_FILM_BYTES = 4_000_000_000
_MOST_ELSEWHERE = 1_000  # pieces on other sites: films do lie on the hosts of a CDN
_HTTP = HttpRedirect()


async def keep(url: str, fetcher: Fetcher, *, via: str) -> MediaCopy:
    """
    Fetch an attachment and record it.

    Of a film that is given as a playlist the best variant is fetched, piece by piece; the copy is
    that of the playlist, counts the bytes of all, and is only `ok` if no piece is missing.

    Args:
        url: Its address.
        via: The thread that shows it.

    Raises:
        StoreError: If a record could not be kept.
    """
    answer = await _fetched(url, fetcher, via, keep_bytes=_wanted_bytes(url))
    copy = MediaCopy(
        url=url,
        outcome=outcome_of(answer),
        record_id=answer.record_id,
        digest=answer.digest,
        mime=answer.mime,
        bytes=answer.size,
        at=answer.at,
    )
    if copy.outcome is not Outcome.OK or not hls.is_playlist(answer.request.url, answer.mime):
        return copy
    if not answer.body:  # its name did not tell what it is
        answer = await _fetched(url, fetcher, via, keep_bytes=_PLAYLIST_BYTES)
    outcome, size = await _film(answer, fetcher)
    return dataclasses.replace(copy, outcome=outcome, bytes=copy.bytes + size)


def _wanted_bytes(url: str) -> int:
    return _PLAYLIST_BYTES if hls.is_playlist(url, "") else 0


async def _fetched(url: str, fetcher: Fetcher, via: str, *, keep_bytes: int) -> Exchange:
    letters = "E"
    while True:
        answer = await fetcher.fetch(
            FetchRequest(url, Purpose.MEDIA, keep_bytes=keep_bytes, via=via, hops_from_seed=letters)
        )
        found = _HTTP.next_hop(answer) if answer.status is not None else None
        if found is None or len(letters) > _MAX_REDIRECTS:
            return answer
        try:
            via, url = answer.request.url, urls.without_fragment(urls.fetchable(found.url))
        except ValueError:
            return answer
        letters += "R"


async def _film(answer: Exchange, fetcher: Fetcher) -> tuple[Outcome, int]:
    """Fetch all that a playlist names; say how the worst of it ended, and how large it was."""
    playlist = hls.read(answer.body.decode("utf-8", "replace"), answer.request.url)
    if playlist is None:
        return Outcome.INVALID, 0
    worst, size = Outcome.OK, 0
    pieces = list(playlist.pieces)
    for url in playlist.variants:
        variant = await _fetched(url, fetcher, answer.request.url, keep_bytes=_PLAYLIST_BYTES)
        inner = hls.read(variant.body.decode("utf-8", "replace"), variant.request.url)
        size += variant.size
        if outcome_of(variant) is not Outcome.OK or inner is None:
            worst = outcome_of(variant) if inner is not None else Outcome.INVALID
            continue
        pieces += inner.pieces
    ends, too_large = await _all(pieces, fetcher, via=answer.request.url, max_bytes=_FILM_BYTES)
    size += sum(each.size for each in ends)
    if too_large:
        return Outcome.TOO_LARGE, size
    failed = [each for each in map(_piece_outcome, ends) if each is not Outcome.OK]
    return next(iter(failed), worst), size


def _piece_outcome(end: Exchange) -> Outcome:
    """A page in the place of a piece is none."""
    outcome = outcome_of(end)
    return Outcome.INVALID if outcome is Outcome.OK and end.mime == "text/html" else outcome


async def _all(
    wanted: Sequence[str], fetcher: Fetcher, *, via: str, max_bytes: int
) -> tuple[list[Exchange], bool]:
    """Fetch pieces, a few at a time; say whether they were more than a film may be."""
    pieces = list(dict.fromkeys(wanted))
    elsewhere = [url for url in pieces if not urls.same_site(url, via)]
    if len(elsewhere) > _MOST_ELSEWHERE:
        return [], True  # a playlist must not aim us at others
    ends: list[Exchange] = []
    for start in range(0, len(pieces), _AT_ONCE):
        some = pieces[start : start + _AT_ONCE]
        ends += await asyncio.gather(*(_fetched(url, fetcher, via, keep_bytes=0) for url in some))
        if sum(each.size for each in ends) > max_bytes:
            return ends, True
    return ends, False
