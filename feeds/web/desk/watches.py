"""What is watched, how healthy is it, and how is it changed?"""

from __future__ import annotations

import dataclasses

from starlette.requests import Request
from starlette.responses import Response

from archiver import typed, watching
from archiver.errors import UsageError
from archiver.models import CrawlRequest, Watch
from archiver.reports import standing
from feeds.web.desk import charts, pages
from feeds.web.desk.captures import Captures
from feeds.web.desk.door import Door
from feeds.web.desk.forms import Form, address_given
from feeds.web.desk.parts import DeskParts

_DAYS = 30
_NEWEST = 20


class Watches:
    """The page of each watch, and what its forms do."""

    def __init__(self, parts: DeskParts, door: Door, captures: Captures) -> None:
        self._parts = parts
        self._door = door
        self._captures = captures

    def one(self, request: Request) -> Response:
        """Show a watch: how it stands, its captures per day, the newest of them."""
        return self._page(request, request.query_params.get("name", ""))

    def again(self, request: Request, form: Form, status: int, fault: str) -> Response:
        """Show it again, with what was wrong with a form."""
        return self._page(request, form.get("name", ""), status, fault)

    def _page(self, request: Request, name: str, status: int = 200, fault: str = "") -> Response:
        store, now = self._parts.store, self._parts.now()
        watch = self._watch(name)
        if watch is None:
            sentence = fault or "There is no watch of this name."
            return self._door.message(request, max(status, 400), "Not there", sentence)
        crawls = store.crawls_of(watch.url)
        threads = store.list_threads(limit=10, watch=name, public=False).threads
        return self._door.page(
            request,
            "watch.html.jinja",
            status,
            title=watch.name,
            fault=fault,
            watch=pages.watch_row(standing.standing(store, watch, now)),
            form=pages.watch_form(watch),
            own=watch.origin == "command",
            chart=charts.by_day(crawls, now, days=_DAYS),
            captures=[pages.capture_row(each, self._parts.site) for each in crawls[:_NEWEST]],
            threads=[pages.thread_row(each, self._parts.site) for each in threads],
        )

    def _watch(self, name: str) -> Watch | None:
        return next((each for each in self._parts.store.watches() if each.name == name), None)

    def _named(self, form: Form) -> Watch:
        name = form.get("name", "")
        watch = self._watch(name)
        if watch is None:
            raise UsageError(f"no watch is named {name[:120]!r}")
        return watch

    # ---------------------------------------------------------------- what is done

    def add(self, form: Form) -> str:
        """Watch an address, and capture it at once."""
        seed = address_given(form.get("url", ""))
        name = form.get("name", "").strip() or None
        every = form.get("every", "").strip() or None
        watch = watching.from_words(seed, self._parts.sources, name=name, every=every)
        if self._watch(watch.name) is not None:
            raise UsageError(f"a watch is named {watch.name!r} already; give another name")
        self._keep(watch)
        return pages.watch_place(watch.name)

    def edit(self, form: Form) -> str:
        """Change when a watch captures, and what it gives to its threads; its name stays."""
        before = self._named(form)
        watch = watching.from_words(
            before.url,
            self._parts.sources,
            name=before.name,
            every=form.get("every", "").strip() or None,
            cron=form.get("cron", "").strip() or None,
            recapture=tuple(form.get("recapture", "").replace(",", " ").split()),
            tags=tuple(each.strip() for each in form.get("tags", "").split(",") if each.strip()),
        )
        kept = dataclasses.replace(
            before,
            every_s=watch.every_s,
            cron=watch.cron,
            recapture_s=watch.recapture_s,
            tags=watch.tags,
        )
        self._keep(kept)
        return pages.watch_place(before.name)

    def remove(self, form: Form) -> str:
        """End a watch; what it captured stays."""
        watch = self._named(form)
        if not self._parts.store.remove_watch(watch.name):
            raise UsageError(f"{watch.name!r} stands in config.toml; take it out there")
        typed.back_up(self._parts.store, self._parts.data_dir)
        return ""

    def pause(self, form: Form) -> str:
        """Pause a watch, or let it go on."""
        name, store = self._named(form).name, self._parts.store
        store.pause_watch(name, form.get("to", "") != "resume")
        typed.back_up(store, self._parts.data_dir)
        return pages.watch_place(name) if form.get("from") == "watch" else ""

    def run(self, form: Form) -> str:
        """Capture the seed of a watch now."""
        watch = self._named(form)
        return self._captures.asked_for(
            CrawlRequest(watch.url, self._parts.now(), watch.name, watch.snapshots, watch.tags)
        )

    def _keep(self, watch: Watch) -> None:
        self._parts.store.add_watch(watch)
        typed.back_up(self._parts.store, self._parts.data_dir)
        self._parts.wake()
