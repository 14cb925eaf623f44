"""Who does what with the holdings, under which settings? Notes it in the custody log."""

from __future__ import annotations

import datetime as dt
import getpass
import hashlib
import json
import os
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from archiver import __version__
from archiver.care.durable import put
from archiver.config import Settings
from archiver.evidence.custody import CustodyEvent, CustodyKind, CustodyLine, CustodyLog
from archiver.evidence.custody_lines import Fact

SCHEDULE = "schedule"
_FOLDER = "settings"


@dataclass(frozen=True, slots=True)
class Custodian:
    """
    Notes what one process does.

    What it notes goes out with every export, so nothing that names a withheld seed, a reason or a
    place on this machine belongs there.
    """

    log: CustodyLog
    who: str
    settings: str
    now: Callable[[], dt.datetime]

    def note(self, kind: CustodyKind, facts: Mapping[str, Fact] | None = None) -> CustodyLine:
        """Add a line to the log, on the disk when this returns. Raises StoreError."""
        return self.log.append(
            CustodyEvent(
                kind, self.now(), self.who, f"thread-archiver/{__version__}", self.settings,
                facts or {},
            )
        )  # fmt: skip


def custodian(settings: Settings, now: Callable[[], dt.datetime], *, who: str = "") -> Custodian:
    """
    Give who notes for this process; nothing is written yet.

    Args:
        who: `schedule`, or a name; empty for the user of this machine.
    """
    digest = hashlib.sha256(_written(settings)).hexdigest()
    return Custodian(
        CustodyLog(settings.data_dir), who or user_at_machine(), f"sha256:{digest}", now
    )


def note_settings(settings: Settings, keeper: Custodian) -> None:
    """
    Note that the settings changed since the last line, if they did; keep what they say.

    They stay on this machine, in data_dir/settings/<digest>.json: only their digest is in the log.

    Raises:
        StoreError: If the log cannot be written.
    """
    last = keeper.log.last()
    if last is not None and last.said.get("settings") == keeper.settings:
        return
    folder = settings.data_dir / _FOLDER
    kept = folder / f"{keeper.settings.removeprefix('sha256:')}.json"
    if not kept.exists():
        put(kept, _written(settings))
    keeper.note(CustodyKind.SETTINGS)


def user_at_machine() -> str:
    """Give `user@machine`, as far as the machine knows."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # no name for this user id, as in some containers
        user = f"uid-{os.getuid()}"
    return f"{user}@{socket.gethostname()}"


def seed_digest(url: str) -> str:
    """Give what stands in the log for a seed: whoever knows the address can make it again."""
    return f"sha256:{hashlib.sha256(url.encode('utf-8', 'replace')).hexdigest()}"


def closed_warcs(data_dir: Path) -> list[Path]:
    """List the closed WARCs of an archive, in order of name."""
    return sorted((data_dir / "warc").glob("*.warc.gz"))


def _written(settings: Settings) -> bytes:
    said = settings.model_dump(mode="json")
    return json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
