"""Who keeps the index of the archive? One object; its methods stand by subject."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from archiver.store.crawls import Crawls
from archiver.store.database import Database
from archiver.store.links import Links
from archiver.store.listing import Listings
from archiver.store.lock import Owner, Shared, is_read_only, lock_folder
from archiver.store.policy import Policies
from archiver.store.publication import Publication
from archiver.store.queueing import Queueing
from archiver.store.records import Records
from archiver.store.schema import bring_to_head, require_head
from archiver.store.search import Searching
from archiver.store.spending import Spending
from archiver.store.threads import Threads
from archiver.store.watches import Watches

DATABASE = "archive.sqlite"


class SqlStore(
    Watches,
    Crawls,
    Queueing,
    Threads,
    Links,
    Records,
    Spending,
    Policies,
    Publication,
    Searching,
    Listings,
):
    """
    The index of an archive in SQLite (ports.Store).

    Every call may come from any thread. A call that writes is one transaction; once it returned,
    what it wrote survives the death of the process.
    """

    def __init__(self, database: Database, owner: Owner, shared: Shared | None) -> None:
        self._database = database
        self._open = shared
        self._owner = owner
        self._file_ids: dict[str, int] = {}
        self._seen: dict[str, int] = {}

    @classmethod
    def open(cls, data_dir: Path) -> SqlStore:
        """
        Open the archive's database; make it, or migrate an older one, if that is needed.

        On a disk that cannot be written it is opened to read, as it is, without locks.

        Args:
            data_dir: Folder of the archive; made if it is not there.

        Raises:
            StoreError: If the folder or the file cannot be used, or is of a newer version.
        """
        if is_read_only(data_dir):
            database = Database(data_dir / DATABASE, read_only=True)
            require_head(database)
            return cls(database, Owner(data_dir), None)
        locks, shared = lock_folder(data_dir), Shared(data_dir)
        database = Database(data_dir / DATABASE)
        try:
            bring_to_head(database, locks / "migrate.lock")
        except BaseException:
            database.close()
            shared.release()
            raise
        return cls(database, Owner(locks), shared)

    @contextmanager
    def together(self) -> Iterator[None]:
        """Let all that this thread asks and writes in the block be one transaction."""
        with self._database.together():
            yield

    def close(self) -> None:
        """Close the connections. Crawls that still run count as abandoned from now on."""
        self._owner.release()
        self._database.close()
        if self._open is not None:
            self._open.release()
