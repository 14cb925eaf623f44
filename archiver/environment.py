"""Which settings does the environment hold? `ARCHIVER__TABLE__KEY` wins over config.toml. Pure."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping

PREFIX = "ARCHIVER__"


def overlaid(raw: Mapping[str, object], environ: Mapping[str, str]) -> dict[str, object]:
    """
    Give settings with those of the environment laid over them; neither is changed.

    Tables and keys are joined by two underscores and written in capitals. A value is TOML where it
    can be read so (numbers, true, lists, tables), else text as it stands; so nothing needs quotes.

    Raises:
        ValueError: If a name leads through something that is no table.

    >>> overlaid({"publish": {"title": "A"}}, {"ARCHIVER__PUBLISH__TITLE": "B", "HOME": "/"})
    {'publish': {'title': 'B'}}
    """
    laid = dict(raw)
    for name in sorted(environ):
        if name.startswith(PREFIX):
            _set(laid, name, _value(environ[name]))
    return laid


def _set(laid: dict[str, object], name: str, value: object) -> None:
    *tables, key = name.removeprefix(PREFIX).lower().split("__")
    for table in tables:
        inner = laid.get(table, {})
        if not isinstance(inner, dict):
            raise ValueError(
                f"{name}: {table} is no table; docs/reference/config.md lists the keys"
            )
        laid[table] = laid = dict(inner)
    laid[key] = value


def _value(text: str) -> object:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text
