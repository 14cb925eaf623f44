"""Which adapters does this archive use? The only place that chooses them."""

from __future__ import annotations

import asyncio
import gc
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from archiver import __version__
from archiver.capture.apart import TextReader
from archiver.capture.beacon import open_tables
from archiver.capture.browser import chromium
from archiver.care.custodian import custodian, note_settings
from archiver.care.sealing import seal_closed
from archiver.clock import utc_now
from archiver.config import NetworkSettings, Settings
from archiver.credentials import authenticators, signers
from archiver.demo.web import DemoWeb
from archiver.errors import StoreError
from archiver.journal import Journal
from archiver.net.client import Client
from archiver.ports import Fetcher, PayloadReader, RecordWriter
from archiver.services import Services
from archiver.sources import sources
from archiver.store.sql import SqlStore
from archiver.warc.names import held_warcs
from archiver.warc.payload import WarcPayloads
from archiver.warc.recover import recover
from archiver.warc.writer import WarcWriter

if TYPE_CHECKING:
    from archiver.capture.browser.session import Witnessing

SOFTWARE = f"thread-archiver/{__version__}"
SEAL_WITHIN_S = 20.0
"""A command does not make a person wait for longer while old WARCs are sealed; the next goes on."""


@dataclass(frozen=True, slots=True)
class Archive:
    """An archive opened for reading: its index and its recorded payloads."""

    settings: Settings
    store: SqlStore
    payloads: PayloadReader

    @property
    def warc_dir(self) -> Path:
        """The folder of the WARCs."""
        return self.settings.data_dir / "warc"


def settle_memory() -> None:
    """
    Keep the collector from walking what lives as long as the process, again and again.

    Measured while recording: a twentieth of all CPU time went into it.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def open_archive(settings: Settings) -> Archive:
    """
    Open the archive below data_dir; make it if it is not there.

    Raises:
        StoreError: If the folder or the database cannot be used, or the database was lost: an
            empty one in its place would empty all pages and feeds.
    """
    warc_dir, index = settings.data_dir / "warc", settings.index
    warcs = held_warcs(warc_dir)
    if warcs and (not index.exists() or index.stat().st_size == 0):
        raise StoreError(
            f"{index} is gone or empty, though {len(warcs)} WARCs are there; "
            "`archiver rebuild` makes it again"
        )
    store = SqlStore.open(settings.data_dir)
    return Archive(settings, store, WarcPayloads(warc_dir, store.record))


@asynccontextmanager
async def services(
    archive: Archive, demo: DemoWeb | None = None, *, who: str = ""
) -> AsyncIterator[Services]:
    """
    Give all that captures need, and finish the open WARC at the end.

    Before, what a killed process left is put in order: torn WARCs are cut back and indexed.

    Args:
        archive: Where to keep what is captured.
        demo: A demo web that runs; its names are then reached on loopback.
        who: Stands in the custody log; empty for the user of this machine.
    """
    settings, store = archive.settings, archive.store
    keeper = custodian(settings, utc_now, who=who)
    await asyncio.to_thread(note_settings, settings, keeper)
    for recovered in await asyncio.to_thread(recover, archive.warc_dir):
        await asyncio.to_thread(store.add_records, recovered.records)
    network = _reaching(settings.network, demo)
    shown = authenticators(settings.platforms, os.environ)
    shown |= await asyncio.to_thread(signers, settings)
    tables = await asyncio.to_thread(
        open_tables, settings.links.beacon, settings.data_dir / "beacon"
    )
    writer = WarcWriter(
        archive.warc_dir,
        software=SOFTWARE,
        contact=network.contact,
        robots=network.robots,
        index=store,
    )
    client = Client(
        network,
        writer,
        tmp_dir=settings.data_dir / "tmp",
        grants=demo.grants if demo else frozenset(),
        authenticators=shown,
    )
    browser = await asyncio.to_thread(_browser, settings, client, writer)
    texts = TextReader()
    settle_memory()
    try:
        yield Services(
            store=store,
            fetcher=client,
            writer=writer,
            journal=Journal(writer, utc_now),
            sources=sources(settings.platforms, frozenset(shown)),
            max_hops=network.max_hops,
            now=utc_now,
            tables=tables,
            timegate=settings.links.timegate,
            unrecorded=client.unrecorded,
            texts=texts,
            browser=browser,
            browser_when_empty=settings.browser.when_empty,
            custodian=keeper,
        )
    finally:
        if browser is not None:
            await browser.close()
        await texts.aclose()
        await client.aclose()
        await writer.close()
        tables.close()
        await asyncio.to_thread(seal_closed, settings.data_dir, keeper, within_s=SEAL_WITHIN_S)


def _browser(settings: Settings, fetcher: Fetcher, writer: RecordWriter) -> Witnessing | None:
    """Find the browser that shows pages; it starts when the first one is shown."""
    found = chromium.find(settings.browser)
    if found is None:
        return None
    from archiver.capture.browser.session import Witnessing  # loads Playwright: most need none

    return Witnessing(found, settings.browser, fetcher=fetcher, writer=writer, now=utc_now)


def _reaching(network: NetworkSettings, demo: DemoWeb | None) -> NetworkSettings:
    if demo is None:
        return network
    return network.model_copy(update={"connect_to": {**network.connect_to, **demo.connect_to}})
