"""What does the command line say of the archive as a whole? Shapes: docs/reference/json.md."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from archiver.models import Crawl, CrawlState, Watch
from archiver.models.faults import Fault
from archiver.reports.report import Json, counted, time_of
from archiver.reports.standing import Standing

if TYPE_CHECKING:
    from archiver.bootstrap import Archive
    from archiver.checking.holdings import Verdict
    from archiver.now import Captured
    from archiver.rebuild import Rebuilt


def watch_json(watch: Watch) -> Json:
    """Give a watch, as `watch add` prints it."""
    return {
        "name": watch.name,
        "url": watch.url,
        "every_s": watch.every_s,
        "cron": watch.cron,
        "recapture_s": list(watch.recapture_s),
        "snapshots": watch.snapshots,
        "tags": list(watch.tags),
        "embargo_s": watch.embargo_s,
        "origin": watch.origin,
        "paused": watch.paused,
    }


def standing_json(standing: Standing) -> Json:
    """Give a watch and how it stands, as `watch list` and `status` print it."""
    return {
        **watch_json(standing.watch),
        "state": standing.state,
        "last_at": time_of(standing.last_at),
        "last_error": standing.last_error or None,
        "needs": list(standing.needs),
        "next_due_at": time_of(standing.next_due_at),
        "threads": standing.threads,
        "threads_failed": standing.threads_failed,
        "threads_error": standing.threads_error or None,
    }


def watch_lines(standings: Sequence[Standing]) -> Iterator[str]:
    """Give two lines per watch, and one for each thing that failed; or what to do without any."""
    if not standings:
        yield "No watches yet. Add one: archiver watch add URL --every 1h"
    for each in standings:
        watch = each.watch
        when = f"every {_span(watch.every_s)}" if watch.every_s else f"cron {watch.cron}"
        yield f"{watch.name}  {when}, from {watch.origin}  {watch.url}"
        yield f"    {_stands(each)}"
        if each.last_error:
            yield f"    {each.last_error}"
        if each.threads_failed:
            failed = f"{each.threads_failed} of its {counted(each.threads, 'thread')} failed"
            yield f"    {failed}: {each.threads_error}{' …' if each.threads_failed > 1 else ''}"


def _stands(standing: Standing) -> str:
    state = f"needs {' and '.join(standing.needs)}" if standing.needs else standing.state.value
    if standing.needs and standing.watch.paused:
        state = standing.state.value
    did = "tried" if standing.last_error else "captured"
    last = f", last {did} {_moment(standing.last_at)}" if standing.last_at else ""
    due = f", next {_moment(standing.next_due_at)}" if standing.next_due_at else ""
    return f"{state}{last}{due}"


def _moment(at: dt.datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


def status_json(
    counts: dict[str, int], crawls: Sequence[Crawl], watches: Sequence[Standing]
) -> Json:
    """Give what ran, what is due, and what failed and why."""
    return {
        "counts": counts,
        "crawls": [crawl_json(each) for each in crawls],
        "watches": [standing_json(each) for each in watches],
    }


def status_lines(
    counts: dict[str, int],
    crawls: Sequence[Crawl],
    watches: Sequence[Standing],
    titles: Mapping[str, str],
) -> Iterator[str]:
    """Give the same for a person: what is held, then the crawls and their threads."""
    yield ", ".join(
        counted(number, kind[:-1]) if kind.endswith("s") else f"{number} {kind}"
        for kind, number in counts.items()
    )
    yield from watch_lines(watches)
    if not crawls:
        yield "Nothing was captured yet. Start: archiver capture URL, or archiver run"
    for each in crawls:
        yield f"{_when(each)}  {_word(each):<8} {each.watch or 'by command'}  {each.url}"
        if each.thread_id:
            yield f"    thread {each.thread_id}  {titles.get(each.thread_id, '')}"
        if each.error:
            yield f"    {each.error}"


def verdict_json(verdict: Verdict) -> Json:
    """Give the verdict of `verify`."""
    return {
        "ok": not verdict.faults,
        "files": list(verdict.files),
        "records": verdict.records,
        "threads": verdict.threads,
        "faults": list(verdict.faults),
        "findings": [_finding(each) for each in verdict.faults],
        "notes": list(verdict.notes),
    }


def _finding(fault: str) -> Json:
    """Take a fault apart."""
    if not isinstance(fault, Fault):
        return {"file": None, "offset": None, "what": fault, "meaning": None}
    return {
        "file": fault.file,
        "offset": fault.offset,
        "what": fault.what,
        "meaning": fault.meaning.value,
    }


def verdict_lines(verdict: Verdict) -> Iterator[str]:
    """Give the verdict for a person, faults first."""
    for fault in verdict.faults:
        yield fault
        if isinstance(fault, Fault):
            yield f"    {fault.meaning}"
    yield from (f"note: {note}" for note in verdict.notes)
    records, warcs = counted(verdict.records, "record"), counted(len(verdict.files), "file")
    seen = f"{records} in {warcs}, {counted(verdict.threads, 'thread')}"
    if verdict.faults:
        yield f"{counted(len(verdict.faults), 'fault')} in {seen}"
    else:
        yield f"{seen}: every digest matches, the indexes agree"


def rebuilt_json(rebuilt: Rebuilt) -> Json:
    """Give what a rebuild found."""
    return {
        "warcs": rebuilt.warcs,
        "records": rebuilt.records,
        "steps": rebuilt.entries,
        "exchanges": rebuilt.exchanges,
        "threads": rebuilt.threads,
        "watches": rebuilt.watches,
        "unread": list(rebuilt.unread),
        "before": str(rebuilt.before) if rebuilt.before else None,
    }


def rebuilt_lines(rebuilt: Rebuilt) -> Iterator[str]:
    """Give the same for a person, what could not be read first."""
    yield from rebuilt.unread
    # Responses, revisits and resources; their requests and metadata are counted by `verify` alone.
    records, warcs = counted(rebuilt.records, "indexed record"), counted(rebuilt.warcs, "WARC")
    yield (
        f"{records} in {warcs}, {counted(rebuilt.entries, 'step')} taken again: "
        f"{counted(rebuilt.threads, 'thread')}, read from {rebuilt.exchanges:,} exchanges"
    )
    if rebuilt.before is not None:
        yield f"The former database is {rebuilt.before}; remove it when you are content"


def demo_json(archive: Archive, captured: Iterable[Captured]) -> Json:
    """Give what `demo --once` made: each thread with its page and feeds."""
    base_url = archive.settings.publish.base_url
    threads = []
    for each in captured:
        thread = archive.store.thread(each.thread_id) if each.thread_id else None
        if thread is not None:
            page = f"{base_url}/t/{thread.id}/"
            feeds = [f"{page}feed.{extension}" for extension in ("rss", "atom", "json")]
            threads.append(
                {
                    "id": thread.id,
                    "url": thread.url,
                    "title": thread.title,
                    "posts": thread.completeness.captured,
                    "page": page,
                    "feeds": feeds,
                }
            )
    return {"threads": threads, "publish_dir": str(archive.settings.publish_dir)}


def demo_lines(result: Json) -> Iterator[str]:
    """Give the same for a person."""
    for each in result["threads"]:
        yield f"{each['id']}  {each['posts']} posts  {each['title']}"
    yield f"Pages and feeds are in {result['publish_dir']}"
    yield "To read them: archiver demo, then open the address it prints"


def crawl_json(crawl: Crawl) -> Json:
    """Give a crawl: what is captured, how it stands, and why it failed."""
    return {
        "id": crawl.id,
        "url": crawl.url,
        "watch": crawl.watch,
        "state": crawl.state,
        "due_at": time_of(crawl.due_at),
        "started_at": time_of(crawl.started_at),
        "finished_at": time_of(crawl.finished_at),
        "attempts": crawl.attempts,
        "error": crawl.error or None,
        "thread": crawl.thread_id,
    }


def _word(crawl: Crawl) -> str:
    return "retrying" if crawl.state is CrawlState.QUEUED and crawl.error else crawl.state.value


def _when(crawl: Crawl) -> str:
    waits = crawl.state is CrawlState.QUEUED
    at = crawl.due_at if waits else crawl.finished_at or crawl.started_at or crawl.due_at
    return f"{'due ' if waits else ''}{_moment(at)}"


def _span(seconds: float) -> str:
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds % size == 0:
            return f"{seconds // size:.0f}{unit}"
    return f"{seconds:g}s"
