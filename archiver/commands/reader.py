"""Which commands are there for secret addresses of readers? No logic."""

from __future__ import annotations

from typing import Annotated

import typer

from archiver import console
from archiver.commands.opened import AsJson, answer, settings_there

app = typer.Typer(help="Secret feed addresses, one per reader.", no_args_is_help=True)


@app.command("add")
def reader_add(
    name: str,
    embargoed: Annotated[
        bool, typer.Option("--embargoed", help="May read threads under embargo too.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Give a reader a secret address; it is shown this once."""
    from archiver.clock import utc_now
    from feeds.web.readers import Readers

    settings = settings_there()
    secret = Readers(settings.data_dir).add(name, embargoed=embargoed, now=utc_now())
    place = f"{settings.publish.base_url}/r/{secret}/feeds/"
    feeds = [f"{place}all.rss", *([f"{place}embargoed.rss"] if embargoed else [])]
    answer(
        f"{name} reads at {' and '.join(feeds)}; this address is not shown again",
        {"reader": {"name": name, "embargoed": embargoed, "feeds": feeds}},
        as_json=as_json,
    )


@app.command("list")
def reader_list(as_json: AsJson = False) -> None:
    """List who has a secret address."""
    from feeds.web.readers import Readers

    readers = Readers(settings_there().data_dir).all()
    if as_json:
        shown = [
            {"name": each.name, "embargoed": each.embargoed, "added_at": each.added_at}
            for each in readers
        ]
        console.say_json({"readers": shown})
        return
    for each in readers:
        also = ", also under embargo" if each.embargoed else ""
        console.say(f"{each.name}  since {each.added_at}{also}")
    if not readers:
        console.say("No readers yet. Add one: archiver reader add NAME")


@app.command("revoke")
def reader_revoke(name: str, as_json: AsJson = False) -> None:
    """Take a reader's address away: it answers nothing from now on."""
    from feeds.web.readers import Readers

    Readers(settings_there().data_dir).revoke(name)
    answer(f"revoked {name}", {"revoked": name}, as_json=as_json)
