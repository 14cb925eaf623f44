"""A small web in memory behind ports.Fetcher: it answers, counts, and remembers what was asked."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.cookiejar import Cookie, CookieJar

from archiver.errors import StoreError
from archiver.models import Exchange, FetchRequest, Header, Outcome

NOW = dt.datetime(2026, 11, 24, 10, tzinfo=dt.UTC)
HTML = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Page:
    """One answer. `outcome` other than OK with `status` None: nothing came."""

    body: str | bytes = b""
    status: int | None = 200
    mime: str = HTML
    headers: tuple[Header, ...] = ()
    outcome: Outcome = Outcome.OK
    error: str = ""
    cookie: str = ""  # is set; the page is then answered by `with_cookie`
    with_cookie: Page | None = None


def moved(to: str, status: int = 301) -> Page:
    """Redirect."""
    return Page(status=status, headers=(("Location", to),))


GONE = Page("<title>Not found</title>", status=404)


@dataclass(slots=True)
class Web:
    """Implements ports.Fetcher. An address that is not there is answered by 404."""

    pages: Mapping[str, Page | Callable[[str], Page]]
    asked: list[FetchRequest] = field(default_factory=list)
    delay_s: float = 0.0
    full: bool = False
    at_once: int = 0
    most_at_once: int = 0

    async def fetch(self, request: FetchRequest, cookies: CookieJar | None = None) -> Exchange:
        """Answer one request."""
        self.asked.append(request)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(self.delay_s)
        self.at_once -= 1
        if self.full:
            raise StoreError("the disk is full")
        page = self.pages.get(request.url, GONE)
        if not isinstance(page, Page):
            page = page(request.url)
        return _exchange(request, _with_cookies(page, cookies), len(self.asked))

    @property
    def urls(self) -> list[str]:
        """What was asked, in order."""
        return [request.url for request in self.asked]


def _with_cookies(page: Page, jar: CookieJar | None) -> Page:
    if jar is None or not page.cookie:
        return page
    if page.with_cookie is not None and any(each.name == page.cookie for each in jar):
        return page.with_cookie
    jar.set_cookie(_cookie(page.cookie))
    return page


def _cookie(name: str) -> Cookie:
    return Cookie(
        version=0, name=name, value="1", port=None, port_specified=False, domain="a.example",
        domain_specified=True, domain_initial_dot=False, path="/", path_specified=True,
        secure=False, expires=None, discard=True, comment=None, comment_url=None, rest={},
    )  # fmt: skip


def _exchange(request: FetchRequest, page: Page, count: int) -> Exchange:
    body = page.body.encode() if isinstance(page.body, str) else page.body
    answered = page.status is not None
    return Exchange(
        request=request,
        at=NOW + dt.timedelta(seconds=count),
        outcome=page.outcome,
        status=page.status,
        headers=(("Content-Type", page.mime), *page.headers) if answered else (),
        body=body[: request.keep_bytes],
        whole=len(body) <= request.keep_bytes,
        ip="192.0.2.1" if answered else None,
        record_id=f"urn:uuid:{count}" if answered else None,
        digest=f"sha256:{hashlib.sha256(body).hexdigest()}" if answered else None,
        size=len(body),
        error=page.error,
    )
