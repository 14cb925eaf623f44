"""What is published, how much room is taken, and which settings hold?"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from archiver.reports import storage
from archiver.reports.settled import lists_settled, settled, variables
from feeds.publish.last import last
from feeds.web.desk import charts, pages
from feeds.web.desk.door import Door
from feeds.web.desk.forms import Form
from feeds.web.desk.meter import Meter
from feeds.web.desk.parts import DeskParts

_SHOWN = 50


class Overview:
    """Pages that only show."""

    def __init__(self, parts: DeskParts, door: Door) -> None:
        self._parts = parts
        self._door = door
        self._meter = Meter(
            lambda: storage.measure(parts.settings, parts.store, parts.now()), parts.now
        )

    def publication(self, request: Request) -> Response:
        """Show what readers do not see yet, and what they must not see."""
        store = self._parts.store
        figures, counts = store.figures(), store.counts()
        hidden = store.hidden_threads()
        lines = store.lines_of(tuple(each.thread_id for each in hidden[:_SHOWN]))
        told = last(self._parts.data_dir / "publish")
        return self._door.page(
            request,
            "publication.html.jinja",
            title="Publication",
            last=pages.publication_row(told),
            threads=counts["threads"],
            waiting=figures.unpublished,
            since=pages.moment(figures.unpublished_since),
            dirty=[pages.thread_row(e, self._parts.site) for e in store.unpublished(limit=_SHOWN)],
            hidden=[pages.hidden_row(e, lines.get(e.thread_id)) for e in hidden[:_SHOWN]],
            hidden_count=len(hidden),
            decides=self._parts.decide is not None,
        )

    def storage(self, request: Request) -> Response:
        """Show what the archive takes, as it was measured last."""
        use = self._meter.look()
        return self._door.page(
            request,
            "storage.html.jinja",
            title="Storage",
            use=pages.storage_rows(use, self._parts.site) if use is not None else None,
            chart=charts.by_month(use.months) if use is not None else None,
            fault=self._meter.error,
            measures=self._meter.measures,
        )

    def measure(self, form: Form) -> str:
        """Measure the storage anew."""
        self._meter.look(wait_s=2.0, again=True)
        return "storage"

    def settings(self, request: Request) -> Response:
        """Show every setting, and which variables are set; never the value of one."""
        settings = self._parts.settings
        return self._door.page(
            request,
            "settings.html.jinja",
            title="Settings",
            tables=pages.setting_tables(settled(settings)),
            lists=lists_settled(settings),
            variables=variables(settings, self._parts.environment),
        )
