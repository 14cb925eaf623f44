"""Which commands are there? No logic; the parts are imported when a command runs."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer._click.exceptions import ClickException, NoArgsIsHelpError
from typer._click.exceptions import UsageError as CallError

from archiver import (
    __version__,
    cli_evidence,
    cli_export,
    cli_reader,
    cli_replay,
    cli_watch,
    cli_webhook,
    console,
    logs,
)
from archiver.errors import ArchiverError, ConfigError, UsageError
from archiver.opened import (
    AsJson,
    Given,
    answer,
    archive_that_is_there,
    open_or_make,
    read_settings,
    settings_there,
)

if TYPE_CHECKING:
    from archiver.bootstrap import Archive
    from archiver.models import Decision, Thread
    from archiver.now import Captured
    from archiver.services import Progress

app = typer.Typer(
    help="Captures social threads and every short link in them, and republishes them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(cli_watch.app, name="watch")
app.add_typer(cli_reader.app, name="reader")
app.add_typer(cli_replay.app, name="replay")
app.add_typer(cli_webhook.app, name="webhook")
app.command()(cli_export.export)
app.command()(cli_evidence.custody)
app.command()(cli_evidence.key)

_STOPPED = 130  # what typer makes of Ctrl-C


def _version(wanted: bool) -> None:
    if wanted:
        console.say(f"thread-archiver {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    config: Annotated[
        Path | None,
        typer.Option("--config", envvar="ARCHIVER_CONFIG", help="Settings; default config.toml."),
    ] = None,
    data_dir: Annotated[
        Path | None, typer.Option("--data-dir", help="Folder of the archive; wins over config.")
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    Given.config, Given.data_dir = config, data_dir


@app.command()
def capture(
    seeds: Annotated[list[str], typer.Argument(metavar="URL|FILE...", help="- reads stdin.")],
    snapshots: Annotated[
        bool, typer.Option(help="Snapshot what stands at the end of each link.")
    ] = True,
    browser: Annotated[
        bool, typer.Option("--browser", help="Show the pages to Chromium: pictures, PDF, text.")
    ] = False,
    tag: Annotated[list[str] | None, typer.Option(help="A tag for the thread; repeatable.")] = None,
    embargo: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Keep new threads from readers until then; UTC."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be asked, and its price.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Capture now, once: the thread, the chains of its links, what stands at their ends."""
    if dry_run:
        _estimate(seeds, as_json=as_json)
        return
    from archiver import embargoing
    from archiver.bootstrap import services, utc_now
    from archiver.now import capture_all, how

    until = embargoing.until_given(embargo, utc_now())
    archive = open_or_make()

    async def work(progress: Progress) -> list[Captured]:
        async with services(archive) as ready:
            return await capture_all(
                ready,
                seeds,
                progress,
                tags=tuple(tag or ()),
                snapshots=how(ready, snapshots=snapshots, browser=browser),
                embargo_until=until,
            )

    with console.working("capturing") as progress:
        results = asyncio.run(work(progress))
    if until is not None:
        captured = [each.thread_id for each in results if each.thread_id is not None]
        for line in embargoing.seen_already(archive.store, captured):
            console.complain(line)
    _show_captured(archive, results, as_json=as_json)


def _estimate(seeds: list[str], *, as_json: bool) -> None:
    import os

    from archiver import estimate
    from archiver.bootstrap import utc_now
    from archiver.credentials import authenticators
    from archiver.sources import sources

    archive = open_or_make()
    platforms = archive.settings.platforms
    known = sources(platforms, frozenset(authenticators(platforms, os.environ)))
    given, refused = estimate.estimates(seeds, known, archive.store, utc_now())
    if as_json:
        console.say_json(estimate.estimates_json(given, refused))
    else:
        for each in given:
            console.say_all(estimate.estimate_lines(each))
    for error in refused.values():
        console.complain(str(error))
    if refused:
        raise typer.Exit(2)


def _show_captured(archive: Archive, results: list[Captured], *, as_json: bool) -> None:
    from archiver import report

    shown: list[dict[str, object]] = []
    for each in results:
        if each.thread_id is not None:
            shown.append(_shown(archive, each.thread_id, as_json=as_json))
        if each.error is not None:
            shown.append({"seed": each.seed, "error": report.error_json(each.error)})
            console.complain(str(each.error))
    if as_json:
        console.say_json(shown[0] if len(results) == len(shown) == 1 else {"captures": shown})
    errors = [each.error for each in results if each.error is not None]
    if errors:
        raise typer.Exit(2 if all(isinstance(each, UsageError) for each in errors) else 1)


def _shown(
    archive: Archive, thread_id: str, *, as_json: bool, at: str | None = None, diff: bool = False
) -> dict[str, object]:
    """Give a thread as JSON; or print it, if a person reads."""
    from archiver import report, versions
    from archiver.holdings import warcs_of

    view = archive.store.view(thread_id)
    if view is None:
        raise UsageError(f"{thread_id}: no such thread here; `archiver status` lists what there is")
    base_url = archive.settings.publish.base_url
    view = view if at is None else versions.view_at(view, versions.time_given(at))
    if not as_json:
        console.say_all(versions.diff_lines(view) if diff else report.thread_lines(view, base_url))
    past = {
        "revisions": [versions.revision_json(each) for each in view.revisions],
        "captures": [versions.observed_json(each) for each in view.observations],
    }
    return report.thread_json(view, base_url) | past | {"warcs": warcs_of(archive, thread_id)}


@app.command()
def resolve(
    urls: Annotated[list[str], typer.Argument(metavar="URL...")], as_json: AsJson = False
) -> None:
    """Follow links hop by hop, and record every hop."""
    from archiver import report
    from archiver.bootstrap import services
    from archiver.models import Chain
    from archiver.seeds import is_file, named
    from archiver.targets import resolve as follow

    archive = open_or_make()

    async def work() -> list[Chain]:
        async with services(archive) as ready:
            return [await follow(ready, url if is_file(named(url)) else named(url)) for url in urls]

    chains = asyncio.run(work())
    if as_json:
        console.say_json({"links": [report.chain_json(chain) for chain in chains]})
    else:
        for chain in chains:
            console.say_all(report.chain_lines(chain))
    if all(chain.outcome == "invalid" for chain in chains):
        raise typer.Exit(2)


@app.command()
def show(
    thread: Annotated[str, typer.Argument(help="Thread id, its first digits, or a URL.")],
    at: Annotated[
        str | None, typer.Option("--at", metavar="TIME", help="As it stood then; UTC.")
    ] = None,
    diff: Annotated[bool, typer.Option("--diff", help="What changed, word by word.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show a thread: posts, revisions, links, snapshots."""
    archive = archive_that_is_there()
    found = archive.store.find_thread(thread)
    shown = _shown(archive, found.id if found else thread, as_json=as_json, at=at, diff=diff)
    if as_json:
        console.say_json(shown)


@app.command()
def where(
    url: Annotated[str, typer.Argument(help="A target, or a link as it was written.")],
    as_json: AsJson = False,
) -> None:
    """Say in which threads a target appears, however it was linked."""
    from archiver import report
    from archiver.seeds import is_file, named

    if is_file(named(url)):
        raise UsageError(f"{url}: is no address; give a target or a link, with https:// before it")
    archive = archive_that_is_there()
    found = report.places(archive.store, url)
    if as_json:
        console.say_json({"url": url, "places": found})
    else:
        console.say_all(report.place_lines(url, found))


@app.command(context_settings={"ignore_unknown_options": True})
def search(
    words: Annotated[list[str], typer.Argument(metavar="WORDS...", help="Words, filters.")],
    newest: Annotated[bool, typer.Option("--newest", help="Newest first.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=100, help="Finds on a page.")] = 20,
    after: Annotated[str, typer.Option(metavar="PLACE", help="`next` of the page before.")] = "",
    public: Annotated[bool, typer.Option("--public", help="Only what readers may see.")] = False,
    as_json: AsJson = False,
) -> None:
    """Search posts and targets: words, "phrases", -not, author: platform: tag: site: ..."""
    from archiver import found as finds
    from archiver.bootstrap import utc_now
    from archiver.core.searchquery import parse
    from archiver.models.search import SearchOrder

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


@app.command()
def run() -> None:
    """Run scheduler, worker and web app in one process."""
    import scheduler

    scheduler.run(read_settings())


@app.command()
def serve() -> None:
    """Serve the published feeds and pages."""
    import scheduler

    scheduler.serve(settings_there())


@app.command()
def publish(
    everything: Annotated[bool, typer.Option("--all", help="Render everything again.")] = False,
    as_json: AsJson = False,
) -> None:
    """Render what changed into publish_dir."""
    import scheduler

    archive = archive_that_is_there(synced=True)
    result = scheduler.publish_now(archive, everything=everything)
    where = str(archive.settings.publish_dir)
    answer(
        f"{result.written} files written, {result.unchanged} unchanged, in {where}",
        {"written": result.written, "unchanged": result.unchanged, "publish_dir": where},
        as_json=as_json,
    )


@app.command()
def status(as_json: AsJson = False) -> None:
    """Say what ran, what is due, what failed and why."""
    from archiver import hooking, keeping, standing, summary
    from archiver.bootstrap import utc_now

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


@app.command()
def demo(
    once: Annotated[bool, typer.Option("--once", help="Capture, publish and end.")] = False,
    browser: Annotated[
        bool, typer.Option("--browser", help="With --once: show the pages to Chromium.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Run the whole path on a small web served on loopback; no internet needed."""
    import scheduler
    from archiver import summary
    from archiver.bootstrap import open_archive

    settings = scheduler.demo_settings(read_settings(), own_folder=Given.data_dir is None)
    if not once:
        scheduler.run(settings)
        return
    archive = open_archive(settings)
    with console.working("capturing the demo web") as progress:
        captured = scheduler.demo_once(archive, progress, browser=browser)
    result = summary.demo_json(archive, captured)
    if as_json:
        console.say_json(result)
    else:
        console.say_all(summary.demo_lines(result))
    errors = [each.error for each in captured if each.error is not None]
    for error in errors:
        console.complain(str(error))
    if errors:
        raise typer.Exit(1)


@app.command()
def withhold(
    thread: Annotated[str, typer.Argument(help="Thread id, its first digits, or a URL.")],
    until: Annotated[
        str | None, typer.Option("--until", metavar="TIME", help="Public by itself then; UTC.")
    ] = None,
    reason: Annotated[str, typer.Option(help="Why; kept with the decision.")] = "",
    by: Annotated[str, typer.Option(envvar="USER", help="Who decided.")] = "",
    as_json: AsJson = False,
) -> None:
    """Take a thread out of all feeds and pages; it stays in the archive."""
    from archiver import versions, withholding
    from archiver.bootstrap import utc_now

    archive = archive_that_is_there(synced=True)
    found = _named(archive, thread)
    ends = None if until is None else versions.time_given(until)
    made = withholding.withheld(found, utc_now(), until=ends, who=by, why=reason)
    _decided(archive, made, as_json=as_json)


@app.command()
def release(
    thread: Annotated[str, typer.Argument(help="Thread id, its first digits, or a URL.")],
    reason: Annotated[str, typer.Option(help="Why; kept with the decision.")] = "",
    by: Annotated[str, typer.Option(envvar="USER", help="Who decided.")] = "",
    as_json: AsJson = False,
) -> None:
    """Let readers see a thread again that was withheld or under an embargo."""
    from archiver import withholding
    from archiver.bootstrap import utc_now

    archive = archive_that_is_there(synced=True)
    found = _named(archive, thread)
    made = withholding.released(archive.store, found, utc_now(), who=by, why=reason)
    _decided(archive, made, as_json=as_json)


def _named(archive: Archive, words: str) -> Thread:
    found = archive.store.find_thread(words)
    if found is None:
        raise UsageError(f"{words}: no such thread here; `archiver status` lists what there is")
    return found


def _decided(archive: Archive, decision: Decision, *, as_json: bool) -> None:
    """Keep a decision, and publish: what is withheld must be gone when the command ends."""
    import scheduler
    from archiver import withholding
    from archiver.bootstrap import services

    async def work() -> Decision:
        async with services(archive) as ready:
            return await withholding.decide(ready, decision)

    made = asyncio.run(work())
    result = scheduler.publish_now(archive)
    said = {"decision": withholding.decision_json(made)}
    files = {"written": result.written, "removed": result.removed}
    answer(withholding.decision_line(made), said | {"published": files}, as_json=as_json)


@app.command("import")
def import_files(
    files: Annotated[list[str], typer.Argument(metavar="FILE...")], as_json: AsJson = False
) -> None:
    """Take in WARCs, WACZs, data exports of X (ZIP), saved threads, and watches (OPML)."""
    from archiver import typed
    from archiver.bootstrap import services
    from archiver.imports import Imported, import_all, imported_json, imported_lines

    archive = open_or_make()

    async def work(progress: Progress) -> list[Imported]:
        async with services(archive) as ready:
            return await import_all(ready, archive, files, progress)

    with console.working("importing") as progress:
        results = asyncio.run(work(progress))
    if any(each.watches for each in results):
        typed.back_up(archive.store, archive.settings.data_dir)
    if as_json:
        console.say_json(imported_json(results))
    else:
        console.say_all(imported_lines(results))
    errors = [each.error for each in results if each.error is not None]
    for error in errors:
        console.complain(str(error))
    if errors:
        raise typer.Exit(2 if all(isinstance(each, UsageError) for each in errors) else 1)


@app.command()
def verify(
    what: Annotated[list[str] | None, typer.Argument(metavar="[THREAD|FILE]...")] = None,
    anchor: Annotated[
        list[Path] | None,
        typer.Option("--anchor", help="PEM file of a certificate to trust; again for more."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check WARCs, WACZs, bags or the whole archive, offline."""
    from archiver import keeping, summary
    from archiver.checking import is_checkable
    from archiver.holdings import anchors_of, verify_files, verify_holdings

    trusted = anchors_of(anchor or ())
    with console.working("verifying") as progress:
        if what and all(is_checkable(Path(each)) for each in what):  # that needs no archive
            verdict = verify_files([Path(each) for each in what], progress, trusted)
        else:
            archive = archive_that_is_there()
            verdict = verify_holdings(archive, what or [], progress, trusted)
            keeping.note_checked(
                archive,
                files=len(verdict.files),
                records=verdict.records,
                faults=len(verdict.faults),
            )
    if as_json:
        console.say_json(summary.verdict_json(verdict))
    else:
        console.say_all(summary.verdict_lines(verdict))
    if verdict.faults:
        raise typer.Exit(1)


@app.command()
def rebuild(
    accept_loss: Annotated[
        bool, typer.Option("--accept-loss", help="Go on although WARCs are missing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make the database again from the WARCs; the former one is kept beside it."""
    from archiver import keeping, summary, watching
    from archiver.rebuild import rebuild as made_again
    from archiver.sources import sources

    settings = read_settings()
    if not (settings.data_dir / "warc").exists():
        raise UsageError(f"{settings.data_dir}: there is no archive here; --data-dir names another")
    with console.working("rebuilding") as progress:
        result = made_again(
            settings.data_dir,
            sources(settings.platforms),
            watching.configured(settings),
            progress,
            accept_loss=accept_loss,
        )
    keeping.note_rebuilt(settings, records=result.records, threads=result.threads)
    if as_json:
        console.say_json(summary.rebuilt_json(result))
    else:
        console.say_all(summary.rebuilt_lines(result))
    if result.unread:
        raise typer.Exit(1)


def main() -> None:
    """Run the command; every failure is one sentence and an exit code (1 failed, 2 wrong use)."""
    logs.quiet()
    try:
        code = app(standalone_mode=False)
    except ClickException as err:
        sys.exit(_wrong_call(err))
    except (ConfigError, UsageError) as err:
        console.complain(str(err))
        sys.exit(2)
    except ArchiverError as err:
        console.complain(str(err))
        sys.exit(1)
    if code == _STOPPED:
        console.complain("stopped; what was captured is kept, and `archiver run` goes on with it")
    sys.exit(code or 0)


def _wrong_call(err: ClickException) -> int:
    if isinstance(err, NoArgsIsHelpError):  # no command at all: the help is the answer
        err.show()
        return err.exit_code
    asked = err.ctx.command_path if isinstance(err, CallError) and err.ctx else "archiver"
    console.complain(f"{err.format_message().rstrip('.')}; `{asked} --help` shows what there is")
    return 2
