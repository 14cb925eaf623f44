"""Is the room that an archive takes counted, each file once?"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from archiver import config
from archiver.reports.storage import measure
from archiver.store.sql import SqlStore

NOW = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)


def test_every_file_counts_once(tmp_path: Path) -> None:
    """Under what it is; WARCs also by month; what a link leads to does not count."""
    settings = config.parse({}, data_dir=tmp_path / "data")
    store = SqlStore.open(settings.data_dir)
    files = {
        "warc/a-20261003093000000-00000-0f3a5c7e.warc.gz": 100,
        "warc/a-20261103093000000-00001-0f3a5c7e.warc.gz": 200,
        "warc/a-20261104093000000-00002-0f3a5c7e.warc.gz.open": 300,
        "public/t/1/index.html": 10,
        "public/media/ab/abc.jpg": 20,
        "tmp/x": 5,
        "publish/state.sqlite": 7,
    }
    for name, size in files.items():
        path = settings.data_dir / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * size)
    (settings.data_dir / "warc" / "elsewhere").symlink_to("/usr")
    use = measure(settings, store, NOW)
    parts = {each.name: each for each in use.parts}
    assert (parts["WARCs"].bytes, parts["WARCs"].files) == (600, 3)
    assert parts["Published pages and feeds"].bytes == 10
    assert parts["Published media"].bytes == 20
    assert parts["Temporary"].bytes == 5
    assert parts["Database"].bytes > 0
    assert parts["Caches, keys and the rest"].bytes == 7
    assert use.months == (("2026-10", 100), ("2026-11", 500))
    assert 0 < use.free <= use.total and use.at == NOW
    store.close()


def test_archive_that_is_not_there_takes_nothing(tmp_path: Path) -> None:
    """And is no error."""
    store = SqlStore.open(tmp_path / "other")
    use = measure(config.parse({}, data_dir=tmp_path / "data"), store, NOW)
    assert sum(each.bytes for each in use.parts) == 0 and use.months == ()
    store.close()
