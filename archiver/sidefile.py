"""How is a small database beside the archive opened, one transaction at a time?"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from archiver.errors import StoreError


@contextlib.contextmanager
def opened(place: Path, tables: str, *, if_removed: str) -> Iterator[sqlite3.Connection]:
    """
    Open a database for one transaction; it is made if it is not there.

    Args:
        place: The file.
        tables: SQL that makes its tables.
        if_removed: Ends the sentence that tells a person what removing the file would mean.

    Raises:
        StoreError: If it cannot be used.
    """
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(place, timeout=30)
        with contextlib.closing(connection), connection as database:
            if not database.execute("PRAGMA user_version").fetchone()[0]:
                database.executescript(f"{tables}PRAGMA user_version = 1;")
            yield database
    except (OSError, sqlite3.Error) as err:
        raise StoreError(
            f"{place}: cannot be used ({err}); make room or mend it; if it is removed, {if_removed}"
        ) from err
