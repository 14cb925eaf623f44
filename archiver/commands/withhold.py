"""Which commands decide what readers may see?"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from archiver.commands.opened import (
    AsJson,
    answer,
    archive_that_is_there,
)
from archiver.errors import UsageError

if TYPE_CHECKING:
    from archiver.bootstrap import Archive
    from archiver.models import Decision, Thread


def withhold(
    thread: Annotated[str, typer.Argument(help="Thread id, its first digits, or a URL.")],
    until: Annotated[
        str | None, typer.Option("--until", metavar="TIME", help="Public by itself then; UTC.")
    ] = None,
    reason: Annotated[str, typer.Option(help="Why; kept with the decision.")] = "",
    by: Annotated[str, typer.Option(envvar="USER", help="Who decided.")] = "",
    as_json: AsJson = False,
) -> None:
    """Take a thread out of all feeds and pages; it stays in the archive."""
    from archiver import withholding
    from archiver.bootstrap import utc_now
    from archiver.reports import versions

    archive = archive_that_is_there(synced=True)
    found = _named(archive, thread)
    ends = None if until is None else versions.time_given(until)
    made = withholding.withheld(found, utc_now(), until=ends, who=by, why=reason)
    _decided(archive, made, as_json=as_json)


def release(
    thread: Annotated[str, typer.Argument(help="Thread id, its first digits, or a URL.")],
    reason: Annotated[str, typer.Option(help="Why; kept with the decision.")] = "",
    by: Annotated[str, typer.Option(envvar="USER", help="Who decided.")] = "",
    as_json: AsJson = False,
) -> None:
    """Let readers see a thread again that was withheld or under an embargo."""
    from archiver import withholding
    from archiver.bootstrap import utc_now

    archive = archive_that_is_there(synced=True)
    found = _named(archive, thread)
    made = withholding.released(archive.store, found, utc_now(), who=by, why=reason)
    _decided(archive, made, as_json=as_json)


def _named(archive: Archive, words: str) -> Thread:
    found = archive.store.find_thread(words)
    if found is None:
        raise UsageError(f"{words}: no such thread here; `archiver status` lists what there is")
    return found


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
