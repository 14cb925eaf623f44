"""How is it told from which files of others the records of a thread come?"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from archiver.core.imported import is_foreign
from archiver.models.origin import Origin
from archiver.reports.report import Json, counted
from archiver.warc.origins import origin_of


def origins(warcs: Iterable[str]) -> tuple[Origin, ...]:
    """
    Give each file whose records lie in some WARCs, once.

    Args:
        warcs: Their paths; those of ours have none.
    """
    paths = [Path(each) for each in warcs]
    found = (origin_of(each.parent, each.name) for each in paths if is_foreign(each.name))
    return tuple(dict.fromkeys(each for each in found if each is not None))


def origin_json(origin: Origin) -> Json:
    """Give one as `--json` prints it."""
    said = dataclasses.asdict(origin)
    return said | {"at": origin.at.isoformat()}


def origin_lines(found: Sequence[Origin]) -> Iterator[str]:
    """Say the same for a person; nothing if all records are ours."""
    for each in found:
        whose = f"signed by {each.signer}" if each.signer else "signed by nobody whose mark holds"
        wrong = f", {counted(len(each.faults), 'fault')} in it" if each.faults else ""
        yield (
            f"imported: not captured by this archive, but taken from {each.file} ({each.sha256})"
            f" on {each.at:%Y-%m-%d}, {whose}{wrong}"
        )
