"""Which threads were published once, and are withheld now?"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from feeds.publish.folder import Folder

GONE = ".gone"
"""Below publish_dir: ids of withheld threads, sorted, one a line."""


def write_gone(folder: Folder, thread_ids: Iterable[str]) -> None:
    """Write the list, unless it says the same. Raises PublishError."""
    folder.put(GONE, "".join(f"{each}\n" for each in sorted(thread_ids)).encode())


def gone(publish_dir: Path) -> frozenset[str]:
    """Give the ids of withheld threads; empty if nothing was published yet."""
    try:
        return frozenset((publish_dir / GONE).read_text("ascii", "replace").split())
    except OSError:
        return frozenset()
