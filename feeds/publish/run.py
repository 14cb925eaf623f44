"""
What has to be rendered, in which order, so that a reader never sees half of it?

    pages and feeds of the threads that changed -> feeds and lists they stand in -> cache -> store

The store is told last. So whatever is killed in between, the next run finds the same threads still
unpublished, renders them again, and leaves alone what is there already.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from archiver.errors import PublishError
from archiver.models import ThreadView, Watch
from archiver.ports import PayloadReader, Store
from feeds import addresses, wording
from feeds.assets import assets, fingerprint
from feeds.document import Document, Entry, document_of, entry_of, everything, of_thread, of_watch
from feeds.formats import FORMATS
from feeds.html import Site, WatchLine, index_page, thread_page
from feeds.post_parts import shown_as
from feeds.publish import lists, state
from feeds.publish.copies import publish_copies
from feeds.publish.entries import Entries
from feeds.publish.folder import Folder
from feeds.publish.state import Published, State
from feeds.sealing import unsealed

_WAIT_S = 600.0
_LOCK = "lock"
_ENTRIES = Entries()


@dataclass(frozen=True, slots=True)
class PublishResult:
    """How many files were written, left as they were, and removed."""

    written: int
    unchanged: int
    removed: int


def publish(
    store: Store,
    payloads: PayloadReader,
    *,
    base_url: str,
    title: str,
    publish_dir: Path,
    state_dir: Path,
    everything: bool,
) -> PublishResult:
    """
    Render what changed since the last time into publish_dir.

    All threads are rendered if `everything` is set, or if base_url, title, our software or its
    templates changed; a thread also if one of its files is missing.

    Args:
        base_url: Address under which publish_dir is reached, without a slash at its end.
        state_dir: Folder for our own notes on what is published; readers must not see it.

    Raises:
        PublishError: If a file cannot be written; the next run begins again where it was.
    """
    folder, notes = Folder(publish_dir), Folder(state_dir)
    folder.open()
    notes.open()
    with _alone(notes):
        run = _Run(store, payloads, folder, notes, Site(base_url, title))
        run.publish(everything=everything)
    return PublishResult(folder.written, folder.unchanged, folder.removed)


class _Run:
    """One publication."""

    def __init__(
        self, store: Store, payloads: PayloadReader, folder: Folder, notes: Folder, site: Site
    ) -> None:
        self._notes = notes
        self._store = store
        self._payloads = payloads
        self._folder = folder
        self._site = site
        self._before = state.load(notes)
        self._threads = dict(self._before.threads)
        self._changed: set[str] = set()

    def publish(self, *, everything: bool) -> None:
        settings = _digest(self._site.base_url, self._site.title, fingerprint())
        self._all = everything or self._before.settings != settings
        dirty = self._store.dirty_threads()
        ids = self._store.thread_ids()
        for each in assets().values():
            self._folder.put(each.path, each.content)
        for thread_id in self._wanted(ids, dirty):
            self._thread(thread_id)
        for thread_id in self._threads.keys() - set(ids):
            self._forget(thread_id)
        watches = self._store.watches()
        names = self._watch_names(watches)
        self._feeds(names)
        self._lists(watches, names)
        self._tidy(names)
        pages = lists.older_pages(len(self._threads))
        state.save(self._notes, State(settings, self._threads, pages))
        self._folder.sync()
        self._notes.sync()
        self._store.mark_published(dirty)

    def _wanted(self, ids: Sequence[str], dirty: Iterable[str]) -> list[str]:
        changed = set(dirty)
        return [each for each in ids if self._all or each in changed or not self._is_whole(each)]

    def _is_whole(self, thread_id: str) -> bool:
        known = self._threads.get(thread_id)
        if known is None:
            return False
        files = (*_files_of(thread_id), *dict(known.copies).values())
        return all(self._folder.has(path) for path in files)

    def _thread(self, thread_id: str) -> None:
        view = self._view(thread_id)
        if view is None:
            self._forget(thread_id)
            return
        copies = publish_copies(self._folder, self._payloads, view)
        entry = self._entry_of(view, copies)
        page = thread_page(view, entry, self._site, copies)
        own = of_thread(self._site.base_url, self._site.title, entry)
        self._folder.put(f"t/{thread_id}/index.html", page)
        self._write(f"t/{thread_id}/feed", document_of(own, [entry]))
        digest = _ENTRIES.keep(entry)
        self._threads[thread_id] = lists.published(view, entry, digest, copies)
        self._changed.add(thread_id)

    def _view(self, thread_id: str) -> ThreadView | None:
        view = self._store.view(thread_id)
        return None if view is None else unsealed(view)

    def _forget(self, thread_id: str) -> None:
        """Remove what is published of a thread that is gone from the store, or sealed."""
        for path in _files_of(thread_id):
            self._folder.remove(path)
        self._threads.pop(thread_id, None)
        self._changed.add(thread_id)

    def _entry_of(self, view: ThreadView, copies: dict[str, str]) -> Entry:
        media = {url: f"{self._site.base_url}/{path}" for url, path in copies.items()}
        return entry_of(view, base_url=self._site.base_url, media=media)

    def _entries_for(self, threads: Iterable[Published]) -> Iterator[Entry]:
        for each in lists.window(threads):
            entry = _ENTRIES.get(each.entry)
            view = self._view(each.id) if entry is None else None
            if view is not None:
                entry = self._entry_of(view, dict(each.copies))
                _ENTRIES.keep(entry)
            if entry is not None:
                yield entry

    def _watch_names(self, watches: Sequence[Watch]) -> tuple[str, ...]:
        """Give watches that are, and those that were as long as threads belong to them."""
        former = {name for each in self._threads.values() for name in each.watches}
        current = [watch.name for watch in watches]
        return tuple(dict.fromkeys([*current, *sorted(former)]))

    def _feeds(self, names: Iterable[str]) -> None:
        base_url, title = self._site.base_url, self._site.title
        if self._changed or self._lacks("feeds/all"):
            scope = everything(base_url, title)
            entries = self._entries_for(self._threads.values())
            self._write("feeds/all", document_of(scope, entries))
        touched = {
            name
            for held in (self._before.threads, self._threads)
            for thread_id in self._changed
            if thread_id in held
            for name in held[thread_id].watches
        }
        for name in names:
            stem = f"feeds/watch/{addresses.slug(name)}"
            if self._all or name in touched or self._lacks(stem):
                scope = of_watch(base_url, title, name)
                inside = (each for each in self._threads.values() if name in each.watches)
                self._write(stem, document_of(scope, self._entries_for(inside)))

    def _lacks(self, stem: str) -> bool:
        return not all(self._folder.has(f"{stem}{each.EXTENSION}") for each in FORMATS)

    def _write(self, stem: str, document: Document) -> None:
        for each in FORMATS:
            self._folder.put(f"{stem}{each.EXTENSION}", each.render(document))

    def _lists(self, watches: Sequence[Watch], names: Sequence[str]) -> None:
        order, before = lists.in_order(self._threads), lists.in_order(self._before.threads)
        last = lists.older_pages(len(order))
        for number in range(last + 1):
            ids = lists.on_page(order, number)
            path = f"{lists.folder_of(number)}index.html"
            still = number and number < last - 1 and ids == lists.on_page(before, number)
            if still and not self._all and self._changed.isdisjoint(ids) and self._folder.has(path):
                continue
            page = index_page(
                self._site,
                [lists.line(self._threads[each]) for each in reversed(ids)],
                self._watch_lines(watches, names) if number == 0 else (),
                path=lists.folder_of(number),
                pages=lists.pages_beside(number, last),
                total=len(order),
            )
            self._folder.put(path, page)
        for number in range(last + 1, self._before.pages + 1):
            self._folder.remove(f"{lists.folder_of(number)}index.html")

    def _watch_lines(self, watches: Sequence[Watch], names: Sequence[str]) -> list[WatchLine]:
        known = {watch.name: watch for watch in watches}
        counts = dict.fromkeys(names, 0)
        for each in self._threads.values():
            for name in each.watches:
                counts[name] += 1
        return [
            WatchLine(
                name=name,
                url=shown_as(known[name].url) if name in known else "",
                threads=wording.counted(counts[name], "thread"),
                paused=name in known and known[name].paused,
            )
            for name in names
        ]

    def _tidy(self, names: Iterable[str]) -> None:
        """Remove feeds of watches that are no more, and styles that no page names."""
        slugs = {addresses.slug(name) for name in names}
        extensions = {each.EXTENSION for each in FORMATS}
        for name in self._folder.names_in("feeds/watch"):
            stem, dot, extension = name.rpartition(".")
            if stem not in slugs and dot + extension in extensions:
                self._folder.remove(f"feeds/watch/{name}")
        current = {each.path for each in assets().values()}
        for name in self._folder.names_in("static"):
            if f"static/{name}" not in current and not name.startswith("."):
                self._folder.remove(f"static/{name}")


def _files_of(thread_id: str) -> tuple[str, ...]:
    feeds = (f"t/{thread_id}/feed{each.EXTENSION}" for each in FORMATS)
    return (f"t/{thread_id}/index.html", *feeds)


def _digest(*parts: str) -> str:
    digest = hashlib.sha256()
    for part in parts:
        raw = part.encode("utf-8", "surrogatepass")
        digest.update(len(raw).to_bytes(8, "big") + raw)
    return digest.hexdigest()


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
