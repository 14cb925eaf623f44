"""Which figures shall be measured? All, or those named: python -m bench [NAME …]."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from pathlib import Path

_FOLDER = Path(__file__).parent


def figures() -> tuple[str, ...]:
    """Give the names of all figures: the modules here that have a `run`."""
    names = sorted(each.name for each in pkgutil.iter_modules([str(_FOLDER)]))
    return tuple(name for name in names if "\ndef run(" in (_FOLDER / f"{name}.py").read_text())


def main(wanted: list[str]) -> int:
    """Print one line per figure; 2 if a name is not known."""
    known = figures()
    unknown = [name for name in wanted if name not in known]
    if unknown:
        print(f"there is no figure {', '.join(unknown)}; there are {', '.join(known)}")
        return 2
    for name in wanted or known:
        print(importlib.import_module(f"bench.{name}").run(), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
