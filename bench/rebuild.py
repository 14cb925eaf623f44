"""How fast is the database made again from recorded exchanges, next to only reading their bytes?"""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import io
import json
import tempfile
import time
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from isal import igzip

from archiver.config import PlatformSettings
from archiver.journal import Journal
from archiver.models import (
    CrawlRequest,
    Exchange,
    FetchRequest,
    Header,
    Outcome,
    ThreadObservation,
)
from archiver.observing import observe
from archiver.pipeline import keep_observation
from archiver.ports import RawExchange
from archiver.rebuild import rebuild
from archiver.services import Services
from archiver.sources import sources
from archiver.store.sql import SqlStore
from archiver.targets import keep_links
from archiver.warc.names import held_warcs
from archiver.warc.writer import WarcWriter

EXCHANGES = 10_000
POSTS = 20
PARTS = 30
"""Of a page; less than half of what a page of the web needs (median of the HTTP Archive: 70)."""
_START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
_HOST = "https://social.example"
_SHORT = "https://bit.ly"
_NEWS = "https://news.example"
_LINK = f'<p><a href="{_SHORT}/%d">bit.ly/…</a></p>'
_WORDS = "the ledger names two companies and eleven nights of dredging in the inner basin " * 4


def run() -> str:
    """Capture threads of a Mastodon server into WARCs, then rebuild; give exchanges per second."""
    mixed, answers = _measured(EXCHANGES, links=True), _measured(EXCHANGES // 4, links=False)
    return f"rebuild: {mixed}; of answers of a platform alone: {answers}"


def _measured(wanted: int, *, links: bool) -> str:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        exchanges, captures = asyncio.run(_captured(root, wanted, links=links))
        floor = _read_only(root)
        began = time.perf_counter()
        result = rebuild(root, sources(PlatformSettings()), (), _quiet)
        took = time.perf_counter() - began
    assert not result.unread
    return (
        f"{exchanges / took:,.0f} recorded exchanges/s ({exchanges:,} of {captures:,} captures, "
        f"{result.exchanges:,} of them read again, {result.threads:,} threads of {POSTS} posts, in "
        f"{took:.1f} s; {took / floor:.0f} x the time that unpacking and hashing takes)"
    )


def _quiet(line: str, *, done: int = 0, total: int = 0) -> None:
    """Say nothing."""


def _read_only(root: Path) -> float:
    began = time.perf_counter()
    for path in held_warcs(root / "warc"):
        digest = hashlib.sha256()
        with igzip.open(path, "rb") as file:  # type: ignore[no-untyped-call]  # its stub is bare
            while piece := file.read(1_000_000):
                digest.update(piece)
    return time.perf_counter() - began


async def _captured(root: Path, wanted: int, *, links: bool) -> tuple[int, int]:
    store = SqlStore.open(root)
    writer = WarcWriter(root / "warc", software="bench", contact="", robots="ignore", index=store)
    fetcher = _Recorded(writer)
    ready = Services(
        store=store,
        fetcher=fetcher,
        writer=writer,
        journal=Journal(writer, fetcher.now),
        sources=sources(PlatformSettings()),
        max_hops=20,
        now=fetcher.now,
    )
    captures = 0
    while fetcher.count < wanted:
        captures += 1
        url = f"{_HOST}/@desk/{captures * 1000}"
        crawl = store.start(CrawlRequest(url, fetcher.now()))
        assert crawl is not None
        observation = await observe(ready, crawl, _quiet)
        assert isinstance(observation, ThreadObservation)
        thread, _ = await keep_observation(ready, crawl, observation)
        if links:
            await keep_links(ready, crawl, thread, _quiet)
        store.finish(crawl.id, at=fetcher.now(), thread_id=None)
    await writer.close()
    store.close()
    return fetcher.count, captures


class _Recorded:
    """A Mastodon server without a socket, whose answers are recorded as those of a real one."""

    def __init__(self, writer: WarcWriter) -> None:
        self._writer = writer
        self._at = _START
        self.count = 0

    def now(self) -> dt.datetime:
        """Give a time that only grows."""
        self._at += dt.timedelta(milliseconds=1)
        return self._at

    async def fetch(self, request: FetchRequest, cookies: CookieJar | None = None) -> Exchange:
        """Answer and record."""
        self.count += 1
        status, headers, body = _response(request.url)
        head = "".join(f"{name}: {value}\r\n" for name, value in headers)
        head_bytes = f"HTTP/1.1 {status} OK\r\n{head}\r\n".encode()
        whole = head_bytes + body
        raw = RawExchange(
            url=request.url,
            at=self.now(),
            duration_ms=1,
            request=f"GET {request.url} HTTP/1.1\r\n\r\n".encode(),
            response=io.BytesIO(whole),
            response_bytes=len(whole),
            head_bytes=len(head_bytes),
            block_digest=f"sha256:{hashlib.sha256(whole).hexdigest()}",
            payload_digest=f"sha256:{hashlib.sha256(body).hexdigest()}",
            payload_bytes=len(body),
            chunked=False,
            status=status,
            mime=headers[0][1],
        )
        ref = await self._writer.write_exchange(raw)
        return Exchange(request, raw.at, Outcome.OK, status, headers, body, record_id=ref.record_id)


def _response(url: str) -> tuple[int, tuple[Header, ...], bytes]:
    """Answer as the platform, a shortener, or a news site with a page of 30 KB and its parts."""
    number = url.rpartition("/")[2]
    if url.startswith(_SHORT):
        there = (("Content-Type", "text/html"), ("Location", f"{_NEWS}/story/{number}"))
        return 301, there, b""
    if url.startswith(f"{_NEWS}/story"):
        parts = "".join(f"<img src='/part/{number}-{part}'>" for part in range(PARTS))
        story = f"<p>{_WORDS} {number}</p>" * 90
        page = f"<title>Story {number}</title><article>{story}</article>{parts}"
        return 200, (("Content-Type", "text/html"),), page.encode()
    if url.startswith(_NEWS):
        return 200, (("Content-Type", "image/png"),), number.encode() * 1_000
    return 200, (("Content-Type", "application/json"),), json.dumps(_answer(url)).encode()


def _answer(url: str) -> Any:
    parts = urlsplit(url)
    words = parts.path.strip("/").split("/")
    if words[-1] == "context":
        first = int(words[-2]) // 1000 * 1000
        after = range(int(words[-2]) + 1, first + POSTS)
        return {"ancestors": [], "descendants": [_status(number) for number in after]}
    if "accounts" in words:
        query = parse_qs(parts.query)
        first = int(query.get("min_id", ["0"])[0])
        return [_status(number) for number in range(first + 1, first + POSTS)]
    return _status(int(words[-1]))


def _status(number: int) -> dict[str, Any]:
    above = None if number % 1000 == 0 else str(number - 1)
    return {
        "id": str(number),
        "uri": f"{_HOST}/users/desk/statuses/{number}",
        "url": f"{_HOST}/@desk/{number}",
        "created_at": (_START + dt.timedelta(minutes=number)).isoformat(),
        "edited_at": None,
        "in_reply_to_id": above,
        "in_reply_to_account_id": above and "1",
        "visibility": "public",
        "language": "en",
        "sensitive": False,
        "spoiler_text": "",
        "content": f"<p>{number}: {_WORDS}</p>" + (_LINK % number if number % 1000 == 0 else ""),
        "account": _DESK,
        "media_attachments": [],
        "mentions": [],
        "tags": [],
        "emojis": [],
        "replies_count": 1,
    }


_DESK = {
    "id": "1",
    "username": "desk",
    "acct": "desk",
    "display_name": "The desk",
    "url": f"{_HOST}/@desk",
    "uri": f"{_HOST}/users/desk",
    "avatar": f"{_HOST}/avatar.png",
}


if __name__ == "__main__":
    print(run())
