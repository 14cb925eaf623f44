"""Does an export say which of its records this archive did not record itself?"""

from __future__ import annotations

import datetime as dt

from archiver.exporting.contents import imported_notices
from archiver.models import RecordRef, RecordType

AT = dt.datetime(2026, 11, 24, 9, 30, tzinfo=dt.UTC)


def record(number: int, filename: str) -> RecordRef:
    """A record in a WARC."""
    return RecordRef(
        f"urn:uuid:{number}", RecordType.RESPONSE, "https://a.example/", AT, "text/html", 200,
        None, filename, 0, 9,
    )  # fmt: skip


def test_records_that_others_wrote_are_told() -> None:
    """Their count and where they came in, so that the custody lines can be held against it."""
    records = [
        record(1, "ours.warc.gz"),
        record(2, "import-b.warc.gz"),
        record(3, "import-b.warc.gz"),
    ]
    (said,) = imported_notices([*records, record(4, "import-a.warc.gz")])
    assert said.startswith("3 records were written by others")
    assert said.endswith("import-a.warc.gz, import-b.warc.gz")


def test_nothing_is_said_of_records_of_our_own() -> None:
    """A package of what this archive recorded has no such note."""
    assert list(imported_notices([record(1, "ours.warc.gz")])) == []


def test_many_imports_are_counted() -> None:
    """The note stays short."""
    (said,) = imported_notices([record(n, f"import-{n}.warc.gz") for n in range(9)])
    assert said.endswith("import-2.warc.gz and 6 more")
