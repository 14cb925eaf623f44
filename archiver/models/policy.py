"""May a thread be published? People decide; each decision is kept with who and why."""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass


class PolicyState(enum.StrEnum):
    """What readers get of a thread."""

    PUBLIC = "public"
    EMBARGOED = "embargoed"
    WITHHELD = "withheld"


@dataclass(frozen=True, slots=True)
class Decision:
    """
    A decision about a thread. A thread about which nothing was decided is public.

    Attributes:
        until: When an embargo ends by itself; None for the other states.
        who: Who decided, as they signed; may be empty.
        why: The reason given; may be empty.
        at: When it was decided.
    """

    thread_id: str
    state: PolicyState
    at: dt.datetime
    until: dt.datetime | None = None
    who: str = ""
    why: str = ""

    @property
    def hidden(self) -> bool:
        """Say whether no reader may see the thread, its posts and its own files."""
        return self.state is not PolicyState.PUBLIC
