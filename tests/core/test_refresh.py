"""What does a refresh ask for, and what may reading it cost?"""

from __future__ import annotations

import pytest

from archiver.core import refresh


@pytest.mark.timeout(10)
@pytest.mark.parametrize("start", ["", "0;", "0; url", ";"])
def test_refresh_of_many_spaces_is_read_in_time(start: str) -> None:
    """A header or a page with a million spaces holds up neither captures nor readers."""
    assert refresh.leads_to(start + " " * 1_000_000) in (None, "url")


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("0; URL='/next'", (0.0, "/next")),
        ("9; url=/late", (9.0, "/late")),
        ("url=/x", (0.0, "/x")),
        (";url=/x", (0.0, "/x")),
        (";;url=/x", None),
        ("/x", None),
        ("5", None),
    ],
)
def test_refresh_is_read(value: str, found: tuple[float, str] | None) -> None:
    """Captures and archived copies read it alike; only a hop minds the delay."""
    assert refresh.read(value) == found
