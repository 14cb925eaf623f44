"""How is a thread exported? No logic; the parts are imported when the command runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from archiver import console
from archiver.commands.opened import AsJson, ThreadWords, archive_that_is_there, view_named
from archiver.errors import UsageError

if TYPE_CHECKING:
    from archiver.bootstrap import Archive
    from archiver.exporting.contents import Reading
    from archiver.exporting.export import Exported, Format


def export(
    thread: ThreadWords,
    format: Annotated[
        str, typer.Option("--format", help="wacz, bagit, json, markdown or pdf.")
    ] = "wacz",
    output: Annotated[
        Path | None, typer.Option("--output", help="File, or a folder for it; default: here.")
    ] = None,
    force: Annotated[
        bool,
        typer.Option(
            "--force",
            help="Replace what stands there; also with a thread that its records do not bear out.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write a thread with all that proves it, for strangers to check."""
    import asyncio
    from functools import partial

    from archiver.checking.reread import require_agreeing
    from archiver.clock import utc_now
    from archiver.exporting import export as exporting
    from archiver.exporting import proving

    archive = archive_that_is_there()
    wanted = _format(format)
    view = view_named(archive, thread)
    now = utc_now().replace(microsecond=0)  # timestamps have whole seconds

    async def work() -> Exported:
        async with proving.proofs(archive, wanted, now, console.complain) as proofs:
            return await asyncio.to_thread(
                exporting.export,
                archive,
                view,
                wanted,
                output,
                now=now,
                reading=_reading(archive),
                proofs=proofs,
                note=partial(proving.note_exported, archive),
                force=force,
            )

    with console.working("exporting"):
        if not force:
            require_agreeing(archive, view.thread.id)
        made = asyncio.run(work())
    if as_json:
        console.say_json(exporting.exported_json(made))
    else:
        console.say_all(exporting.exported_lines(made))
    if made.missing:
        raise typer.Exit(1)


def _format(name: str) -> Format:
    from archiver.exporting.export import Format

    try:
        return Format(name.lower())
    except ValueError:
        known = ", ".join(Format)
        raise UsageError(f"{name!r} is no format; there are {known}") from None


def _reading(archive: Archive) -> Reading:
    from functools import partial

    from archiver.exporting.contents import ROOT, Reading
    from feeds.render import Site
    from feeds.single import led_inside, place_of, single_page

    publish = archive.settings.publish
    return Reading(
        page=partial(single_page, site=Site(publish.base_url, publish.title)),
        inside=partial(led_inside, base_url=publish.base_url, root=ROOT),
        place=place_of,
    )
