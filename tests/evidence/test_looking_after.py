"""Are the holdings sealed, copied, stamped, read again and repaired?"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.care.custodian import Custodian, custodian, note_settings
from archiver.care.keeping import Keeper, notices
from archiver.care.scrubbing import Progress, due, progress_of, scrub_share
from archiver.care.sealing import copy_sealed, seal_closed
from archiver.care.stamping import checked, lacking, stamp_day, upgrade_all
from archiver.config import EvidenceSettings, Settings
from archiver.errors import StoreError
from archiver.evidence.custody import CustodyLog
from archiver.evidence.seals import Seal, seals
from archiver.services import Services
from tests.evidence.loopback import Calendar, make_authority, recorder, served
from tests.net.recorder import KeptRecords

NOW = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)
DAY_S = 86_400.0


class Clock:
    """A time that tests move."""

    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> dt.datetime:
        return self.at


@pytest.fixture
def clock() -> Clock:
    """Give a clock."""
    return Clock()


@pytest.fixture
def keeper(tmp_path: Path, clock: Clock) -> Custodian:
    """Give who notes."""
    return Custodian(CustodyLog(tmp_path), "schedule", "", clock)


def warc(folder: Path, name: str, body: bytes) -> Path:
    """Make a closed WARC, as far as seals look at it."""
    path = folder / "warc" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(body)
    path.with_name(name.replace(".warc.gz", ".cdxj")).write_bytes(b"index of " + body)
    return path


def folder_of_copies(folder: Path) -> Path:
    """Make the folder of second copies, as its owner does."""
    copies = folder / "copies"
    copies.mkdir()
    return copies


def test_closed_warcs_are_sealed_once(tmp_path: Path, keeper: Custodian) -> None:
    """Each closed one, not those that are written; and never again after a change."""
    path = warc(tmp_path, "a.warc.gz", b"one")
    warc(tmp_path, "b.warc.gz.open", b"two")
    made = seal_closed(tmp_path, keeper).made
    assert made == (Seal("a.warc.gz", f"sha256:{hashlib.sha256(b'one').hexdigest()}", 3),)
    path.write_bytes(b"changed")
    assert seal_closed(tmp_path, keeper).made == ()
    assert seals(keeper.log)["a.warc.gz"] == made[0]


def test_sealing_goes_on_where_time_ended(tmp_path: Path, keeper: Custodian) -> None:
    """Old WARCs are sealed bit by bit; at least one each time."""
    for name in "abc":
        warc(tmp_path, f"{name}.warc.gz", name.encode())
    lefts = [seal_closed(tmp_path, keeper, within_s=0).left for _ in range(3)]
    assert lefts == [2, 1, 0]
    assert len(seals(keeper.log)) == 3


def test_second_copies_are_made_of_what_was_sealed(tmp_path: Path, keeper: Custodian) -> None:
    """With the index; what is damaged already is not copied."""
    warc(tmp_path, "a.warc.gz", b"one")
    bad = warc(tmp_path, "b.warc.gz", b"two")
    seal_closed(tmp_path, keeper)
    bad.write_bytes(b"TWO")
    copies = folder_of_copies(tmp_path)
    assert copy_sealed(tmp_path, keeper, copies, within_s=60) == 1
    assert sorted(each.name for each in copies.glob("a.*")) == ["a.cdxj", "a.warc.gz"]
    assert not list(copies.glob("b.*"))
    assert copy_sealed(tmp_path, keeper, copies, within_s=60) == 0


def test_damage_is_told_and_repaired(tmp_path: Path, keeper: Custodian) -> None:
    """A flipped bit is found; the second copy takes its place, the damaged file stays beside."""
    path = warc(tmp_path, "a.warc.gz", b"one" * 1000)
    seal_closed(tmp_path, keeper)
    copies = folder_of_copies(tmp_path)
    copy_sealed(tmp_path, keeper, copies, within_s=60)
    path.write_bytes(b"0ne" + b"one" * 999)
    found = scrub_share(tmp_path, keeper, verify_every_s=DAY_S, second_copy=copies, rest=0)
    assert (found.damaged, found.repaired) == (("a.warc.gz",), ("a.warc.gz",))
    assert path.read_bytes() == b"one" * 1000
    assert path.with_name("a.warc.gz.damaged").read_bytes().startswith(b"0ne")
    assert progress_of(tmp_path).faults == {}
    assert [line.kind for line in keeper.log.lines()] == ["sealed", "repaired", "verified"]
    assert keeper.log.faults() == ()


def test_lost_warc_comes_back(tmp_path: Path, keeper: Custodian) -> None:
    """One that is gone is repaired too."""
    path = warc(tmp_path, "a.warc.gz", b"one")
    seal_closed(tmp_path, keeper)
    copy_sealed(tmp_path, keeper, folder_of_copies(tmp_path), within_s=60)
    path.unlink()
    scrub_share(tmp_path, keeper, verify_every_s=DAY_S, second_copy=tmp_path / "copies", rest=0)
    assert path.read_bytes() == b"one"


def test_damaged_copy_repairs_nothing(tmp_path: Path, keeper: Custodian, clock: Clock) -> None:
    """A copy without the sealed digest never replaces anything, and the fault is told."""
    path = warc(tmp_path, "a.warc.gz", b"one")
    seal_closed(tmp_path, keeper)
    copies = folder_of_copies(tmp_path)
    copy_sealed(tmp_path, keeper, copies, within_s=60)
    path.write_bytes(b"two")
    (copies / "a.warc.gz").write_bytes(b"six")
    found = scrub_share(tmp_path, keeper, verify_every_s=DAY_S, second_copy=copies, rest=0)
    assert found.repaired == ()
    assert path.read_bytes() == b"two"
    assert sorted(each.name for each in path.parent.iterdir()) == ["a.cdxj", "a.warc.gz"]
    settings = Settings.model_validate({"archive": {"data_dir": str(tmp_path)}})
    assert "not what was sealed" in notices(settings, NOW)[0]
    # It is told until it was found whole again.
    path.write_bytes(b"one")
    clock.at += dt.timedelta(days=2)
    scrub_share(tmp_path, keeper, verify_every_s=DAY_S, second_copy=copies, rest=0)
    assert notices(settings, NOW) == ()


def test_scrub_goes_on_after_a_stop(tmp_path: Path, keeper: Custodian, clock: Clock) -> None:
    """A share each hour; what was stopped in the middle is read again, the rest is not."""
    for name in "abcd":
        warc(tmp_path, f"{name}.warc.gz", name.encode() * 100)
    seal_closed(tmp_path, keeper)
    every = 4 * 3600.0

    def share(*, stopped: bool = False) -> tuple[str, ...]:
        return scrub_share(
            tmp_path,
            keeper,
            verify_every_s=every,
            second_copy=None,
            rest=0,
            going_on=lambda: not stopped,
        ).read

    assert share(stopped=True) == ()
    seen: list[str] = []
    for _ in range(4):
        seen += share()
        clock.at += dt.timedelta(minutes=59)
    assert seen == [f"{name}.warc.gz" for name in "abcd"]
    assert share() == ()
    clock.at += dt.timedelta(minutes=5)
    assert share() == ("a.warc.gz",)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"checked": 1, "faults": {}}', b"\xff"])
def test_broken_progress_means_from_the_start(tmp_path: Path, body: bytes) -> None:
    """What a crash left of the file stops nothing."""
    (tmp_path / "scrub.json").write_bytes(body)
    assert progress_of(tmp_path) == Progress()


@given(
    sizes=st.lists(st.integers(min_value=0, max_value=10**9), min_size=1, max_size=30),
    hours=st.integers(min_value=1, max_value=2000),
)
def test_all_is_read_within_the_period(sizes: list[int], hours: int) -> None:
    """However large the files are, the hourly shares of one period come round to each."""
    known = {f"{n}": Seal(f"{n}", "", size) for n, size in enumerate(sizes)}
    checked: dict[str, str] = {}
    for hour in range(min(hours, 200) + 1):
        now = NOW + dt.timedelta(hours=hour)
        for seal in due(known, Progress(checked, {}), now, hours * 3600.0):
            checked[seal.name] = now.isoformat()
    assert hours > 200 or checked.keys() == known.keys()


async def test_head_is_stamped_daily(tmp_path: Path, keeper: Custodian, clock: Clock) -> None:
    """By an authority and a calendar; once a day, checked offline, upgraded later."""
    clock.at = dt.datetime.now(dt.UTC)
    warc(tmp_path, "a.warc.gz", b"one")
    seal_closed(tmp_path, keeper)
    calendar, records = Calendar(), KeptRecords()
    async with (
        served(make_authority(tmp_path / "a")) as authority,
        served(calendar.answer) as calendar.url,
        recorder(tmp_path, records) as client,
    ):
        evidence = EvidenceSettings.model_validate(
            {
                "timestamp_authority": authority,
                "calendars": [calendar.url],
                "anchors": [tmp_path / "a" / "root.pem"],
            }
        )
        assert "never stamped" in lacking(tmp_path, evidence, clock())
        assert await stamp_day(tmp_path, evidence, client, keeper) == ()
        assert await stamp_day(tmp_path, evidence, client, keeper) == ()
        assert len(records.kept) == 2
        assert lacking(tmp_path, evidence, clock()) == ""
        faults, notes = checked(tmp_path, evidence)
        assert faults == []
        assert "pending" in notes[0]
        assert await upgrade_all(tmp_path, client, keeper) == 0
        calendar.confirmed = True
        assert await upgrade_all(tmp_path, client, keeper) == 1
    assert "Merkle root" in checked(tmp_path, evidence)[1][0]
    assert [line.kind for line in keeper.log.lines()] == ["sealed", "timestamped", "upgraded"]
    assert "last stamped" in lacking(tmp_path, evidence, clock() + dt.timedelta(days=4))


async def test_cut_log_is_told_by_its_stamp(
    tmp_path: Path, keeper: Custodian, clock: Clock
) -> None:
    """What the chain cannot see, that its end was cut off, a stamped head tells."""
    for name in "abc":
        warc(tmp_path, f"{name}.warc.gz", name.encode())
    seal_closed(tmp_path, keeper)
    calendar = Calendar()
    async with served(calendar.answer) as calendar.url, recorder(tmp_path, KeptRecords()) as client:
        evidence = EvidenceSettings.model_validate({"calendars": [calendar.url]})
        await stamp_day(tmp_path, evidence, client, keeper)
    lines = keeper.log.path.read_bytes().splitlines(keepends=True)
    keeper.log.path.write_bytes(b"".join(lines[:2]))
    assert keeper.log.faults() == ()
    assert "its end was cut off" in checked(tmp_path, evidence)[0][0]
    clock.at += dt.timedelta(minutes=1)
    seal_closed(tmp_path, keeper)  # the third again, but later
    assert "is not the one that was stamped" in checked(tmp_path, evidence)[0][0]


async def test_authority_that_fails_is_told_and_asked_again(
    tmp_path: Path, keeper: Custodian
) -> None:
    """What did answer is kept; the rest is a sentence, and another try."""
    warc(tmp_path, "a.warc.gz", b"one")
    seal_closed(tmp_path, keeper)
    calendar = Calendar()
    async with (
        served(lambda path, body: ("404 Not Found", b"")) as authority,
        served(calendar.answer) as calendar.url,
        recorder(tmp_path, KeptRecords()) as client,
    ):
        evidence = EvidenceSettings.model_validate(
            {"timestamp_authority": authority, "calendars": [calendar.url]}
        )
        for _ in range(2):
            (said,) = await stamp_day(tmp_path, evidence, client, keeper)
            assert "gave no timestamp" in said
    assert len(list((tmp_path / "proofs").glob("*.ots"))) == 1
    assert lacking(tmp_path, evidence, NOW)


def test_settings_are_noted_when_they_change(tmp_path: Path, clock: Clock) -> None:
    """Once each; what they say is kept at home, only the digest is in the log."""
    first = Settings.model_validate({"archive": {"data_dir": str(tmp_path)}})
    second = Settings.model_validate(
        {"archive": {"data_dir": str(tmp_path)}, "network": {"contact": "ada@desk.example"}}
    )
    for settings in (first, first, second, second, first):
        note_settings(settings, custodian(settings, clock))
    log = CustodyLog(tmp_path)
    assert [line.kind for line in log.lines()] == ["settings"] * 3
    assert b"ada@desk.example" not in log.path.read_bytes()
    digest = str(list(log.lines())[1].said["settings"]).removeprefix("sha256:")
    kept = (tmp_path / "settings" / f"{digest}.json").read_bytes()
    assert hashlib.sha256(kept).hexdigest() == digest
    assert json.loads(kept)["network"]["contact"] == "ada@desk.example"


@pytest.mark.parametrize("folder", ["gone", "file", "n" * 300])
def test_folder_of_copies_that_cannot_be_used_is_one_sentence(
    tmp_path: Path, keeper: Custodian, folder: str
) -> None:
    """One that is not there is not made: its disk may not be mounted."""
    warc(tmp_path, "a.warc.gz", b"one")
    seal_closed(tmp_path, keeper)
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StoreError, match=r"second copies"):
        copy_sealed(tmp_path, keeper, tmp_path / folder, within_s=60)
    assert not (tmp_path / "gone").exists()


def test_disk_of_copies_that_is_not_mounted_is_told(tmp_path: Path, keeper: Custodian) -> None:
    """The empty folder in its place gets no copies, until somebody says so."""
    warc(tmp_path, "a.warc.gz", b"one")
    seal_closed(tmp_path, keeper)
    copies = folder_of_copies(tmp_path)
    assert copy_sealed(tmp_path, keeper, copies, within_s=60) == 1
    copies.rename(tmp_path / "unmounted")
    copies.mkdir()
    with pytest.raises(StoreError, match="mount its disk"):
        copy_sealed(tmp_path, keeper, copies, within_s=60)
    assert list(copies.iterdir()) == []
    (tmp_path / "second-copy.json").unlink()
    assert copy_sealed(tmp_path, keeper, copies, within_s=60) == 1


def test_rotten_copy_is_found_and_made_anew(
    tmp_path: Path, keeper: Custodian, clock: Clock
) -> None:
    """The scrub reads the second copy too, and mends it from the archive."""
    warc(tmp_path, "a.warc.gz", b"one")
    seal_closed(tmp_path, keeper)
    copies = folder_of_copies(tmp_path)
    copy_sealed(tmp_path, keeper, copies, within_s=60)
    (copies / "a.warc.gz").write_bytes(b"0ne")
    found = scrub_share(tmp_path, keeper, verify_every_s=DAY_S, second_copy=copies, rest=0)
    assert found.damaged == found.repaired == ("second copy of a.warc.gz",)
    assert (copies / "a.warc.gz").read_bytes() == b"one"
    assert (copies / "a.warc.gz.damaged").read_bytes() == b"0ne"
    assert progress_of(tmp_path).faults == {}
    assert [line.said.get("copy") for line in keeper.log.lines()] == [None, True, None]


def test_alarm_ends_soon_after_a_repair(tmp_path: Path, keeper: Custodian, clock: Clock) -> None:
    """What was faulty is read first each time, and told once."""
    path = warc(tmp_path, "a.warc.gz", b"one")
    seal_closed(tmp_path, keeper)
    path.write_bytes(b"two")

    def share() -> tuple[str, ...]:
        clock.at += dt.timedelta(hours=1)
        return scrub_share(
            tmp_path, keeper, verify_every_s=30 * DAY_S, second_copy=None, rest=0
        ).damaged

    assert [share(), share()] == [("a.warc.gz",), ()]
    assert len(list(keeper.log.lines())) == 2
    path.write_bytes(b"one")
    assert share() == ()
    assert progress_of(tmp_path).faults == {}


async def test_refusing_copies_stop_nothing_else(tmp_path: Path, clock: Clock) -> None:
    """One sentence in `archiver status`; WARCs are sealed and read all the same."""
    settings = Settings.model_validate(
        {
            "archive": {"data_dir": str(tmp_path)},
            "evidence": {"second_copy": str(tmp_path / ("n" * 300))},
        }
    )
    warc(tmp_path, "a.warc.gz", b"one")
    who = Custodian(CustodyLog(tmp_path), "schedule", "", clock)
    async with recorder(tmp_path, KeptRecords()) as client:
        none: Any = None  # the keeper asks for the fetcher alone
        ready = Services(
            store=none, fetcher=client, writer=none, sources=(), journal=none, max_hops=1, now=clock
        )
        await Keeper(settings, ready, who).look()
    assert [line.kind for line in who.log.lines()] == ["sealed", "verified"]
    (said,) = notices(settings, NOW)
    assert said.startswith("no second copies are made")
