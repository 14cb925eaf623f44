"""How does the origin of replay come to stand beside the web app, and with which packages?"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import socket
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import uvicorn

from archiver import console, viewer
from archiver.bootstrap import Archive
from archiver.config import Settings
from archiver.errors import ConfigError, StoreError
from archiver.exporting.contents import ROOT, Reading
from archiver.exporting.export import Format, Proofs, export
from archiver.models import ThreadView
from archiver.store.lock import is_read_only
from feeds import replay_policy
from feeds.render import Site
from feeds.single import led_inside, place_of, single_page
from feeds.web.replay_origin import ReplayOrigin, ReplayParts
from feeds.web.replay_page import ReplayPlace

FOLDER = "replay"
"""Below data_dir: packages made for replay, which can be deleted at will."""


def replay_place(settings: Settings) -> ReplayPlace | None:
    """Say where replay is; None if it is off, has no address, or cannot be."""
    given, base_url = settings.replay.base_url, settings.publish.base_url
    base = replay_policy.replay_base(base_url, given)
    if settings.replay.listen == "off" or not base or viewer.installed() is None:
        return None
    if is_read_only(settings.data_dir):
        return None  # packages are made in it
    return ReplayPlace(base, replay_policy.room_of(base_url, given))


class ReplayServer(uvicorn.Server):
    """The origin on a socket that is bound already; signals are not its."""

    def __init__(
        self,
        archive: Archive,
        place: ReplayPlace,
        listener: socket.socket,
        now: Callable[[], dt.datetime],
    ) -> None:
        self.place = place
        self._listener = listener
        packages = Packages(archive, now)
        origin = ReplayOrigin(
            ReplayParts(archive.store, place.base_url, place.room, viewer.folder(), packages)
        )
        config = uvicorn.Config(origin, log_level="warning", lifespan="off", access_log=False)
        super().__init__(config)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield

    async def answer(self) -> None:
        """Answer until it is stopped."""
        await self.serve([self._listener])

    def stop(self) -> None:
        """End soon."""
        self.should_exit = True


@contextlib.contextmanager
def replay_beside(
    archive: Archive, web: tuple[str, int], now: Callable[[], dt.datetime]
) -> Iterator[ReplayServer | None]:
    """
    Give the origin of replay, listening; None if it is off, or a port nobody asked for is taken.

    Args:
        web: Host and port on which the web app listens.

    Raises:
        ConfigError: If replay.listen cannot be listened on.
    """
    place = replay_place(archive.settings)
    if place is None:
        yield None
        return
    with _listening(archive.settings, *web) as listener:
        yield ReplayServer(archive, place, listener, now) if listener is not None else None


@contextlib.contextmanager
def _listening(settings: Settings, host: str, port: int) -> Iterator[socket.socket | None]:
    given = urlsplit("//" + settings.replay.listen)
    host, port = (given.hostname or host), (given.port or port + 1)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
            listener.listen(128)
        except OSError as err:
            why = f"{host}:{port} cannot be listened on ({err.strerror})"
            if settings.replay.listen:
                raise ConfigError(
                    f"{why}; free it, or set replay.listen in config.toml", key="replay.listen"
                ) from err
            console.complain(f"{why}, so full replay is off; free it, or set replay.listen")
            yield None
            return
        yield listener


class Packages:
    """
    Gives the WACZ of a thread for replay, made anew when a capture brought something.

    Unsigned and without the log of custody, which names what readers may not see.
    """

    def __init__(self, archive: Archive, now: Callable[[], dt.datetime]) -> None:
        self._archive = archive
        self._now = now
        self._folder = archive.settings.data_dir / FOLDER
        self._making = threading.Lock()

    def __call__(self, thread_id: str) -> Path:
        """
        Give the package.

        Raises:
            ArchiverError: If the thread is not there, or its package cannot be made.
        """
        with self._making:
            view = self._archive.store.view(thread_id)
            if view is None:
                raise StoreError(f"{thread_id}: no such thread here")
            path = self._folder / f"{thread_id}-{self._state_of(view)}.wacz"
            if not path.exists():
                self._make(view, path)
            return path

    def _state_of(self, view: ThreadView) -> str:
        held = self._archive.store.evidence_of(view.thread.id)
        said = "\n".join((view.thread.updated_at.isoformat(), *sorted(held)))
        return hashlib.sha256(said.encode()).hexdigest()[:16]

    def _make(self, view: ThreadView, path: Path) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            for old in self._folder.glob(f"{view.thread.id}-*.wacz"):
                old.unlink(missing_ok=True)
        except OSError as err:
            raise StoreError(f"{self._folder}: cannot be written ({err.strerror})") from err
        export(
            self._archive,
            view,
            Format.WACZ,
            path,
            now=self._now(),
            reading=_reading(self._archive.settings),
            proofs=Proofs(),
        )


def _reading(settings: Settings) -> Reading:
    publish = settings.publish
    return Reading(
        page=partial(single_page, site=Site(publish.base_url, publish.title)),
        inside=partial(led_inside, base_url=publish.base_url, root=ROOT),
        place=place_of,
    )
