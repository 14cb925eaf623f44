"""Where does each record lie? Asked and told once per fsynced batch: the hot path."""

from __future__ import annotations

import datetime as dt
import functools
import json
from collections.abc import Sequence
from itertools import chain
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, bindparam, literal_column, select
from sqlalchemy.dialects.sqlite import insert as insert_or

from archiver.core.imported import PREFIX, is_foreign
from archiver.models import RecordRef, RecordType
from archiver.store.columns import micros, storable, time_of_micros
from archiver.store.database import Database
from archiver.store.imports import IMPORTS, PAST
from archiver.store.tables import RECORD, WARC_FILE

_COLUMNS = (
    "record_id",
    "type",
    "url",
    "at",
    "mime",
    "status",
    "digest",
    "file_id",
    "offset",
    "length",
    "payload_bytes",
    "refers_to",
    "truncated",
)
_MOST_ROWS = 500  # of one statement; SQLite takes 32,766 values

# Spelled out, not built: each step of SQLAlchemy and of the driver costs the captures that wait,
# and a statement that takes all rows of a batch at once gives up the interpreter lock once.
_SELECT = f"SELECT {', '.join(f'record.{each}' for each in _COLUMNS)}, warc_file.name"
# A repeat of ours never rests on a record that others wrote.
_ORIGINALS = f"""
    {_SELECT} FROM json_each(?) AS wanted
    JOIN record ON record.id = (
        SELECT held.id FROM record AS held
        WHERE held.digest = wanted.value AND held.type = 'response'
        AND held.file_id NOT IN (
            SELECT id FROM warc_file WHERE name >= '{PREFIX}' AND name < '{PAST}'
        )
        ORDER BY held.at, held.id LIMIT 1
    )
    JOIN warc_file ON warc_file.id = record.file_id
"""
_BY_ID = f"""
    {_SELECT} FROM record JOIN warc_file ON warc_file.id = record.file_id
    WHERE record.record_id = ?
"""

_INSERT_FILE = insert_or(WARC_FILE).on_conflict_do_nothing()
_LOCATED = select(RECORD, WARC_FILE.c.name.label("filename")).join(
    WARC_FILE, WARC_FILE.c.id == RECORD.c.file_id
)

# Literals, not parameters: only so SQLite sees that its partial indexes fit.
_RESPONSE: ColumnElement[str] = literal_column("'response'")
_REVISIT: ColumnElement[str] = literal_column("'revisit'")
_RESOURCE: ColumnElement[str] = literal_column("'resource'")
_CAPTURES = _LOCATED.where(
    RECORD.c.url == bindparam("wanted"), RECORD.c.type.in_((_RESPONSE, _REVISIT))
).limit(1)
_NAMED = select(WARC_FILE.c.id)
_OURS = RECORD.c.file_id.not_in(IMPORTS)
_OTHERS = RECORD.c.file_id.in_(IMPORTS)
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
        rows = self._database.ask(_ORIGINALS, (json.dumps(list(digests)),))
        refs = [_ref_of_plain(row) for row in rows]
        return {ref.digest: ref for ref in refs if ref.digest}

    def add_records(self, records: Sequence[RecordRef]) -> None:
        """Keep where records lie; known ones are left as they are."""
        if not records:
            return
        self._name_files({record.filename for record in records})
        for start in range(0, len(records), _MOST_ROWS):
            some = records[start : start + _MOST_ROWS]
            values = chain.from_iterable(_values(record, self._file_ids) for record in some)
            self._database.tell(_insert(len(some)), tuple(values))

    def _name_files(self, names: set[str]) -> None:
        """Give each WARC its number, once."""
        for name in names - self._file_ids.keys():
            with self._database.write() as connection:
                connection.execute(_INSERT_FILE, {"name": name})
                found = select(WARC_FILE.c.id).where(WARC_FILE.c.name == name)
                known = connection.execute(found).scalar_one()
            self._file_ids[name] = known  # only now: what was rolled back has no number

    def record(self, record_id: str) -> RecordRef | None:
        """Say where a record lies."""
        rows = self._database.ask(_BY_ID, (record_id,))
        return _ref_of_plain(rows[0]) if rows else None

    def records_in(self, filename: str) -> tuple[RecordRef, ...]:
        """Give all rows of one WARC, by offset."""
        of_file = _LOCATED.where(WARC_FILE.c.name == filename)
        return self._located(of_file.order_by(RECORD.c.offset, RECORD.c.id))

    def record_files(self) -> tuple[str, ...]:
        """Give the names of all WARCs that have rows."""
        with self._database.read() as connection:
            names = connection.execute(select(WARC_FILE.c.name).order_by(WARC_FILE.c.name))
            return tuple(names.scalars())

    def resources(
        self,
        mime: str,
        *,
        since: dt.datetime | None = None,
        until: dt.datetime | None = None,
    ) -> tuple[RecordRef, ...]:
        """Give the resource records of a media type, by time; only of that time, if one is given,
        its ends included."""
        wanted = _LOCATED.where(RECORD.c.type == _RESOURCE, RECORD.c.mime == mime)
        if since is not None:
            wanted = wanted.where(RECORD.c.at >= since)
        if until is not None:
            wanted = wanted.where(RECORD.c.at <= until)
        return self._located(wanted.order_by(RECORD.c.at, RECORD.c.id))

    def nearest_record(self, url: str, at: dt.datetime, *, beside: str = "") -> RecordRef | None:
        """
        Give the response or revisit of a URL whose time is nearest (RFC 7089); the earlier one
        if two are equally near.

        What others wrote and we imported stands in only where we have no capture of that URL: its
        times are anybody's claim, so that a forgery would always be the nearest.

        Args:
            beside: Name of the WARC of a page that needs the URL to be shown. Beside a page of
                ours nothing stands that others wrote; beside an imported one its own import comes
                first. `import-` alone stands for any import.
        """
        for allowed in _allowed(beside):
            asked = {"wanted": url, "moment": at}
            found = self._located(_BEFORE.where(allowed), asked)
            found += self._located(_AFTER.where(allowed), asked)
            if found:
                return min(found, key=lambda ref: abs(ref.at - at))
        return None

    def capture_times(
        self, url: str, *, since: dt.datetime, limit: int = 1_000
    ) -> tuple[dt.datetime, ...]:
        """
        Give the times of the captures of a URL from `since` on, oldest first: of ours, or of
        imported ones where there is none of ours.
        """
        times = (
            select(RECORD.c.at)
            .where(RECORD.c.url == storable(url), RECORD.c.type.in_((_RESPONSE, _REVISIT)))
            .order_by(RECORD.c.at)
        )
        since_then = times.where(RECORD.c.at >= since).limit(limit)
        with self._database.read() as connection:
            is_ours = connection.execute(times.where(_OURS).limit(1)).first() is not None
            wanted = since_then.where(_OURS if is_ours else _OTHERS)
            return tuple(connection.execute(wanted).scalars())

    def _located(
        self, statement: Select[Any], values: dict[str, Any] | None = None
    ) -> tuple[RecordRef, ...]:
        with self._database.read() as connection:
            return tuple(_ref(row) for row in connection.execute(statement, values))


def _allowed(beside: str) -> tuple[ColumnElement[bool], ...]:
    """Say in which WARCs a record may lie, the best first."""
    if not beside:
        return _OURS, _OTHERS
    if not is_foreign(beside):
        return (_OURS,)
    if beside == PREFIX:
        return _OTHERS, _OURS
    return RECORD.c.file_id.in_(_NAMED.where(WARC_FILE.c.name == beside)), _OURS, _OTHERS


@functools.lru_cache(maxsize=_MOST_ROWS)
def _insert(rows: int) -> str:
    row = f"({', '.join('?' * len(_COLUMNS))})"
    values = ", ".join([row] * rows)
    return f"INSERT INTO record ({', '.join(_COLUMNS)}) VALUES {values} ON CONFLICT DO NOTHING"


def _values(record: RecordRef, files: dict[str, int]) -> tuple[Any, ...]:
    return (
        record.record_id,
        record.type.value,
        storable(record.url),
        micros(record.at),
        storable(record.mime),
        record.status,
        record.digest,
        files[record.filename],
        record.offset,
        record.length,
        record.payload_bytes,
        record.refers_to,
        record.truncated,
    )


def _ref_of_plain(row: tuple[Any, ...]) -> RecordRef:
    """Read a row of `_SELECT`, which the driver gives as it stands in the file."""
    found = dict(zip((*_COLUMNS, "filename"), row, strict=True))
    del found["file_id"]
    times = {"type": RecordType(found["type"]), "at": time_of_micros(found["at"])}
    return RecordRef(**found | times)


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
