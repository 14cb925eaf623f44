"""Is what is held counted as it comes?"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from archiver.store.sql import SqlStore
from tests.store.samples import LINK, chain, post, record, save, snapshot, thread

_TABLES = {"threads": "thread", "posts": "post", "snapshots": "snapshot", "records": "record"}


def test_tallies_equal_the_rows(tmp_path: Path) -> None:
    """After rows came, came again, and went; a link of two threads is one."""
    store = SqlStore.open(tmp_path)
    crawl, kept = save(store, thread(post("1", LINK), post("2", "https://two.example/")))
    store.save_thread(crawl, kept, ())
    store.save_chain(crawl.id, kept.id, chain())
    store.save_snapshot(crawl.id, snapshot())
    store.add_records((record(1), record(2)))
    store.add_records((record(2), record(3)))
    with sqlite3.connect(tmp_path / "archive.sqlite") as raw:
        raw.execute("INSERT INTO link SELECT 'another', uri_r FROM link")
        raw.execute("DELETE FROM record WHERE id = 1")
        rows = {
            kind: raw.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for kind, table in _TABLES.items()
        }
        links = raw.execute("SELECT count(DISTINCT uri_r) FROM link").fetchone()[0]
        size = raw.execute("SELECT sum(length) FROM record").fetchone()[0]
        raw.execute("DELETE FROM link WHERE thread_id = 'another'")
        raw.execute("DELETE FROM link WHERE uri_r = ?", (LINK,))
    raw.close()
    counts = store.counts()
    assert {kind: counts[kind] for kind in rows} == rows
    assert counts["links"] == links - 1
    assert store.figures().bytes_stored == size
    store.close()
