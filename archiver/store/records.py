"""Where does each record lie? Asked and told once per fsynced batch: the hot path."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    bindparam,
    func,
    literal_column,
    select,
)
from sqlalchemy.dialects.sqlite import insert as insert_or

from archiver.models import RecordRef, RecordType
from archiver.store.database import Database
from archiver.store.tables import RECORD, WARC_FILE

# Statements are built once: SQLAlchemy then finds the compiled text by identity.
_INSERT = insert_or(RECORD).on_conflict_do_nothing()
_INSERT_FILE = insert_or(WARC_FILE).on_conflict_do_nothing()
_LOCATED = select(RECORD, WARC_FILE.c.name.label("filename")).join(
    WARC_FILE, WARC_FILE.c.id == RECORD.c.file_id
)

# Literals, not parameters: only so SQLite sees that its partial indexes fit.
_RESPONSE: ColumnElement[str] = literal_column("'response'")
_REVISIT: ColumnElement[str] = literal_column("'revisit'")


def _originals() -> Select[Any]:
    """One look-up per digest, however many records share it (empty bodies are in the thousands)."""
    wanted = func.json_each(bindparam("digests")).table_valued("value", name="wanted")
    held = RECORD.alias("held")
    first = (
        select(held.c.id)
        .where(held.c.digest == wanted.c.value, held.c.type == _RESPONSE)
        .order_by(held.c.at, held.c.id)
        .limit(1)
        .correlate(wanted)
        .scalar_subquery()
    )
    return (
        select(RECORD, WARC_FILE.c.name.label("filename"))
        .select_from(wanted)
        .join(RECORD, RECORD.c.id == first)
        .join(WARC_FILE, WARC_FILE.c.id == RECORD.c.file_id)
    )


_ORIGINALS = _originals()
_CAPTURES = _LOCATED.where(
    RECORD.c.url == bindparam("wanted"), RECORD.c.type.in_((_RESPONSE, _REVISIT))
).limit(1)
_BEFORE = _CAPTURES.where(RECORD.c.at <= bindparam("moment")).order_by(RECORD.c.at.desc())
_AFTER = _CAPTURES.where(RECORD.c.at > bindparam("moment")).order_by(RECORD.c.at)


class Records:
    """The record part of the store (ports.RecordIndex, ports.Store)."""

    _database: Database
    _file_ids: dict[str, int]

    def originals(self, digests: Sequence[str]) -> dict[str, RecordRef]:
        """Find, for each payload digest, the response record that first held it."""
        if not digests:
            return {}
        with self._database.read() as connection:
            rows = connection.execute(_ORIGINALS, {"digests": json.dumps(list(digests))})
            return {row.digest: _ref(row) for row in rows}

    def add_records(self, records: Sequence[RecordRef]) -> None:
        """Keep where records lie; known ones are left as they are."""
        if not records:
            return
        with self._database.write() as connection:
            files = self._ids_of(connection, {record.filename for record in records})
            connection.execute(_INSERT, [_values(record, files) for record in records])
        self._file_ids.update(files)  # only now: what was rolled back has no id

    def _ids_of(self, connection: Connection, names: Iterable[str]) -> dict[str, int]:
        files = {}
        for name in names:
            known = self._file_ids.get(name)
            if known is None:
                connection.execute(_INSERT_FILE, {"name": name})
                found = select(WARC_FILE.c.id).where(WARC_FILE.c.name == name)
                known = connection.execute(found).scalar_one()
            files[name] = known
        return files

    def record(self, record_id: str) -> RecordRef | None:
        """Say where a record lies."""
        found = self._located(_LOCATED.where(RECORD.c.record_id == record_id))
        return found[0] if found else None

    def records_in(self, filename: str) -> tuple[RecordRef, ...]:
        """Give all rows of one WARC, by offset."""
        of_file = _LOCATED.where(WARC_FILE.c.name == filename)
        return self._located(of_file.order_by(RECORD.c.offset, RECORD.c.id))

    def record_files(self) -> tuple[str, ...]:
        """Give the names of all WARCs that have rows."""
        with self._database.read() as connection:
            names = connection.execute(select(WARC_FILE.c.name).order_by(WARC_FILE.c.name))
            return tuple(names.scalars())

    def nearest_record(self, url: str, at: dt.datetime) -> RecordRef | None:
        """Give the response or revisit of a URL whose time is nearest (RFC 7089); the earlier one
        if two are equally near."""
        asked = {"wanted": url, "moment": at}
        found = self._located(_BEFORE, asked) + self._located(_AFTER, asked)
        return min(found, key=lambda ref: abs(ref.at - at), default=None)

    def _located(
        self, statement: Select[Any], values: dict[str, Any] | None = None
    ) -> tuple[RecordRef, ...]:
        with self._database.read() as connection:
            return tuple(_ref(row) for row in connection.execute(statement, values))


def _values(record: RecordRef, files: dict[str, int]) -> dict[str, Any]:
    return {
        "record_id": record.record_id,
        "type": record.type.value,
        "url": record.url,
        "at": record.at,
        "mime": record.mime,
        "status": record.status,
        "digest": record.digest,
        "file_id": files[record.filename],
        "offset": record.offset,
        "length": record.length,
        "payload_bytes": record.payload_bytes,
        "refers_to": record.refers_to,
        "truncated": record.truncated,
    }


def _ref(row: Row[Any]) -> RecordRef:
    return RecordRef(
        record_id=row.record_id,
        type=RecordType(row.type),
        url=row.url,
        at=row.at,
        mime=row.mime,
        status=row.status,
        digest=row.digest,
        filename=row.filename,
        offset=row.offset,
        length=row.length,
        payload_bytes=row.payload_bytes,
        refers_to=row.refers_to,
        truncated=row.truncated,
    )
