"""Is the folder of second copies there, and is it the one that we began?"""

from __future__ import annotations

import json
import secrets
from pathlib import Path

from archiver.care.durable import put
from archiver.errors import StoreError

MARKER = "thread-archiver-copies.json"
KNOWN = "second-copy.json"


def ready(data_dir: Path, folder: Path) -> None:
    """
    Make sure that second copies go where they went before.

    A disk that is not mounted leaves an empty folder, or none. So the folder is never made, and
    has a marker whose name for it is kept below data_dir.

    Raises:
        StoreError: If the folder is not there, is another one, or cannot be used.
    """
    known = _marks(data_dir / KNOWN)
    try:
        if not folder.is_dir():
            raise StoreError(
                f"{folder}: this folder of second copies is not there; mount its disk, or make it"
            )
        found = _marks(folder / MARKER).get("id", "")
    except OSError as err:
        raise StoreError(
            f"{folder}: second copies cannot be kept there ({err.strerror}); see to the disk"
        ) from err
    wanted = known.get(str(folder))
    if wanted is not None and wanted != found:
        raise StoreError(
            f"{folder}: is not the folder that second copies went to before; mount its disk, or "
            f"remove {data_dir / KNOWN} to begin there anew"
        )
    if not found:
        found = secrets.token_hex(16)
        put(folder / MARKER, json.dumps({"id": found}).encode() + b"\n")
    if wanted is None:
        put(data_dir / KNOWN, json.dumps(known | {str(folder): found}, indent=1).encode() + b"\n")


def _marks(path: Path) -> dict[str, str]:
    """Read a marker; one that is not there or broken says nothing. Raises OSError."""
    try:
        said = json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return {}
    return {str(key): str(value) for key, value in said.items()} if isinstance(said, dict) else {}
