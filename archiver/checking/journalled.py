"""What does the journal say of threads? Its entries, read once, by what they are about."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from archiver import journal
from archiver.core.urls import without_fragment
from archiver.errors import ArchiverError
from archiver.models import Chain, Crawl, Decision, MediaCopy, Outcome, RecordRef, Snapshot
from archiver.store import codec


@dataclass(frozen=True, slots=True)
class Said:
    """
    What an entry says of a link, a copy or an attachment.

    Attributes:
        place: Of the entry in the journal; later ones have larger ones.
        crawl: Number of the crawl; 0 if the entry does not say.
        digest: Of all that is said.
        target, outcome: Where a link led, and how it ended.
    """

    place: int
    crawl: int
    at: dt.datetime
    digest: bytes
    target: str = ""
    outcome: Outcome = Outcome.OK


@dataclass(frozen=True, slots=True)
class Seen:
    """An observation: its entry, and the records that it was read from."""

    place: int
    crawl: int
    ref: RecordRef
    asked: frozenset[str]


E = TypeVar("E", Said, Seen)


@dataclass(slots=True)
class Journalled:
    """
    The journal by what its entries are about.

    Attributes:
        ended: Number of a crawl -> places of its ends, with the thread that it led to.
        links: Thread -> the links that were followed for it.
        chains, copies: Link or address -> what was found there.
        media: Thread and address -> the copies of an attachment.
        kept_media: Thread -> the entries of those copies.
        unread: One sentence for each entry that cannot be read.
    """

    seen: list[Seen] = field(default_factory=list)
    ended: dict[int, list[tuple[int, str | None]]] = field(default_factory=dict)
    links: dict[str, set[str]] = field(default_factory=dict)
    chains: dict[str, list[Said]] = field(default_factory=dict)
    copies: dict[str, list[Said]] = field(default_factory=dict)
    media: dict[tuple[str, str], list[Said]] = field(default_factory=dict)
    kept_media: dict[str, list[tuple[int, RecordRef]]] = field(default_factory=dict)
    crawls: dict[str, set[int]] = field(default_factory=dict)
    decisions: dict[str, list[Decision]] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)

    def settled(self, entries: Sequence[E]) -> Iterator[E]:
        """
        Give those because of which a row must be there, of entries about one matter.

        A process that is killed between the two leaves an entry alone; whoever takes its crawl
        over does the step again.
        """
        last = {each.crawl: each.place for each in entries}
        for each in entries:
            ends = self.ended.get(each.crawl, ())
            if last[each.crawl] == each.place and any(place > each.place for place, _ in ends):
                yield each


def journalled(refs: Iterable[RecordRef], read: Callable[[RecordRef], journal.Entry]) -> Journalled:
    """
    Read the entries of a journal, in order of time.

    Args:
        refs: Their records.
        read: Reads one. What raises ArchiverError is told in `unread`.
    """
    found = Journalled()
    for place, ref in enumerate(refs):
        try:
            _note(found, place, ref, read(ref))
        except ArchiverError as err:
            found.unread.append(f"{ref.filename}, {ref.record_id}: {err}")
    return found


def digest_of(kind: type[Any], value: object) -> bytes:
    """Give a digest of all that a value says."""
    return hashlib.sha256(codec.dump(kind, value).encode("utf-8", "replace")).digest()


def needed(found: Journalled, threads: Container[str] | None, proofs: Container[str]) -> list[Seen]:
    """
    Give the observations that may hold words of some threads.

    Args:
        threads: None for all.
        proofs: The records that are known to speak of them, for listings that hold many.
    """
    if threads is None:
        return found.seen
    own = {crawl for thread, crawls in found.crawls.items() if thread in threads
           for crawl in crawls}  # fmt: skip
    return [
        each
        for each in found.seen
        if each.crawl in own or any(record_id in proofs for record_id in each.asked)
    ]


def _note(found: Journalled, place: int, ref: RecordRef, entry: journal.Entry) -> None:
    match entry:
        case journal.Observed(crawl=crawl, asked=asked):
            records = frozenset(each.record_id for each in asked if each.record_id)
            found.seen.append(Seen(place, crawl.id, ref, records))
        case journal.Ended(crawl=Crawl(id=number), thread_id=thread_id):
            found.ended.setdefault(number, []).append((place, thread_id))
            if thread_id:
                found.crawls.setdefault(thread_id, set()).add(number)
        case journal.Followed(crawl_id=number, thread_id=thread_id, chain=chain):
            found.links.setdefault(thread_id, set()).add(chain.uri_r)
            found.crawls.setdefault(thread_id, set()).add(number)
            said = Said(place, number, chain.at, way_of(chain), chain.target, chain.outcome)
            found.chains.setdefault(chain.uri_r, []).append(said)
        case journal.Taken(crawl_id=number, snapshot=taken):
            said = Said(place, number, taken.at, digest_of(Snapshot, taken))
            found.copies.setdefault(without_fragment(taken.url), []).append(said)
        case journal.Copied(thread_id=thread_id, copy=copy):
            said = Said(place, 0, copy.at, digest_of(MediaCopy, copy))
            found.media.setdefault((thread_id, copy.url), []).append(said)
            found.kept_media.setdefault(thread_id, []).append((place, ref))
        case journal.Decided(decision=decision):
            found.decisions.setdefault(decision.thread_id, []).append(decision)


def way_of(chain: Chain) -> bytes:
    """Give a digest of how a link went; without what is found later about its end."""
    return digest_of(Chain, _bare(chain))


def _bare(chain: Chain) -> Chain:
    return Chain(chain.uri_r, chain.target, chain.outcome, chain.hops, chain.at)
