"""What does the web app answer to a search: a page, or a feed of the threads that were found?"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from archiver.core.searchquery import Query, parse
from archiver.errors import StoreError, UsageError
from archiver.models.search import SearchOrder
from archiver.ports import Store
from feeds import clean
from feeds.document import Document, Entry, Scope, document_of
from feeds.formats import FORMATS, Format
from feeds.render import Site
from feeds.search_page import search_page
from feeds.web.validators import as_http_date, is_current

_ENTRIES = 30
_LOOKED_AT = 300
_PAGE = 20


Published = Callable[[str], Entry | None]


@dataclass(frozen=True, slots=True)
class Search:
    """
    Searches on behalf of readers: only what they may see.

    Attributes:
        published: Gives the entry that readers have of a thread; None if they have none.
        now: Gives the time, UTC-aware.
    """

    store: Store
    site: Site
    published: Published
    now: Callable[[], datetime]

    def page(self, request: Request) -> Response:
        """Answer `/search?q=…&order=newest&after=…` with a page."""
        asked = request.query_params.get("q", "")
        order = _order(request)
        after = request.query_params.get("after", "")
        if not asked.strip():
            return _html(search_page(self.site, "", order=order))
        try:
            query = parse(asked)
            found = self.store.search(query, now=self.now(), order=order, limit=_PAGE, after=after)
        except UsageError as err:
            return _html(search_page(self.site, asked, order=order, fault=str(err)), 400)
        except StoreError as err:
            return _html(search_page(self.site, asked, order=order, fault=str(err)), 503)
        page = search_page(
            self.site, asked, query=query, found=found, order=order, paged=bool(after)
        )
        return _html(page)

    def feed(self, request: Request, written: Format) -> Response:
        """Answer `/search.rss?q=…` with a feed: the threads that were found, newest first."""
        try:
            query = parse(request.query_params.get("q", ""))
            document = self._document(query)
        except UsageError as err:
            return Response(f"{err}\n", 400, media_type="text/plain")
        except StoreError as err:
            return Response(f"{err}\n", 503, {"Retry-After": "30"}, media_type="text/plain")
        body = written.render(document)
        etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        headers = {
            "ETag": etag,
            "Last-Modified": as_http_date(document.updated),
            "Cache-Control": "public, max-age=300",
            "Access-Control-Allow-Origin": "*",
        }
        if is_current(
            etag,
            document.updated,
            if_none_match=request.headers.get("if-none-match"),
            # Of a search, more may be found at an old time: only the tag says that it is the same.
            if_modified_since=None,
        ):
            return Response(status_code=304, headers=headers)
        return Response(body, 200, headers, media_type=f"{written.MIME}; charset=utf-8")

    def _document(self, query: Query) -> Document:
        words = clean.line(query.text)
        base_url = self.site.base_url
        scope = Scope(
            key=f"search/{query.text}",
            title=f"{words} – {clean.line(self.site.title)}",
            description=f"Threads that hold: {words}",
            url_stem=f"{base_url}/search",
            home_url=f"{base_url}/search?{urlencode({'q': query.text})}",
        )
        document = document_of(scope, self._entries(query))
        return replace(document, asked=f"?{urlencode({'q': query.text})}")

    def _entries(self, query: Query) -> Iterator[Entry]:
        for thread_id in self._threads(query):
            entry = self.published(thread_id)
            if entry is not None:
                yield entry

    def _threads(self, query: Query) -> list[str]:
        """The newest threads that the search finds, each once."""
        found: dict[str, None] = {}
        after, looked_at = "", 0
        while looked_at < _LOOKED_AT and len(found) < _ENTRIES:
            page = self.store.search(
                query, now=self.now(), order=SearchOrder.NEWEST, limit=100, after=after
            )
            looked_at += 100
            found |= dict.fromkeys(each.id for hit in page.hits for each in hit.threads)
            after = page.more
            if not after:
                break
        return list(found)[:_ENTRIES]


def search_routes(search: Search) -> Iterator[tuple[str, Callable[[Request], Response]]]:
    """Give each path of the search, and what answers there."""
    yield "/search", search.page
    for each in FORMATS:
        yield f"/search{each.EXTENSION}", _feed_in(search, each)


def _feed_in(search: Search, written: Format) -> Callable[[Request], Response]:
    def feed(request: Request) -> Response:
        return search.feed(request, written)

    return feed


def _order(request: Request) -> SearchOrder:
    asked = request.query_params.get("order", "")
    return SearchOrder.NEWEST if asked == SearchOrder.NEWEST else SearchOrder.BEST


def _html(page: bytes, status: int = 200) -> Response:
    return Response(page, status, {"Cache-Control": "no-cache"}, media_type="text/html")
