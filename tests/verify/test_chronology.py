"""Was a package signed, stamped and put into a block after what it holds? Else it is told."""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import json
from collections.abc import Callable

import pytest
from opentimestamps.core.notary import BitcoinBlockHeaderAttestation
from opentimestamps.core.op import OpSHA256
from opentimestamps.core.serialize import BytesSerializationContext
from opentimestamps.core.timestamp import DetachedTimestampFile, Timestamp

from archiver.checking.chronology import late_faults
from archiver.evidence.timestamps import ask
from tests.evidence.loopback import make_authority, recorder, served
from tests.net.recorder import KeptRecords

NOW = dt.datetime.now(dt.UTC)
DAY = dt.timedelta(days=1)


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A timestamp of now."""
    folder = tmp_path_factory.mktemp("authority")

    async def asked() -> bytes:
        async with (
            served(make_authority(folder / "a")) as url,
            recorder(folder, KeptRecords()) as client,
        ):
            return await ask(client, url, b"x")

    return asyncio.run(asked())


def _signed(created: dt.datetime, token: bytes = b"") -> bytes:
    said = {"created": created.isoformat()}
    if token:
        said["timeSignature"] = base64.b64encode(token).decode()
    return json.dumps({"signedData": said}).encode()


def _ots(height: int) -> bytes:
    stamp = Timestamp(bytes(32))
    stamp.attestations.add(BitcoinBlockHeaderAttestation(height))
    context = BytesSerializationContext()
    DetachedTimestampFile(OpSHA256(), stamp).serialize(context)
    return bytes(context.getbytes())


def test_proofs_of_their_time_have_no_fault(token: bytes) -> None:
    """Signed minutes after the newest record, stamped the same day."""
    height = 840_000 + (NOW - dt.datetime(2024, 4, 20, tzinfo=dt.UTC)) // dt.timedelta(minutes=10)
    signed = _signed(NOW, token)
    newest = NOW + dt.timedelta(minutes=5)
    assert list(late_faults(signed, token, _ots(height), newest, NOW)) == []
    assert list(late_faults(None, None, None, None, NOW)) == []
    assert list(late_faults(b"{", b"x", b"x", NOW, NOW)) == []


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (lambda token: (_signed(NOW - DAY), None, None), "its signature is of"),
        (lambda token: (None, token, None), "it is of"),
        (lambda token: (_signed(NOW + 3 * DAY, token), None, None), "its timeSignature is of"),
        (lambda token: (None, None, _ots(358_391)), " 2015, before what"),
    ],
)
def test_proof_older_than_a_record_is_told(
    token: bytes,
    given: Callable[[bytes], tuple[bytes | None, bytes | None, bytes | None]],
    words: str,
) -> None:
    """Nobody can sign or stamp what is not there yet."""
    ((_, phrase),) = late_faults(*given(token), NOW + 2 * DAY, NOW + 2 * DAY)
    assert words in phrase


def test_timestamp_of_tomorrow_is_told(token: bytes) -> None:
    """More than a day after the check."""
    ((name, phrase),) = late_faults(None, token, None, None, NOW - 2 * DAY)
    assert name.endswith(".tsr")
    assert "yet to come" in phrase
