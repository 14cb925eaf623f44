"""From capture to a checked package: is all that was done proven, also to strangers?"""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from zipfile import ZipFile

import pytest

from archiver.packages.manifest import CALENDARS, MANIFEST, TIMESTAMP
from tests.e2e.command import Said, archiver
from tests.evidence.loopback import Calendar, make_authority, openssl, served
from tests.evidence.test_timestamps import make_domain

THREAD = "http://social.example/@harbour_desk/110000000000000001"
DIGEST = "datapackage-digest.json"


@pytest.fixture
def held(demo: tuple[Path, Said], tmp_path: Path) -> Path:
    """Give a folder with a copy of the demo's archive."""
    shutil.copytree(demo[0] / "data", tmp_path / "data")
    (tmp_path / "config.toml").write_text('[archive]\ndata_dir = "data"\n')
    return tmp_path


@pytest.fixture
async def stamped(held: Path) -> AsyncIterator[Path]:
    """Give the same, with an authority and a calendar on loopback."""
    calendar = Calendar()
    async with (
        served(make_authority(held / "a")) as authority,
        served(calendar.answer) as calendar.url,
    ):
        (held / "config.toml").write_text(
            '[archive]\ndata_dir = "data"\n[network]\nallow_private = ["127.0.0.0/8"]\n'
            f'[evidence]\ntimestamp_authority = "{authority}"\ncalendars = ["{calendar.url}"]\n'
            'anchors = ["a/root.pem"]\n'
        )
        yield held


def test_all_that_is_done_is_noted(held: Path) -> None:
    """Capture, seal, verification, withholding and export stand in the log, and the chain holds."""
    assert archiver(held, "verify").code == 0
    assert archiver(held, "withhold", THREAD, "--reason", "secret reason").code == 0
    assert archiver(held, "release", THREAD).code == 0
    assert archiver(held, "export", THREAD, "--output", "x.wacz").code == 0
    said = archiver(held, "custody", "--check", "--json").json
    kinds = [line["kind"] for line in said["lines"]]
    assert {"captured", "sealed", "verified", "withheld", "released", "exported"} <= {*kinds}
    assert said["faults"] == []
    log = (held / "data" / "custody.jsonl").read_bytes()
    assert b"secret reason" not in log
    assert b"social.example" not in log, "the log goes to strangers"


def test_changed_log_is_told(held: Path) -> None:
    """A line that was changed is found by the log's own check and by `verify`."""
    log = held / "data" / "custody.jsonl"
    log.write_bytes(log.read_bytes().replace(b'"crawl":1', b'"crawl":7', 1))
    checked = archiver(held, "custody", "--check")
    assert checked.code == 1
    assert "line 3" in checked.out
    assert archiver(held, "verify").code == 1


def test_package_holds_the_log_and_a_signature(held: Path) -> None:
    """The key in it is the one that `archiver key` prints."""
    assert archiver(held, "export", THREAD, "--output", "x.wacz").code == 0
    with ZipFile(held / "x.wacz") as package:
        signed = json.loads(package.read(DIGEST))["signedData"]
        lines = package.read("custody/custody.jsonl").splitlines()
    assert signed["publicKey"] == archiver(held, "key", "--json").json["public_key"]
    assert {"captured", "sealed"} <= {json.loads(line)["kind"] for line in lines}
    assert archiver(held, "verify", "x.wacz").code == 0


async def test_package_is_stamped(stamped: Path, oracle: Callable[[str], Path]) -> None:
    """By authority and calendar; openssl, sha256sum and `wacz validate` say what `verify` says."""
    made = await asyncio.to_thread(archiver, stamped, "export", THREAD, "--output", "x.wacz")
    assert made.code == 0, made.err
    words = ("verify", "x.wacz", "--anchor", "a/root.pem", "--json")
    told = await asyncio.to_thread(archiver, stamped, *words)
    assert told.code == 0
    assert "a trusted authority says" in told.out
    assert "pending" in told.out
    with ZipFile(stamped / "x.wacz") as package:
        package.extractall(stamped)
        ots = package.read(CALENDARS)
    asked = ("-data", MANIFEST, "-in", TIMESTAMP, "-CAfile", "a/root.pem")
    assert b"Verification: OK" in openssl(stamped, "ts", "-verify", *asked)
    (kept,) = (stamped / "data" / "proofs" / "exports").glob("*.ots")
    assert kept.read_bytes() == ots
    validate = [str(oracle("wacz")), "validate", "-f", "x.wacz"]
    for command in (["sha256sum", "-c", MANIFEST], validate):
        done = await asyncio.to_thread(
            subprocess.run, command, cwd=stamped, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr


async def test_package_of_a_domain(stamped: Path) -> None:
    """A domain's certificate signs, with the time of signing."""
    cert, key = make_domain(stamped)
    with (stamped / "config.toml").open("a") as file:
        file.write(f'domain_cert = "{cert}"\ndomain_key = "{key}"\n')
    made = await asyncio.to_thread(archiver, stamped, "export", THREAD, "--output", "x.wacz")
    assert made.code == 0, made.err
    words = ("verify", "x.wacz", "--anchor", "a/root.pem")
    told = await asyncio.to_thread(archiver, stamped, *words)
    assert told.code == 0, told.out
    assert "archive.example" in told.out + told.err


async def test_authority_that_is_away_does_not_stop_an_export(held: Path) -> None:
    """The package is whole without that proof, and the lack is said."""
    (held / "config.toml").write_text(
        '[archive]\ndata_dir = "data"\n[network]\nallow_private = ["127.0.0.0/8"]\n'
        '[evidence]\ntimestamp_authority = "http://127.0.0.1:1"\n'
    )
    made = await asyncio.to_thread(archiver, held, "export", THREAD, "--output", "x.wacz")
    assert made.code == 0
    assert "without a timestamp" in made.err
    assert TIMESTAMP not in ZipFile(held / "x.wacz").namelist()
    assert "never stamped" in archiver(held, "status").out
