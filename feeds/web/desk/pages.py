"""How does the desk look? Pure: what stands in its tables, and its templates."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from urllib.parse import quote, urlsplit

import jinja2

from archiver.models import Crawl, CrawlState, Decision, PolicyState, Watch
from archiver.models.listing import ThreadLine
from archiver.reports.settled import Settled
from archiver.reports.standing import Standing, WatchState
from archiver.reports.storage import StorageUse
from feeds import clean
from feeds.assets import assets
from feeds.publish.last import LastPublication
from feeds.render import Site
from feeds.web.desk.charts import sized

_STATES = {
    WatchState.NEW: ("not captured yet", ""),
    WatchState.RUNNING: ("being captured", ""),
    WatchState.OK: ("well", "live"),
    WatchState.RETRYING: ("failed, and is tried again by itself", "changed"),
    WatchState.FAILED: ("failed", "dead"),
    WatchState.NEEDS_CREDENTIAL: ("needs a credential", "dead"),
    WatchState.PAUSED: ("paused", ""),
}
_CRAWLS = {
    CrawlState.QUEUED: "waits for its turn",
    CrawlState.RUNNING: "goes on",
    CrawlState.DONE: "done",
    CrawlState.FAILED: "failed",
}


@dataclass(frozen=True, slots=True)
class WatchRow:
    """A watch, in words. `tone` is a class of the style sheet, `place` its page on the desk."""

    name: str
    place: str
    url: str
    when: str
    health: str
    tone: str
    error: str
    needs: tuple[str, ...]
    last: str
    due: str
    paused: bool


@dataclass(frozen=True, slots=True)
class CaptureRow:
    """A capture, in words. `page` is the address of what it made, empty if there is none yet."""

    number: int
    url: str
    short: str
    watch: str
    state: str
    when: str
    error: str
    page: str
    ended: bool
    waits: bool
    place: str


@dataclass(frozen=True, slots=True)
class ThreadRow:
    """A thread in a list, and what is said of it."""

    title: str
    page: str
    said: str


def watch_row(standing: Standing) -> WatchRow:
    """Put a watch into words."""
    watch = standing.watch
    health, tone = _STATES[standing.state]
    return WatchRow(
        name=clean.line(watch.name),
        place=watch_place(watch.name),
        url=clean.line(watch.url, longest=2_000),
        when=f"every {span(watch.every_s)}" if watch.every_s else f"cron {watch.cron}",
        health=health,
        tone=tone,
        error=clean.line(standing.last_error, longest=2_000),
        needs=standing.needs,
        last=moment(standing.last_at) or "never",
        due=moment(standing.next_due_at) or ("paused" if watch.paused else "not by itself"),
        paused=watch.paused,
    )


def standing_of(crawl: Crawl) -> str:
    """Say how a capture stands, and since or until when."""
    return ", ".join(filter(None, _standing(crawl)))


def _standing(crawl: Crawl) -> tuple[str, str]:
    if crawl.state is not CrawlState.QUEUED:
        at = crawl.finished_at or crawl.started_at or crawl.due_at
        return _CRAWLS[crawl.state], moment(at)
    if crawl.error:
        state, _ = _STATES[WatchState.RETRYING]
        return state, f"next try {moment(crawl.due_at)}"
    return _CRAWLS[crawl.state], moment(crawl.due_at)


def capture_row(crawl: Crawl, site: Site) -> CaptureRow:
    """Put a capture into words."""
    state, when = _standing(crawl)
    return CaptureRow(
        number=crawl.id,
        url=clean.line(crawl.url, longest=2_000),
        short=clean.line(crawl.url, longest=160),
        watch=clean.line(crawl.watch or ""),
        state=state,
        when=when,
        error=clean.line(crawl.error, longest=2_000),
        page=f"{prefix_of(site)}/t/{crawl.thread_id}/" if crawl.thread_id else "",
        ended=crawl.state in (CrawlState.DONE, CrawlState.FAILED),
        waits=crawl.state is CrawlState.QUEUED,
        place=watch_place(crawl.watch) if crawl.watch else "",
    )


def watch_place(name: str) -> str:
    """Give the place of a watch's page, below the desk."""
    return f"watch?name={quote(name, safe='')}"


def watch_form(watch: Watch) -> dict[str, str]:
    """Give what stands in the form that changes a watch."""
    return {
        "every": span(watch.every_s) if watch.every_s else "",
        "cron": watch.cron or "",
        "recapture": " ".join(span(each) for each in watch.recapture_s),
        "tags": ", ".join(clean.line(each) for each in watch.tags),
    }


def state_row(state: CrawlState, count: int) -> tuple[str, str, str]:
    """Give a state of the queue: its word in addresses, for people, and how many it has."""
    words = {
        CrawlState.QUEUED: "Waiting",
        CrawlState.RUNNING: "Running",
        CrawlState.DONE: "Done",
        CrawlState.FAILED: "Failed",
    }
    return state.value, words[state], f"{count:,}"


def thread_row(line: ThreadLine, site: Site, said: str = "") -> ThreadRow:
    """Put a thread of a list into words; what is said of it is when it was captured last."""
    return ThreadRow(
        title=clean.line(line.title or line.url, longest=300),
        page=f"{prefix_of(site)}/t/{line.id}/",
        said=said or f"captured {moment(line.last_captured_at)}",
    )


def hidden_row(decision: Decision, line: ThreadLine | None) -> dict[str, str]:
    """Put a thread that no reader may see into words."""
    until = moment(decision.until)
    return {
        "id": decision.thread_id,
        "title": clean.line(line.title or line.url, longest=300) if line else decision.thread_id,
        "state": f"embargoed until {until}" if until else "withheld",
        "since": moment(decision.at),
        "who": clean.line(decision.who),
        "why": clean.line(decision.why, longest=1_000),
    }


def publication_row(told: LastPublication | None) -> dict[str, str]:
    """Put the last publication into words."""
    if told is None:
        return {"said": "Nothing was published yet.", "error": "", "good": ""}
    if told.error:
        said = f"The last publication failed, {moment(told.at)}."
    else:
        files = "1 file" if told.written == 1 else f"{told.written:,} files"
        said = f"Last published {moment(told.at)}; {files} written."
    good = moment(told.good_at) if told.error else ""
    return {"said": said, "error": clean.line(told.error, longest=2_000), "good": good}


def storage_rows(use: StorageUse, site: Site) -> dict[str, object]:
    """Put what the archive takes into words."""
    whole = sum(each.bytes for each in use.parts)
    return {
        "at": moment(use.at),
        "whole": sized(whole),
        "free": sized(use.free),
        "share": f"{100 * use.free / use.total:.0f} %" if use.total else "",
        "low": bool(use.total) and use.free < max(2_000_000_000, use.total // 50),
        "parts": [(each.name, sized(each.bytes), f"{each.files:,}") for each in use.parts],
        "largest": [thread_row(line, site, sized(size)) for line, size in use.largest],
    }


def setting_tables(held: Sequence[Settled]) -> list[tuple[str, list[Settled]]]:
    """Give the settings by the table they stand in."""
    return [(table, list(rows)) for table, rows in groupby(held, key=lambda each: each.table)]


def decided(decision: Decision | None) -> str:
    """Say what readers get of a thread, and who decided that."""
    if decision is None:
        return "Readers see this thread."
    state = {
        PolicyState.PUBLIC: "Readers see this thread again",
        PolicyState.WITHHELD: "Readers do not see this thread",
        PolicyState.EMBARGOED: f"Until {moment(decision.until)}, readers do not see this thread,",
    }[decision.state]
    by = f", decided by {clean.line(decision.who)}" if decision.who else ""
    why = f": {clean.line(decision.why)}" if decision.why else ""
    return f"{state} since {moment(decision.at)}{by}{why}."


def moment(at: dt.datetime | None) -> str:
    """Write a time, in UTC; empty if there is none."""
    return f"{at.astimezone(dt.UTC):%d %b %Y, %H:%M} UTC" if at is not None else ""


def span(seconds: float) -> str:
    """
    Write a duration as config.toml has it.

    >>> span(5400), span(86400)
    ('90m', '1d')
    """
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds % size == 0:
            return f"{seconds // size:.0f}{unit}"
    return f"{seconds:g}s"


def prefix_of(site: Site) -> str:
    """Give the path under which the site stands, without a slash at its end."""
    return urlsplit(site.base_url).path.rstrip("/")


def page(template: str, site: Site, **words: object) -> str:
    """Write a page of the desk; `template` is a file in `templates/desk`."""
    held = assets()
    written = (
        _environment()
        .get_template(template)
        .render(
            site_title=clean.line(site.title),
            root=f"{prefix_of(site)}/",
            here=f"{prefix_of(site)}/desk/",
            css=held["site.css"].path,
            icon=held["icon.svg"].path,
            **words,
        )
    )
    return clean.text(written)


@functools.cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("feeds", "templates/desk"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        keep_trailing_newline=True,
    )
