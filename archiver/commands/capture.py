"""Which commands bring something in?"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from archiver import console
from archiver.commands.look import thread_shown
from archiver.commands.opened import (
    AsJson,
    open_or_make,
)
from archiver.errors import UsageError

if TYPE_CHECKING:
    from archiver.bootstrap import Archive
    from archiver.models import Chain
    from archiver.now import Captured
    from archiver.services import Progress


def capture(
    seeds: Annotated[list[str], typer.Argument(metavar="URL|FILE...", help="- reads stdin.")],
    snapshots: Annotated[
        bool, typer.Option(help="Snapshot what stands at the end of each link.")
    ] = True,
    browser: Annotated[
        bool, typer.Option("--browser", help="Show the pages to Chromium: pictures, PDF, text.")
    ] = False,
    tag: Annotated[list[str] | None, typer.Option(help="A tag for the thread; repeatable.")] = None,
    embargo: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Keep new threads from readers until then; UTC."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be asked, and its price.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Capture now, once: the thread, the chains of its links, what stands at their ends."""
    if dry_run:
        _estimate(seeds, as_json=as_json)
        return
    from archiver import embargoing
    from archiver.bootstrap import services
    from archiver.clock import utc_now
    from archiver.now import capture_all, how

    until = embargoing.until_given(embargo, utc_now())
    archive = open_or_make()

    async def work(progress: Progress) -> list[Captured]:
        async with services(archive) as ready:
            return await capture_all(
                ready,
                seeds,
                progress,
                tags=tuple(tag or ()),
                snapshots=how(ready, snapshots=snapshots, browser=browser),
                embargo_until=until,
            )

    with console.working("capturing") as progress:
        results = asyncio.run(work(progress))
    if until is not None:
        captured = [each.thread_id for each in results if each.thread_id is not None]
        for line in embargoing.seen_already(archive.store, captured):
            console.complain(line)
    _show_captured(archive, results, as_json=as_json)


def _estimate(seeds: list[str], *, as_json: bool) -> None:
    import os

    from archiver import estimate
    from archiver.clock import utc_now
    from archiver.credentials import authenticators
    from archiver.sources import sources

    archive = open_or_make()
    platforms = archive.settings.platforms
    known = sources(platforms, frozenset(authenticators(platforms, os.environ)))
    given, refused = estimate.estimates(seeds, known, archive.store, utc_now())
    if as_json:
        console.say_json(estimate.estimates_json(given, refused))
    else:
        for each in given:
            console.say_all(estimate.estimate_lines(each))
    for error in refused.values():
        console.complain(str(error))
    if refused:
        raise typer.Exit(2)


def _show_captured(archive: Archive, results: list[Captured], *, as_json: bool) -> None:
    from archiver.reports import report

    shown: list[dict[str, object]] = []
    for each in results:
        if each.thread_id is not None:
            shown.append(thread_shown(archive, each.thread_id, as_json=as_json))
        if each.error is not None:
            shown.append({"seed": each.seed, "error": report.error_json(each.error)})
            console.complain(str(each.error))
    if as_json:
        console.say_json(shown[0] if len(results) == len(shown) == 1 else {"captures": shown})
    errors = [each.error for each in results if each.error is not None]
    if errors:
        raise typer.Exit(2 if all(isinstance(each, UsageError) for each in errors) else 1)


def resolve(
    urls: Annotated[list[str], typer.Argument(metavar="URL...")], as_json: AsJson = False
) -> None:
    """Follow links hop by hop, and record every hop."""
    from archiver.bootstrap import services
    from archiver.reports import report
    from archiver.seeds import is_file, named
    from archiver.targets import resolve as follow

    archive = open_or_make()

    async def work() -> list[Chain]:
        async with services(archive) as ready:
            return [await follow(ready, url if is_file(named(url)) else named(url)) for url in urls]

    chains = asyncio.run(work())
    if as_json:
        console.say_json({"links": [report.chain_json(chain) for chain in chains]})
    else:
        for chain in chains:
            console.say_all(report.chain_lines(chain))
    if all(chain.outcome == "invalid" for chain in chains):
        raise typer.Exit(2)


def import_files(
    files: Annotated[list[str], typer.Argument(metavar="FILE...")], as_json: AsJson = False
) -> None:
    """Take in WARCs, WACZs, data exports of X (ZIP), saved threads, and watches (OPML)."""
    from archiver import typed
    from archiver.bootstrap import services
    from archiver.importing.files import Imported, import_all, imported_json, imported_lines

    archive = open_or_make()

    async def work(progress: Progress) -> list[Imported]:
        async with services(archive) as ready:
            return await import_all(ready, archive, files, progress)

    with console.working("importing") as progress:
        results = asyncio.run(work(progress))
    if any(each.watches for each in results):
        typed.back_up(archive.store, archive.settings.data_dir)
    if as_json:
        console.say_json(imported_json(results))
    else:
        console.say_all(imported_lines(results))
    errors = [each.error for each in results if each.error is not None]
    for error in errors:
        console.complain(str(error))
    if errors:
        raise typer.Exit(2 if all(isinstance(each, UsageError) for each in errors) else 1)
