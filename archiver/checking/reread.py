"""Does the database say of threads what their records say? Each is read again beside it."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import fields, is_dataclass
from itertools import islice
from pathlib import Path

from archiver.bootstrap import Archive
from archiver.checking.journalled import Journalled, Said, digest_of, journalled, needed, way_of
from archiver.clock import utc_now
from archiver.core.urls import without_fragment
from archiver.errors import StoreError
from archiver.models import (
    ChainRun,
    Decision,
    MediaCopy,
    PolicyState,
    RecordRef,
    Snapshot,
    ThreadView,
)
from archiver.models.faults import Fault, Meaning
from archiver.rebuild import Steps, entries_of
from archiver.sources import sources
from archiver.store.links import LONGEST_HISTORY
from archiver.store.sql import SqlStore

_SLACK = dt.timedelta(minutes=10)
"""Two crawls may follow a link at once; the later one may be the first to keep where it led."""
_SHOWN = 80
_TOGETHER = 500
_MOST = 100
"""Faults that are told of one thread."""


def reread_faults(archive: Archive, threads: Collection[str] | None) -> tuple[Fault, ...]:
    """
    Hold what the database says of threads against what their records say.

    The recorded answers are read again by the sources of today, into a database of its own that is
    removed afterwards. May run beside `archiver run`.

    Args:
        archive: The archive.
        threads: Ids; None for all.

    Raises:
        StoreError: If there is no room for the other database, or the database refuses.
    """
    faults = tuple(_reread(archive, threads))
    if not faults:
        return ()
    # Somebody may have captured at this moment; what is wrong stays wrong.
    again = {each: None for each in _reread(archive, threads)}
    return tuple(each for each in faults if each in again)


def require_agreeing(archive: Archive, thread_id: str) -> None:
    """
    Refuse a thread of which the database says what its records do not.

    Raises:
        StoreError: With the first difference.
    """
    found = reread_faults(archive, [thread_id])
    # An entry that cannot be read may be about any thread; `archiver verify` tells of it.
    faults = [each for each in found if each.meaning is Meaning.DATABASE]
    if faults:
        raise StoreError(
            f"thread {thread_id}: {faults[0].what}; {len(faults)} such faults, which "
            f"`archiver verify {thread_id}` names and `archiver rebuild` mends; --force exports it "
            "as it is"
        )


def _reread(archive: Archive, threads: Collection[str] | None) -> Iterator[Fault]:
    wanted = archive.store.thread_ids() if threads is None else tuple(threads)
    live = {each: archive.store.view(each) for each in wanted} if threads is not None else {}
    refs = entries_of(archive.store)
    only = None if threads is None else frozenset(wanted)
    with (
        tempfile.TemporaryDirectory(prefix="thread-archiver-") as folder,
        closing(SqlStore.open(Path(folder))) as scratch,
    ):
        steps = Steps(scratch, archive.payloads, sources(archive.settings.platforms), only)
        said = journalled(refs, steps.entry)
        _take(archive, said, steps, scratch, only)
        for what in (*said.unread, *steps.unread):
            yield Fault("journal", None, what, Meaning.INCOMPLETE)
        for thread_id in dict.fromkeys((*wanted, *scratch.thread_ids())):
            held = live.get(thread_id) or archive.store.view(thread_id)
            found = _differences(archive, said, thread_id, held, scratch.view(thread_id))
            for what in islice(found, _MOST):
                yield Fault(f"thread {thread_id}", None, what, Meaning.DATABASE)


def _take(
    archive: Archive,
    said: Journalled,
    steps: Steps,
    scratch: SqlStore,
    only: Collection[str] | None,
) -> None:
    """Make the threads again: what was observed, and the copies that merging asks about."""
    whose = archive.store.thread_ids() if only is None else only
    proofs = {each for thread_id in whose for each in archive.store.evidence_of(thread_id)}
    settled = {each.place for each in said.settled(said.seen)}
    taken: dict[int, RecordRef] = {
        each.place: each.ref
        for each in needed(said, only, proofs)
        if each.place in settled or each.asked & proofs
    }
    for thread_id, kept in said.kept_media.items():
        taken |= dict(kept) if only is None or thread_id in only else {}
    places = sorted(taken)
    for start in range(0, len(places), _TOGETHER):
        with scratch.together():
            for place in places[start : start + _TOGETHER]:
                steps.take(taken[place])


def _differences(
    archive: Archive,
    said: Journalled,
    thread_id: str,
    held: ThreadView | None,
    read: ThreadView | None,
) -> Iterator[str]:
    if held is None:
        yield "the database does not have it, and its records tell of it"
    elif read is None:
        yield "the database has it, and no record tells of it"
    else:
        yield from _of_thread(held, read)
        links = {each.uri_r for each in held.links}
        for uri_r in sorted({each.uri_r for each in read.links} - links):
            yield f"the database lacks the link {_short(uri_r)}"
        for uri_r in sorted(links | said.links.get(thread_id, set())):
            yield from _of_link(archive, said, uri_r)
        for url in sorted(_targets(archive, said, held, thread_id)):
            yield from _of_copies(archive, said, url)
        yield from _of_media(archive, said, thread_id)
        yield from _of_decisions(archive, said, thread_id)


def _of_thread(held: ThreadView, read: ThreadView) -> Iterator[str]:
    for name in ("url", "author", "title", "completeness", "language", "tags",
                 "first_captured_at", "last_captured_at", "updated_at"):  # fmt: skip
        yield from _fields(name, getattr(held.thread, name), getattr(read.thread, name))
    posts = ({each.post.id: each for each in view.thread.posts} for view in (held, read))
    yield from _each("post", *posts)
    revisions = (
        {f"{each.kind} of {each.post_id or 'its author'} at {each.at.isoformat()}": each
         for each in view.revisions} for view in (held, read)
    )  # fmt: skip
    yield from _each("change", *revisions)
    captures = ({each.at.isoformat(): each for each in view.observations} for view in (held, read))
    yield from _each("capture of", *captures)


def _each(kind: str, held: Mapping[str, object], read: Mapping[str, object]) -> Iterator[str]:
    for key in read.keys() - held.keys():
        yield f"the database lacks the {kind} {_short(key)}"
    for key in held.keys() - read.keys():
        yield f"the database has the {kind} {_short(key)}, and no record tells of it"
    for key in held.keys() & read.keys():
        yield from _fields(f"{kind} {_short(key)}", held[key], read[key])


def _fields(where: str, held: object, read: object) -> Iterator[str]:
    """Say where two values differ, as deep as their parts have names."""
    if held == read:
        return
    if is_dataclass(held) and type(held) is type(read):
        for each in fields(held):
            inside = getattr(held, each.name), getattr(read, each.name)
            yield from _fields(f"{where}, {each.name}", *inside)
    else:
        yield f"{where}: the database says {_short(held)}, its records {_short(read)}"


def _of_link(archive: Archive, said: Journalled, uri_r: str) -> Iterator[str]:
    runs = archive.store.chain_history(uri_r)
    known = said.chains.get(uri_r, [])
    ways = {each.digest for each in known}
    for run in runs:
        if way_of(run.chain) not in ways:
            led = f"led to {_short(run.chain.target)} at {run.chain.at.isoformat()}"
            yield f"the database says that {_short(uri_r)} {led}, and no record tells of it"
    oldest = runs[0].chain.at if len(runs) >= LONGEST_HISTORY else None
    for each in said.settled(known):
        if oldest is not None and each.at <= oldest:
            continue
        if not any(_covers(run, each) for run in runs):
            led = f"led to {_short(each.target)} at {each.at.isoformat()}"
            yield f"the database lacks that {_short(uri_r)} {led}"


def _covers(run: ChainRun, each: Said) -> bool:
    same = (run.chain.target, run.chain.outcome) == (each.target, each.outcome)
    return same and run.chain.at - _SLACK <= each.at <= run.last_at + _SLACK


def _targets(archive: Archive, said: Journalled, held: ThreadView, thread_id: str) -> Iterable[str]:
    found = {held.thread.url}
    for uri_r in {*(each.uri_r for each in held.links), *said.links.get(thread_id, ())}:
        found |= {run.chain.target for run in archive.store.chain_history(uri_r)}
        found |= {each.target for each in said.chains.get(uri_r, ())}
    return {without_fragment(each) for each in found}


def _of_copies(archive: Archive, said: Journalled, url: str) -> Iterator[str]:
    known = said.copies.get(url, [])
    digests, times = {each.digest for each in known}, {each.at for each in known}
    copies = archive.store.snapshots_of(url)
    for copy in copies:
        where = f"copy of {_short(url)} at {copy.at.isoformat()}"
        if copy.at not in times:
            yield f"the database has a {where}, and no record tells of it"
        elif digest_of(Snapshot, copy) not in digests:
            yield f"the database says of the {where} what its records do not"
    held = {each.at for each in copies}
    for each in said.settled(known):
        if each.at not in held:
            yield f"the database lacks the copy of {_short(url)} at {each.at.isoformat()}"


def _of_media(archive: Archive, said: Journalled, thread_id: str) -> Iterator[str]:
    held = {each.url: each for each in archive.store.media_of_thread(thread_id)}
    for url, copy in held.items():
        known = said.media.get((thread_id, url), [])
        if digest_of(MediaCopy, copy) not in {each.digest for each in known}:
            yield f"the database says of the attachment {_short(url)} what its records do not"
    running = [number for number in said.crawls.get(thread_id, ()) if number not in said.ended]
    for owner, url in () if running else said.media:
        if owner == thread_id and url not in held:
            yield f"the database lacks the attachment {_short(url)}"


def _of_decisions(archive: Archive, said: Journalled, thread_id: str) -> Iterator[str]:
    known = said.decisions.get(thread_id, [])
    held = archive.store.decisions(thread_id)
    for each in held:
        if each not in known:
            yield f"the database has a decision of {each.at.isoformat()} that no record tells of"
    for each in known:
        if each not in held:
            yield f"the database lacks the decision of {each.at.isoformat()}"
    last = max(known, key=lambda each: each.at, default=None)
    holds = archive.store.policy_of(thread_id)
    if last is not None and (holds is None or not _holds(holds, last)):
        state = holds.state if holds is not None else PolicyState.PUBLIC
        yield f"the database says it is {state}, its records that it is {last.state}"


def _holds(holds: Decision, last: Decision) -> bool:
    ended = last.state is PolicyState.EMBARGOED and last.until and last.until <= utc_now()
    return holds.state is last.state or (ended and holds.state is PolicyState.PUBLIC) is True


def _short(value: object) -> str:
    text = ascii(value) if not isinstance(value, str) else repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
