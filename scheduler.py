"""Entry: builds the services, registers the jobs, runs the loop."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import math
import os
import signal
import socket
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp

from archiver import console, credentials, hooking, logs, watching, withholding
from archiver.bootstrap import Archive, open_archive, services
from archiver.care.custodian import SCHEDULE, custodian
from archiver.care.keeping import Keeper
from archiver.clock import utc_now
from archiver.config import Settings, WatchSettings, load
from archiver.demo.web import DemoWeb
from archiver.errors import ArchiverError, ConfigError
from archiver.hooks.delivery import Deliveries
from archiver.live import watch_live
from archiver.models import CaptureResult, Crawl, Decision
from archiver.now import Captured, capture_all, how
from archiver.pipeline import capture
from archiver.queue.schedule import Schedule
from archiver.queue.worker import Worker
from archiver.reports.report import counted
from archiver.services import Progress, Services
from archiver.sources import sources
from archiver.store.lock import archive_lock
from archiver.waking import Waking
from archiver.warc.beside import WarcPlaces
from feeds.publish import PublishResult, last, publish
from feeds.publish.published import PublishedEntries
from feeds.render import Site
from feeds.web.api import PATH as API
from feeds.web.api import ApiParts, api
from feeds.web.app import WebOptions, create_app
from feeds.web.desk import PASSWORD_VARIABLE, DeskParts, Password, Steps, desk
from feeds.web.desk import PATH as DESK
from feeds.web.hub import Hub, HubDoor, Topics
from feeds.web.hub_store import Subscriptions
from feeds.web.readers import Readers
from feeds.web.replaying import ReplayServer, replay_beside
from feeds.web.token import Token
from feeds.web.websub import Pings, Untold

DEMO_FOLDER = "demo"
DEMO_EVERY = "5m"
PUBLISH_AGAIN_S = 60.0
"""After a publication that failed (a full disk, say), it is tried again so much later."""
EMBARGO_LOOK_S = 60.0
"""How often it is looked whether somebody else decided about an embargo."""


def publish_now(archive: Archive, *, everything: bool = False) -> PublishResult:
    """Render what changed (or all) into publish_dir."""
    state_dir = archive.settings.data_dir / "publish"
    try:
        result = _publish(archive, everything=everything)
    except ArchiverError as err:
        with contextlib.suppress(ArchiverError):  # the disk may be full; the first reason counts
            last.note(state_dir, at=utc_now(), error=str(err))
        raise
    last.note(state_dir, at=utc_now(), written=result.written)
    return result


def _publish(archive: Archive, *, everything: bool) -> PublishResult:
    settings, now = archive.settings, utc_now()
    result = publish(
        archive.store,
        archive.payloads,
        base_url=settings.publish.base_url,
        title=settings.publish.title,
        publish_dir=settings.publish_dir,
        state_dir=settings.data_dir / "publish",
        everything=everything,
        hub=settings.hub,
        now=now,
        tell=(lambda news: hooking.keep(settings, news, now)) if settings.webhook else None,
        records=WarcPlaces(archive.warc_dir, archive.store.record),
    )
    topics = [f"{settings.publish.base_url}/{each}" for each in result.feeds]
    if settings.websub.hub:
        _untold(settings).add(topics)
    if settings.websub.own_hub:
        _subscriptions(settings).changed(topics, now.timestamp())
    if settings.webhook and (result.written or result.removed):
        told = hooking.published(result.written, result.removed, topics, now)
        hooking.keep(settings, [told], now)
    return result


def _untold(settings: Settings) -> Untold:
    return Untold(settings.data_dir / "publish")


def _subscriptions(settings: Settings) -> Subscriptions:
    return Subscriptions(settings.data_dir / "publish")


def run(settings: Settings) -> None:
    """
    Run scheduler, worker and web app until SIGINT or SIGTERM.

    Raises:
        StoreError: If another process runs this archive, or the folder cannot be used.
        ConfigError: If the address to listen on is taken.
    """
    with archive_lock(settings.data_dir), _listening(settings) as listener:
        archive = open_archive(settings)
        with replay_beside(archive, _address(settings), utc_now) as replay:
            asyncio.run(_run(archive, listener, replay))


def serve(settings: Settings) -> None:
    """Serve the published feeds and pages, and the archived copies, until SIGINT or SIGTERM."""
    with _listening(settings) as listener:
        archive = open_archive(settings)
        with replay_beside(archive, _address(settings), utc_now) as replay:
            asyncio.run(_serve(archive, listener, replay))


def demo_settings(settings: Settings, *, own_folder: bool) -> Settings:
    """
    Give settings under which only the demo web is watched.

    Args:
        settings: What config.toml says.
        own_folder: Keep the demo apart from the real archive, in `demo` below data_dir.
    """
    data_dir = settings.data_dir / DEMO_FOLDER if own_folder else settings.data_dir
    watches = tuple(
        WatchSettings.model_validate({"name": name, "url": url, "every": DEMO_EVERY})
        for name, url in zip(("Harbour Desk", "Reader page"), DemoWeb.seeds, strict=True)
    )
    return settings.model_copy(
        update={
            "archive": settings.archive.model_copy(update={"data_dir": data_dir}),
            "publish": settings.publish.model_copy(update={"publish_dir": data_dir / "public"}),
            "demo": settings.demo.model_copy(update={"serve": True}),
            "watch": watches,
        }
    )


def demo_once(archive: Archive, progress: Progress, *, browser: bool = False) -> list[Captured]:
    """Capture the demo's threads, with a browser if wanted, and publish them."""

    async def work() -> list[Captured]:
        async with DemoWeb() as demo, services(archive, demo) as ready:
            wanted = how(ready, snapshots=True, browser=browser)
            return await capture_all(ready, demo.seeds, progress, snapshots=wanted)

    captured = asyncio.run(work())
    publish_now(archive)
    return captured


async def _run(archive: Archive, listener: socket.socket, replay: ReplayServer | None) -> None:
    logs.to_stderr()
    settings, store = archive.settings, archive.store
    await asyncio.to_thread(store.sync_watches, watching.configured(settings))
    async with contextlib.AsyncExitStack() as stack:
        demo = await stack.enter_async_context(DemoWeb()) if settings.demo.serve else None
        ready = await stack.enter_async_context(services(archive, demo, who=SCHEDULE))
        keeper = Keeper(settings, ready, custodian(settings, utc_now, who=SCHEDULE))
        pings = _pings(settings, ready)
        deliveries = _deliveries(archive, ready)
        hub = _hub(settings, ready)
        tellers = [each for each in (pings, deliveries, hub) if each is not None]
        publisher = Publisher(archive, [each.wake for each in tellers])
        steps = Steps()
        worker = Worker(store, _work(ready, publisher, steps), now=utc_now)
        schedule = Schedule(store, wake=worker.wake, now=utc_now)
        loop = asyncio.get_running_loop()
        # Forms are obeyed in threads, and the worker belongs to the loop.
        decide = _deciding(loop, ready, publisher)
        hub_asked = hub.wake if hub is not None else _nothing
        web = _Web(
            archive,
            replay,
            steps,
            lambda: _soon(loop, worker.wake),
            decide,
            lambda: _soon(loop, hub_asked),
        )
        filler = _Filler(archive)
        parts = [
            publisher.run(), worker.run(), schedule.run(), filler.run(), keeper.run(),
            web.serve([listener]),
        ]  # fmt: skip
        stops = [schedule.stop, worker.stop, publisher.stop, filler.stop, keeper.stop, web.stop]
        for each in tellers:
            parts.append(each.run())
            stops.append(each.stop)
        if replay is not None:
            parts.append(replay.answer())
            stops.append(replay.stop)
        live = watch_live(settings, ready, wake=worker.wake)
        if live is not None:
            parts.append(live.run())
            stops.insert(0, live.stop)
        _announce(settings)
        await _until_signalled(tuple(parts), tuple(stops))


def _announce(settings: Settings) -> None:
    """Say where to go: a newcomer finds nothing that is not named."""
    base_url = settings.publish.base_url
    console.progress(f"Reading room: {base_url}/  (stop with Ctrl-C)")
    if settings.web.desk:
        console.progress(f"Desk, to capture and to watch: {base_url}/desk/")


def _nothing() -> None:
    """Do nothing: there is no hub to wake."""


def _soon(loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> None:
    loop.call_soon_threadsafe(call)


def _deciding(
    loop: asyncio.AbstractEventLoop, ready: Services, publisher: Publisher
) -> Callable[[Decision], None]:
    def decide(decision: Decision) -> None:
        asyncio.run_coroutine_threadsafe(withholding.decide(ready, decision), loop).result()
        _soon(loop, publisher.wake)

    return decide


async def _serve(archive: Archive, listener: socket.socket, replay: ReplayServer | None) -> None:
    logs.to_stderr()
    web, filler = _Web(archive, replay), _Filler(archive)
    _announce(archive.settings)
    parts: list[Awaitable[None]] = [web.serve([listener]), filler.run()]
    stops = [web.stop, filler.stop]
    if replay is not None:
        parts.append(replay.answer())
        stops.append(replay.stop)
    await _until_signalled(tuple(parts), tuple(stops))


async def _until_signalled(
    parts: tuple[Awaitable[None], ...], stops: tuple[Callable[[], None], ...]
) -> None:
    """Run the parts side by side; the first signal asks each of them to stop."""

    def stop() -> None:
        console.progress("Stopping; what is not done yet is done at the next start")
        for each in stops:
            each()

    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop)
    await asyncio.gather(*parts)


def _work(
    ready: Services, publisher: Publisher, steps: Steps
) -> Callable[[Crawl], Awaitable[CaptureResult]]:
    async def work(crawl: Crawl) -> CaptureResult:
        result = await capture(ready, crawl, steps.of(crawl.id))
        changes = counted(len(result.revisions), "change")
        there = len(result.found_urls) + len(result.held)
        news = changes if result.thread_id else f"{counted(there, 'thread')} there, {changes}"
        console.progress(f"{crawl.watch or crawl.url}: captured {crawl.url}, {news}")
        publisher.wake()
        return result

    return work


class Publisher(Waking):
    """Publishes after crawls, one publication at a time; a failure is told and tried again."""

    def __init__(self, archive: Archive, told: Sequence[Callable[[], None]]) -> None:
        """`told` are called after each publication that changed something."""
        super().__init__()
        self._archive = archive
        self._told = told
        self.wake()  # what a killed process left is published at the start

    async def run(self) -> None:
        again: float | None = None
        while not self._stopping:
            await self._due(again)
            self._wake.clear()
            again = await self._publish()

    async def _due(self, again: float | None) -> None:
        """Return when something changed, an embargo ended, or it is time to try again."""
        while not self._wake.is_set():
            left = again if again is not None else await asyncio.to_thread(self._embargo_left_s)
            woken = await self._pause(max(0.0, min(left, EMBARGO_LOOK_S)))
            if woken or left <= EMBARGO_LOOK_S:
                return

    def _embargo_left_s(self) -> float:
        """Give how long the next embargo lasts, in seconds; infinite if there is none."""
        try:
            end = self._archive.store.next_embargo_end()
        except ArchiverError as err:
            console.progress(f"embargoes not looked at: {err}")
            return math.inf
        return math.inf if end is None else (end - utc_now()).total_seconds()

    async def _publish(self) -> float | None:
        try:
            result = await asyncio.to_thread(publish_now, self._archive)
        except ArchiverError as err:
            console.progress(f"not published: {err}; tried again in {PUBLISH_AGAIN_S:.0f} s")
            return PUBLISH_AGAIN_S
        if result.written:
            console.progress(f"published: {result.written} files written")
        if result.written or result.removed:
            for tell in self._told:
                tell()
        return None


def _deliveries(archive: Archive, ready: Services) -> Deliveries | None:
    if ready.unrecorded is None:
        return None
    settings, store = archive.settings, archive.store
    return hooking.deliveries(settings, os.environ, store, ready.unrecorded, utc_now)


def _hub(settings: Settings, ready: Services) -> Hub | None:
    if not settings.websub.own_hub or ready.unrecorded is None:
        return None
    kept, topics = _subscriptions(settings), _topics(settings)
    return Hub(settings.hub, topics, kept, ready.unrecorded, now_s=time.time)


def _topics(settings: Settings) -> Topics:
    return Topics(settings.publish_dir, settings.publish.base_url)


def _hub_door(settings: Settings, wake: Callable[[], None]) -> HubDoor | None:
    if not settings.websub.own_hub:
        return None
    return HubDoor(_topics(settings), _subscriptions(settings), time.time, wake)


def _pings(settings: Settings, ready: Services) -> Pings | None:
    if not settings.websub.hub or ready.unrecorded is None:
        return None
    return Pings(settings.websub.hub, _untold(settings), ready.unrecorded)


class _Filler:
    """Brings what an older archive held into the index of words, step by step beside the work."""

    def __init__(self, archive: Archive) -> None:
        self._store = archive.store
        self._stopping = False

    def stop(self) -> None:
        self._stopping = True

    async def run(self) -> None:
        try:
            while not self._stopping:
                if not await asyncio.to_thread(self._store.fill_search, steps=1):
                    return
        except ArchiverError as err:
            console.progress(f"not indexed for search: {err}; tried again at the next start")


def _api(archive: Archive, token: Token) -> FastAPI:
    platforms = archive.settings.platforms
    known = sources(platforms, frozenset(credentials.authenticators(platforms, os.environ)))
    return api(ApiParts(archive.store, archive.settings.publish.base_url, token, known, utc_now))


class _Web(uvicorn.Server):
    """The web app on a socket that is bound already; signals are ours, not its."""

    def __init__(
        self,
        archive: Archive,
        replay: ReplayServer | None = None,
        steps: Steps | None = None,
        wake: Callable[[], None] = lambda: None,
        decide: Callable[[Decision], None] | None = None,
        hub_asked: Callable[[], None] = lambda: None,
    ) -> None:
        self._steps = steps or Steps()
        mounts: dict[str, ASGIApp] = {}
        if archive.settings.web.desk:
            mounts[DESK] = _desk(archive, self._steps, wake, decide)
        token = Token(os.environ.get("ARCHIVER_API_TOKEN", ""))
        app = create_app(
            store=archive.store,
            payloads=archive.payloads,
            publish_dir=archive.settings.publish_dir,
            base_url=archive.settings.publish.base_url,
            title=archive.settings.publish.title,
            public_key=credentials.public_key(archive.settings),
            token=token,
            published=PublishedEntries(archive.settings.data_dir / "publish").entry,
            mounts={API: _api(archive, token), **mounts},
            options=WebOptions(
                moved=archive.settings.web.moved,
                hub=archive.settings.hub,
                hub_door=_hub_door(archive.settings, hub_asked),
                readers=Readers(archive.settings.data_dir),
                replay=replay.place if replay is not None else None,
                records=WarcPlaces(archive.warc_dir, archive.store.record),
            ),
        )
        # No log of addresses: those of readers are secret.
        config = uvicorn.Config(app, log_level="warning", lifespan="off", access_log=False)
        super().__init__(config)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    def stop(self) -> None:
        self._steps.close()
        self.should_exit = True


def _desk(
    archive: Archive,
    steps: Steps,
    wake: Callable[[], None],
    decide: Callable[[Decision], None] | None,
) -> ASGIApp:
    settings, platforms = archive.settings, archive.settings.platforms
    known = sources(platforms, frozenset(credentials.authenticators(platforms, os.environ)))
    return desk(
        DeskParts(
            store=archive.store,
            data_dir=settings.data_dir,
            site=Site(settings.publish.base_url, settings.publish.title),
            sources=known,
            password=_desk_password(),
            steps=steps,
            wake=wake,
            now=utc_now,
            decide=decide,
            settings=settings,
            environment=os.environ,
        )
    )


def _desk_password() -> Password:
    return Password(os.environ.get(PASSWORD_VARIABLE, ""))


@contextlib.contextmanager
def _listening(settings: Settings) -> Iterator[socket.socket]:
    host, port = _address(settings)
    if settings.web.desk and not _is_loopback(host) and not _desk_password().given:
        raise ConfigError(
            f"{host}:{port} can be reached from elsewhere, and the desk has no password; set "
            f"{PASSWORD_VARIABLE} in the environment, or web.desk = false in config.toml",
            key="web.desk",
        )
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP, or asyncio leaves Nagle's algorithm on: 40 ms for each answer of two writes.
    with socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError as err:
            raise ConfigError(
                f"{host}:{port} cannot be listened on ({err.strerror}); "
                "free it, or set publish.base_url and publish.listen in config.toml",
                key="publish.listen",
            ) from err
        listener.listen(128)
        yield listener


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _address(settings: Settings) -> tuple[str, int]:
    """Say where to listen: publish.listen, or base_url where that is this machine, or port 8000."""
    given = urlsplit("//" + settings.publish.listen)
    base = urlsplit(settings.publish.base_url)
    if given.hostname:
        return given.hostname, given.port or 8000
    if base.hostname in ("127.0.0.1", "localhost", "::1"):
        return base.hostname.replace("localhost", "127.0.0.1"), base.port or 80
    return "127.0.0.1", 8000


def main() -> None:
    """Run with config.toml of this folder; a failure is one sentence."""
    try:
        run(load(Path("config.toml")))
    except ArchiverError as err:
        console.complain(str(err))
        sys.exit(2 if isinstance(err, ConfigError) else 1)


if __name__ == "__main__":
    main()
