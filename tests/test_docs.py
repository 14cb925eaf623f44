"""Is every setting, command, platform and outcome documented, and do links between pages hold?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from pydantic import BaseModel

from archiver import cli
from archiver.config import PlatformSettings, Settings, WatchSettings, WebhookSettings
from archiver.models import Mechanism, Outcome, PostState
from archiver.sources import sources

ROOT = Path(__file__).parent.parent
REFERENCE = ROOT / "docs" / "reference"
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def settings_of(model: type[BaseModel], path: str = "") -> Iterator[tuple[str, str]]:
    """Give each key with the table it stands in."""
    for name, field in model.model_fields.items():
        inner = field.annotation
        inner = {"watch": WatchSettings, "webhook": WebhookSettings}.get(name, inner)
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from settings_of(inner, f"{path}.{name}".strip("."))
        else:
            yield path, name


@pytest.mark.parametrize(("table", "key"), list(settings_of(Settings)))
def test_setting_is_documented(table: str, key: str) -> None:
    """Each key has a row below the heading of its table."""
    text = (REFERENCE / "config.md").read_text()
    heading = f"## [[{table}]]" if table in ("watch", "webhook") else f"## [{table}]"
    assert heading in text
    section = text.split(heading)[1].split("\n## ")[0]
    assert f"| `{key}` |" in section


def commands_of(app: typer.Typer, path: str = "archiver") -> Iterator[str]:
    """Give each command with the words before it."""
    for group in app.registered_groups:
        assert group.typer_instance is not None
        yield from commands_of(group.typer_instance, f"{path} {group.name}")
    for command in app.registered_commands:
        assert command.callback is not None
        yield f"{path} {command.name or command.callback.__name__}"


@pytest.mark.parametrize("command", list(commands_of(cli.app)))
def test_command_is_documented(command: str) -> None:
    """Each command has a row."""
    assert f"| `{command}" in (REFERENCE / "commands.md").read_text()


@pytest.mark.parametrize(
    "platform", ["text", *(each.platform for each in sources(PlatformSettings()))]
)
def test_platform_is_documented(platform: str) -> None:
    """Each source has a row."""
    assert f"| `{platform}` |" in (REFERENCE / "platforms.md").read_text()


@pytest.mark.parametrize("word", [*Outcome, *Mechanism, *PostState])
def test_closed_lists_are_documented(word: str) -> None:
    """Scripts rely on these words."""
    assert f"`{word}`" in (REFERENCE / "outcomes.md").read_text()


@pytest.mark.parametrize("page", PAGES, ids=lambda each: str(each.relative_to(ROOT)))
def test_links_between_pages_hold(page: Path) -> None:
    """A relative link leads to a file that is there."""
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text()):
        if "://" not in target:
            assert (page.parent / target).exists(), target
