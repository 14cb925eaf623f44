"""Does what was kept survive a kill, and do processes respect each other?"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from archiver.errors import StoreError
from archiver.models import CrawlState
from archiver.store.lock import Owner, archive_lock, lock_folder
from archiver.store.sql import SqlStore
from tests.store.samples import request, save

ROOT = Path(__file__).parents[2]

WRITER = """
import sys
from pathlib import Path
from archiver.store.sql import SqlStore
from tests.store import samples
store = SqlStore.open(Path(sys.argv[1]))
for number in range(100_000):
    kept = samples.thread(samples.post(str(number), "http://x/"), native=str(number))
    crawl, _ = samples.save(store, kept)
    store.add_records([samples.record(number)])
    store.save_snapshot(crawl.id, samples.snapshot(at=samples.later(seconds=number)))
    store.finish(crawl.id, at=samples.NOON, thread_id=kept.id)
    print(kept.id, flush=True)
"""

RUNNER = """
import sys, time
from pathlib import Path
from archiver.store.sql import SqlStore
from tests.store.samples import running
store = SqlStore.open(Path(sys.argv[1]))
running(store)
print("runs", flush=True)
time.sleep(60)
"""

HOLDER = """
import sys, time
from pathlib import Path
from archiver.store.lock import archive_lock
with archive_lock(Path(sys.argv[1])):
    print("holds", flush=True)
    time.sleep(60)
"""


@contextmanager
def process(code: str, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Run code in another process, and end it in any case."""
    command = [sys.executable, "-c", code, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as started:
        try:
            yield started
        finally:
            started.kill()


def said(started: subprocess.Popen[str]) -> str:
    """Wait for the next line that a process prints."""
    assert started.stdout is not None
    return started.stdout.readline().strip()


def owners(data_dir: Path) -> set[str]:
    """Give the lock files of processes that said that they live."""
    return {path.stem for path in (data_dir / "locks").iterdir() if len(path.stem) == 32}


def kill(started: subprocess.Popen[str]) -> None:
    """End a process as the kernel does when memory runs out."""
    os.kill(started.pid, signal.SIGKILL)
    started.wait()


def test_what_was_kept_survives_kill_9(tmp_path: Path) -> None:
    """All that the process had been told was kept is there, and the file is whole."""
    with process(WRITER, tmp_path) as writer:
        kept = [said(writer) for _ in range(30)]
        kill(writer)
        assert writer.stdout is not None
        kept += [line for line in writer.stdout.read().split("\n")[:-1] if line]
    store = SqlStore.open(tmp_path)
    for thread_id in kept:
        view = store.view(thread_id)
        assert view is not None
        assert len(view.thread.posts) == len(view.revisions) == 1
    counts = store.counts()
    assert len(kept) <= counts["threads"] <= len(kept) + 1
    assert counts["threads"] == counts["posts"]
    with store._database.read() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
    store.close()


def test_crawl_of_a_killed_process_is_taken_over(tmp_path: Path) -> None:
    """Not while it lives; at once when it is dead, and its lock file is cleaned away."""
    store = SqlStore.open(tmp_path)
    with process(RUNNER, tmp_path) as runner:
        assert said(runner) == "runs"
        assert store.recover_crawls() == 0
        assert store.start(request()) is None
        assert len(owners(tmp_path)) == 2
        kill(runner)
    assert store.recover_crawls() == 1
    assert len(owners(tmp_path)) == 1
    crawl = store.start(request())
    assert crawl is not None
    assert (crawl.state, crawl.attempts) == (CrawlState.RUNNING, 2)
    store.close()


def test_two_processes_write_at_once(tmp_path: Path) -> None:
    """Each waits for the other; none is turned away."""
    store = SqlStore.open(tmp_path)
    with process(WRITER, tmp_path) as writer:
        said(writer)
        for number in range(40):
            store.enqueue(request(f"http://mine/{number}"))
        before = store.counts()["threads"]
        said(writer)
    assert store.counts()["queued"] == 40
    assert before >= 1
    store.close()


def test_one_process_runs_an_archive(tmp_path: Path) -> None:
    """The second is told so; once the first is dead, however it died, the next may."""
    with process(HOLDER, tmp_path) as holder:
        assert said(holder) == "holds"
        with (
            pytest.raises(StoreError, match="another archiver runs this archive"),
            archive_lock(tmp_path),
        ):
            pass
        kill(holder)
    with archive_lock(tmp_path):
        pass
    with archive_lock(tmp_path):
        pass


def test_lock_is_free_after_an_error(tmp_path: Path) -> None:
    """Whatever went wrong inside."""
    with pytest.raises(ZeroDivisionError), archive_lock(tmp_path):
        raise ZeroDivisionError
    with archive_lock(tmp_path):
        pass


def test_looking_at_an_archive_leaves_no_lock_file(tmp_path: Path) -> None:
    """Only a process that runs crawls says that it lives, and it tidies up."""
    store = SqlStore.open(tmp_path)
    store.crawls()
    names = {path.name for path in (tmp_path / "locks").iterdir()}
    save(store)
    store.close()
    assert {path.name for path in (tmp_path / "locks").iterdir()} == names


def test_owner_lives_until_it_lets_go(tmp_path: Path) -> None:
    """Seen from another process of the same archive."""
    folder = lock_folder(tmp_path)
    mine, other = Owner(folder), Owner(folder)
    name = mine.hold()
    assert mine.hold() == name
    assert other.lives(name) and mine.lives(name)
    other.clean()
    assert other.lives(name)
    mine.release()
    assert not other.lives(name)
    assert not other.lives(None)
    assert list(folder.iterdir()) == []
