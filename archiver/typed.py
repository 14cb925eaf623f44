"""What did people type that no WARC holds? Watches added by command: kept in a file beside them."""

from __future__ import annotations

import json
from pathlib import Path

from archiver import disk
from archiver.errors import StoreError
from archiver.models import Watch
from archiver.ports import Store
from archiver.store import codec

FILE = "watches.json"


def back_up(store: Store, data_dir: Path) -> None:
    """
    Write down the watches that were added by command, and which are paused.

    Raises:
        StoreError: If the file cannot be written.
    """
    watches = store.watches()
    added = tuple(each for each in watches if each.origin == "command")
    paused = [each.name for each in watches if each.paused]
    text = json.dumps(
        {"watches": json.loads(codec.dump(tuple[Watch, ...], added)), "paused": paused},
        ensure_ascii=False,
        indent=1,
    )
    path = data_dir / FILE
    try:
        disk.put(path, f"{text}\n".encode())
    except OSError as err:
        raise StoreError(f"{path}: cannot be written ({err.strerror}); watches are kept") from err


def restore(store: Store, data_dir: Path) -> int:
    """
    Add the watches of the file again, and pause those that were.

    Returns:
        How many watches were added; 0 if there is no file.

    Raises:
        StoreError: If the file is there and cannot be read.
    """
    path = data_dir / FILE
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        added = codec.load(tuple[Watch, ...], json.dumps(held["watches"]))
        paused = [str(name) for name in held["paused"]]
    except FileNotFoundError:
        return 0
    except (OSError, ValueError, KeyError, TypeError) as err:
        raise StoreError(f"{path}: cannot be read ({err}); mend it or move it away") from err
    for watch in added:
        store.add_watch(watch)
    for name in paused:
        store.pause_watch(name, True)
    return len(added)
