"""Which commands check the holdings, and make their index again?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from archiver import console
from archiver.commands.opened import (
    AsJson,
    archive_that_is_there,
    read_settings,
)
from archiver.errors import UsageError


def verify(
    what: Annotated[list[str] | None, typer.Argument(metavar="[THREAD|FILE]...")] = None,
    anchor: Annotated[
        list[Path] | None,
        typer.Option("--anchor", help="PEM file of a certificate to trust; again for more."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check WARCs, WACZs, bags or the whole archive, offline."""
    from archiver.care import keeping
    from archiver.checking.files import is_checkable
    from archiver.checking.holdings import anchors_of, verify_files, verify_holdings
    from archiver.reports import summary

    trusted = anchors_of(anchor or ())
    with console.working("verifying") as progress:
        if what and all(is_checkable(Path(each)) for each in what):  # that needs no archive
            verdict = verify_files([Path(each) for each in what], progress, trusted)
        else:
            archive = archive_that_is_there()
            verdict = verify_holdings(archive, what or [], progress, trusted)
            keeping.note_checked(
                archive,
                files=len(verdict.files),
                records=verdict.records,
                faults=verdict.faults,
            )
    if as_json:
        console.say_json(summary.verdict_json(verdict))
    else:
        console.say_all(summary.verdict_lines(verdict))
    if verdict.faults:
        raise typer.Exit(1)


def rebuild(
    accept_loss: Annotated[
        bool, typer.Option("--accept-loss", help="Go on although WARCs are missing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make the database again from the WARCs; the former one is kept beside it."""
    from archiver import watching
    from archiver.care import keeping
    from archiver.rebuild import rebuild as made_again
    from archiver.reports import summary
    from archiver.sources import sources

    settings = read_settings()
    if not (settings.data_dir / "warc").exists():
        raise UsageError(f"{settings.data_dir}: there is no archive here; --data-dir names another")
    with console.working("rebuilding") as progress:
        result = made_again(
            settings.data_dir,
            sources(settings.platforms),
            watching.configured(settings),
            progress,
            accept_loss=accept_loss,
        )
    keeping.note_rebuilt(settings, records=result.records, threads=result.threads)
    if as_json:
        console.say_json(summary.rebuilt_json(result))
    else:
        console.say_all(summary.rebuilt_lines(result))
    if result.unread:
        raise typer.Exit(1)
