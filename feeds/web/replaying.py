"""How does the origin of replay come to stand beside the web app, and with which packages?"""

from __future__ import annotations

import contextlib
import datetime as dt
import socket
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import uvicorn

from archiver import console, viewer
from archiver.bootstrap import Archive
from archiver.config import Settings
from archiver.errors import ConfigError
from archiver.store.lock import is_read_only
from feeds import replay_policy
from feeds.web.packages import Packages
from feeds.web.replay_origin import ReplayOrigin, ReplayParts
from feeds.web.replay_page import ReplayPlace


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
