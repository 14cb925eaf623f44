"""How does a command speak? Results on stdout, progress and errors on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from archiver.services import Progress


def say(line: str) -> None:
    """Print one line of a result."""
    sys.stdout.write(_printable(line) + "\n")


def say_json(result: dict[str, Any]) -> None:
    """Print the one JSON object of `--json`."""
    sys.stdout.write(json.dumps(result, ensure_ascii=True) + "\n")


def say_all(lines: Iterable[str]) -> None:
    """Print several lines of a result."""
    for line in lines:
        say(line)


def progress(line: str, *, done: int = 0, total: int = 0) -> None:
    """Tell a step of long work, one line on stderr."""
    sys.stderr.write(_printable(line) + "\n")
    sys.stderr.flush()


@contextmanager
def working(title: str) -> Iterator[Progress]:
    """Show long work: a bar on a terminal, one line per step elsewhere; both on stderr."""
    if not sys.stderr.isatty():
        yield progress
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.fields[title]}", markup=False),
        BarColumn(bar_width=24),
        TextColumn("{task.fields[step]}", markup=False),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None, title=title, step="")

        def tell(line: str, *, done: int = 0, total: int = 0) -> None:
            step = _printable(line)[:100]
            bar.update(task, completed=done, total=total or None, step=step, refresh=True)

        yield tell


def complain(sentence: str) -> None:
    """Tell what went wrong, on stderr."""
    progress(f"archiver: {sentence}")


def _printable(line: str) -> str:
    """Outside text must not move the cursor or colour the terminal."""
    kept = "".join(c if c == "\t" or c.isprintable() else "�" for c in line)
    return kept.encode("utf-8", errors="replace").decode("utf-8")
