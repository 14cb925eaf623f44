"""Is a publication healed by the next one that was killed amid shared feeds and lists?"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import feedparser
import pytest

from tests.feeds import views
from tests.feeds.archive import Archive, whole
from tests.feeds.publish.threads import edited, later, named

ROOT = Path(__file__).parent.parent.parent.parent


@pytest.mark.parametrize("renames", [1, 12, 20, 28, 36, 44, 52])
def test_killed_before_a_file_is_in_its_place(archive: Archive, renames: int) -> None:
    """No file is half, none is of neither publication, and the next lacks no entry anywhere."""
    for number in range(3):
        archive.keep(named(views.long(2), f"t{number}", later(number)))
    archive.publish()
    before = archive.files()
    archive.keep(whole(named(views.typical(), "new", later(9)), archive))
    archive.keep(edited(named(views.long(2), "t0", later(0)), "other words", later(10)))
    command = [sys.executable, "-m", "tests.feeds.dying", str(archive.folder), "rename"]
    killed = subprocess.run([*command, str(renames)], cwd=ROOT, capture_output=True, check=False)
    assert killed.returncode == -9, killed.stderr.decode()
    torn = {path: body for path, body in archive.files().items() if not path.endswith(".new")}
    archive.publish()
    healed = archive.files()
    assert not any(path.endswith(".new") for path in healed)
    for path, body in torn.items():
        # A thread's page may name other threads in between: so it is enough that it is whole.
        page = path.startswith("t/") and path.endswith(".html")
        assert body in (before.get(path), healed.get(path)) or (page and b"</html>" in body), path
    for feed in ("all", "platform/mastodon"):
        for extension in ("atom", "rss"):
            entries = feedparser.parse(healed[f"feeds/{feed}.{extension}"])["entries"]
            assert len(entries) == 4, feed
    shutil.rmtree(archive.public)
    archive.publish()
    assert archive.files() == healed
    assert archive.publish().written == 0
