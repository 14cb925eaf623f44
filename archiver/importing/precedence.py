"""What do we know ourselves, so that a file of others must not tell it anew?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from archiver.core.imported import is_foreign
from archiver.models import Thread
from archiver.ports import Store
from archiver.targets import media_urls


def followed_ourselves(store: Store, uri_r: str) -> bool:
    """Say whether we asked for a link: its chain is the same for every thread that has it."""
    runs = store.chain_history(uri_r)
    return _any_ours(store, (hop.record_id for run in runs for hop in run.chain.hops))


def kept_ourselves(store: Store, url: str) -> bool:
    """Say whether we hold a copy of a page of our own: readers are shown one for all threads."""
    return _any_ours(store, (each.record_id for each in store.snapshots_of(url)))


def media_wanted(store: Store, thread: Thread, *, is_new: bool) -> Iterator[str]:
    """Give the attachments that a file may bring: of a thread of ours none that we asked for."""
    known = () if is_new else store.media_of_thread(thread.id)
    asked = {each.url for each in known}
    return (url for url in media_urls(thread) if url not in asked)


def _any_ours(store: Store, record_ids: Iterable[str | None]) -> bool:
    found = (store.record(each) for each in record_ids if each)
    return any(ref is not None and not is_foreign(ref.filename) for ref in found)
