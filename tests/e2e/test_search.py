"""Does `archiver search` find what was captured, and after a rebuild too?"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.command import archiver

TEXT = """Harbour Desk @desk
1/ The night shift saw a rusty crane move.
2/ 衛星画像が新しい施設を示した
3/ ئۇيغۇر خەلقىنىڭ ئاۋازى and the ferry
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of one thread, captured from its text."""
    tmp_path = tmp_path_factory.mktemp("searched")
    (tmp_path / "thread.txt").write_text(TEXT)
    said = archiver(tmp_path, "capture", "thread.txt", "--no-snapshots", "--tag", "port", "--json")
    assert said.code == 0, said.err
    return tmp_path


def test_words_of_a_capture_are_found_before_and_after_a_rebuild(folder: Path) -> None:
    """In any script; a minus is no option of the command, and phrases come as the shell gives."""
    for words in (["施設"], ["ئۇيغۇر", "-crane"], ["night shift", "tag:port"], None, ["施設"]):
        if words is None:
            assert archiver(folder, "rebuild").code == 0
            continue
        said = archiver(folder, "search", *words, "--json")
        assert said.code == 0, said.err
        assert len(said.json["hits"]) == 1 and said.json["next"] is None, words


def test_finds_are_printed_for_people(folder: Path) -> None:
    """What was searched for stands in brackets; nothing found is said, and is no failure."""
    said = archiver(folder, "search", "crane")
    assert "[crane]" in said.out and "/t/" in said.out
    nothing = archiver(folder, "search", "zebra")
    assert (nothing.code, nothing.out) == (0, "Nothing holds zebra\n")


def test_what_is_no_question_is_wrong_use(folder: Path) -> None:
    """With a sentence, before anything is looked at."""
    for words in (["after:soon"], ["crane", "--after", "x"]):
        said = archiver(folder, "search", *words)
        assert said.code == 2 and said.err.startswith("archiver: ") and not said.out
