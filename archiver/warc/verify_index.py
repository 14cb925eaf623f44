"""Does the index beside a WARC say what the WARC holds? Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from archiver.models import RecordRef
from archiver.warc.index import IndexLine
from archiver.warc.names import index_path, timestamp17
from archiver.warc.surt import surt


def index_faults(
    lines: Sequence[IndexLine], refs: Sequence[RecordRef], path: Path, *, in_order: bool
) -> Iterator[str]:
    """
    Hold CDXJ lines against what a WARC holds.

    Args:
        refs: All responses, revisits and resources of the WARC.
        path: Of the WARC.
        in_order: The lines must be in byte order, as in the index of a closed file.

    Returns:
        One sentence for each line that is wrong, doubled or out of order, and each record without
        one.
    """
    beside = index_path(path)
    expected = {ref.offset: ref for ref in refs}
    seen: set[int] = set()
    before = b""
    for line in lines:
        faults = [line.fault] if line.fault else list(_line_faults(line, expected, seen))
        if in_order and line.raw < before:
            faults.append("it is not in byte order")
        before = line.raw
        seen.add(line.offset)
        yield from (f"{beside} line {line.number}: {fault}" for fault in faults)
    for offset in sorted(expected.keys() - seen):
        yield f"{path} at {offset}: the {expected[offset].type} has no line in {beside.name}"


def _line_faults(line: IndexLine, expected: dict[int, RecordRef], seen: set[int]) -> Iterator[str]:
    ref = expected.get(line.offset)
    if ref is None or line.filename != ref.filename:
        yield f"no record stands at {line.offset} of {line.filename[:200]}"
        return
    if line.offset in seen:
        yield f"the record at {line.offset} has a line already"
    if line.length != ref.length:
        yield f"it says length {line.length}, and the record takes {ref.length} bytes"
    if line.url != ref.url:
        yield f"it says url {line.url[:200]}, and the record {ref.url}"
    if line.key != surt(ref.url):
        yield f"its key is {line.key[:200]}, and should be {surt(ref.url)}"
    # Others write seconds (14 digits), and digests of other kinds, which are not compared.
    if len(line.timestamp) < 14 or not timestamp17(ref.at).startswith(line.timestamp):
        yield f"its timestamp is {line.timestamp[:40]}, and should be {timestamp17(ref.at)}"
    if line.digest.startswith("sha256:") and line.digest != ref.digest:
        yield f"it says digest {line.digest[:90]}, and the payload has {ref.digest}"
