"""What does the desk work with?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from archiver.config import Settings
from archiver.models import Decision
from archiver.ports import Source, Store
from feeds.render import Site
from feeds.web.desk.access import Password
from feeds.web.desk.steps import Steps

PATH = "/desk"
_NONE: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class DeskParts:
    """
    What the desk works with.

    Attributes:
        sources: All sources, for seeds that somebody wants captured.
        steps: How far the captures of this process are.
        wake: Tells the worker of this process that there is work; does nothing elsewhere.
        decide: Keeps a decision about a thread and lets it be published, from any thread; raises
            StoreError. None where nothing is written into the archive.
        now: Gives the time, UTC-aware.
        settings: What config.toml says: shown, and where files lie.
        environment: Variables of the process: it is shown only whether they are set.
    """

    store: Store
    data_dir: Path
    site: Site
    sources: Sequence[Source]
    password: Password
    steps: Steps
    wake: Callable[[], None]
    now: Callable[[], dt.datetime]
    decide: Callable[[Decision], None] | None = None
    settings: Settings = field(default_factory=Settings)
    environment: Mapping[str, str] = field(default_factory=lambda: _NONE)
