"""What was published last time? A cache: without it, everything is rendered."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from typing import Any

from feeds.publish.folder import Folder

PATH = "published.json"
_VERSION = 2


@dataclass(frozen=True, slots=True)
class Published:
    """
    A thread as lists and feeds need it, without opening the store.

    Times are RFC 3339 in UTC, so that they sort as text.

    Attributes:
        entry: Digest of what its entry says.
        copies: Original URL of an attachment -> path of our copy below publish_dir.
        links: Their number, and how many do not live, in words.
    """

    id: str
    entry: str
    title: str
    author: str
    platform: str
    language: str | None
    standing: str
    marks: tuple[str, ...]
    links: str
    written: str
    captured: str
    updated: str
    watches: tuple[str, ...]
    copies: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class State:
    """
    All threads by id, and under which settings they were rendered.

    Attributes:
        settings: Digest of base_url, title, templates, styles and code.
        pages: How many pages of older threads there are.
    """

    settings: str
    threads: dict[str, Published]
    pages: int = 0


def load(folder: Folder) -> State:
    """Read the cache; an absent or damaged one is as if nothing had been published."""
    try:
        raw = json.loads(folder.place(PATH).read_bytes())
        if raw["version"] != _VERSION:
            return State("", {})
        threads = (_thread(each) for each in raw["threads"])
        return State(str(raw["settings"]), {each.id: each for each in threads}, int(raw["pages"]))
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return State("", {})


def save(folder: Folder, state: State) -> None:
    """Write the cache: the same bytes for the same state. Raises PublishError."""
    threads = [dataclasses.asdict(state.threads[key]) for key in sorted(state.threads)]
    raw = {
        "version": _VERSION,
        "settings": state.settings,
        "pages": state.pages,
        "threads": threads,
    }
    folder.put(PATH, json.dumps(raw, ensure_ascii=True, separators=(",", ":")).encode())


def _thread(raw: dict[str, Any]) -> Published:
    raw["marks"] = tuple(map(str, raw["marks"]))
    raw["watches"] = tuple(map(str, raw["watches"]))
    raw["copies"] = tuple((str(url), str(path)) for url, path in raw["copies"])
    return Published(**raw)
