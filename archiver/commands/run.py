"""Which commands run the archiver, or a part of it?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from archiver import console
from archiver.commands.opened import (
    AsJson,
    Given,
    answer,
    archive_that_is_there,
    read_settings,
    settings_there,
)

if TYPE_CHECKING:
    pass


def run() -> None:
    """Run scheduler, worker and web app in one process."""
    import scheduler

    scheduler.run(read_settings())


def serve() -> None:
    """Serve the published feeds and pages."""
    import scheduler

    scheduler.serve(settings_there())


def publish(
    everything: Annotated[bool, typer.Option("--all", help="Render everything again.")] = False,
    as_json: AsJson = False,
) -> None:
    """Render what changed into publish_dir."""
    import scheduler

    archive = archive_that_is_there(synced=True)
    result = scheduler.publish_now(archive, everything=everything)
    where = str(archive.settings.publish_dir)
    answer(
        f"{result.written} files written, {result.unchanged} unchanged, in {where}",
        {"written": result.written, "unchanged": result.unchanged, "publish_dir": where},
        as_json=as_json,
    )


def demo(
    once: Annotated[bool, typer.Option("--once", help="Capture, publish and end.")] = False,
    browser: Annotated[
        bool, typer.Option("--browser", help="With --once: show the pages to Chromium.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Run the whole path on a small web served on loopback; no internet needed."""
    import scheduler
    from archiver.bootstrap import open_archive
    from archiver.reports import summary

    settings = scheduler.demo_settings(read_settings(), own_folder=Given.data_dir is None)
    if not once:
        scheduler.run(settings)
        return
    archive = open_archive(settings)
    with console.working("capturing the demo web") as progress:
        captured = scheduler.demo_once(archive, progress, browser=browser)
    result = summary.demo_json(archive, captured)
    if as_json:
        console.say_json(result)
    else:
        console.say_all(summary.demo_lines(result))
    errors = [each.error for each in captured if each.error is not None]
    for error in errors:
        console.complain(str(error))
    if errors:
        raise typer.Exit(1)
