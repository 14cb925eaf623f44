"""Which commands are there for webhooks? No logic; the parts are imported when a command runs."""

from __future__ import annotations

import asyncio

import typer

from archiver import console
from archiver.commands.opened import AsJson, answer, open_or_make, settings_there
from archiver.errors import ArchiverError

app = typer.Typer(help="Who is told of events (config.toml).", no_args_is_help=True)


@app.command("list")
def webhook_list(as_json: AsJson = False) -> None:
    """List webhooks, and how deliveries go."""
    import os

    from archiver import hooking

    settings = settings_there()
    found = hooking.receivers(settings)
    if as_json:
        shown = [
            hooking.receiver_json(went)
            | {
                "url": each.url,
                "events": list(each.events),
                "secret_set": each.variable in os.environ,
            }
            for each, went in zip(settings.webhook, found, strict=True)
        ]
        console.say_json({"webhooks": shown})
        return
    for each, line in zip(settings.webhook, hooking.receiver_lines(found), strict=True):
        console.say(line)
        console.say(f"    {each.url}  {', '.join(each.events)}")
        if each.variable not in os.environ:
            console.say(f"    {each.variable} is not set")
    if not found:
        console.say("No webhooks yet. Add one to config.toml: docs/how-to/webhooks.md")


@app.command("test")
def webhook_test(name: str, as_json: AsJson = False) -> None:
    """Send one event of type `test`, now and once."""
    import os

    from archiver import hooking
    from archiver.bootstrap import services
    from archiver.clock import utc_now

    archive = open_or_make()
    hook = hooking.named(archive.settings, os.environ, name)

    async def work() -> str:
        async with services(archive) as ready:
            assert ready.unrecorded is not None
            return await hooking.try_out(hook, ready.unrecorded, utc_now())

    error = asyncio.run(work())
    if error:
        raise ArchiverError(f"{hook.url}: {error}; see docs/how-to/webhooks.md")
    answer(f"{name} took the test event", {"webhook": name, "taken": True}, as_json=as_json)
