"""Does `verify` name what is wrong, and only that, also beside work and after a crash?"""

from __future__ import annotations

import asyncio
from pathlib import Path

from archiver import config
from archiver.bootstrap import open_archive, services
from archiver.checking.holdings import verify_holdings
from archiver.demo.web import DemoWeb
from archiver.now import capture_all


def quiet(line: str, *, done: int = 0, total: int = 0) -> None:
    """Say nothing."""


def test_archive_at_work_has_no_faults(tmp_path: Path) -> None:
    """What is being written is neither missing nor too much."""

    async def run() -> list[str]:
        archive = open_archive(config.parse({}, data_dir=tmp_path))
        faults: list[str] = []
        async with DemoWeb() as demo, services(archive, demo) as ready:
            work = asyncio.create_task(capture_all(ready, demo.seeds, quiet))
            while not work.done():
                verdict = await asyncio.to_thread(verify_holdings, archive, [], quiet)
                faults += verdict.faults
            await work
        archive.store.close()
        return faults

    assert asyncio.run(run()) == []


def test_torn_end_of_a_killed_writer_is_no_fault(tmp_path: Path) -> None:
    """The next start cuts it back; until then nobody was promised what stands there."""

    async def run() -> tuple[str, ...]:
        archive = open_archive(config.parse({}, data_dir=tmp_path))
        async with DemoWeb() as demo, services(archive, demo) as ready:
            await capture_all(ready, demo.seeds[:1], quiet)
            [opened] = archive.warc_dir.glob("*.warc.gz.open")
            left, index = opened.read_bytes(), opened.with_suffix("").with_suffix("")
            lines = index.with_suffix(".cdxj.open").read_bytes()
        for path in archive.warc_dir.iterdir():
            path.unlink()
        opened.write_bytes(left + b"\x1f\x8b\x08\x00torn")
        index.with_suffix(".cdxj.open").write_bytes(lines)
        verdict = verify_holdings(archive, [], quiet)
        archive.store.close()
        return verdict.faults

    assert asyncio.run(run()) == ()
