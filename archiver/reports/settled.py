"""Which settings hold, and which secrets are there? Pure; the value of a secret is never said."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import BaseModel

from archiver.config import Settings

_AFTER_HOST = re.compile(r"(//[^/?#\"]*)[^\"]*")
_USERINFO = re.compile(r"(?<=//)[^/?#\s@]*@")

VARIABLES = {
    "ARCHIVER_CONFIG": "The file of settings",
    "ARCHIVER_DESK_PASSWORD": "The password of the desk",
    "ARCHIVER_API_TOKEN": "The token of the API and the metrics",
    "ARCHIVER_X_TOKEN": "X by its API",
    "ARCHIVER_MASTODON_TOKENS": "Mastodon servers that want a login",
    "ARCHIVER_REDDIT_CLIENT_ID": "Reddit, with its secret",
    "ARCHIVER_REDDIT_CLIENT_SECRET": "Reddit, with its id",
}
"""Variables of the environment that the archiver reads, and what for."""


@dataclass(frozen=True, slots=True)
class Settled:
    """
    A setting.

    Attributes:
        table: As in config.toml, for example `platforms.x`.
        value: As it would be written there.
        changed: It is not the default.
    """

    table: str
    key: str
    value: str
    changed: bool


def settled(settings: Settings) -> tuple[Settled, ...]:
    """Give every setting in the order of the documentation, without watches and webhooks."""
    return tuple(_of(settings, ""))


def lists_settled(settings: Settings) -> tuple[tuple[Settled, ...], ...]:
    """Give the settings of each table that may stand several times: watches and webhooks."""
    return (
        *(tuple(_of(each, "watch")) for each in settings.watch),
        *(tuple(_without_path(_of(each, "webhook"))) for each in settings.webhook),
    )


def variables(
    settings: Settings, environment: Mapping[str, str]
) -> tuple[tuple[str, str, bool], ...]:
    """Give each variable, what it is for, and whether it is set."""
    hooks = {
        each.variable: f"Signs what the webhook {each.name} is told" for each in settings.webhook
    }
    known = VARIABLES | hooks
    return tuple((name, what, bool(environment.get(name))) for name, what in known.items())


def _without_path(rows: Iterable[Settled]) -> Iterator[Settled]:
    """Whoever knows the address of a webhook may tell it things: its path is a secret."""
    for row in rows:
        place = _AFTER_HOST.sub(r"\1/…", row.value) if row.key == "url" else row.value
        yield replace(row, value=place)


def _of(model: BaseModel, table: str) -> Iterator[Settled]:
    for key, field in type(model).model_fields.items():
        value = getattr(model, key)
        if isinstance(value, BaseModel):
            yield from _of(value, f"{table}.{key}".lstrip("."))
        elif not (isinstance(model, Settings) and key in ("watch", "webhook")):
            default = field.get_default(call_default_factory=True)
            changed = field.is_required() or value != default
            yield Settled(table, key, written(value), changed)


def written(value: object) -> str:
    """
    Write a value as TOML has it; what stands before @ in an address is left out.

    >>> written(("1h", 2)), written(Path("data")), written("https://me:word@a.example/")
    ('["1h", 2]', '"data"', '"https://…@a.example/"')
    """
    if isinstance(value, Mapping):
        pairs = (f"{written(str(key))} = {written(each)}" for key, each in value.items())
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, (tuple, list)):
        return "[" + ", ".join(written(each) for each in value) + "]"
    if value is None:
        return ""
    if isinstance(value, (str, Path)):
        return json.dumps(_USERINFO.sub("…@", str(value)), ensure_ascii=False)
    return json.dumps(value)
