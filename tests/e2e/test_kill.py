"""Is anything lost, or published twice, when the process is killed at any moment?"""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.e2e.command import archiver, environment
from tests.e2e.test_schedule import free_port

KILLS = 20


def run_for(folder: Path, seconds: float) -> None:
    """Run the archiver on the demo and kill it, without a word, after so many seconds."""
    command = [sys.executable, "-m", "archiver", "--data-dir", "data", "demo"]
    with (folder / "run.log").open("ab") as log:
        running = subprocess.Popen(
            command, cwd=folder, env=environment(folder), stdout=log, stderr=log
        )
        time.sleep(seconds)
        assert running.poll() is None, (folder / "run.log").read_text()
        running.send_signal(signal.SIGKILL)
        running.wait()


@pytest.mark.timeout(400)
def test_killed_at_random_moments_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    """After 20 kills one whole run makes one archive: verified, complete, one entry a thread."""
    seed = random.randrange(2**32)
    print(f"seed {seed}")  # noqa: T201  # so that a failure can be repeated
    chance = random.Random(seed)
    base_url = f"http://127.0.0.1:{free_port()}"
    (tmp_path / "config.toml").write_text(f'[publish]\nbase_url = "{base_url}"\n')
    for _ in range(KILLS):
        run_for(tmp_path, chance.uniform(0.7, 3.5))
    last = archiver(tmp_path, "--data-dir", "data", "demo", "--once", "--json")
    assert last.code == 0, last.err

    verdict = archiver(tmp_path, "--data-dir", "data", "verify", "--json").json
    assert verdict["faults"] == []
    feed = json.loads((tmp_path / "data" / "public" / "feeds" / "all.json").read_text())
    ids = [entry["id"] for entry in feed["items"]]
    assert len(ids) == len(set(ids)) == len(last.json["threads"]) == 2
    for thread in last.json["threads"]:
        found = archiver(tmp_path, "--data-dir", "data", "show", thread["id"], "--json").json
        happened = Counter((each["kind"], each["post_id"]) for each in found["revisions"])
        assert set(happened.values()) == {1}, "a revision stands twice"
        held = [post for post in found["thread"]["posts"] if post["state"] != "gap"]
        added = {post for kind, post in happened if kind == "added"}
        assert {post["id"] for post in held} <= added
        for link in found["links"]:
            assert link["outcome"], link
