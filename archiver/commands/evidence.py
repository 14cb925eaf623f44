"""Which commands are there for what proves the holdings? No logic."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Annotated

import typer

from archiver import console
from archiver.commands.opened import AsJson, settings_there

if TYPE_CHECKING:
    from archiver.evidence.custody_lines import CustodyLine


def custody(
    lines: Annotated[int, typer.Option("--lines", min=1, help="How many of the newest.")] = 20,
    check: Annotated[
        bool, typer.Option("--check", help="Check the chain and its timestamps, offline.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show what was done with the holdings, newest last, and the head of the log."""
    from archiver.care import stamping
    from archiver.evidence.custody import CustodyLog

    settings = settings_there()
    log = CustodyLog(settings.data_dir)
    newest = deque(log.lines(), maxlen=lines)
    faults = list(log.faults()) if check else []
    notes: list[str] = []
    if check:
        found, notes = stamping.checked(settings.data_dir, settings.evidence)
        faults += found
    if as_json:
        said = {"head": log.head(), "lines": [dict(each.said) for each in newest]}
        console.say_json(said | ({"faults": faults, "notes": notes} if check else {}))
    else:
        for each in newest:
            console.say(f"{each.number:>6}  {each.at}  {each.kind:<11}  {each.who}  {_told(each)}")
        console.say(f"head: {log.head() or 'nothing was done yet'}")
        console.say_all([*faults, *(f"note: {each}" for each in notes)])
        if check and not faults:
            console.say("the chain is whole")
    if faults:
        raise typer.Exit(1)


def key(as_json: AsJson = False) -> None:
    """Print the public half of the key that packages are signed with; make it if there is none."""
    from archiver.commands.opened import read_settings
    from archiver.evidence.keys import key_path, signing_key

    data_dir = read_settings().data_dir
    held = signing_key(data_dir)
    if as_json:
        console.say_json({"public_key": held.public, "fingerprint": held.fingerprint})
        return
    console.say(f"public key:  {held.public}")
    console.say(f"fingerprint: {held.fingerprint}")
    console.say(f"Publish the fingerprint; back up {key_path(data_dir)} apart from the archive.")


def _told(line: CustodyLine) -> str:
    from archiver.evidence.custody_lines import own_names

    facts = {name: value for name, value in line.said.items() if name not in own_names()}
    return "  ".join(f"{name}={value}" for name, value in facts.items() if value not in (None, ""))
