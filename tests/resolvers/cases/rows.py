"""One answer of a service, and where it leads."""

from __future__ import annotations

from dataclasses import dataclass

from archiver.models import Header

THERE = "https://news.example/story"
WORDS = "<p>" + "Much is said here. " * 60


@dataclass(frozen=True, slots=True)
class Case:
    """
    A row.

    Attributes:
        name: What the service does, in a few words.
        leads: Mechanism and URL; None if it leads nowhere that is known.
        note: A part of the sentence that is said of the hop.
    """

    name: str
    url: str
    leads: tuple[str, str] | None
    body: str = ""
    status: int = 200
    headers: tuple[Header, ...] = ()
    note: str = ""
