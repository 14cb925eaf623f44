"""Which threads may be published, and who decided so?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Row, Select, func, select, update
from sqlalchemy.dialects.sqlite import insert as insert_or

from archiver.models import Decision, PolicyState
from archiver.store.changes import touch
from archiver.store.database import Database
from archiver.store.tables import (
    DECISION,
    MEDIA,
    OBSERVATION,
    POLICY,
    POST,
    REVISION,
    SEED,
    THREAD,
)

HIDDEN: Select[Any] = select(POLICY.c.thread_id).where(POLICY.c.state != PolicyState.PUBLIC.value)
"""The ids of threads that no reader may see: for `~THREAD.c.id.in_(HIDDEN)`."""


class Policies:
    """The part of the store that knows what is withheld (ports.Store)."""

    _database: Database

    def decide(self, decision: Decision) -> None:
        """
        Keep a decision, and let it hold from the next publication on.

        A second time changes nothing; an older one than that which holds is only logged.
        """
        values = _values(decision)
        with self._database.write() as connection:
            connection.execute(insert_or(DECISION).on_conflict_do_nothing().values(values))
            holds = select(POLICY.c.at).where(POLICY.c.thread_id == decision.thread_id)
            at: dt.datetime | None = connection.execute(holds).scalar()
            if at is not None and at >= decision.at:
                return
            statement = insert_or(POLICY).values(values)
            new = {name: statement.excluded[name] for name in values if name != "thread_id"}
            connection.execute(
                statement.on_conflict_do_update(index_elements=["thread_id"], set_=new)
            )
            touch(connection, select(POLICY.c.thread_id).where(
                POLICY.c.thread_id == decision.thread_id
            ))  # fmt: skip

    def policy_of(self, thread_id: str) -> Decision | None:
        """Give the decision that holds for a thread; None if there never was one."""
        with self._database.read() as connection:
            row = connection.execute(select(POLICY).where(POLICY.c.thread_id == thread_id)).first()
        return None if row is None else _decision(row)

    def decisions(self, thread_id: str | None = None) -> tuple[Decision, ...]:
        """Give all decisions, or those about one thread, oldest first."""
        wanted = select(DECISION).order_by(DECISION.c.at, DECISION.c.id)
        if thread_id is not None:
            wanted = wanted.where(DECISION.c.thread_id == thread_id)
        with self._database.read() as connection:
            return tuple(_decision(row) for row in connection.execute(wanted))

    def hidden_threads(self) -> tuple[Decision, ...]:
        """Give the decisions that keep threads from readers now, by thread."""
        hidden = select(POLICY).where(POLICY.c.state != PolicyState.PUBLIC.value)
        with self._database.read() as connection:
            return tuple(map(_decision, connection.execute(hidden.order_by(POLICY.c.thread_id))))

    def is_hidden(self, url: str, record_id: str) -> bool:
        """
        Say whether a record must not be shown, since it is of a thread that no reader may see.

        What only links lead to is not: it is others' pages.
        """
        with self._database.read() as connection:
            if connection.execute(HIDDEN.limit(1)).first() is None:
                return False  # the usual case
            return any(connection.execute(each).first() for each in _hiding(url, record_id))

    def next_embargo_end(self) -> dt.datetime | None:
        """Say when the next embargo ends; a time gone by if none was yet ended since."""
        embargoed = POLICY.c.state == PolicyState.EMBARGOED.value
        with self._database.read() as connection:
            end: dt.datetime | None = connection.execute(
                select(func.min(POLICY.c.until)).where(embargoed)
            ).scalar()
        return end

    def end_embargoes(self, now: dt.datetime) -> int:
        """Make threads public whose embargo is over; the count of them."""
        over = (POLICY.c.state == PolicyState.EMBARGOED.value) & (POLICY.c.until <= now)
        ended = select(POLICY.c.thread_id).where(over)
        with self._database.read() as connection:
            if connection.execute(ended.limit(1)).first() is None:
                return 0  # the usual case, and it need not wait for whoever writes
        with self._database.write() as connection:
            touch(connection, ended)
            made = connection.execute(
                update(POLICY).where(over).values(state=PolicyState.PUBLIC.value)
            )
            return made.rowcount


def _hiding(url: str, record_id: str) -> Iterator[Select[Any]]:
    """Give queries of which one has a row if a hidden thread holds the address or the record."""
    for table in (POST, MEDIA, SEED, THREAD):
        thread_id = table.c.id if table is THREAD else table.c.thread_id
        yield select(thread_id).where(table.c.url == url, thread_id.in_(HIDDEN)).limit(1)
    for table in (OBSERVATION, REVISION):
        names_it = table.c.record_ids.contains(record_id, autoescape=True)
        yield select(table.c.id).where(table.c.thread_id.in_(HIDDEN), names_it).limit(1)
    copies = select(MEDIA.c.url).where(MEDIA.c.record_id == record_id)
    yield copies.where(MEDIA.c.thread_id.in_(HIDDEN)).limit(1)


def _values(decision: Decision) -> dict[str, Any]:
    return {
        "thread_id": decision.thread_id,
        "state": decision.state.value,
        "at": decision.at,
        "until": decision.until,
        "who": decision.who,
        "why": decision.why,
    }


def _decision(row: Row[Any]) -> Decision:
    return Decision(
        thread_id=row.thread_id,
        state=PolicyState(row.state),
        at=row.at,
        until=row.until,
        who=row.who,
        why=row.why,
    )
