"""Which commands say what the archive holds, and how it stands?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from archiver import console
from archiver.commands.opened import (
    AsJson,
    ThreadWords,
    archive_that_is_there,
    view_named,
)
from archiver.errors import UsageError

if TYPE_CHECKING:
    from archiver.bootstrap import Archive


def show(
    thread: ThreadWords,
    at: Annotated[
        str | None, typer.Option("--at", metavar="TIME", help="As it stood then; UTC.")
    ] = None,
    diff: Annotated[bool, typer.Option("--diff", help="What changed, word by word.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show a thread: posts, revisions, links, snapshots."""
    archive = archive_that_is_there()
    shown = thread_shown(archive, thread, as_json=as_json, at=at, diff=diff)
    if as_json:
        console.say_json(shown)


def thread_shown(
    archive: Archive, words: str, *, as_json: bool, at: str | None = None, diff: bool = False
) -> dict[str, object]:
    """Give a thread as JSON; or print it, if a person reads."""
    from archiver.checking.holdings import warcs_of
    from archiver.reports import report, versions
    from archiver.reports.origins import origin_json, origin_lines, origins

    view = view_named(archive, words)
    base_url = archive.settings.publish.base_url
    view = view if at is None else versions.view_at(view, versions.time_given(at))
    warcs = warcs_of(archive, view.thread.id)
    imported = origins(warcs)
    if not as_json:
        console.say_all(versions.diff_lines(view) if diff else report.thread_lines(view, base_url))
        console.say_all(() if diff else origin_lines(imported))
    past = {
        "revisions": [versions.revision_json(each) for each in view.revisions],
        "captures": [versions.observed_json(each) for each in view.observations],
    }
    lies = {"warcs": warcs, "imported": [origin_json(each) for each in imported]}
    return report.thread_json(view, base_url) | past | lies


def where(
    url: Annotated[str, typer.Argument(help="A target, or a link as it was written.")],
    as_json: AsJson = False,
) -> None:
    """Say in which threads a target appears, however it was linked."""
    from archiver.reports import report
    from archiver.seeds import is_file, named

    if is_file(named(url)):
        raise UsageError(f"{url}: is no address; give a target or a link, with https:// before it")
    archive = archive_that_is_there()
    found = report.places(archive.store, url)
    if as_json:
        console.say_json({"url": url, "places": found})
    else:
        console.say_all(report.place_lines(url, found))


def search(
    words: Annotated[list[str], typer.Argument(metavar="WORDS...", help="Words, filters.")],
    newest: Annotated[bool, typer.Option("--newest", help="Newest first.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=100, help="Finds on a page.")] = 20,
    after: Annotated[str, typer.Option(metavar="PLACE", help="`next` of the page before.")] = "",
    public: Annotated[bool, typer.Option("--public", help="Only what readers may see.")] = False,
    as_json: AsJson = False,
) -> None:
    """Search posts and targets: words, "phrases", -not, author: platform: tag: site: ..."""
    from archiver.clock import utc_now
    from archiver.core.searchquery import parse
    from archiver.models.search import SearchOrder
    from archiver.reports import found as finds

    query = parse(finds.question(words))
    archive = archive_that_is_there()
    if archive.store.search_waiting():
        with console.working("indexing") as progress:
            archive.store.fill_search(
                lambda done, total: progress(
                    f"{done:,} of {total:,} rows indexed", done=done, total=total
                )
            )
    order = SearchOrder.NEWEST if newest else SearchOrder.BEST
    found = archive.store.search(
        query, now=utc_now(), order=order, limit=limit, after=after, public=public
    )
    base_url = archive.settings.publish.base_url
    if as_json:
        console.say_json(finds.found_json(query, found, base_url))
    else:
        console.say_all(finds.found_lines(query, found, base_url))


def status(as_json: AsJson = False) -> None:
    """Say what ran, what is due, what failed and why."""
    from archiver import hooking
    from archiver.care import keeping
    from archiver.clock import utc_now
    from archiver.reports import standing, summary

    archive = archive_that_is_there(synced=True)
    store, told = archive.store, hooking.receivers(archive.settings)
    counts, crawls = store.counts(), standing.crawls_told(store, limit=20)
    watches = standing.standings(store, utc_now())
    notices = keeping.notices(archive.settings, utc_now())
    if as_json:
        hooks = [hooking.receiver_json(each) for each in told]
        more = {"webhooks": hooks, "notices": list(notices)}
        console.say_json(summary.status_json(counts, crawls, watches) | more)
    else:
        found = {each.thread_id: store.thread(each.thread_id) for each in crawls if each.thread_id}
        titles = {key: thread.title for key, thread in found.items() if thread is not None}
        console.say_all(summary.status_lines(counts, crawls, watches, titles))
        console.say_all([*hooking.receiver_lines(told), *(f"attention: {n}" for n in notices)])
