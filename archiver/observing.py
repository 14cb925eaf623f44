"""What does a seed show now? Its source asks and reads; the exchanges are noted in the journal."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Iterable, Iterator
from pathlib import Path

from archiver import seeds
from archiver.asking import Answered, ask
from archiver.core import urls
from archiver.errors import ArchiverError, NotThisPlatform, UnsupportedSeed, UsageError
from archiver.journal import MOST_KNOWN, Asked, Observed, Paid, notes
from archiver.models import (
    Crawl,
    KnownThread,
    Observation,
    SourceRef,
    ThreadObservation,
)
from archiver.ports import NO_COST, Source
from archiver.services import Progress, Services

OTHER_SCHEMES = frozenset({"at", "acct"})
"""Names of a platform's own, not addresses of the web."""


async def observe(services: Services, crawl: Crawl, progress: Progress) -> Observation:
    """
    Ask the platform of a seed, or read the file that it is.

    The first source that knows the address asks; where the server itself says that it is of
    another platform, the next one does.

    Raises:
        UsageError: If the seed is no address, or the file is not there.
        UnsupportedSeed: If no source knows the seed.
        FetchError, ParseError: If the seed could not be read.
    """
    if seeds.is_file(crawl.url):
        observation = await seeds.read_file(crawl.url, services.writer, services.now())
        await services.journal.note(_of_file(crawl, observation))
        return observation
    denied: list[str] = []
    seen: Observation
    for source, ref in matched(services.sources, _checked(crawl.url)):
        ref = knowing(ref, source, await asyncio.to_thread(services.store.known_thread, crawl.url))
        answered = await ask(services, source, ref, progress)
        try:
            seen = await asyncio.to_thread(source.parse, ref, answered.seen)
        except NotThisPlatform as err:
            denied.append(str(err))
            continue
        except ArchiverError:
            if answered.cost != NO_COST:
                await services.journal.note(Paid(ref.platform, answered.cost))
            raise
        await services.journal.note(_noted(crawl, ref, answered))
        return limited(seen, answered.limit)
    raise _unsupported(services.sources, crawl.url, denied)


def matched(sources: Iterable[Source], url: str) -> Iterator[tuple[Source, SourceRef]]:
    """Give the sources that know an address by its shape, in their order."""
    for source in sources:
        ref = source.match(url)
        if ref is not None:
            yield source, ref


def limited(observation: Observation, limit: str) -> Observation:
    """Say in an observation which bound of ours was met; nothing if none was."""
    if not limit:
        return observation
    if isinstance(observation, ThreadObservation):
        done = observation.completeness
        reason = "; ".join(filter(None, (done.reason, limit)))
        done = dataclasses.replace(done, expected=None, reason=reason)
        return dataclasses.replace(observation, completeness=done)
    reason = "; ".join(filter(None, (observation.reason, limit)))
    return dataclasses.replace(observation, reason=reason)


def _of_file(crawl: Crawl, observation: Observation) -> Observed:
    crawl = without_folders(crawl)
    at, name = observation.observed_at, crawl.url
    asked = tuple(Asked(name, at, record_id=each) for each in observation.record_ids)
    return Observed(crawl, observation.platform, asked, file_name=name)


def without_folders(crawl: Crawl) -> Crawl:
    """Name a file without its folders: a path of this machine is nobody else's business."""
    if not seeds.is_file(crawl.url):
        return crawl
    return dataclasses.replace(crawl, url=Path(crawl.url).name)


def knowing(ref: SourceRef, source: Source, known: KnownThread | None) -> SourceRef:
    """
    Tell a source what is stored of the thread that its address led to.

    Posts of another platform are none of its business: a feed can claim any address for its
    entries, and must not change how a thread is read that stands there.
    """
    if known is None:
        return ref
    if known.platform != source.platform:
        return dataclasses.replace(ref, foreign=True)
    return dataclasses.replace(ref, known=known.posts)


def _noted(crawl: Crawl, ref: SourceRef, answered: Answered) -> Observed:
    return Observed(
        crawl,
        ref.platform,
        notes(answered.seen),
        limit=answered.limit,
        cost=answered.cost,
        known=ref.known if len(ref.known) <= MOST_KNOWN else None,
        foreign=ref.foreign,
    )


def _checked(url: str) -> str:
    if url.partition(":")[0] in OTHER_SCHEMES:
        return url  # a name of its platform's own, not an address
    try:
        urls.fetchable(url)
    except ValueError as err:
        raise UsageError(f"{url}: {err}") from err
    return url


def _unsupported(sources: Iterable[Source], url: str, denied: list[str]) -> UnsupportedSeed:
    if denied:
        return UnsupportedSeed(f"{url}: no source can read this; {'; '.join(denied)}", uri_r=url)
    names = ", ".join(source.platform for source in sources)
    return UnsupportedSeed(
        f"{url}: no source knows this address; supported are {names}, and text files of a thread",
        uri_r=url,
    )
