"""What does one publication do, step by step?"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Sequence, Set
from typing import Final

from archiver.models import PolicyState, Watch
from archiver.ports import PayloadReader, RecordPlaces, Store
from feeds import scopes, wording
from feeds.assets import assets, fingerprint
from feeds.html import Site, WatchLine, index_page
from feeds.post_parts import shown_as
from feeds.publish import sweep
from feeds.publish.documents import Documents
from feeds.publish.folder import Folder
from feeds.publish.gone import write_gone
from feeds.publish.leaves import Leaves
from feeds.publish.lists import Lists, folder_of
from feeds.publish.lost import Lost
from feeds.publish.membership import Membership
from feeds.publish.nearby import Nearby
from feeds.publish.slots import feed_number
from feeds.publish.state import State
from feeds.publish.threads import ThreadFiles
from feeds.publish.told import told
from feeds.scopes import Granularity

_TOGETHER = 100
"""Threads, or documents, of one transaction."""
_SETTINGS = "settings"


class Round:
    """One publication."""

    def __init__(
        self,
        store: Store,
        payloads: PayloadReader,
        folder: Folder,
        state: State,
        site: Site,
        hub: str,
        now: dt.datetime,
        records: RecordPlaces | None = None,
    ) -> None:
        self._store: Final = store
        self._payloads: Final = payloads
        self._folder: Final = folder
        self._state: Final = state
        self._site: Final = site
        self._hub: Final = hub
        self._now: Final = now
        self._records: Final = records
        self._lists = Lists(state)
        self._members = Membership(state)
        self._leaves = Leaves(state)
        self._near = Nearby(state, folder, site)
        self._documents = Documents(state, folder, site, hub)

    def publish(self, *, everything: bool) -> None:
        """Publish what changed, or all."""
        state, folder = self._state, self._folder
        settings = _digest(self._site.base_url, self._site.title, self._hub, fingerprint())
        again = state.said(_SETTINGS) != settings
        dirty = self._store.dirty_threads()
        hidden = {each.thread_id: each for each in self._store.hidden_threads()}
        withheld = PolicyState.WITHHELD
        write_gone(folder, (key for key, each in hidden.items() if each.state is withheld))
        for asset in assets().values():
            folder.put(asset.path, asset.content)
        missing = not sweep.is_marked(folder)
        whole = everything or again or state.fresh or missing
        self._prepare(dirty, whole=whole, again=again)
        lost = Lost(state, folder, self._documents)
        if not whole:
            lost.look()
        threads = ThreadFiles(
            self._store,
            self._payloads,
            folder,
            state,
            self._site,
            self._hub,
            hidden,
            now=self._now,
            again=again,
            records=self._records,
        )
        self._threads(threads)
        self._named()
        watches = self._told(hidden.keys())
        self._scopes(watches)
        self._shared()
        self._pages(watches)
        self._media()
        sweep.styles(folder)
        if whole:
            sweep.strays(folder, state, self._documents)
            sweep.mark(folder)
        folder.sync()
        state.say(_SETTINGS, settings)
        self._store.mark_published(dirty)

    def _prepare(self, dirty: Sequence[str], *, whole: bool, again: bool) -> None:
        state = self._state
        with state.together():
            state.begin("thread", dirty)
            if whole or len(dirty) >= self._known():
                # After a rebuild all threads are to be published: then some may be gone, too.
                ids = [row[0] for row in state.ask("SELECT id FROM thread")]
                state.begin("thread", ids)
            if whole:
                state.begin("thread", self._store.thread_ids())
                everywhere = self._members.numbers()
                state.begin("scope", everywhere)
                state.begin("feed", _feeds(everywhere))
                blocks = state.ask("SELECT feed, number FROM block")
                state.begin("block", (f"{feed}/{number}" for feed, number in blocks))
                state.begin("page", range(self._lists.last() + 1))
                self._leaves.begin_all()
            if again:
                self._members.forget_what_was_said()

    def _known(self) -> int:
        """Count the threads that are published."""
        known = self._state.one("SELECT threads FROM scope WHERE key = 'all'")
        return int(known or 0)

    def _threads(self, threads: ThreadFiles) -> None:
        ids = self._state.begun("thread")
        for some in _chunks(ids):
            with self._state.together():
                for thread_id in some:
                    threads.write(thread_id)
                self._folder.sync()
                self._state.end("thread", some)

    def _named(self) -> None:
        """Write anew which other threads the pages of threads name."""
        for some in _chunks(self._state.begun("more")):
            for key in some:
                self._near.write(int(key))
            self._folder.sync()
            with self._state.together():
                self._state.end("more", some)

    def _told(self, hidden: Set[str]) -> tuple[Watch, ...]:
        """Give the watches that readers are told of."""

        def leads_to_hidden(url: str) -> bool:
            found = self._store.find_thread(url) if hidden else None
            return found is not None and found.id in hidden

        seen = {each.name for each in self._members.all_of_kind("watch") if each.threads}
        return told(self._store.watches(), is_hidden=leads_to_hidden, has_public=seen.__contains__)

    def _scopes(self, watches: Sequence[Watch]) -> None:
        """Let everything and every watch have feeds; remove scopes that have no threads."""
        base_url, title = self._site.base_url, self._site.title
        with self._state.together():
            kept = {self._members.keep(scopes.everything(base_url, title), title)}
            for watch in watches:
                scope = scopes.of_watch(base_url, title, watch.name)
                kept.add(self._members.keep(scope, watch.name))
            emptied = [int(each) for each in self._state.begun("scope")]
            former = [each.n for each in self._members.all_of_kind("watch")]
            for n in dict.fromkeys([*emptied, *former]):
                known = self._members.scope(n)
                if known is not None and not known.threads and n not in kept:
                    self._documents.remove(known)
                    self._members.remove(n)
            self._documents.settle(int(each) for each in self._state.begun("feed"))
            self._documents.settle_pages(int(each) for each in self._state.begun("scope"))
            self._lists.settle()

    def _shared(self) -> None:
        """Write feeds, archive documents and pages of scopes."""
        for kind, write in (
            ("block", self._block),
            ("feed", lambda key: self._documents.write_feed(int(key))),
            ("scope", lambda key: self._documents.write_page(int(key))),
            ("leaf", self._leaf),
        ):
            for some in _chunks(self._state.begun(kind)):
                for key in some:
                    write(key)
                self._folder.sync()
                with self._state.together():
                    self._state.end(kind, some)

    def _block(self, key: str) -> None:
        feed, _, number = key.partition("/")
        self._documents.write_block(int(feed), int(number))

    def _leaf(self, key: str) -> None:
        scope, _, number = key.partition("/")
        self._documents.write_page(int(scope), int(number))

    def _pages(self, watches: Sequence[Watch]) -> None:
        """Write the pages of the list, and the index of feeds."""
        begun = {int(each) for each in self._state.begun("page")}
        total = self._known()
        lines = self._watch_lines(watches)
        for number in sorted(begun | {0}):
            path, threads = folder_of(number), self._lists.lines(number)
            if number and not threads:
                self._folder.remove(f"{path}index.html")
                continue
            page = index_page(
                self._site,
                threads,
                lines if number == 0 else (),
                path=path,
                pages=self._lists.beside(number),
                total=total,
            )
            self._folder.put(f"{path}index.html", page)
        self._documents.write_index(watches)
        self._folder.sync()
        with self._state.together():
            self._state.end("page", begun)

    def _media(self) -> None:
        """Remove copies that no thread shows any more."""
        paths = self._state.begun("media")
        for path in paths:
            if self._state.one("SELECT 1 FROM media WHERE path = ?", path) is None:
                self._folder.remove(path)
        with self._state.together():
            self._state.end("media", paths)

    def _watch_lines(self, watches: Sequence[Watch]) -> list[WatchLine]:
        """Give the watches that are, and those that were as long as threads belong to them."""
        current = {watch.name: watch for watch in watches}
        held = {each.name: each for each in self._members.all_of_kind("watch")}
        return [
            WatchLine(
                name=name,
                url=shown_as(current[name].url) if name in current else "",
                threads=wording.counted(held[name].threads, "thread"),
                paused=name in current and current[name].paused,
            )
            for name in dict.fromkeys([*current, *sorted(held)])
        ]


def _feeds(scope_numbers: Iterable[int]) -> list[int]:
    return [feed_number(n, each) for n in scope_numbers for each in Granularity]


def _chunks(keys: Sequence[str]) -> list[Sequence[str]]:
    return [keys[at : at + _TOGETHER] for at in range(0, len(keys), _TOGETHER)]


def _digest(*parts: str) -> str:
    digest = hashlib.sha256()
    for part in parts:
        raw = part.encode("utf-8", "surrogatepass")
        digest.update(len(raw).to_bytes(8, "big") + raw)
    return digest.hexdigest()
