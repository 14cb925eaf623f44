"""Does a file that somebody removed come back, without all files being looked for?"""

from __future__ import annotations

import pytest

from feeds.publish.documents import Documents
from feeds.publish.folder import Folder
from feeds.publish.lost import THREADS, Lost
from feeds.publish.state import State
from feeds.render import Site
from tests.feeds import views
from tests.feeds.archive import TITLE, Archive, whole
from tests.feeds.publish.threads import later, named


def test_each_file_comes_back(archive: Archive) -> None:
    """Whatever it is: page, feed, archive document, picture; also one that was cut."""
    for number in range(60):
        archive.keep(named(views.long(3), f"t{number}", later(number)))
    archive.keep(whole(views.typical(), archive))
    archive.publish()
    before = archive.files()
    kinds = {
        "/".join(part if len(part) < 20 else "X" for part in path.split("/")): path
        for path in before
        if not path.startswith((".", "static/"))
    }
    for path in kinds.values():
        (archive.public / path).unlink()
    page = next(path for path in before if path.endswith("index.html") and path.startswith("t/"))
    (archive.public / page).write_bytes(b"cut")
    archive.publish()
    assert archive.files() == before


def test_nothing_lost_costs_nothing(archive: Archive) -> None:
    """A publication without changes renders no thread again."""
    archive.keep(whole(views.typical(), archive))
    archive.publish()
    assert archive.publish().written == 0


@pytest.mark.parametrize("threads", [1, THREADS, 2 * THREADS + 1])
def test_every_thread_has_its_turn(archive: Archive, threads: int) -> None:
    """Looking goes on where it ended, from the first again after the last."""
    archive.publish()
    state = State(archive.notes)
    for n in range(1, threads + 1):
        state.ask("INSERT INTO thread (n, id, captured, line) VALUES (?, ?, 0, '')", n, f"t{n}")
        state.ask("INSERT INTO standing VALUES (?, 1, 1)", n)
    folder = Folder(archive.public)
    folder.open()
    lost = Lost(state, folder, Documents(state, folder, Site(archive.base_url, TITLE), ""))
    for _ in range(threads // THREADS + 1):
        lost.look()
    assert len(state.begun("thread")) == threads
    lost.look()
    state.close()
