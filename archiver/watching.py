"""Which watches are there? Those of config.toml and those added by command."""

from __future__ import annotations

from archiver import config, seeds
from archiver.config import Settings, WatchSettings
from archiver.models import Watch

DEFAULT_EVERY = "1h"


def configured(settings: Settings) -> tuple[Watch, ...]:
    """Give the watches that config.toml names."""
    return tuple(_watch(given, origin="config") for given in settings.watch)


def from_words(
    url: str,
    *,
    name: str | None = None,
    every: str | None = None,
    cron: str | None = None,
    tags: tuple[str, ...] = (),
) -> Watch:
    """
    Make a watch of what stands on the command line, by the rules of config.toml.

    Args:
        url: Thread, account, or file.
        name: Defaults to the URL.
        every: A duration; hourly if there is no cron line either.
        cron: Five fields, UTC.
        tags: Given to each thread.

    Raises:
        ConfigError: If a duration, cron line or name is wrong.
    """
    seed = seeds.named(url)
    given: dict[str, object] = {"name": name or seed[:120], "url": seed, "tags": tags}
    if cron:
        given["cron"] = cron
    if every or not cron:
        given["every"] = every or DEFAULT_EVERY
    settings = config.parse({"watch": [given]}, name="archiver watch add")
    return _watch(settings.watch[0], origin="command")


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
