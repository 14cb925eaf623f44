"""Which commands are there for full replay? No logic."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from archiver import console
from archiver.commands.opened import AsJson, answer

app = typer.Typer(help="Full replay of archived pages, with ReplayWeb.page.", no_args_is_help=True)


@app.command("install")
def replay_install(
    package: Annotated[
        Path | None,
        typer.Option("--package", help="replaywebpage-….tgz, as `npm pack` writes it."),
    ] = None,
    optional: Annotated[
        bool, typer.Option("--optional", help="Not to be had is one sentence, and no failure.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Bring ReplayWeb.page onto this machine: one pinned version, proven by its digest."""
    from archiver import viewer

    try:
        where = viewer.install(package=package)
    except viewer.ViewerMissing as err:
        if not optional:
            raise
        console.complain(str(err))
        return
    answer(
        f"ReplayWeb.page {viewer.VERSION} is in {where}",
        {"version": viewer.VERSION, "folder": str(where)},
        as_json=as_json,
    )
