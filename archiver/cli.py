"""Which commands are there? No logic; the parts are imported when a command runs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from typer._click.exceptions import ClickException, NoArgsIsHelpError
from typer._click.exceptions import UsageError as CallError

from archiver import __version__, console, logs
from archiver.commands import (
    capture,
    evidence,
    export,
    holdings,
    look,
    reader,
    replay,
    run,
    watch,
    webhook,
    withhold,
)
from archiver.commands.opened import Given
from archiver.errors import ArchiverError, ConfigError, UsageError

app = typer.Typer(
    help="Captures social threads and every short link in them, and republishes them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for _name, _command in (
    ("capture", capture.capture),
    ("resolve", capture.resolve),
    ("show", look.show),
    ("search", look.search),
    ("where", look.where),
    ("status", look.status),
    ("run", run.run),
    ("serve", run.serve),
    ("publish", run.publish),
    ("demo", run.demo),
    ("withhold", withhold.withhold),
    ("release", withhold.release),
    ("export", export.export),
    ("import", capture.import_files),
    ("verify", holdings.verify),
    ("rebuild", holdings.rebuild),
    ("custody", evidence.custody),
    ("key", evidence.key),
):
    # What follows an option of search may begin with a minus: -not is a word of the question.
    _lenient = {"ignore_unknown_options": True} if _name == "search" else None
    app.command(_name, context_settings=_lenient)(_command)
app.add_typer(watch.app, name="watch")
app.add_typer(reader.app, name="reader")
app.add_typer(webhook.app, name="webhook")
app.add_typer(replay.app, name="replay")

_STOPPED = 130  # what typer makes of Ctrl-C


def _version(wanted: bool) -> None:
    if wanted:
        console.say(f"thread-archiver {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    config: Annotated[
        Path | None,
        typer.Option("--config", envvar="ARCHIVER_CONFIG", help="Settings; default config.toml."),
    ] = None,
    data_dir: Annotated[
        Path | None, typer.Option("--data-dir", help="Folder of the archive; wins over config.")
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    Given.config, Given.data_dir = config, data_dir


def main() -> None:
    """Run the command; every failure is one sentence and an exit code (1 failed, 2 wrong use)."""
    logs.quiet()
    try:
        code = app(standalone_mode=False)
    except ClickException as err:
        sys.exit(_wrong_call(err))
    except (ConfigError, UsageError) as err:
        console.complain(str(err))
        sys.exit(2)
    except ArchiverError as err:
        console.complain(str(err))
        sys.exit(1)
    if code == _STOPPED:
        console.complain("stopped; what was captured is kept, and `archiver run` goes on with it")
    sys.exit(code or 0)


def _wrong_call(err: ClickException) -> int:
    if isinstance(err, NoArgsIsHelpError):  # no command at all: the help is the answer
        err.show()
        return err.exit_code
    asked = err.ctx.command_path if isinstance(err, CallError) and err.ctx else "archiver"
    console.complain(f"{err.format_message().rstrip('.')}; `{asked} --help` shows what there is")
    return 2
