"""Which commands are there for watches? No logic; the parts are imported when a command runs."""

from __future__ import annotations

from typing import Annotated

import typer

from archiver import console
from archiver.commands.opened import AsJson, answer, archive_that_is_there, open_or_make
from archiver.errors import UsageError

app = typer.Typer(help="Watches beside those in config.toml.", no_args_is_help=True)


@app.command("add")
def watch_add(
    url: Annotated[str, typer.Argument(help="Thread, account, tag, list, feed, page or file.")],
    name: Annotated[str | None, typer.Option(help="Names its feeds; default: the URL.")] = None,
    every: Annotated[str | None, typer.Option(help="For example 15m, 1h, 1d.")] = None,
    cron: Annotated[str | None, typer.Option(help="Five fields, UTC.")] = None,
    recapture: Annotated[
        list[str] | None, typer.Option(help="An age at which threads are captured again.")
    ] = None,
    tag: Annotated[list[str] | None, typer.Option(help="A tag; repeatable.")] = None,
    embargo: Annotated[
        str | None, typer.Option(help="New threads come to readers only after so long.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Add a watch; a running archiver takes it up within seconds."""
    from archiver import typed, watching
    from archiver.reports import summary
    from archiver.sources import sources

    archive = open_or_make()
    known = sources(archive.settings.platforms)
    watch = watching.from_words(
        url,
        known,
        name=name,
        every=every,
        cron=cron,
        recapture=tuple(recapture or ()),
        tags=tuple(tag or ()),
        embargo=embargo,
    )
    if any(each.name == watch.name for each in archive.store.watches()):
        raise UsageError(f"a watch is named {watch.name!r} already; remove it, or give --name")
    archive.store.add_watch(watch)
    typed.back_up(archive.store, archive.settings.data_dir)
    taken = watching.taken_for(watch.url, known)
    said = {"platform": taken.platform, "kind": taken.kind}
    result: dict[str, object] = {"watch": summary.watch_json(watch) | said}
    answer(f"added {watch.name}, {taken.words}", result, as_json=as_json)


@app.command("list")
def watch_list(as_json: AsJson = False) -> None:
    """List all watches."""
    from archiver.clock import utc_now
    from archiver.reports import standing, summary

    archive = archive_that_is_there(synced=True)
    watches = standing.standings(archive.store, utc_now())
    if as_json:
        console.say_json({"watches": [summary.standing_json(each) for each in watches]})
    else:
        console.say_all(summary.watch_lines(watches))


@app.command("remove")
def watch_remove(name: str, as_json: AsJson = False) -> None:
    """Remove a watch; what it captured stays."""
    from archiver import typed

    archive = archive_that_is_there(synced=True)
    if not archive.store.remove_watch(name):
        raise UsageError(f"no added watch is named {name!r}; those in config.toml end there")
    typed.back_up(archive.store, archive.settings.data_dir)
    answer(f"removed {name}", {"removed": name}, as_json=as_json)


@app.command("pause")
def watch_pause(
    name: str,
    resume: Annotated[bool, typer.Option("--resume", help="Go on again.")] = False,
    as_json: AsJson = False,
) -> None:
    """Pause a watch, or let it go on."""
    from archiver import typed

    archive = archive_that_is_there(synced=True)
    if not archive.store.pause_watch(name, not resume):
        raise UsageError(f"no watch is named {name!r}; `archiver watch list` shows them")
    typed.back_up(archive.store, archive.settings.data_dir)
    word = "resumed" if resume else "paused"
    answer(f"{word} {name}", {word: name}, as_json=as_json)
