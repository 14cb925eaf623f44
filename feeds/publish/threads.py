"""How does one thread get into publish_dir, or out of it?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

from archiver.models import Decision, ThreadView
from archiver.ports import PayloadReader, RecordPlaces, Store
from feeds import clean
from feeds.document import Tombstone, document_of
from feeds.entries import Entries, entries_of
from feeds.formats import FORMATS
from feeds.html import Site, thread_pages
from feeds.nearness import nears_of, with_lists
from feeds.publish.copies import places_of, publish_copies
from feeds.publish.folder import Folder
from feeds.publish.imported import foreign_in
from feeds.publish.lists import Lists, listed
from feeds.publish.membership import Membership
from feeds.publish.nearby import Nearby
from feeds.publish.news import Unsaid, news_of
from feeds.publish.secured import Secured
from feeds.publish.slots import Place, Slots, Told, micros
from feeds.publish.state import State
from feeds.scopes import Granularity, Scope, scopes_of
from feeds.sealing import unsealed


class ThreadFiles:
    """Writes and removes the files of threads, and keeps what feeds and lists say of them."""

    def __init__(
        self,
        store: Store,
        payloads: PayloadReader,
        folder: Folder,
        state: State,
        site: Site,
        hub: str,
        hidden: Mapping[str, Decision],
        *,
        now: dt.datetime,
        again: bool,
        records: RecordPlaces | None = None,
    ) -> None:
        """
        Args:
            hidden: The decisions that keep threads from readers.
            now: What was seen long before is no news.
            again: Everything is rendered anew, archive documents as well.
            records: Where TLS facts are read; none are told without it.
        """
        self._store: Final = store
        self._payloads: Final = payloads
        self._folder: Final = folder
        self._state: Final = state
        self._site: Final = site
        self._hub: Final = hub or None
        self._hidden: Final = hidden
        self._lists = Lists(state)
        self._members = Membership(state)
        self._slots = Slots(state, again=again)
        self._news = Unsaid(state)
        self._secured = Secured(state, records)
        self._near = Nearby(state, folder, site)
        self._now: Final = now

    def write(self, thread_id: str) -> None:
        """Write the pages and feeds of a thread; remove them if it may not be seen, or is gone."""
        held = self._store.view(thread_id)
        view = None if held is None or thread_id in self._hidden else unsealed(held)
        if view is None:
            self._forget(thread_id, held)
            return
        copies = publish_copies(self._folder, self._payloads, view)
        media = {url: f"{self._site.base_url}/{path}" for url, path in copies.items()}
        entries = entries_of(view, self._site.base_url, media)
        around = scopes_of(view, self._site.base_url, self._site.title)
        n = self._keep(view, entries, around, copies)
        size = self._files(view, entries, around, copies, self._near.lists(n, thread_id))
        self._state.ask("INSERT OR REPLACE INTO standing VALUES (?, ?, ?)", n, *size)

    def _files(
        self,
        view: ThreadView,
        entries: Entries,
        around: tuple[Scope, ...],
        copies: Mapping[str, str],
        lists: Mapping[str, bytes],
    ) -> tuple[int, int]:
        """Write the files of a thread; give their number, and their bytes together."""
        pages = {
            page.path: with_lists(page.content, lists)
            for page in thread_pages(
                view,
                entries,
                self._site,
                copies,
                self._secured.lines_of(view),
                foreign_in(self._store, view),
            )
        }
        own = f"thread/{view.thread.id}"
        for scope in around:
            if scope.key.startswith(own):
                told = _told(entries, scope.granularity)
                document = document_of(
                    scope,
                    [each.entry for each in told if each.gone_at is None],
                    hub=self._hub,
                    tombstones=[
                        Tombstone(each.entry.id, each.gone_at) for each in told if each.gone_at
                    ],
                )
                stem = scope.url_stem.removeprefix(f"{self._site.base_url}/")
                pages |= {f"{stem}{made.EXTENSION}": made.render(document) for made in FORMATS}
        for path, content in pages.items():
            self._folder.put(path, content)
        for path in self._folder.paths_below(f"t/{view.thread.id}"):
            if path not in pages:
                self._folder.remove(path)
        return len(pages), sum(map(len, pages.values()))

    def _keep(
        self,
        view: ThreadView,
        entries: Entries,
        around: tuple[Scope, ...],
        copies: Mapping[str, str],
    ) -> int:
        """Keep what feeds and lists say of a thread; give its number."""
        thread = view.thread
        former_line = self._lists.text_of(thread.id)
        n = self._lists.keep(thread.id, thread.first_captured_at, listed(view, entries.thread))
        scopes = {
            self._members.keep(
                scope,
                scope.title.removesuffix(f" – {self._site.title}"),
                clean.url(thread.author.url) if scope.key.startswith("account/") else "",
                said=micros(thread.updated_at),
            )
            for scope in around
            if scope.granularity is Granularity.THREADS and not scope.key.startswith("thread/")
        }
        former = self._members.join(n, micros(thread.first_captured_at), scopes)
        since = self._since(thread.id)
        told = [each for how in Granularity for each in _told(entries, how, since)]
        new = self._slots.keep(Place(n, thread.id, scopes, former), told)
        self._news.keep(news_of(view, new, since=since, now=self._now))
        self._show_media(n, set(copies.values()))
        captured, changed = micros(thread.first_captured_at), self._lists.text_of(thread.id)
        self._near.keep(n, captured, nears_of(view), changed=changed != former_line)
        return n

    def _since(self, thread_id: str) -> dt.datetime | None:
        """When a thread that was hidden came to readers."""
        decision = self._store.policy_of(thread_id)
        return None if decision is None else decision.until or decision.at

    def _show_media(self, n: int, paths: set[str]) -> None:
        rows = self._state.ask("SELECT path FROM media WHERE thread = ?", n)
        former = {row[0] for row in rows}
        for path in former - paths:
            self._state.ask("DELETE FROM media WHERE path = ? AND thread = ?", path, n)
        self._state.many("INSERT INTO media VALUES (?, ?)", ((each, n) for each in paths - former))
        self._state.begin("media", former - paths)

    def _forget(self, thread_id: str, held: ThreadView | None) -> None:
        """
        Remove what is published of a thread, whatever that is.

        Copies of its attachments may stand there that the cache does not know, if a publication was
        killed: so they are looked for by name.
        """
        self._folder.remove_tree(f"t/{thread_id}")
        if held is not None:
            standing = [each for each in places_of(held) if self._folder.has(each)]
            self._state.begin("media", standing)
        n = self._lists.number_of(thread_id)
        if n is None:
            return
        decision = self._hidden.get(thread_id)
        at = decision.at if decision else held.thread.updated_at if held else None
        former = self._members.join(n, 0, ())
        self._slots.forget(Place(n, thread_id, frozenset(), former), at)
        self._show_media(n, set())
        self._near.forget(n)
        self._state.ask("DELETE FROM standing WHERE thread = ?", n)
        self._lists.forget(n)


def _told(
    entries: Entries, granularity: Granularity, since: dt.datetime | None = None
) -> list[Told]:
    found = {
        Granularity.THREADS: (entries.thread,),
        Granularity.POSTS: entries.posts,
        Granularity.CHANGES: entries.changes,
    }
    return [Told(granularity, each, since) for each in found[granularity]]
