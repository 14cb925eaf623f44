"""Is a thread taken from readers by one command, given back by another, and neither forgotten?"""

from __future__ import annotations

import asyncio
import datetime as dt
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import scheduler
from archiver import config
from archiver.bootstrap import open_archive
from archiver.clock import utc_now
from archiver.models import Decision, PolicyState
from tests.e2e.command import Said, archiver

CONFIG = '[archive]\ndata_dir = "data"\n'


@pytest.fixture
def folder(demo: tuple[Path, Said], tmp_path: Path) -> Path:
    """A copy of the demo's archive, published."""
    shutil.copytree(demo[0] / "data", tmp_path / "data", ignore=shutil.ignore_patterns("locks"))
    (tmp_path / "config.toml").write_text(CONFIG)
    return tmp_path


def threads(folder: Path) -> set[str]:
    """Give the ids of threads that readers can open."""
    pages = (folder / "data" / "public" / "t").glob("*/index.html")
    return {each.parent.name for each in pages}


def test_thread_is_withheld_and_released(folder: Path) -> None:
    """It is gone when the command ends, and stays so over a rebuild; then it comes back."""
    before = threads(folder)
    thread_id = sorted(before)[0]
    said = archiver(
        folder, "withhold", thread_id, "--reason", "the author asked", "--by", "A. Desk", "--json"
    )
    decision = said.json["decision"]
    assert (decision["thread_id"], decision["state"]) == (thread_id, "withheld")
    assert (decision["who"], decision["why"]) == ("A. Desk", "the author asked")
    assert threads(folder) == before - {thread_id}
    assert archiver(folder, "show", thread_id).code == 0
    assert archiver(folder, "rebuild").code == 0
    shutil.rmtree(folder / "data" / "public")
    assert archiver(folder, "publish").code == 0
    assert threads(folder) == before - {thread_id}
    said = archiver(folder, "release", thread_id, "--by", "A. Desk")
    assert said.out.strip() == f"{thread_id} is public, by A. Desk"
    assert threads(folder) == before


def test_decisions_that_cannot_be_are_refused(folder: Path) -> None:
    """Each with a sentence that says what to do."""
    thread_id = sorted(threads(folder))[0]
    for words, sentence in (
        (("release", thread_id), "is public"),
        (("withhold", thread_id, "--until", "2001-01-01"), "has gone by"),
        (("withhold", thread_id, "--until", "soon"), "is no time"),
        (("withhold", "nothing.example"), "no such thread"),
    ):
        said = archiver(folder, *words)
        assert said.code == 2 and sentence in said.err, said
    assert thread_id in threads(folder)
    said = archiver(folder, "withhold", thread_id, "--until", "2999-01-01")
    assert "is embargoed until 2999-01-01 23:59 UTC" in said.out
    assert thread_id not in threads(folder)


def test_running_archiver_publishes_when_an_embargo_ends(folder: Path) -> None:
    """Nobody has to do anything, and nothing else need happen."""
    thread_id = sorted(threads(folder))[0]
    archive = open_archive(config.parse({}, data_dir=folder / "data"))
    now = utc_now()
    until = now + dt.timedelta(seconds=2)
    archive.store.decide(Decision(thread_id, PolicyState.EMBARGOED, now, until))

    async def run() -> None:
        publisher = scheduler.Publisher(archive, ())
        running = asyncio.create_task(publisher.run())
        gone = await until_true(lambda: thread_id not in threads(folder))
        back = await until_true(lambda: thread_id in threads(folder))
        publisher.stop()
        await running
        assert gone and back and utc_now() >= until

    asyncio.run(run())
    archive.store.close()


async def until_true(check: Callable[[], bool]) -> bool:
    """Wait until something is so, at most 20 s."""
    for _ in range(400):
        if check():
            return True
        await asyncio.sleep(0.05)
    return False
