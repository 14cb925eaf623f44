"""Which adapters does this archive use? The only place that chooses them."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from archiver import __version__
from archiver.config import NetworkSettings, Settings, WatchSettings
from archiver.demo.web import DemoWeb
from archiver.models import Watch
from archiver.net.client import Client
from archiver.pipeline import Services
from archiver.ports import PayloadReader
from archiver.sources import sources
from archiver.store.sql import SqlStore
from archiver.warc.payload import WarcPayloads
from archiver.warc.recover import recover
from archiver.warc.writer import WarcWriter

SOFTWARE = f"thread-archiver/{__version__}"


@dataclass(frozen=True, slots=True)
class Archive:
    """An archive opened for reading: its index and its recorded payloads."""

    settings: Settings
    store: SqlStore
    payloads: PayloadReader


def utc_now() -> dt.datetime:
    """Give the time, UTC-aware."""
    return dt.datetime.now(dt.UTC)


def open_archive(settings: Settings) -> Archive:
    """
    Open the archive below data_dir; make it if it is not there.

    Raises:
        StoreError: If the folder or the database cannot be used.
    """
    warc_dir = settings.data_dir / "warc"
    store = SqlStore.open(settings.data_dir)
    return Archive(settings, store, WarcPayloads(warc_dir, store.record))


@asynccontextmanager
async def services(archive: Archive, demo: DemoWeb | None = None) -> AsyncIterator[Services]:
    """
    Give all that captures need, and finish the open WARC at the end.

    Args:
        archive: Where to keep what is captured.
        demo: A demo web that runs; its names are then reached on loopback.
    """
    settings, store = archive.settings, archive.store
    warc_dir = settings.data_dir / "warc"
    for recovered in await asyncio.to_thread(recover, warc_dir):
        await asyncio.to_thread(store.add_records, recovered.records)
    network = _reaching(settings.network, demo)
    writer = WarcWriter(
        warc_dir,
        software=SOFTWARE,
        contact=network.contact,
        robots=network.robots,
        digests=store,
    )
    client = Client(
        network,
        writer,
        tmp_dir=settings.data_dir / "tmp",
        grants=demo.grants if demo else frozenset(),
    )
    try:
        yield Services(
            store=store,
            fetcher=client,
            writer=writer,
            sources=sources(settings.platforms),
            max_hops=network.max_hops,
            now=utc_now,
        )
    finally:
        await client.aclose()
        await writer.close()
        await asyncio.to_thread(store.add_records, writer.take_written())


def configured_watches(settings: Settings) -> tuple[Watch, ...]:
    """Give the watches that config.toml names."""
    return tuple(_watch(each) for each in settings.watch)


def _watch(given: WatchSettings) -> Watch:
    return Watch(
        name=given.name,
        url=given.url,
        every_s=given.every,
        cron=given.cron,
        recapture_s=given.recapture,
        snapshots=given.snapshots,
        tags=given.tags,
    )


def _reaching(network: NetworkSettings, demo: DemoWeb | None) -> NetworkSettings:
    if demo is None:
        return network
    return network.model_copy(update={"connect_to": {**network.connect_to, **demo.connect_to}})
