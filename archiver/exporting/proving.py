"""What proves a package that leaves? The custody log, a signature, and who says since when."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import TypeVar

from archiver.bootstrap import SOFTWARE, Archive, services
from archiver.care.custodian import custodian
from archiver.care.stamping import wanted
from archiver.clock import utc_now
from archiver.errors import FetchError
from archiver.evidence import calendars, timestamps
from archiver.evidence.custody import CustodyKind, CustodyLog
from archiver.evidence.domain import load_identity
from archiver.evidence.excerpt import Excerpt, excerpt
from archiver.evidence.keys import signing_key
from archiver.evidence.signing import sign, sign_for_domain
from archiver.exporting.contents import CustodyReader
from archiver.exporting.export import Exported, Format, Proofs
from archiver.exporting.kept_proofs import keep_proofs
from archiver.packages.manifest import CALENDARS, TIMESTAMP
from archiver.packages.parts import Part, text
from archiver.ports import Fetcher

T = TypeVar("T")


def custody_of(archive: Archive, thread_id: str, warcs: Collection[str]) -> Excerpt:
    """Give of the custody log what goes into a package. Raises StoreError if it is unreadable."""
    return excerpt(CustodyLog(archive.settings.data_dir).raw_lines(), thread_id, warcs)


@asynccontextmanager
async def proofs(
    archive: Archive, format: Format, created: dt.datetime, told: Callable[[str], None]
) -> AsyncIterator[Proofs]:
    """
    Give what proves an export that is written in a thread beside this loop.

    The network is asked only for a WACZ, and only where an authority or calendars are configured.
    If they do not answer, the package is without their proof, and `told` a sentence; only a
    signature for a domain cannot be without.

    Args:
        created: Stands in the package; for authsign a whole second.

    Raises:
        ConfigError: If the domain's certificate cannot be used.
        StoreError: If the key cannot be read.
    """
    custody = partial(custody_of, archive)
    if format is not Format.WACZ:
        yield Proofs(custody)
    elif not wanted(archive.settings.evidence):
        key = await asyncio.to_thread(signing_key, archive.settings.data_dir)
        yield Proofs(custody, lambda digest: sign(digest, key, created=created, software=SOFTWARE))
    else:
        loop = asyncio.get_running_loop()
        async with services(archive) as ready:
            yield _Proving(archive, ready.fetcher, created, told, loop).proofs(custody)


def note_exported(archive: Archive, made: Exported) -> None:
    """Note an export in the custody log. Raises StoreError."""
    facts = {"thread": made.thread_id, "format": made.format.value, "sha256": made.digest}
    custodian(archive.settings, utc_now).note(CustodyKind.EXPORTED, facts)


class _Proving:
    """Lets the thread that writes a package wait for the loop that asks the network."""

    def __init__(
        self,
        archive: Archive,
        fetcher: Fetcher,
        created: dt.datetime,
        told: Callable[[str], None],
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self._settings = archive.settings
        self._evidence = archive.settings.evidence
        self._fetcher = fetcher
        self._created = created
        self._told = told
        self._loop = loop

    def proofs(self, custody: CustodyReader) -> Proofs:
        return Proofs(custody, self._sign, self._prove)

    def _sign(self, digest: str) -> Mapping[str, object]:
        cert, key = self._evidence.domain_cert, self._evidence.domain_key
        if cert is None or key is None:
            own = signing_key(self._settings.data_dir)
            return sign(digest, own, created=self._created, software=SOFTWARE)
        identity = load_identity(cert, key)
        begun = sign_for_domain(digest, identity, created=self._created, software=SOFTWARE)
        authority = self._evidence.timestamp_authority
        return self._waited(timestamps.completed(begun, self._fetcher, authority))

    def _prove(self, manifest: bytes) -> Iterator[Part]:
        authority, urls = self._evidence.timestamp_authority, self._evidence.calendars
        if authority:
            try:
                asked = timestamps.ask(self._fetcher, authority, manifest)
                yield text(TIMESTAMP, self._waited(asked))
            except FetchError as err:
                self._told(f"without a timestamp: {err}")
        if urls:
            digest = hashlib.sha256(manifest).digest()
            try:
                ots = self._waited(calendars.stamp(self._fetcher, urls, digest))
                keep_proofs(self._settings.data_dir, manifest, ots)
                yield text(CALENDARS, ots)
            except FetchError as err:
                self._told(f"without an OpenTimestamps proof: {err}")

    def _waited(self, asked: Awaitable[T]) -> T:
        async def work() -> T:
            return await asked

        return asyncio.run_coroutine_threadsafe(work(), self._loop).result()
