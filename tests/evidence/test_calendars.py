"""Does a digest get into a proof that others can check, and is a false one told?"""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from archiver.errors import FetchError
from archiver.evidence.calendars import block_faults, proof_faults, stamp, state_of, upgrade
from tests.evidence.loopback import HEIGHT, Calendar, recorder, served
from tests.net.recorder import KeptRecords

DIGEST = hashlib.sha256(b"list").digest()


async def test_proof_is_pending_and_then_names_a_block(tmp_path: Path) -> None:
    """A calendar takes it, knows nothing yet, and later names the block."""
    calendar, records = Calendar(), KeptRecords()
    async with served(calendar.answer) as url:
        calendar.url = url
        async with recorder(tmp_path, records) as client:
            pending = await stamp(client, [url], DIGEST)
            assert state_of(pending).pending == (url,)
            assert proof_faults(pending, DIGEST) == ()
            assert await upgrade(client, pending) == pending
            calendar.confirmed = True
            full = await upgrade(client, pending)
    ((height, root),) = state_of(full).blocks
    assert height == HEIGHT
    assert proof_faults(full, DIGEST) == ()
    assert DIGEST not in calendar.taken, "the calendar must not learn the digest"
    assert len(records.kept) == 3
    # Block headers: one that is none, and the last step told apart.
    assert "none of Bitcoin's" in proof_faults(full, DIGEST, {height: bytes(80)})[0]
    assert len(root) == 64


async def test_one_of_several_calendars_is_enough(tmp_path: Path) -> None:
    """One that is broken is passed over; if all are, that is an error that names them."""
    calendar = Calendar()
    async with (
        served(lambda path, body: ("200 OK", b"nonsense")) as broken,
        served(calendar.answer) as url,
        recorder(tmp_path, KeptRecords()) as client,
    ):
        calendar.url = url
        ots = await stamp(client, [broken, url], DIGEST)
        assert state_of(ots).pending == (url,)
        with pytest.raises(FetchError, match=r"127\.0\.0\.1"):
            await stamp(client, [broken], DIGEST)
        with pytest.raises(FetchError, match="none is configured"):
            await stamp(client, [], DIGEST)


async def test_false_proofs_are_told(tmp_path: Path) -> None:
    """Of another digest, cut anywhere, or with bytes behind it."""
    calendar = Calendar()
    async with served(calendar.answer) as url, recorder(tmp_path, KeptRecords()) as client:
        calendar.url = url
        ots = await stamp(client, [url], DIGEST)
    assert proof_faults(ots, hashlib.sha256(b"other").digest())
    assert proof_faults(ots + b"x", DIGEST)
    assert all(proof_faults(ots[:at], DIGEST) for at in range(len(ots)))
    assert proof_faults(bytes(2_000_000), DIGEST)


@pytest.mark.parametrize(
    ("height", "words"),
    [
        (0, "about January 2009"),
        (399_990, " 2016"),
        (900_000, "about June 2025"),
        (2_000_000, "not there yet"),
        (2**60, "not there yet"),
    ],
)
def test_block_of_another_time_is_told(height: int, words: str) -> None:
    """Far before what it should attest, or after today."""
    now = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)
    (fault,) = block_faults(height, now, now)
    assert words in fault


def test_block_of_its_time_is_none() -> None:
    """Real blocks: their heights and days, and what was stamped on the same day."""
    for height, day in (
        (100_000, dt.date(2010, 12, 29)),
        (358_391, dt.date(2015, 5, 28)),
        (500_000, dt.date(2017, 12, 18)),
        (700_000, dt.date(2021, 9, 11)),
        (900_000, dt.date(2025, 6, 6)),
    ):
        at = dt.datetime.combine(day, dt.time(), dt.UTC)
        assert list(block_faults(height, at, at)) == []
        assert list(block_faults(height, None, at)) == []


@given(st.binary(max_size=300))
@example(b"\xf2")  # a step that the library warns of
def test_any_bytes_are_judged(noise: bytes) -> None:
    """What comes from outside never raises."""
    magic = b"\x00OpenTimestamps\x00\x00Proof\x00\xbf\x89\xe2\xe8\x84\xe8\x92\x94\x01\x08" + DIGEST
    for each in (noise, magic + noise):
        assert isinstance(proof_faults(each, DIGEST), tuple)
