"""What did recorded exchanges show? Read again, through the sources of today (design 3)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from archiver import seeds
from archiver.errors import StoreError
from archiver.journal import Asked, Observed
from archiver.models import Exchange, KnownThread, Observation, SourceRef
from archiver.observing import knowing, limited, matched
from archiver.ports import PayloadReader, Source


class Rereader:
    """Reads the exchanges that an entry of a journal names."""

    def __init__(self, payloads: PayloadReader, sources: Sequence[Source]) -> None:
        self._payloads = payloads
        self._sources = {source.platform: source for source in sources}

    def read(self, entry: Observed, known: Callable[[str], KnownThread | None]) -> Observation:
        """
        Give what was observed.

        Args:
            entry: One that holds no threads itself.
            known: Finds what is stored of the thread that an address leads to.

        Raises:
            StoreError: If no source knows the address any more, or a record cannot be read.
            FetchError, ParseError: If the answers mean nothing.
        """
        if entry.file_name:
            return self._of_file(entry)
        source = self._sources.get(entry.platform)
        url = entry.crawl.url
        ref = next((ref for each, ref in matched((source,), url)), None) if source else None
        if source is None or ref is None:
            raise StoreError(f"{url}: no source {entry.platform} knows this address any more")
        seen = tuple(map(self.exchange, entry.asked))
        observation = source.parse(_knowing(entry, ref, source, known), seen)
        return limited(observation, entry.limit)

    def exchange(self, asked: Asked) -> Exchange:
        """Give an exchange with what was answered. Raises StoreError, FixityError."""
        request = asked.request()
        if asked.record_id is None:
            return Exchange(request, asked.at, asked.outcome, whole=asked.whole, error=asked.error)
        with self._payloads.open(asked.record_id) as recorded:
            return Exchange(
                request,
                asked.at,
                asked.outcome,
                recorded.status,
                recorded.headers,
                recorded.body.read(request.keep_bytes),
                asked.whole,
                record_id=asked.record_id,
                error=asked.error,
            )

    def _of_file(self, entry: Observed) -> Observation:
        asked = entry.asked[0]
        record_id = asked.record_id or ""
        with self._payloads.open(record_id) as recorded:
            body = recorded.body.read()
        return seeds.parse_file(body, entry.file_name, asked.at, (record_id,))


def _knowing(
    entry: Observed, ref: SourceRef, source: Source, known: Callable[[str], KnownThread | None]
) -> SourceRef:
    if entry.known is None:  # too many to be written down; those of this moment are the same
        return knowing(ref, source, known(entry.crawl.url))
    return replace(ref, known=entry.known, foreign=entry.foreign)
