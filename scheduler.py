"""Entry: builds the services, registers the jobs, runs the loop."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import sys
from pathlib import Path
from urllib.parse import urlsplit

import uvicorn

from archiver import console
from archiver.bootstrap import Archive, configured_watches, open_archive, services, utc_now
from archiver.config import Settings, WatchSettings, load
from archiver.demo.web import DemoWeb
from archiver.errors import ArchiverError, ConfigError
from archiver.models import CaptureResult, Crawl
from archiver.now import Captured, capture_all
from archiver.pipeline import Progress, Services, capture
from archiver.queue.schedule import Schedule
from archiver.queue.worker import Worker
from archiver.store.lock import archive_lock
from feeds.publish import PublishResult, publish
from feeds.web.app import create_app

DEMO_FOLDER = "demo"


def publish_now(archive: Archive, *, everything: bool = False) -> PublishResult:
    """Render what changed (or all) into publish_dir."""
    settings = archive.settings
    return publish(
        archive.store,
        archive.payloads,
        base_url=settings.publish.base_url,
        title=settings.publish.title,
        publish_dir=settings.publish_dir,
        everything=everything,
        now=utc_now(),
    )


def run(settings: Settings) -> None:
    """
    Run scheduler, worker and web app until SIGINT or SIGTERM.

    Raises:
        StoreError: If another process runs this archive, or the folder cannot be used.
        ConfigError: If the address of base_url is taken.
    """
    with archive_lock(settings.data_dir):
        asyncio.run(_run(open_archive(settings)))


async def _run(archive: Archive) -> None:
    settings = archive.settings
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    await asyncio.to_thread(archive.store.sync_watches, configured_watches(settings))
    web = _web_server(archive)
    async with contextlib.AsyncExitStack() as stack:
        demo = await stack.enter_async_context(DemoWeb()) if settings.demo.serve else None
        ready = await stack.enter_async_context(services(archive, demo))
        await asyncio.to_thread(publish_now, archive)
        worker = Worker(archive.store, _crawl_and_publish(ready, archive), now=utc_now)
        schedule = Schedule(archive.store, wake=worker.wake, now=utc_now)
        console.progress(f"Reading room: {settings.publish.base_url}/")
        async with asyncio.TaskGroup() as group:
            group.create_task(_until(stop, web, worker, schedule))
            group.create_task(web.serve())
            group.create_task(worker.run())
            group.create_task(schedule.run())


async def _until(
    stop: asyncio.Event, web: uvicorn.Server, worker: Worker, schedule: Schedule
) -> None:
    await stop.wait()
    console.progress("Stopping: what runs is put back and done at the next start")
    schedule.stop()
    worker.stop()
    web.should_exit = True
