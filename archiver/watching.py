"""Which watches are there? Those of config.toml and those added by command."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from archiver import config, seeds
from archiver.config import Settings, WatchSettings
from archiver.core import urls
from archiver.errors import ConfigError, UsageError
from archiver.models import Watch
from archiver.observing import OTHER_SCHEMES, matched
from archiver.ports import Source

DEFAULT_EVERY = "1h"
_TAKES_ANY = frozenset({"activitypub", "web"})  # sources that match any address
_ANY = "page, feed or post"
_BY_SHAPE = {"mastodon": "Mastodon", "misskey": "Misskey", "lemmy": "Lemmy", "peertube": "PeerTube"}
"""Sources that know an address by its shape alone, on any host."""


@dataclass(frozen=True, slots=True)
class Taken:
    """
    What a seed was taken for.

    Attributes:
        platform: Name of the source that reads it first; `file` for a file. Some know an address
            by its shape alone; if its server runs something else, it is read as a page.
        kind: `thread`, `account`, `tag`, `list`, `feed`, `file`, or `page, feed or post`: only the
            server can say what an address is that has no shape of its own.
    """

    platform: str
    kind: str

    @property
    def words(self) -> str:
        """How a person is told."""
        article = "an" if self.kind[:1] in "aeiou" else "a"
        taken = f"taken for {article} {self.kind}"
        if self.kind in ("file", _ANY):
            return taken
        if self.platform in _BY_SHAPE:
            return f"{taken}, if the server is {_BY_SHAPE[self.platform]} or alike; else a page"
        return f"{taken} ({self.platform})"


def taken_for(seed: str, known: Sequence[Source]) -> Taken:
    """
    Say what a seed is, by its looks.

    Args:
        seed: As `seeds.named` gives it.
        known: The sources, in their order.

    Raises:
        UsageError: If it is no address that a source knows, and no file that is there.
    """
    if seeds.is_file(seed):
        if seed != seeds.STDIN and Path(seed).is_file():
            return Taken("file", "file")
        raise UsageError(f"{seed}: neither an address (http…) nor a file that is there")
    ref = next((ref for _, ref in matched(known, seed)), None)
    if ref is None:
        raise UsageError(f"{seed}: no source knows this address; docs/reference/platforms.md")
    if ref.platform in _TAKES_ANY and seed.partition(":")[0] not in OTHER_SCHEMES:
        return Taken("web", _ANY)
    return Taken(ref.platform, ref.kind.value)


def configured(settings: Settings) -> tuple[Watch, ...]:
    """
    Give the watches that config.toml names.

    Raises:
        ConfigError: If a seed is neither an address nor a path; it names the key. A file that is
            not there now may be later, so that is an error of its watch alone.
    """
    for place, given in enumerate(settings.watch):
        _check(given.url, place)
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
    embargo: str | None = None,
) -> Watch:
    """
    Make a watch of what stands on the command line, by the rules of config.toml.

    Args:
        url: Thread, account, tag, list, feed, page, or file.
        known: The sources, so that a seed that none of them knows is refused at once.
        name: Defaults to the URL.
        every: A duration; hourly if there is no cron line either.
        cron: Five fields, UTC.
        recapture: Ages at which a thread of an account is captured again.
        tags: Given to each thread.
        embargo: How long new threads are kept from readers.

    Raises:
        UsageError: If a duration, cron line, name or seed is wrong.
    """
    if every and cron:
        raise UsageError("give --every or --cron, not both")
    seed = seeds.named(url)
    taken_for(seed, known)
    schedule = {"cron": cron} if cron else {"every": every or DEFAULT_EVERY}
    given = {
        "name": name or seed[:120],
        "url": seed,
        "tags": tags,
        "embargo": embargo,
        "recapture": recapture,
        **schedule,
    }
    try:
        settings = config.parse({"watch": [given]})
    except ConfigError as err:
        raise UsageError(str(err).partition("watch.0.")[2] or str(err)) from err
    return _watch(settings.watch[0], origin="command")


def _check(url: str, place: int) -> None:
    key = f"watch.{place}.url"
    try:
        seed = seeds.named(url)
    except UsageError as err:
        raise ConfigError(f"{key}: {err}", key=key) from err
    if seeds.is_file(seed):
        path = Path(url.strip())
        if seed == seeds.STDIN or not (path.exists() or path.suffix or len(path.parts) > 1):
            raise ConfigError(
                f"{key}: {url!r} is neither an address (http…) nor a file that is there", key=key
            )
        return
    if seed.partition(":")[0] in OTHER_SCHEMES:
        return
    try:
        urls.fetchable(seed)
    except ValueError as err:
        raise ConfigError(f"{key}: {err}", key=key) from err


def _watch(given: WatchSettings, *, origin: str) -> Watch:
    return Watch(
        name=given.name,
        url=seeds.named(given.url),
        every_s=given.every,
        cron=given.cron,
        recapture_s=given.recapture,
        snapshots=given.snapshots,
        tags=given.tags,
        embargo_s=given.embargo,
        origin=origin,
    )
