"""Which commands decide what readers may see?"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from archiver.commands.opened import (
    AsJson,
    ThreadWords,
    answer,
    archive_that_is_there,
    thread_named,
)

if TYPE_CHECKING:
    from archiver.bootstrap import Archive
    from archiver.models import Decision

Why = Annotated[str, typer.Option(help="Why; kept with the decision.")]
Who = Annotated[str, typer.Option(envvar="USER", help="Who decided.")]


def withhold(
    thread: ThreadWords,
    until: Annotated[
        str | None, typer.Option("--until", metavar="TIME", help="Public by itself then; UTC.")
    ] = None,
    reason: Why = "",
    by: Who = "",
    as_json: AsJson = False,
) -> None:
    """Take a thread out of all feeds and pages; it stays in the archive."""
    from archiver import withholding
    from archiver.clock import utc_now
    from archiver.reports import versions

    archive = archive_that_is_there(synced=True)
    found = thread_named(archive, thread)
    ends = None if until is None else versions.time_given(until)
    made = withholding.withheld(found, utc_now(), until=ends, who=by, why=reason)
    _decided(archive, made, as_json=as_json)


def release(
    thread: ThreadWords,
    reason: Why = "",
    by: Who = "",
    as_json: AsJson = False,
) -> None:
    """Let readers see a thread again that was withheld or under an embargo."""
    from archiver import withholding
    from archiver.clock import utc_now

    archive = archive_that_is_there(synced=True)
    found = thread_named(archive, thread)
    made = withholding.released(archive.store, found, utc_now(), who=by, why=reason)
    _decided(archive, made, as_json=as_json)


def _decided(archive: Archive, decision: Decision, *, as_json: bool) -> None:
    """Keep a decision, and publish: what is withheld must be gone when the command ends."""
    import scheduler
    from archiver import withholding
    from archiver.bootstrap import services

    async def work() -> Decision:
        async with services(archive) as ready:
            return await withholding.decide(ready, decision)

    made = asyncio.run(work())
    result = scheduler.publish_now(archive)
    said = {"decision": withholding.decision_json(made)}
    files = {"written": result.written, "removed": result.removed}
    answer(withholding.decision_line(made), said | {"published": files}, as_json=as_json)
