"""Which threads may be published, and who decided so?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select, text, update
from sqlalchemy.dialects.sqlite import insert as insert_or

from archiver.models import Author, Decision, PolicyState, Post
from archiver.store import codec
from archiver.store.changes import touch
from archiver.store.database import Database
from archiver.store.tables import (
    CHAIN,
    DECISION,
    IS_SEALED,
    LINK,
    MEDIA,
    OBSERVATION,
    POLICY,
    POST,
    RECORD,
    REVISION,
    SEED,
    SNAPSHOT,
    THREAD,
)

HIDDEN: Select[Any] = select(POLICY.c.thread_id).where(POLICY.c.state != PolicyState.PUBLIC.value)
"""The ids of threads that no reader may see: for `~THREAD.c.id.in_(HIDDEN)`."""

_SEALED_POST = POST.alias("sealed_post")
_SEALING: Select[Any] = select(_SEALED_POST.c.thread_id).where(text(IS_SEALED))
_TEXTS_FOR_PROGRAMS = ("application/json", "text/json", "application/x-ndjson")


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

    def sealed_threads(self) -> tuple[str, ...]:
        """Give the ids of threads that hold a post which must not be published, in their order."""
        found = _SEALING.distinct().order_by(_SEALED_POST.c.thread_id)
        with self._database.read() as connection:
            return tuple(connection.execute(found).scalars())

    def is_hidden(self, url: str, record_id: str, *, of_page: bool = False) -> bool:
        """
        Say whether a record must not be shown to readers.

        It must not if it belongs to a thread that no reader may see, or to one that holds a sealed
        post: an answer that such a thread was read from, its page or that of one of its posts, a
        medium that no post holds which may be shown. Nor if it is an answer for programs (JSON):
        whose words those hold, a list of an account for one, cannot be told in general. What links
        lead to is others' pages and may be shown, JSON too.

        Args:
            url: Address of the record.
            record_id: Its id.
            of_page: It is known that a page asked for it, so JSON is shown.
        """
        with self._database.read() as connection:
            if not of_page and _is_for_programs(connection, url, record_id):
                return True
            if _is_any(connection, HIDDEN) and (
                _is_named(connection, HIDDEN, url, record_id)
                or any(_media_of(connection, HIDDEN, url, record_id))
            ):
                return True
            return _is_any(connection, _SEALING) and (
                _is_named(connection, _SEALING, url, record_id)
                or _is_sealed_medium(connection, url, record_id)
            )

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


def _is_any(connection: Connection, kept: Select[Any]) -> bool:
    return connection.execute(kept.limit(1)).first() is not None


def _is_for_programs(connection: Connection, url: str, record_id: str) -> bool:
    """Say whether a record is JSON at an address to which no link leads."""
    found = select(RECORD.c.mime).where(RECORD.c.record_id == record_id)
    mime = str(connection.execute(found).scalar() or "").strip().lower()
    if not (mime in _TEXTS_FOR_PROGRAMS or mime.endswith("+json")):
        return False
    led = (
        select(LINK.c.uri_r).where(LINK.c.uri_r == url),
        select(CHAIN.c.id).where(CHAIN.c.page == url),
        select(SNAPSHOT.c.id).where(SNAPSHOT.c.url == url),
    )
    return not any(_is_any(connection, each) for each in led)


def _is_named(connection: Connection, kept: Select[Any], url: str, record_id: str) -> bool:
    """Say whether such a thread has this address, or was read from this record."""
    for table in (POST, SEED, THREAD):
        thread_id = table.c.id if table is THREAD else table.c.thread_id
        is_kept = kept.where(kept.selected_columns[0] == thread_id).exists()
        if _is_any(connection, select(thread_id).where(table.c.url == url, is_kept)):
            return True
    for table in (OBSERVATION, REVISION):
        names_it = table.c.record_ids.contains(record_id, autoescape=True)
        if _is_any(connection, select(table.c.id).where(table.c.thread_id.in_(kept), names_it)):
            return True
    return False


def _media_of(
    connection: Connection, kept: Select[Any], url: str, record_id: str
) -> Iterator[tuple[str, str]]:
    """Give thread and address of the media of such threads that are at the address or recorded."""
    for is_it in (MEDIA.c.url == url, MEDIA.c.record_id == record_id):
        rows = select(MEDIA.c.thread_id, MEDIA.c.url).where(is_it, MEDIA.c.thread_id.in_(kept))
        yield from (tuple(row) for row in connection.execute(rows))


def _is_sealed_medium(connection: Connection, url: str, record_id: str) -> bool:
    """Say whether only what is sealed holds a medium."""
    return any(
        medium not in _shown_media(connection, thread_id)
        for thread_id, medium in _media_of(connection, _SEALING, url, record_id)
    )


def _shown_media(connection: Connection, thread_id: str) -> frozenset[str | None]:
    """Give the addresses of what may be shown of a thread that holds a sealed post."""
    rows = connection.execute(
        select(POST.c.body)
        .where(POST.c.thread_id == thread_id)
        .order_by(POST.c.position, POST.c.id)
    )
    posts = [codec.load(Post, body) for body in rows.scalars()]
    if posts[0].sealed:
        return frozenset()
    author = select(THREAD.c.author).where(THREAD.c.id == thread_id)
    avatar = codec.load(Author, connection.execute(author).scalar_one()).avatar_url
    shown = (media for each in posts if not each.sealed for media in each.media)
    return frozenset((avatar, *(url for each in shown for url in (each.url, each.preview_url))))


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
