"""Which rows come from files that others wrote? Asked of the names of the WARCs."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, Select, select

from archiver.core.imported import PREFIX
from archiver.store.tables import RECORD, WARC_FILE

PAST = f"{PREFIX[:-1]}{chr(ord(PREFIX[-1]) + 1)}"
"""The first name behind those of imports: a range of names is what their index answers."""

IMPORTS: Select[tuple[int]] = select(WARC_FILE.c.id).where(
    WARC_FILE.c.name >= PREFIX, WARC_FILE.c.name < PAST
)
"""The numbers of their WARCs."""


def foreign_among(connection: Connection, record_ids: Iterable[str | None]) -> frozenset[str]:
    """Give those of some records that others wrote."""
    wanted = {each for each in record_ids if each}
    if not wanted or connection.execute(IMPORTS.limit(1)).first() is None:
        return frozenset()  # the usual case
    theirs = select(RECORD.c.record_id).where(RECORD.c.file_id.in_(IMPORTS))
    return frozenset(
        each
        for some in _parts(sorted(wanted))
        for each in connection.execute(theirs.where(RECORD.c.record_id.in_(some))).scalars()
    )


def _parts(ids: list[str], most: int = 500) -> list[list[str]]:
    return [ids[start : start + most] for start in range(0, len(ids), most)]
