"""An archive into which others' records were imported: what the tests of this folder share."""

from __future__ import annotations

import dataclasses
import datetime as dt
import shutil
from collections.abc import Iterable
from pathlib import Path

from archiver.models import Header, RecordRef
from archiver.models.origin import Origin
from archiver.warc.adopt import adopt
from archiver.warc.names import held_warcs
from archiver.warc.origins import note_origin
from tests.feeds.archive import Archive
from tests.feeds.views import CAPTURED

Answered = tuple[str, bytes, int, tuple[Header, ...], dt.datetime]


def bring(archive: Archive, answers: Iterable[Answered], origin: Origin) -> tuple[RecordRef, ...]:
    """Let somebody else write answers into a WARC, and import it."""
    folder = archive.folder / "others"
    theirs = Archive(folder)
    theirs.record_all(answers)
    theirs.close()
    taken: list[RecordRef] = []
    warcs: list[str] = []
    here, tmp = archive.folder / "warc", archive.folder / "tmp"
    for path in held_warcs(folder / "warc"):
        adopted = adopt(path, here, archive.store.record, called=path.name, tmp_dir=tmp)
        archive.store.add_records(adopted.records)
        taken += adopted.records
        warcs.append(adopted.filename)
    note_origin(here, dataclasses.replace(origin, warcs=tuple(warcs)))
    shutil.rmtree(folder)
    return tuple(taken)


def origin() -> Origin:
    """Give the file that it is said to be."""
    return Origin(
        Path("/home/x/theirs.wacz").name, f"sha256:{'0f' * 32}", 4_321, CAPTURED,
        faults=("archive/a.warc.gz: is listed with another digest",),
    )  # fmt: skip
