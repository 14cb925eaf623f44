"""Which archive do the words before a command name, and how does a command answer?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from archiver import console
from archiver.errors import UsageError

if TYPE_CHECKING:
    from archiver.bootstrap import Archive
    from archiver.config import Settings
    from archiver.models import Thread, ThreadView

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]
ThreadWords = Annotated[str, typer.Argument(help="Thread id, its first digits, or a URL.")]
DEFAULT_CONFIG = Path("config.toml")


class Given:
    """What stood before the command."""

    config: Path | None = None
    data_dir: Path | None = None


def read_settings() -> Settings:
    """Give what config.toml says; the defaults where there is none. Raises ConfigError."""
    from archiver import config

    if Given.config is None and not DEFAULT_CONFIG.exists():
        return config.without_file(data_dir=Given.data_dir)
    return config.load(Given.config or DEFAULT_CONFIG, data_dir=Given.data_dir)


def open_or_make() -> Archive:
    """Open the archive, with the watches that config.toml names now."""
    from archiver import watching
    from archiver.bootstrap import open_archive

    archive = open_archive(read_settings())
    archive.store.sync_watches(watching.configured(archive.settings))
    return archive


def settings_there() -> Settings:
    """Give the settings of an archive that is there: a mistyped folder is no empty archive."""
    settings = read_settings()
    if not (settings.data_dir / "warc").exists() and not settings.index.exists():
        raise UsageError(f"{settings.data_dir}: there is no archive here; --data-dir names another")
    return settings


def archive_that_is_there(*, synced: bool = False) -> Archive:
    """Open an archive to look at it; `synced` with the watches that config.toml names now."""
    from archiver import watching
    from archiver.bootstrap import open_archive

    archive = open_archive(settings_there())
    if synced:
        archive.store.sync_watches(watching.configured(archive.settings))
    return archive


def thread_named(archive: Archive, words: str) -> Thread:
    """Find a thread by its id, the first digits of it, or a URL. Raises UsageError."""
    found = archive.store.find_thread(words)
    if found is None:
        raise UsageError(f"{words}: no such thread here; `archiver status` lists what there is")
    return found


def view_named(archive: Archive, words: str) -> ThreadView:
    """Give everything that is published of such a thread. Raises UsageError."""
    view = archive.store.view(thread_named(archive, words).id)
    if view is None:
        raise UsageError(f"{words}: is not there any more; `archiver status` lists what there is")
    return view


def answer(line: str, result: dict[str, object], *, as_json: bool) -> None:
    """Print a result: one JSON object, or one line for a person."""
    if as_json:
        console.say_json(result)
    else:
        console.say(line)
