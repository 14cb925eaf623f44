"""How do the feeds of a scope, its archive documents and its page get written?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from archiver.models import Watch
from feeds.document import Archives, Document, document_of
from feeds.formats import FORMATS
from feeds.html import FeedLine, Site, feeds_page, scope_page
from feeds.opml import feeds_opml, watches_opml
from feeds.publish.folder import Folder
from feeds.publish.leaves import PAGED, Leaves, leaf_of
from feeds.publish.membership import Known, Membership
from feeds.publish.slots import feed_number, feed_of
from feeds.publish.state import State
from feeds.publish.windows import Windows
from feeds.scopes import Granularity, everything, told_by

MOST_NAMED = 200
"""Accounts, and tags, that the index of feeds names: those with most threads."""

FEEDS_PAGE = "feeds/index.html"
_KINDS = {"watch": "Watches", "platform": "Platforms", "account": "Accounts", "tag": "Tags"}


class Documents:
    """Writes what stands below `feeds`, `by` and `tag`."""

    def __init__(self, state: State, folder: Folder, site: Site, hub: str) -> None:
        self._state = state
        self._folder = folder
        self._site = site
        self._hub = hub or None
        self._members = Membership(state)
        self._leaves = Leaves(state)
        self._windows = Windows(state)

    def settle(self, feeds: Iterable[int]) -> None:
        """Let feeds hold no more than their documents show."""
        for feed in feeds:
            known = self._members.scope(feed_of(feed)[0])
            if known is not None:
                self._windows.settle(feed)

    def settle_pages(self, scopes: Iterable[int]) -> None:
        """Let the first page of accounts and tags hold no more than it shows."""
        for n in scopes:
            known = self._members.scope(n)
            if known is not None and known.kind in PAGED:
                self._leaves.settle(n)

    def write_feed(self, feed: int) -> None:
        """Write the document of a feed that readers subscribe to, in all formats."""
        n, granularity = feed_of(feed)
        known = self._members.scope(n)
        if known is None:
            return
        scope = told_by(known.scope, granularity)
        last = self._windows.last_block(feed)
        document = document_of(
            scope,
            self._windows.newest(feed),
            archives=Archives(prev=archive_of(scope.url_stem, last) if last else None),
            hub=self._hub,
            tombstones=self._windows.tombstones(feed),
        )
        self.write(document)

    def write_block(self, feed: int, number: int) -> None:
        """Write an archive document in all formats."""
        n, granularity = feed_of(feed)
        known = self._members.scope(n)
        if known is None:
            return
        scope = told_by(known.scope, granularity)
        stem, last = scope.url_stem, self._windows.last_block(feed)
        document = document_of(
            scope,
            self._windows.of_block(feed, number),
            url_stem=archive_of(stem, number),
            archives=Archives(
                prev=archive_of(stem, number - 1) if number > 1 else None,
                next=archive_of(stem, number + 1) if number < last else None,
                current=stem,
                is_archive=True,
            ),
        )
        self.write(document)

    def write_page(self, n: int, number: int = 0) -> None:
        """Write a page of an account or a tag; remove one that is empty, but for the first."""
        known = self._members.scope(n)
        if known is None or known.kind not in PAGED:
            return
        home, lines = self._place(known.scope.home_url), self._leaves.lines(n, number)
        path = leaf_of(home, number)
        if number and not lines:
            self._folder.remove(f"{path}index.html")
            return
        page = scope_page(
            self._site,
            known.scope,
            lines,
            heading=known.name,
            original=known.original,
            path=path,
            pages=self._leaves.beside(n, number, home),
            first=not number,
            total=known.threads,
        )
        self._folder.put(f"{path}index.html", page)

    def write_index(self, watches: Iterable[Watch]) -> None:
        """Write the index of feeds, and the lists of feeds and watches for other programs."""
        named = {kind: self._named(kind) for kind in _KINDS}
        lines = [
            FeedLine(
                kind=words,
                title=known.name,
                stem=known.scope.url_stem,
                home=self._place(known.scope.home_url) if kind in PAGED else "",
            )
            for kind, words in _KINDS.items()
            for known in named[kind]
        ]
        self._folder.put(FEEDS_PAGE, feeds_page(self._site, lines))
        title = self._site.title
        listed = {words: [known.scope for known in named[kind]] for kind, words in _KINDS.items()}
        listed = {"": [everything(self._site.base_url, title)], **listed}
        self._folder.put("feeds.opml", feeds_opml(title, listed))
        self._folder.put("watches.opml", watches_opml(title, watches))

    def remove(self, known: Known) -> None:
        """Remove all files of a scope."""
        for path in self.paths_of(known):
            self._folder.remove(path)

    def paths_of(self, known: Known) -> list[str]:
        """Give all files that stand for a scope."""
        return [path for _, _, path in self.standing_of(known)]

    def standing_of(self, known: Known, *, archived: bool = True) -> Iterator[tuple[str, str, str]]:
        """
        Give all files that stand for a scope, each after what it is of: a kind and its key.

        Args:
            archived: With its archive documents and its pages of older threads: there may be very
                many.
        """
        for granularity in Granularity:
            stem, feed = (
                told_by(known.scope, granularity).url_stem,
                feed_number(known.n, granularity),
            )
            last = self._windows.last_block(feed)
            for number in range(last + 1 if archived else 1):
                place = self._place(archive_of(stem, number) if number else stem)
                kind, key = ("block", f"{feed}/{number}") if number else ("feed", str(feed))
                yield from ((kind, key, f"{place}{made.EXTENSION}") for made in FORMATS)
        if known.kind in PAGED:
            home = self._place(known.scope.home_url)
            yield "scope", str(known.n), f"{home}index.html"
            for number in self._leaves.numbers(known.n) if archived else ():
                yield "leaf", f"{known.n}/{number}", f"{leaf_of(home, number)}index.html"

    def write(self, document: Document) -> None:
        """Write a document in all formats."""
        for each in FORMATS:
            path = f"{self._place(document.url_stem)}{each.EXTENSION}"
            self._folder.put(path, each.render(document))

    def block_paths(self, feed: int, number: int) -> list[str]:
        """Give the files of an archive document; none if its scope is not known."""
        n, granularity = feed_of(feed)
        known = self._members.scope(n)
        if known is None:
            return []
        stem = told_by(known.scope, granularity).url_stem
        place = self._place(archive_of(stem, number))
        return [f"{place}{made.EXTENSION}" for made in FORMATS]

    def _named(self, kind: str) -> list[Known]:
        if kind == "watch":
            return self._members.all_of_kind(kind)
        found = self._members.of_kind(kind, most=MOST_NAMED)
        return sorted(found, key=lambda each: (each.name.casefold(), each.scope.key))

    def _place(self, url: str) -> str:
        """Give the path below publish_dir of one of our addresses."""
        return url.removeprefix(f"{self._site.base_url}/")


def archive_of(stem: str, number: int) -> str:
    """
    Give the address of an archive document of a feed, without extension.

    >>> archive_of("https://x.example/feeds/all", 3)
    'https://x.example/feeds/all/archive/3'
    """
    return f"{stem}/archive/{number}"
