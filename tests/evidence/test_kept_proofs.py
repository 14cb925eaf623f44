"""Are the calendars' proofs of exports completed after the packages went out?"""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path

from archiver.care.custodian import Custodian
from archiver.care.stamping import upgrade_all
from archiver.evidence.calendars import proof_faults, stamp, state_of
from archiver.evidence.custody import CustodyLog
from archiver.exporting.kept_proofs import keep_proofs
from archiver.packages.manifest import manifest
from tests.evidence.loopback import Calendar, recorder, served
from tests.net.recorder import KeptRecords

NOW = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)


async def test_proof_of_an_export_is_completed_at_home(tmp_path: Path) -> None:
    """The scheduled job finds it below the archive's folder, with what it is of beside it."""
    calendar, keeper = Calendar(), Custodian(CustodyLog(tmp_path), "me@here", "", lambda: NOW)
    stamped = manifest([("thread/a.txt", "sha256:" + hashlib.sha256(b"a").hexdigest())])
    async with served(calendar.answer) as calendar.url, recorder(tmp_path, KeptRecords()) as client:
        ots = await stamp(client, [calendar.url], hashlib.sha256(stamped).digest())
        kept = keep_proofs(tmp_path, stamped, ots)
        assert (kept.parent.name, kept.read_bytes()) == ("exports", ots)
        assert kept.with_suffix("").read_bytes() == stamped
        assert await upgrade_all(tmp_path, client, keeper) == 0
        calendar.confirmed = True
        assert await upgrade_all(tmp_path, client, keeper) == 1
    assert state_of(kept.read_bytes()).blocks
    assert proof_faults(kept.read_bytes(), hashlib.sha256(stamped).digest()) == ()
    assert [line.said["proof"] for line in keeper.log.lines()] == [kept.name]
