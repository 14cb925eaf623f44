"""How do the addresses of an OPML file become watches?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from archiver import seeds, watching
from archiver.errors import UnsupportedSeed, UsageError
from archiver.models import Watch
from archiver.ports import Source, Store
from archiver.sources.web import opml

_MAX_BYTES = 10_000_000
_MOST = 5_000


@dataclass(frozen=True, slots=True)
class Listed:
    """
    What came of a list.

    Attributes:
        added: Names of the watches that were added.
        left_out: How many addresses were none.
        notes: A sentence for each that was left out, the first ten of them.
    """

    added: tuple[str, ...]
    left_out: int
    notes: tuple[str, ...]


def looks_like_opml(start: bytes) -> bool:
    """Say by its first bytes whether a file may be OPML."""
    return b"<opml" in start.replace(b"\0", b"").lower()


def take_in(store: Store, sources: Sequence[Source], path: Path) -> Listed:
    """
    Add a watch for each address of a list, hourly where it says nothing else.

    An address that is watched already is left out without a word, so that a list can be taken in
    again after it grew.

    Raises:
        UsageError: If the file cannot be read, is too large, or lists too many.
        UnsupportedSeed: If it lists nothing.
    """
    outlines = opml.read(_content(path))
    if not outlines:
        raise UnsupportedSeed(f"{path}: is OPML that lists no address", uri_r=str(path))
    if len(outlines) > _MOST:
        raise UsageError(f"{path}: lists {len(outlines):,} addresses; split it, at most {_MOST:,}")
    watches = store.watches()
    known = {each.url for each in watches}
    names = {each.name for each in watches}
    added: list[str] = []
    notes: list[str] = []
    for each in outlines:
        try:
            watch = _watch(each, sources, names)
        except UsageError as err:
            notes.append(str(err))
            continue
        if watch.url not in known:
            store.add_watch(watch)
            known.add(watch.url)
            names.add(watch.name)
            added.append(watch.name)
    return Listed(tuple(added), len(notes), tuple(notes[:10]))


def _watch(outline: opml.Outline, sources: Sequence[Source], names: set[str]) -> Watch:
    if seeds.is_file(seeds.named(outline.url)):
        raise UsageError(f"{outline.url}: is no address; a list names no files of this machine")
    return watching.from_words(
        outline.url,
        sources,
        name=_free(outline.name[:100] or seeds.named(outline.url)[:100], names),
        every=None if outline.cron else outline.every or None,
        cron=outline.cron or None,
        recapture=outline.recapture,
        tags=outline.tags,
    )


def _free(name: str, names: set[str]) -> str:
    """Give the name, with a number if another watch has it."""
    numbered = (f"{name} ({number})" for number in range(2, len(names) + 3))
    return name if name not in names else next(each for each in numbered if each not in names)


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_BYTES + 1)
    except OSError as err:
        raise UsageError(f"{path}: cannot be read ({err.strerror})") from err
    if len(content) > _MAX_BYTES:
        raise UsageError(f"{path}: is larger than {_MAX_BYTES:,} bytes; split it")
    return content
