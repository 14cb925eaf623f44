"""What does Prometheus read of the archive?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from archiver.errors import StoreError
from archiver.ports import Store
from feeds.web.token import Token, is_at_home

_MIME = "text/plain; version=0.0.4; charset=utf-8"
_KEPT = ("threads", "posts", "links", "snapshots", "records")

_Sample = tuple[dict[str, str], float]


@dataclass(frozen=True, slots=True)
class Metrics:
    """
    Answers `/metrics`, to those who show the token and, at home, to this machine itself.

    Attributes:
        base_url: publish.base_url.
        now: Gives the time, UTC-aware.
    """

    store: Store
    token: Token
    now: Callable[[], dt.datetime]
    base_url: str

    def respond(self, request: Request) -> Response:
        """
        Answer with the figures of this moment.

        Source: Prometheus, exposition formats, text format 0.0.4
        """
        if not (self.token.shown_by(request) or is_at_home(request, self.base_url)):
            why = (
                "metrics are shown to those who show ARCHIVER_API_TOKEN, and where publish.base_url"
                " is this machine, on it\n"
            )
            headers = {"WWW-Authenticate": "Bearer", "Cache-Control": "no-store"}
            return Response(why, 401, headers, media_type="text/plain")
        try:
            text = "".join(self._families())
        except StoreError as err:
            return Response(f"{err}\n", 503, media_type="text/plain")
        return Response(text, headers={"Cache-Control": "no-store", "Content-Type": _MIME})

    def _families(self) -> Iterator[str]:
        counts, figures = self.store.counts(), self.store.figures()
        for kind in _KEPT:
            yield _family(f"archiver_{kind}", f"{kind.capitalize()} held.", [({}, counts[kind])])
        states = [({"state": state}, count) for state, count in sorted(figures.crawls.items())]
        yield _family("archiver_crawls", "Crawls by state; what is queued waits.", states)
        captured = [({"watch": name}, at.timestamp()) for name, at in figures.watches if at]
        last = "When the seed of a watch was last captured well."
        yield _family("archiver_watch_last_capture_timestamp_seconds", last, captured)
        for name, said, value in (
            ("queue_late_seconds", "How long the crawl waits that is due longest.",
             self._since(self.store.next_due())),
            ("unpublished_threads", "Threads with changes that no reader sees yet.",
             figures.unpublished),
            ("publish_lag_seconds", "Age of the oldest change that no reader sees yet.",
             self._since(figures.unpublished_since)),
            ("stored_bytes", "Bytes of all records in the WARCs.", figures.bytes_stored),
            ("search_waiting_rows", "Rows that are not in the index of words yet.",
             self.store.search_waiting()),
        ):  # fmt: skip
            yield _family(f"archiver_{name}", said, [({}, value)])

    def _since(self, at: dt.datetime | None) -> float:
        return max(0.0, (self.now() - at).total_seconds()) if at is not None else 0.0


def _family(name: str, help_text: str, samples: Sequence[_Sample]) -> str:
    """
    Write a gauge.

    >>> _family("a", "It is.", [({"watch": 'x"y'}, 2)])
    '# HELP a It is.\\n# TYPE a gauge\\na{watch="x\\\\"y"} 2\\n'
    """
    lines = [f"# HELP {name} {help_text}\n# TYPE {name} gauge\n"]
    for labels, value in samples:
        said = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
        lines.append(f"{name}{{{said}}} {value}\n" if said else f"{name} {value}\n")
    return "".join(lines)


def _escaped(text: str) -> str:
    kept = text.encode("utf-8", "replace").decode()
    return kept.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
