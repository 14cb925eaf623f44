"""A real archive for tests of publishing: SQLite, WARCs, and threads kept as a crawl keeps them."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import hashlib
import io
import zlib
from collections.abc import Iterable
from pathlib import Path

from archiver.models import (
    Crawl,
    CrawlRequest,
    Header,
    MediaCopy,
    Outcome,
    RecordRef,
    Revision,
    Snapshot,
    ThreadView,
)
from archiver.ports import RawExchange
from archiver.store.sql import SqlStore
from archiver.warc.payload import WarcPayloads
from archiver.warc.writer import WarcWriter
from feeds.publish import PublishResult, publish
from tests.feeds.views import BASE, CAPTURED

HTML: tuple[Header, ...] = (("Content-Type", "text/html; charset=utf-8"),)
TITLE = "The reading room"


class Archive:
    """An archive below `folder`, and what is published of it in `public`."""

    def __init__(self, folder: Path, base_url: str = BASE) -> None:
        self.folder = folder
        self.public = folder / "public"
        self.notes = folder / "publish"
        self.base_url = base_url
        self.store = SqlStore.open(folder)
        self.payloads = WarcPayloads(folder / "warc", self.store.record)

    def close(self) -> None:
        """Close the database."""
        self.store.close()

    def record(
        self,
        url: str,
        body: bytes = b"",
        *,
        status: int = 200,
        headers: Iterable[Header] = HTML,
        at: dt.datetime = CAPTURED,
    ) -> RecordRef:
        """Write one answer into a WARC, as if it had just come."""
        return self.record_all([(url, body, status, tuple(headers), at)])[0]

    def record_all(
        self, answers: Iterable[tuple[str, bytes, int, tuple[Header, ...], dt.datetime]]
    ) -> list[RecordRef]:
        """Write answers into one WARC."""

        async def write() -> list[RecordRef]:
            writer = WarcWriter(
                self.folder / "warc", software="test/1", contact="", robots="ignore",
                index=self.store,
            )  # fmt: skip
            try:
                return [await writer.write_exchange(_raw(*each)) for each in answers]
            finally:
                await writer.close()

        return asyncio.run(write())

    def keep(
        self, view: ThreadView, *, watch: str | None = None, revisions: Iterable[Revision] = ()
    ) -> None:
        """Keep a thread as a crawl does: thread and revisions, chains, snapshots, media."""
        thread = view.thread
        crawl = self.store.start(CrawlRequest(thread.url, CAPTURED, watch))
        assert isinstance(crawl, Crawl)
        self.store.save_thread(crawl, thread, (*view.revisions, *revisions))
        for link in view.links:
            if link.chain is not None:
                self.store.save_chain(crawl.id, thread.id, link.chain)
            if link.snapshot is not None:
                self.store.save_snapshot(crawl.id, link.snapshot)
        for copy in view.media:
            self.store.save_media(thread.id, copy)
        self.store.finish(crawl.id, at=CAPTURED, thread_id=thread.id)

    def media(self, url: str, body: bytes, mime: str = "image/png") -> MediaCopy:
        """Record a picture and give the row that tells of it."""
        ref = self.record(url, body, headers=[("Content-Type", mime)])
        return MediaCopy(url, Outcome.OK, ref.record_id, ref.digest, mime, len(body), CAPTURED)

    def publish(
        self, *, everything: bool = False, title: str = TITLE, now: dt.datetime | None = None
    ) -> PublishResult:
        """Publish what changed."""
        return publish(
            self.store,
            self.payloads,
            base_url=self.base_url,
            title=title,
            publish_dir=self.public,
            state_dir=self.notes,
            everything=everything,
            now=now,
        )

    def files(self) -> dict[str, bytes]:
        """Give all that is published, by path."""
        return {
            str(path.relative_to(self.public)): path.read_bytes()
            for path in sorted(self.public.rglob("*"))
            if path.is_file()
        }


def png(width: int, height: int, shade: int = 120) -> bytes:
    """Draw a picture: a sky over water, in one file that any browser shows."""
    rows = bytearray()
    for y in range(height):
        light = shade + (y * 80 // height) if y < height * 2 // 3 else shade // 2
        rows += b"\0" + bytes((light % 256, (light + 20) % 256, (light + 50) % 256)) * width
    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x02\0\0\0"
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(bytes(rows))), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")
        for kind, body in chunks
    )


def whole(view: ThreadView, archive: Archive) -> ThreadView:
    """Give a view whose pictures and copies of pages lie in the archive."""
    wanted = [
        each
        for stored in view.thread.posts
        for media in stored.post.media
        for each in (media.url, media.preview_url)
        if each and each.startswith("http")
    ]
    media = tuple(
        archive.media(url, png(640, 480, shade=20 * number)) for number, url in enumerate(wanted)
    )
    links = tuple(
        dataclasses.replace(link, snapshot=_kept(link.snapshot, archive)) for link in view.links
    )
    return dataclasses.replace(view, media=media, links=links)


def _kept(snapshot: Snapshot | None, archive: Archive) -> Snapshot | None:
    if snapshot is None:
        return None
    ref = archive.record(
        snapshot.url,
        f"<title>{snapshot.url}</title><p>What stood there.".encode(),
        status=snapshot.status or 200,
        at=snapshot.at,
    )
    return dataclasses.replace(snapshot, record_id=ref.record_id, digest=ref.digest)


def _raw(
    url: str, body: bytes, status: int, headers: tuple[Header, ...], at: dt.datetime
) -> RawExchange:
    lines = [f"HTTP/1.1 {status} Words", *(f"{name}: {value}" for name, value in headers)]
    head = "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode("latin-1")
    return RawExchange(
        url=url,
        at=at,
        duration_ms=1,
        request=f"GET {url} HTTP/1.1\r\n\r\n".encode(),
        response=io.BytesIO(head + body),
        response_bytes=len(head + body),
        head_bytes=len(head),
        block_digest=f"sha256:{hashlib.sha256(head + body).hexdigest()}",
        payload_digest=f"sha256:{hashlib.sha256(body).hexdigest()}",
        payload_bytes=len(body),
        chunked=False,
        status=status,
        mime=dict(headers).get("Content-Type", "").partition(";")[0],
        ip="192.0.2.1",
    )
