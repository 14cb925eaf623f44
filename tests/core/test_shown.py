"""Which of many captures is a reader shown?"""

from __future__ import annotations

import dataclasses

from archiver.core import shown
from archiver.models import Chain, Hop, Outcome, Snapshot
from tests.core.threads import at


def chain(hours: int, *statuses: int) -> Chain:
    """Make a chain whose hops answered so."""
    hops = tuple(
        Hop(url=f"https://x.example/{i}", at=at(hours), status=status)
        for i, status in enumerate(statuses)
    )
    return Chain("https://sho.rt/a", hops[-1].url, Outcome.OK, hops, at(hours))


def copy(hours: int, digest: str, outcome: Outcome = Outcome.OK) -> Snapshot:
    """Make a snapshot."""
    return Snapshot(
        "https://x.example/", at(hours), outcome, 200, digest, f"urn:uuid:{hours}", text_digest=""
    )


def test_equal_chains_show_the_first() -> None:
    """A recapture that found the same route changes nothing that is shown."""
    assert shown.chain([chain(0, 301, 200), chain(1, 301, 200)]) == chain(0, 301, 200)


def test_changed_chain_shows_the_new_one() -> None:
    """Once the route is another, the first of the new ones is shown."""
    stored = [chain(0, 301, 200), chain(1, 301, 404), chain(2, 301, 404)]
    assert shown.chain(stored) == stored[1]


def test_chain_that_came_back_is_new() -> None:
    """An old route that returns is shown with the time of its return."""
    stored = [chain(0, 200), chain(1, 404), chain(2, 200)]
    assert shown.chain(stored) == stored[2]


def test_dead_page_keeps_its_last_whole_copy() -> None:
    """Readers are never sent to the error page while a whole copy exists."""
    stored = [copy(0, "a"), copy(1, "b"), copy(2, "b"), copy(3, "x", Outcome.DEAD)]
    assert shown.snapshot(stored) == stored[1]


def test_page_that_was_never_whole_shows_its_refusal() -> None:
    """The refusal is the evidence there is."""
    stored = [copy(0, "x", Outcome.REFUSED), copy(1, "x", Outcome.REFUSED)]
    assert shown.snapshot(stored) == stored[0]


def test_text_decides_whether_a_page_changed() -> None:
    """A page whose bytes differ and whose words do not is the same page."""
    first = dataclasses.replace(copy(0, "a"), text_digest="t")
    second = dataclasses.replace(copy(1, "b"), text_digest="t")
    assert shown.snapshot([first, second]) == first


def test_nothing_stored_shows_nothing() -> None:
    """No chain, no snapshot."""
    assert shown.chain([]) is None
    assert shown.snapshot([]) is None
