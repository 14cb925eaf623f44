"""
What has to be rendered, in which order, so that a reader never sees half of it?

    what is to be hidden -> pages and feeds of the threads that changed
                         -> feeds, pages and lists that they stand in -> cache -> store

Before a file is written, the cache notes what it is of; the note is struck out when the file is on
the disk. The store is told last. So whatever is killed in between, the next run finds the same
threads still unpublished, and all that may stand there half or too much.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from archiver.errors import PublishError
from archiver.ports import PayloadReader, RecordPlaces, Store
from feeds.html import Site
from feeds.publish.folder import Folder
from feeds.publish.news import Tell, Unsaid
from feeds.publish.round import Round
from feeds.publish.state import DamagedState, State, discard

_WAIT_S = 600.0
_LOCK = "lock"
_FORMER_CACHE = "published.json"


@dataclass(frozen=True, slots=True)
class PublishResult:
    """
    How many files were written, left as they were, and removed.

    Attributes:
        feeds: Paths of feeds that were written; of very many, the first.
    """

    written: int
    unchanged: int
    removed: int
    feeds: tuple[str, ...] = ()


def publish(
    store: Store,
    payloads: PayloadReader,
    *,
    base_url: str,
    title: str,
    publish_dir: Path,
    state_dir: Path,
    everything: bool,
    hub: str = "",
    now: dt.datetime | None = None,
    tell: Tell | None = None,
    records: RecordPlaces | None = None,
) -> PublishResult:
    """
    Render what changed since the last time into publish_dir; what that costs does not depend on how
    much is stored.

    All threads are rendered if `everything` is set, or if base_url, title, hub, our software or its
    templates changed; and whatever is missing, if a whole folder is.

    Args:
        base_url: Address under which publish_dir is reached, without a slash at its end.
        state_dir: Folder for our own notes on what is published; readers must not see it.
        hub: Address of the WebSub hub that feeds name; empty for none.
        now: Embargoes that end until then are over; the clock's time if None.
        tell: Is given what happened since the last time, once it is published. It must not be
            lost when this returns; if we are killed before, it is given again.
        records: Where TLS facts of copies are read for the pages of links; none without it.

    Raises:
        PublishError: If a file cannot be written; the next run begins again where it was.
    """
    folder, notes = Folder(publish_dir), Folder(state_dir)
    folder.open()
    notes.open()
    site = Site(base_url, title)
    now = now or dt.datetime.now(dt.UTC)
    store.end_embargoes(now)

    def go() -> None:
        state = State(state_dir)
        try:
            one = Round(store, payloads, folder, state, site, hub, now, records)
            one.publish(everything=everything)
            Unsaid(state).say(tell)
        finally:
            state.close()

    with _alone(notes):
        try:
            go()
        except DamagedState:
            discard(state_dir)
            try:
                go()
            except DamagedState as err:
                place = state_dir / "state.sqlite"
                raise PublishError(f"{place}: cannot be used ({err})", path=str(place)) from err
        notes.remove(_FORMER_CACHE)
    feeds = tuple(folder.feeds)
    return PublishResult(folder.written, folder.unchanged, folder.removed, feeds)


@contextlib.contextmanager
def _alone(notes: Folder) -> Iterator[None]:
    """Let one publication run at a time: two would overwrite each other's cache."""
    place = notes.place(_LOCK)
    try:
        lock = FileLock(place, timeout=_WAIT_S)
        lock.acquire()
    except Timeout:
        raise PublishError(
            f"{place}: another publication has run for {_WAIT_S / 60:.0f} minutes; "
            "end it, then run `archiver publish`",
            path=str(place),
        ) from None
    except OSError as err:
        raise PublishError(
            f"{place}: could not be locked ({err.strerror or err}); mend the folder",
            path=str(place),
        ) from err
    try:
        yield
    finally:
        lock.release()
