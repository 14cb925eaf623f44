"""Is a database made, migrated, recognised, or refused with a sentence?"""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine

import archiver.store
from archiver.errors import StoreError
from archiver.store.database import Database
from archiver.store.schema import HEAD
from archiver.store.sql import SqlStore
from archiver.store.tables import METADATA
from tests.store.samples import record

MIGRATIONS = Path(archiver.store.__file__).parent / "migrations"


def _definitions(connection: Connection) -> dict[str, str]:
    rows = connection.exec_driver_sql(
        "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND type <> 'trigger'"
    )
    return {name: " ".join(sql.split()) for name, sql in rows}


def _is_ours(name: str | None, kind: str, _: object) -> bool:
    """The index of words is a virtual table, and SQLite makes more beside it."""
    return kind != "table" or name not in _INDEX


_INDEX = {"search", "search_config", "search_data", "search_docsize", "search_idx"}


def test_migrations_make_exactly_the_tables(tmp_path: Path) -> None:
    """Going up from nothing gives what tables.py says, conditions of partial indexes included."""
    SqlStore.open(tmp_path).close()
    database = Database(tmp_path / "archive.sqlite")
    with database.read() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "include_name": _is_ours}
        )
        assert compare_metadata(context, METADATA) == []
        migrated = _definitions(connection)
    database.close()
    engine = create_engine("sqlite://")
    METADATA.create_all(engine)
    with engine.connect() as connection:
        wanted = _definitions(connection)
    engine.dispose()
    # A table that was altered is spelled otherwise; Alembic has compared those above.
    ours = {name for name in migrated if _is_ours(name, "table", {})}
    assert ours - {"alembic_version"} == wanted.keys()
    of_indexes = {name for name, sql in wanted.items() if " INDEX " in sql}
    assert {name: migrated[name] for name in of_indexes} == {
        name: wanted[name] for name in of_indexes
    }


def test_head_is_the_newest_revision() -> None:
    """The constant that opening looks at must follow the scripts."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


def test_opening_at_head_does_not_load_alembic(tmp_path: Path) -> None:
    """It costs a third of a second that every command would pay."""
    SqlStore.open(tmp_path).close()
    code = (
        "import sys; from pathlib import Path; from archiver.store.sql import SqlStore;"
        "SqlStore.open(Path(sys.argv[1])).close();"
        "sys.exit(any(name in sys.modules for name in ('alembic', 'apscheduler', 'httpx')))"
    )
    assert subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False).returncode == 0


def test_opening_again_keeps_everything(tmp_path: Path) -> None:
    """A folder is made with its parents, and found again."""
    folder = tmp_path / "new" / "archive"
    store = SqlStore.open(folder)
    store.add_records((record(1),))
    store.close()
    again = SqlStore.open(folder)
    assert again.record(record(1).record_id) == record(1)
    again.close()


def test_processes_that_open_a_new_archive_at_once_both_get_it(tmp_path: Path) -> None:
    """One of them migrates, the other waits."""
    code = "import sys; from pathlib import Path; from archiver.store.sql import SqlStore;" + (
        "SqlStore.open(Path(sys.argv[1])).counts()"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    started = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(3)]
    assert [(each.communicate()[1], each.returncode) for each in started] == [(b"", 0)] * 3


def test_many_that_open_a_new_archive_at_once_all_get_it(tmp_path: Path) -> None:
    """SQLite does not wait by itself while it changes the kind of its log."""
    with ThreadPoolExecutor(6) as pool:
        for number in range(8):
            stores = list(pool.map(SqlStore.open, [tmp_path / str(number)] * 6))
            for store in stores:
                store.close()


def test_newer_database_is_refused(tmp_path: Path) -> None:
    """Rather than misread; the sentence says what to update."""
    SqlStore.open(tmp_path).close()
    with sqlite3.connect(tmp_path / "archive.sqlite") as raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
    raw.close()
    with pytest.raises(StoreError, match=r"newer version .*9999.*update thread-archiver"):
        SqlStore.open(tmp_path)


def test_foreign_database_is_refused(tmp_path: Path) -> None:
    """Somebody else's tables are left alone."""
    with sqlite3.connect(tmp_path / "archive.sqlite") as raw:
        raw.execute("CREATE TABLE recipes (title)")
    raw.close()
    with pytest.raises(StoreError, match="is not an archive of ours"):
        SqlStore.open(tmp_path)


@pytest.mark.parametrize("content", [b"this is no database" * 100, b"SQLite format 3\x00" * 99])
def test_corrupt_file_is_said(tmp_path: Path, content: bytes) -> None:
    """With the file and the way out, in one line."""
    (tmp_path / "archive.sqlite").write_bytes(content)
    with pytest.raises(StoreError, match=r"archive\.sqlite: .*archiver rebuild") as caught:
        SqlStore.open(tmp_path)
    assert "\n" not in str(caught.value)


def test_data_dir_that_is_a_file_is_said(tmp_path: Path) -> None:
    """The path stands in the sentence."""
    (tmp_path / "data").write_text("a file")
    with pytest.raises(StoreError, match="data: cannot be used"):
        SqlStore.open(tmp_path / "data")


def test_folder_that_cannot_be_written_is_said() -> None:
    """Before anything is captured. Nobody, not even root, makes folders in /proc."""
    with pytest.raises(StoreError, match="/proc/self/archive: cannot be used"):
        SqlStore.open(Path("/proc/self/archive"))


def test_database_that_is_a_folder_is_said(tmp_path: Path) -> None:
    """SQLite only says that it is unable to open it."""
    (tmp_path / "archive.sqlite").mkdir()
    with pytest.raises(StoreError, match="cannot be written"):
        SqlStore.open(tmp_path)
