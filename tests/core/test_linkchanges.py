"""Is a link that ends elsewhere told, and noise not?"""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.core.linkchanges import changes
from archiver.models import Chain, ChainRun, Hop, LinkChangeKind, Mechanism, Outcome

LINK = "http://short.example/x"
ONE = "https://news.example/2022/story"
TWO = "https://other.example/page"
DAY = dt.datetime(2026, 5, 1, tzinfo=dt.UTC)


def run(
    day: int,
    target: str = ONE,
    outcome: Outcome = Outcome.OK,
    status: int | None = 200,
    *,
    days: int = 0,
    last: str = "",
) -> ChainRun:
    """A way that a link went from a day on, for so many days; `last` is where it really ended."""
    at = DAY + dt.timedelta(days=day)
    hops = (
        Hop(LINK, at, 301, Mechanism.HTTP, target, None, f"urn:uuid:{day}-short"),
        Hop(last or target, at, status, None, None, None, f"urn:uuid:{day}"),
    )
    return ChainRun(Chain(LINK, target, outcome, hops, at), at + dt.timedelta(days=days))


def dead(day: int, status: int | None = 404, *, days: int = 0) -> ChainRun:
    """A way that ended at an error of the target."""
    return run(day, ONE, Outcome.DEAD, status, days=days)


def silent(day: int, outcome: Outcome = Outcome.TIMEOUT, *, days: int = 0) -> ChainRun:
    """A way that ended where nothing answered."""
    return run(day, ONE, outcome, None, days=days)


def told(*runs: ChainRun) -> list[tuple[LinkChangeKind, int]]:
    """Give kinds and days of the events."""
    return [(each.kind, (each.at - DAY).days) for each in changes(runs)]


MOVED, DIED, REVIVED = LinkChangeKind.MOVED, LinkChangeKind.DIED, LinkChangeKind.REVIVED


def test_first_state_is_no_event() -> None:
    """Nor is one that stays."""
    assert told() == told(run(0)) == told(dead(0)) == told(silent(0, days=9)) == []
    assert told(run(0), run(5)) == told(dead(0), dead(5, 410)) == []


def test_move_is_told_with_its_proofs() -> None:
    """Both ends, how they ended, and the records."""
    [change] = changes((run(0), run(3, TWO)))
    assert (change.uri_r, change.kind, change.at) == (LINK, MOVED, DAY + dt.timedelta(days=3))
    assert (change.before, change.before_outcome) == (ONE, Outcome.OK)
    assert (change.after, change.after_outcome) == (TWO, Outcome.OK)
    assert change.record_ids == ("urn:uuid:0", "urn:uuid:3-short", "urn:uuid:3")


@pytest.mark.parametrize(
    "other",
    [
        ONE + "?utm_source=feed&fbclid=x",
        ONE + "?PHPSESSID=af3",
        ONE + ";jsessionid=4F",
        ONE + "/?_=1716",
        ONE + "#part",
        "http://www.news.example/2022/story",
    ],
)
def test_other_spelling_is_no_move(other: str) -> None:
    """Tracking, sessions, scheme, slash and fragment do not make another page."""
    assert told(run(0), run(1, other), run(2)) == []


@pytest.mark.parametrize(
    "other", [ONE + "?id=2", ONE + "?sid2=1", "https://news.example/2023/story", ONE + "#!/b"]
)
def test_other_page_is_a_move(other: str) -> None:
    """What decides which page it is decides."""
    assert told(run(0), run(1, other)) == [(MOVED, 1)]


def test_swaying_link_is_told_once_each_way() -> None:
    """A link that leads here today and there tomorrow is no news every day."""
    sway = [run(day, TWO if day % 2 else ONE) for day in range(20)]
    assert told(*sway) == [(MOVED, 1), (MOVED, 2)]


def test_dead_answer_is_believed_at_once() -> None:
    """404 and 410 are the server's own word; so is its return."""
    assert told(run(0), dead(2), run(4)) == [(DIED, 2), (REVIVED, 4)]
    assert told(run(0), dead(2), dead(3, 410), run(4, TWO)) == [(DIED, 2), (REVIVED, 4)]


def test_failure_is_believed_the_second_time() -> None:
    """One timeout is nothing; two in a row, or one that lasts, are."""
    assert told(run(0), silent(2), run(3), silent(5), run(6)) == []
    assert told(run(0), silent(2, days=1)) == [(DIED, 2)]
    assert told(run(0), silent(2), silent(3, Outcome.DNS_ERROR)) == [(DIED, 2)]
    assert told(run(0), silent(2, Outcome.REFUSED), dead(3), run(9)) == [(DIED, 2), (REVIVED, 9)]


@pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
def test_refusal_says_nothing(status: int) -> None:
    """A server that is busy or wants a login did not lose its page."""
    refused = run(2, ONE, Outcome.REFUSED, status, days=30)
    assert told(run(0), refused, run(40)) == []
    assert told(run(0), refused, run(40, TWO)) == [(MOVED, 40)]


def test_page_taken_down_by_law_is_dead() -> None:
    """451 is a word about this page."""
    gone = run(2, ONE, Outcome.REFUSED, 451, days=1)
    assert told(run(0), gone) == [(DIED, 2)]


def test_front_page_instead_of_the_story_is_a_death() -> None:
    """If it lasts; a wall for consent or login is none."""
    front = "https://news.example/"
    assert told(run(0), run(2, last=front), run(3)) == []
    assert told(run(0), run(2, days=1, last=front), run(3)) == [(DIED, 2), (REVIVED, 3)]
    wall = run(2, days=30, last="https://consent.news.example/collect")
    assert told(run(0), wall, run(40)) == []


def test_target_too_large_to_keep_is_alive() -> None:
    """It answered."""
    assert told(run(0), run(2, ONE, Outcome.TOO_LARGE, days=3), run(9)) == []


_RUNS = st.builds(
    lambda target, outcome, status, days: (target, outcome, status, days),
    st.sampled_from([ONE, TWO, ONE + "?utm_id=1"]),
    st.sampled_from(list(Outcome)),
    st.sampled_from([None, 200, 403, 404, 451, 503]),
    st.integers(0, 2),
)


@given(st.lists(_RUNS, max_size=12))
def test_events_alternate_and_add_up(
    ways: list[tuple[str, Outcome, int | None, int]],
) -> None:
    """A link dies alive and revives dead; each event begins where the last one ended."""
    history = [
        run(day * 5, target, outcome, status, days=days)
        for day, (target, outcome, status, days) in enumerate(ways)
    ]
    found = changes(history)
    alive = bool(found) and found[0].kind is not REVIVED  # it may have been dead when first asked
    for each in found:
        assert (each.kind is REVIVED) is not alive
        alive = each.kind is not DIED
    assert [each.at for each in found] == sorted(each.at for each in found)
    assert changes(history) == found
