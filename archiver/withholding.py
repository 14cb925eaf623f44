"""How does a decision about what may be published come to hold? First in the WARC, then here."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt

from archiver.errors import UsageError
from archiver.evidence.custody_lines import CustodyKind, Fact
from archiver.journal import Decided
from archiver.models import Decision, PolicyState, Thread
from archiver.ports import Store
from archiver.services import Services

_LEAST = dt.timedelta(microseconds=1)


def withheld(
    thread: Thread, now: dt.datetime, *, until: dt.datetime | None, who: str, why: str
) -> Decision:
    """
    Give the decision to keep a thread from readers.

    Args:
        until: When it comes to readers by itself; None for as long as nobody releases it.

    Raises:
        UsageError: If `until` has gone by.
    """
    if until is not None and until <= now:
        raise UsageError(f"{until:%Y-%m-%d %H:%M} UTC has gone by; --until takes a time to come")
    state = PolicyState.WITHHELD if until is None else PolicyState.EMBARGOED
    return Decision(thread.id, state, now, until, who, why)


def released(store: Store, thread: Thread, now: dt.datetime, *, who: str, why: str) -> Decision:
    """
    Give the decision to let readers see a thread.

    Raises:
        UsageError: If they may see it already.
    """
    holds = store.policy_of(thread.id)
    if holds is None or not holds.hidden:
        raise UsageError(f"{thread.id}: is public; `archiver withhold` keeps it from readers")
    return Decision(thread.id, PolicyState.PUBLIC, now, None, who, why)


async def decide(services: Services, decision: Decision) -> Decision:
    """
    Keep a decision: it is in a WARC when this returns, and holds from the next publication on.

    Returns:
        The decision as it was kept: always later than the one that held before.

    Raises:
        StoreError: If it could not be kept.
    """
    holds = await asyncio.to_thread(services.store.policy_of, decision.thread_id)
    if holds is not None and holds.at >= decision.at:  # another machine's clock
        decision = dataclasses.replace(decision, at=holds.at + _LEAST)
    await services.journal.note(Decided(decision))
    await asyncio.to_thread(services.store.decide, decision)
    if services.custodian is not None:
        # The reason stays in the journal: the custody log goes out with every export.
        shown = decision.state is PolicyState.PUBLIC
        kind = CustodyKind.RELEASED if shown else CustodyKind.WITHHELD
        facts: dict[str, Fact] = {"thread": decision.thread_id, "state": decision.state.value}
        if decision.who:
            facts["decided_by"] = decision.who
        if decision.until is not None:
            facts["until"] = str(_rfc3339(decision.until))
        await asyncio.to_thread(services.custodian.note, kind, facts)
    return decision


def decision_json(decision: Decision) -> dict[str, object]:
    """Give a decision as a JSON object."""
    return {
        "thread_id": decision.thread_id,
        "state": decision.state.value,
        "until": _rfc3339(decision.until),
        "who": decision.who,
        "why": decision.why,
        "at": _rfc3339(decision.at),
    }


def decision_line(decision: Decision) -> str:
    """Say a decision in one line."""
    until = f" until {decision.until:%Y-%m-%d %H:%M} UTC" if decision.until else ""
    by = f", by {decision.who}" if decision.who else ""
    why = f": {decision.why}" if decision.why else ""
    return f"{decision.thread_id} is {decision.state.value}{until}{by}{why}"


def _rfc3339(at: dt.datetime | None) -> str | None:
    return None if at is None else at.isoformat().replace("+00:00", "Z")
