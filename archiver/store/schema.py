"""Is a database as this version wants it? If older, it is migrated; if newer, refused."""

from __future__ import annotations

from pathlib import Path

from filelock import FileLock, Timeout
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from archiver.errors import StoreError
from archiver.store.database import Database

HEAD = "0008"
"""The newest revision in migrations/versions: said here so that opening need not load Alembic."""

_WAIT_S = 60.0


def bring_to_head(database: Database, lock: Path) -> None:
    """
    Make or migrate the tables, if that is needed.

    Args:
        lock: Path of the lock file that lets one process migrate at a time.

    Raises:
        StoreError: If the database is newer than this version, or cannot be used.
    """
    if _revision(database) == HEAD:
        return
    try:
        with FileLock(lock, timeout=_WAIT_S):
            found = _revision(database)
            if found != HEAD:
                _upgrade(database, found)
    except Timeout:
        raise StoreError(
            f"{database.path}: another process has been migrating it for {_WAIT_S:.0f} s; "
            "try again when it is done"
        ) from None


def require_head(database: Database) -> None:
    """
    Refuse a database that would have to be migrated where nothing can be written.

    Raises:
        StoreError: If it is not as this version wants it.
    """
    found = _revision(database)
    if found != HEAD:
        raise StoreError(
            f"{database.path}: has its tables at {found}, this version wants {HEAD}, and the disk "
            "cannot be written; copy the archive to another disk and open it there"
        )


def _revision(database: Database) -> str | None:
    with database.read() as connection:
        try:
            found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
        except OperationalError as err:
            if "no such table" not in str(err.orig):
                raise
            found = None
    return None if found is None else str(found)


def _upgrade(database: Database, found: str | None) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    scripts = ScriptDirectory.from_config(config)
    known = {script.revision for script in scripts.walk_revisions()}
    if found is not None and found not in known:
        raise StoreError(
            f"{database.path}: was made by a newer version (its tables are at {found}, this "
            f"version knows {HEAD}); update thread-archiver"
        )
    with database.read() as connection:
        _refuse_foreign(connection, database.path, found)
    database.use_log()
    with database.write() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _refuse_foreign(connection: Connection, path: Path, found: str | None) -> None:
    """Somebody else's database is left alone."""
    if found is None:
        names = "SELECT name FROM sqlite_master WHERE type = 'table'"
        if connection.exec_driver_sql(names).first() is not None:
            raise StoreError(f"{path}: is not an archive of ours; move it away and start again")
