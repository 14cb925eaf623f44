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
PROOFS, HEAD = "proofs", ".head.json"
SCRUB = "scrub.json"
_FOLDER = "settings"
_MOST_TRACES = 20


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
        """
        Add a line to the log, on the disk when this returns.

        Where the log was lost, a line that says so goes first: nobody shall take it for whole.

        Raises:
            StoreError: If the disk refuses.
        """
        if told := traces_of_lost_log(self.log.path.parent):
            self.log.append(self._event(CustodyKind.RESTARTED, {"traces": list(told)}))
        return self.log.append(self._event(kind, facts or {}))

    def _event(self, kind: CustodyKind, facts: Mapping[str, Fact]) -> CustodyEvent:
        software = f"thread-archiver/{__version__}"
        return CustodyEvent(kind, self.now(), self.who, software, self.settings, facts)


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


def traces_of_lost_log(data_dir: Path) -> tuple[str, ...]:
    """Give what tells that there was a custody log, where there is none; nothing if all is well."""
    if CustodyLog(data_dir).path.exists():
        return ()
    heads = sorted(each.name for each in (data_dir / PROOFS).glob(f"*{HEAD}"))
    scrubbed = [SCRUB] if (data_dir / SCRUB).exists() else []
    return (*heads[-_MOST_TRACES:], *scrubbed)


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
