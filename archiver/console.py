"""How does a command speak? Results on stdout, progress and errors on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import Any


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


def progress(line: str) -> None:
    """Tell a step of long work, on stderr."""
    sys.stderr.write(_printable(line) + "\n")
    sys.stderr.flush()


def complain(sentence: str) -> None:
    """Tell what went wrong, on stderr."""
    progress(f"archiver: {sentence}")


def _printable(line: str) -> str:
    """Outside text must not move the cursor or colour the terminal."""
    kept = "".join(c if c == "\t" or c.isprintable() else "�" for c in line)
    return kept.encode("utf-8", errors="replace").decode("utf-8")
