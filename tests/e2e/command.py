"""The `archiver` command as its users run it: a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
ORACLES = ROOT / ".venv-oracles" / "bin"


@dataclass(frozen=True, slots=True)
class Said:
    """What a command printed, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON object on stdout."""
        return json.loads(self.out)


def environment(folder: Path) -> dict[str, str]:
    """Give an environment in which only our own code and the folder matter."""
    return {"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONPATH": str(ROOT)}


def archiver(
    folder: Path,
    *words: str,
    stdin: str | bytes | None = None,
    env: Mapping[str, str] | None = None,
    timeout_s: float = 90,
) -> Said:
    """
    Run `archiver WORDS` in a folder; its config.toml, if there is one, is used.

    Args:
        env: Added to the environment, such as credentials.
    """
    given = stdin.encode() if isinstance(stdin, str) else stdin
    done = subprocess.run(
        [sys.executable, "-m", "archiver", *words],
        cwd=folder,
        env={**environment(folder), **(env or {})},
        input=given,
        capture_output=True,
        timeout=timeout_s,
        check=False,
    )
    said = Said(done.returncode, done.stdout.decode(), done.stderr.decode())
    assert "Traceback" not in said.err, said.err
    return said
