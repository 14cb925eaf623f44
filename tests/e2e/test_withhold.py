"""Is a thread taken from readers by one command, given back by another, and neither forgotten?"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

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
