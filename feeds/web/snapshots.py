"""What is answered below `/snapshot/`: the page of a snapshot, and the files that belong to it."""

from __future__ import annotations

import contextlib
import datetime as dt
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from archiver.core.imported import is_foreign
from archiver.core.memento import timestamp14
from archiver.errors import FixityError, StoreError
from archiver.models import Header, RecordRef, Snapshot, View, ViewKind
from archiver.models.origin import Origin
from archiver.ports import PayloadReader, RecordPlaces, Store
from feeds import clean, html, replay, snapshot_page
from feeds.link_page import HopLine, stories_of
from feeds.render import all_feeds, render
from feeds.web import places
from feeds.web.asked import time_of
from feeds.web.mementos import Mementos, safe
from feeds.web.replay_page import ReplayPlace

PATH = "/snapshot/"
_ASKED = re.compile(r"([0-9]{4,14})(?:~([a-z]{1,20}))?/(.+)", re.DOTALL)
_RECORD = "record"
_SAFE_TYPES = {
    "image/png": ".png", "image/jpeg": ".jpg", "application/pdf": ".pdf",
    "application/json": ".json", "text/plain": ".txt",
}  # fmt: skip
_PIECE_BYTES = 262_144


class Snapshots:
    """Answers everything below `/snapshot/`, from the archive alone."""

    def __init__(
        self,
        mementos: Mementos,
        payloads: PayloadReader,
        site: html.Site,
        records: RecordPlaces | None = None,
        replay_at: ReplayPlace | None = None,
    ) -> None:
        """
        Args:
            records: Reads around records; without it there are no facts of metadata records.
            replay_at: Where full replay is, if anywhere.
        """
        self._mementos = mementos
        self._payloads = payloads
        self._site = site
        self._records = records
        self._replay_at = replay_at
        self._prefix = urlsplit(site.base_url).path.rstrip("/")

    @property
    def _store(self) -> Store:
        return self._mementos.store

    def respond(self, request: Request, raw_path: str) -> Response:
        """
        Answer a GET or HEAD.

        Args:
            raw_path: What follows `/snapshot/`, as it stood in the request line.
        """
        query = request.scope["query_string"].decode("latin-1")
        found = _ASKED.fullmatch(f"{raw_path}?{query}" if query else raw_path)
        at = time_of(found[1]) if found is not None else None
        if found is None or at is None:
            return places.nothing(self._site, f"{PATH}{raw_path}")
        try:
            return self._answer(found[3], at, found[2] or "")
        except (FixityError, StoreError) as err:
            page = html.message_page(self._site, "The snapshot cannot be read", str(err))
            return Response(page, 500, media_type="text/html")

    def _answer(self, url: str, at: dt.datetime, part: str) -> Response:
        ref = self._mementos.held(url, at)
        if ref is None:
            return self._mementos.absent(url)
        if timestamp14(ref.at) != timestamp14(at) or ref.url != url:
            there = snapshot_page.place(self._prefix, ref.url, ref.at, part)
            return RedirectResponse(safe(there), 302)
        snapshot = self._snapshot(ref)
        if part == _RECORD:
            return self._record(ref)
        if part:
            view = (
                next((each for each in snapshot.views if each.kind == part), None)
                if snapshot
                else None
            )
            return self._view(view) if view else places.nothing(self._site, f"{PATH}{url}")
        return self._page(ref, snapshot)

    def _snapshot(self, ref: RecordRef) -> Snapshot | None:
        held = self._store.snapshots_of(ref.url)
        exact = (each for each in held if each.record_id == ref.record_id)
        if is_foreign(ref.filename):
            return next(exact, None)  # its time is anybody's claim
        near = (each for each in held if timestamp14(each.at) == timestamp14(ref.at))
        return next(exact, None) or next(near, None)

    def _page(self, ref: RecordRef, snapshot: Snapshot | None) -> Response:
        thread_id, hops = self._chain(ref)
        noted: tuple[Header, ...] = ()
        origin: Origin | None = None
        if self._records is not None:
            noted = self._records.facts(ref.record_id)
            origin = self._records.origin(ref.filename)
        with self._payloads.open(ref.record_id) as recorded:
            headers = recorded.headers
        page = snapshot_page.page_of(
            ref,
            snapshot,
            prefix=self._prefix,
            noted=noted,
            headers=headers,
            hops=hops,
            times=self._mementos.times(ref.url),
            origin=origin,
        )
        replayed = ""
        if self._replay_at is not None and thread_id:
            replayed = self._replay_at.page(thread_id, ref.url, timestamp14(ref.at))
        body = render(
            "snapshot.html.jinja",
            self._site,
            root=f"{self._prefix}/",
            canonical="",
            title=page.title,
            description=clean.line(
                f"{'Imported' if page.imported else 'Archived'} copy of {page.shown}"
            ),
            image="",
            language=page.language or None,
            feeds=(),
            all_feeds=all_feeds(self._site),
            snapshot=page,
            replayed=replayed,
            thread=f"{self._prefix}/t/{thread_id}/" if thread_id else "",
        )
        return Response(body, media_type="text/html", headers={"Cache-Control": "no-cache"})

    def _chain(self, ref: RecordRef) -> tuple[str, tuple[HopLine, ...]]:
        """
        Find a public thread with a link that led here, and how it did.

        To a record that others wrote only a chain leads that ends in it: none of ours does.
        """
        hidden = {each.thread_id for each in self._store.hidden_threads()}
        for thread_id, uri_r in self._store.threads_with_target(ref.url):
            view = self._store.view(thread_id) if thread_id not in hidden else None
            if view is None:
                continue
            stories = stories_of(view, self._site.base_url)
            for link, story in zip(view.links, stories, strict=True):
                if link.uri_r == uri_r and self._leads(story.hops, ref):
                    return thread_id, story.hops
            if not is_foreign(ref.filename):
                return thread_id, ()
        return "", ()

    @staticmethod
    def _leads(hops: tuple[HopLine, ...], ref: RecordRef) -> bool:
        return not is_foreign(ref.filename) or any(each.record == ref.record_id for each in hops)

    def _record(self, ref: RecordRef) -> Response:
        if self._records is None:
            return places.nothing(self._site, PATH)
        name = f"{timestamp14(ref.at)}.warc{'.gz' if '.gz' in ref.filename else ''}"
        headers = {
            "Content-Disposition": f'attachment; filename="{name}"',
            "Content-Length": str(ref.length),
        }
        pieces = self._records.stored(ref.record_id)
        return StreamingResponse(pieces, headers=headers, media_type="application/warc")

    def _view(self, view: View) -> Response:
        """Give what the browser made of the page; what could act is given as plain text."""
        mime = view.mime.partition(";")[0].strip().lower()
        mime = mime if mime in _SAFE_TYPES else "text/plain"
        ending = ".html.txt" if view.kind is ViewKind.DOM else _SAFE_TYPES[mime]
        headers = {
            "Content-Security-Policy": replay.policy(mime),
            "Content-Disposition": f'inline; filename="{view.kind}{ending}"',
            "Content-Length": str(view.bytes),
            "Cache-Control": "public, max-age=3600",
        }
        with contextlib.ExitStack() as stack:
            recorded = stack.enter_context(self._payloads.open(view.record_id))
            first = recorded.body.read(_PIECE_BYTES)  # so that what is damaged is told in time
            rest = stack.pop_all()

        def pieces() -> Iterator[bytes]:
            with rest:
                piece = first
                while piece:
                    yield piece
                    piece = recorded.body.read(_PIECE_BYTES)

        kind = f"{mime}; charset=utf-8" if mime == "text/plain" else mime
        return StreamingResponse(pieces(), headers=headers, media_type=kind)
