"""Which watches are there? Those of config.toml and those added by command."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from archiver import config, seeds
from archiver.config import Settings, WatchSettings
from archiver.errors import ConfigError, UsageError
from archiver.models import Watch
from archiver.ports import Source

DEFAULT_EVERY = "1h"


def configured(settings: Settings) -> tuple[Watch, ...]:
    """Give the watches that config.toml names."""
    return tuple(_watch(given, origin="config") for given in settings.watch)


def from_words(
    url: str,
    known: Sequence[Source],
    *,
    name: str | None = None,
    every: str | None = None,
    cron: str | None = None,
    recapture: tuple[str, ...] = (),
    tags: tuple[str, ...] = (),
) -> Watch:
    """
    Make a watch of what stands on the command line, by the rules of config.toml.

    Args:
        url: Thread, account, or file.
        known: The sources, so that a seed that none of them knows is refused at once.
        name: Defaults to the URL.
        every: A duration; hourly if there is no cron line either.
        cron: Five fields, UTC.
        recapture: Ages at which a thread of an account is captured again.
        tags: Given to each thread.

    Raises:
        UsageError: If a duration, cron line, name or seed is wrong.
    """
    if every and cron:
        raise UsageError("give --every or --cron, not both")
    seed = seeds.named(url)
    _check_seed(seed, known)
    schedule = {"cron": cron} if cron else {"every": every or DEFAULT_EVERY}
    given = {
        "name": name or seed[:120],
        "url": seed,
        "tags": tags,
        "recapture": recapture,
        **schedule,
    }
    try:
        settings = config.parse({"watch": [given]})
    except ConfigError as err:
        raise UsageError(str(err).partition("watch.0.")[2] or str(err)) from err
    return _watch(settings.watch[0], origin="command")


def _check_seed(seed: str, known: Sequence[Source]) -> None:
    if seeds.is_file(seed):
        if seed != seeds.STDIN and Path(seed).is_file():
            return
        raise UsageError(f"{seed}: neither an address (http…) nor a file that is there")
    if not any(source.match(seed) for source in known):
        raise UsageError(f"{seed}: no source knows this address; docs/reference/platforms.md")


def _watch(given: WatchSettings, *, origin: str) -> Watch:
    return Watch(
        name=given.name,
        url=seeds.named(given.url),
        every_s=given.every,
        cron=given.cron,
        recapture_s=given.recapture,
        snapshots=given.snapshots,
        tags=given.tags,
        origin=origin,
    )
