"""Which seeds are watched?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection, Row, delete, select, update

from archiver.errors import UsageError
from archiver.models import Snapshots, Watch
from archiver.store import codec
from archiver.store.changes import touch
from archiver.store.database import Database
from archiver.store.tables import MEMBERSHIP, WATCH


class Watches:
    """The watch part of the store (ports.Store)."""

    _database: Database

    def sync_watches(self, watches: Sequence[Watch]) -> None:
        """Make the watches of origin `config` equal to these; a paused one stays paused."""
        wanted = {watch.name: watch for watch in watches}
        if self._is_synced(wanted):
            return  # the usual case, and it need not wait for whoever writes
        with self._database.write() as connection:
            stored = {watch.name: watch for watch in _all(connection)}
            for name, watch in stored.items():
                if watch.origin == "config" and name not in wanted:
                    _remove(connection, name)
            for name, watch in wanted.items():
                _put(connection, watch, "config", stored.get(name))

    def _is_synced(self, wanted: dict[str, Watch]) -> bool:
        stored = {each.name: each for each in self.watches() if each.origin == "config"}
        return stored.keys() == wanted.keys() and all(
            replace(watch, paused=stored[name].paused, origin="config") == stored[name]
            for name, watch in wanted.items()
        )

    def add_watch(self, watch: Watch) -> None:
        """
        Add or replace a watch of origin `command`.

        Raises:
            UsageError: If config.toml has a watch of that name.
        """
        with self._database.write() as connection:
            stored = {each.name: each for each in _all(connection)}.get(watch.name)
            if stored is not None and stored.origin == "config":
                raise UsageError(
                    f"a watch named {watch.name!r} stands in config.toml; change it there, "
                    "or choose another name"
                )
            _put(connection, watch, "command", stored)

    def remove_watch(self, name: str) -> bool:
        """Remove a watch of origin `command`; False if there is none of that name."""
        with self._database.write() as connection:
            stored = {each.name: each for each in _all(connection)}.get(name)
            if stored is None or stored.origin == "config":
                return False
            _remove(connection, name)
            return True

    def pause_watch(self, name: str, paused: bool) -> bool:
        """Pause a watch or let it go on; False if there is none of that name."""
        with self._database.write() as connection:
            found = connection.execute(
                update(WATCH).where(WATCH.c.name == name).values(paused=paused)
            )
            return found.rowcount == 1

    def watches(self) -> tuple[Watch, ...]:
        """Give all watches by name."""
        with self._database.read() as connection:
            return _all(connection)


def _all(connection: Connection) -> tuple[Watch, ...]:
    rows = connection.execute(select(WATCH).order_by(WATCH.c.name))
    return tuple(_watch(row) for row in rows)


def _put(connection: Connection, watch: Watch, origin: str, stored: Watch | None) -> None:
    values = {
        "url": watch.url,
        "every_s": watch.every_s,
        "cron": watch.cron,
        "recapture": codec.dump(tuple[float, ...], watch.recapture_s),
        "snapshots": watch.snapshots.value,
        "tags": codec.dump(tuple[str, ...], watch.tags),
        "origin": origin,
        "embargo_s": watch.embargo_s,
    }
    if stored is None:
        paused = watch.paused
        connection.execute(WATCH.insert().values(name=watch.name, paused=paused, **values))
        _touch_threads(connection, watch.name)
    else:
        connection.execute(update(WATCH).where(WATCH.c.name == watch.name).values(**values))


def _remove(connection: Connection, name: str) -> None:
    connection.execute(delete(WATCH).where(WATCH.c.name == name))
    _touch_threads(connection, name)


def _touch_threads(connection: Connection, name: str) -> None:
    """Its threads name their watches where readers see it, so they are to be published again."""
    touch(connection, select(MEMBERSHIP.c.thread_id).where(MEMBERSHIP.c.watch == name))


def _watch(row: Row[tuple[object, ...]]) -> Watch:
    kept = row._mapping
    return Watch(
        name=kept["name"],
        url=kept["url"],
        every_s=kept["every_s"],
        cron=kept["cron"],
        recapture_s=codec.load(tuple[float, ...], kept["recapture"]),
        snapshots=Snapshots(kept["snapshots"]),
        tags=codec.load(tuple[str, ...], kept["tags"]),
        origin=kept["origin"],
        paused=kept["paused"],
        embargo_s=kept["embargo_s"],
    )
