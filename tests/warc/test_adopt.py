"""Do many records of others come in with little memory, and none that cannot be?"""

from __future__ import annotations

import datetime as dt
import resource
from collections.abc import Iterable
from pathlib import Path

import pytest

from archiver.errors import UsageError
from archiver.warc.adopt import Adopted, adopt
from archiver.warc.members import member
from tests.warc.capturing import AT

_HTTP = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>%d"


def written(folder: Path, numbers: Iterable[int], at: dt.datetime = AT) -> Path:
    """Write answers as another crawler would."""
    place = folder / "theirs.warc.gz"
    with place.open("wb") as file:
        for number in numbers:
            body = _HTTP % number
            head = (
                f"WARC/1.1\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:{number:032x}>\r\n"
                f"WARC-Date: {at:%Y-%m-%dT%H:%M:%SZ}\r\nWARC-Target-URI: http://a.example/{number}"
                "\r\nContent-Type: application/http; msgtype=response\r\n"
                f"Content-Length: {len(body)}\r\n\r\n"
            )
            file.write(member(head.encode() + body + b"\r\n\r\n"))
    return place


def taken(path: Path, folder: Path) -> Adopted:
    """Import it on the day of the tests."""
    return adopt(
        path, folder / "warc", lambda _: None, called="theirs", tmp_dir=folder / "tmp", now=AT
    )


def test_many_records_come_in_with_little_memory(tmp_path: Path) -> None:
    """What was read of a record is forgotten before the next: once it was 77 kB of each."""
    path = written(tmp_path, range(4_000))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = taken(path, tmp_path)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before  # kB
    assert len(found.records) == 4_000
    assert {each.filename for each in found.records} == {found.filename}
    assert grown < 100_000


@pytest.mark.parametrize(("days", "comes_in"), [(0, True), (0.9, True), (1.1, False)])
def test_record_that_is_dated_ahead_stays_outside(
    tmp_path: Path, days: float, comes_in: bool
) -> None:
    """Or it would stand as the newest for ever; clocks may differ by a day."""
    path = written(tmp_path, range(1), AT + dt.timedelta(days=days))
    if comes_in:
        assert len(taken(path, tmp_path).records) == 1
    else:
        with pytest.raises(UsageError, match="which is yet to come"):
            taken(path, tmp_path)
