"""Who may answer a thread on Bluesky, and which answers does its author hide? (protocols 4.2)"""

from __future__ import annotations

from dataclasses import dataclass

from archiver.errors import ParseError
from archiver.sources.fields import Fields


@dataclass(frozen=True, slots=True)
class Gate:
    """
    The rules of a thread.

    Attributes:
        hidden: AT-URIs of the replies that its author hides.
        limit: Part of a sentence; empty if anybody may reply.
    """

    hidden: tuple[str, ...] = ()
    limit: str = ""


def read_gate(answer: Fields) -> Gate:
    """Read the threadgate beside a thread, if there is one; an odd one does not stop the thread."""
    try:
        shown = answer.maybe_inner("threadgate")
        record = shown.maybe_inner("record") if shown else None
        if record is None:
            return Gate()
        return Gate(tuple(dict.fromkeys(record.texts("hiddenReplies"))), _limit(record))
    except ParseError:
        return Gate(limit="who may reply was not understood")


def _limit(record: Fields) -> str:
    if not isinstance(record.values.get("allow"), list):
        return ""  # absent: anybody may
    return "only some people may reply" if record.values["allow"] else "nobody may reply"
