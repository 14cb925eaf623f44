"""Is a page that reads or looks otherwise told, and noise not?"""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.core import fingerprint
from archiver.core.pagechanges import LONGEST, around, changes
from archiver.core.paywall import asks_to_pay, is_walled
from archiver.models import LinkChangeKind, Outcome, Snapshot, View, ViewKind

LINK = "http://short.example/x"
PAGE = "https://news.example/2022/story"
DAY = dt.datetime(2026, 5, 1, tzinfo=dt.UTC)
STORY = "The police kept files on ten thousand people. " * 8
CHANGED, WALLED, OPENED = (
    LinkChangeKind.CHANGED,
    LinkChangeKind.WALLED,
    LinkChangeKind.OPENED,
)


def copy(
    day: int,
    text: str = STORY,
    title: str = "Files",
    *,
    url: str = PAGE,
    outcome: Outcome = Outcome.OK,
    look: str = "",
) -> Snapshot:
    """A copy of the page of a day; `look` is the fingerprint of its picture."""
    views = (
        (View(ViewKind.FIRST, "urn:uuid:v", "image/png", 9, "sha256:0", fingerprint=look),)
        if look
        else ()
    )
    at = DAY + dt.timedelta(days=day)
    record = f"urn:uuid:{day}"
    return Snapshot(url, at, outcome, 200, None, record, title=title, text=text, views=views)


def told(*copies: Snapshot) -> list[tuple[LinkChangeKind, int]]:
    """Give kinds and days of the events."""
    return [(each.kind, (each.at - DAY).days) for each in changes(LINK, copies)]


def test_first_state_is_no_event() -> None:
    """Nor is one that stays."""
    assert told() == told(copy(0)) == told(copy(0), copy(1), copy(9)) == []


def test_changed_words_are_told_with_their_proofs() -> None:
    """Both texts where they differ, and both records."""
    [change] = changes(LINK, (copy(0, STORY + "It was ten."), copy(3, STORY + "It was six.")))
    assert (change.uri_r, change.kind, change.before, change.after) == (LINK, CHANGED, PAGE, PAGE)
    assert change.record_ids == ("urn:uuid:0", "urn:uuid:3")
    assert change.was.endswith("It was ten.")
    assert change.now.endswith("It was six.")
    assert change.was.startswith("… ")


def test_changed_headline_is_told() -> None:
    """Though the text is the same."""
    assert told(copy(0), copy(1, title="No files")) == [(CHANGED, 1)]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Read by 12 people", "Read by 4,312 people"),
        ("3 hours ago", "5 hours ago"),
        ("Files  kept", "files kept"),
    ],
)
def test_numbers_spaces_and_case_are_no_change(before: str, after: str) -> None:
    """They move by themselves."""
    assert told(copy(0, STORY + before), copy(1, STORY + after)) == []


def test_front_page_is_always_another() -> None:
    """It tells nothing of the link."""
    home = "https://news.example/"
    assert told(copy(0, url=home), copy(1, STORY + "More.", url=home)) == []


def test_two_headlines_on_trial_are_told_once() -> None:
    """To and fro is no news."""
    one, two = "One headline", "Another headline"
    days = [copy(day, title=two if day % 2 else one) for day in range(8)]
    assert told(*days) == [(CHANGED, 1)]


def test_restless_page_is_told_three_times_until_it_rests() -> None:
    """A list of newest posts would tell at each capture."""
    words = ("one", "two", "three", "four", "five", "six", "seven")
    restless = [copy(day, STORY + word) for day, word in enumerate(words)]
    assert told(*restless) == [(CHANGED, 1), (CHANGED, 2), (CHANGED, 3)]
    rests = copy(7, STORY + "seven"), copy(8, STORY + "an edit")
    assert told(*restless, *rests)[-1] == (CHANGED, 8)


def test_error_pages_are_no_change_of_the_page() -> None:
    """The link tells that it died; its words are not the page's."""
    gone = copy(1, "Not found", outcome=Outcome.DEAD)
    assert told(copy(0), gone, copy(2)) == []


def test_wall_is_told_once_and_its_end() -> None:
    """What is behind it is not compared with what is before it."""
    wall = STORY[:90] + " Subscribe to continue reading."
    copies = copy(0), copy(1, wall), copy(2, wall + " Now 50 % off!"), copy(3), copy(4)
    assert told(*copies) == [(WALLED, 1), (OPENED, 3)]


def test_short_text_without_an_offer_is_a_change_and_no_wall() -> None:
    """A report that was cut down is what readers must hear of."""
    assert told(copy(0), copy(1, STORY[:90])) == [(CHANGED, 1)]


@pytest.mark.parametrize(
    "end",
    [
        "Jetzt abonnieren und weiterlesen",
        "Cet article est réservé aux abonnés.",
        "Suscríbete para seguir leyendo",
        "Het vervolg is alleen voor abonnees",
        "この記事は有料会員限定です",
        "Только для подписчиков",
        "هذا المقال للمشتركين فقط",
    ],
)
def test_walls_of_many_languages_are_known(end: str) -> None:
    """With and without accents."""
    assert asks_to_pay(f"{STORY} {end}")
    assert is_walled(STORY, f"{STORY[:60]} {end}")


def test_report_on_walls_is_none() -> None:
    """Words in the middle of a long text ask nobody."""
    assert not asks_to_pay(f"They wrote: subscribe to continue. {STORY * 3}")


def test_page_without_words_is_compared_by_its_picture() -> None:
    """A map, a scan, a poster."""
    one, near, other = "f0" * 32, "f0" * 31 + "f1", "0f" * 32
    assert told(copy(0, "", "", look=one), copy(1, "", "", look=near)) == []
    [change] = changes(LINK, (copy(0, "", "", look=one), copy(1, "", "", look=other)))
    assert (change.kind, change.picture) == (CHANGED, 1.0)


def test_look_of_a_page_with_words_is_no_event_of_its_own() -> None:
    """Yet a change of its words says how much else is other."""
    one, other = "f0" * 32, "0f" * 32
    assert told(copy(0, look=one), copy(1, look=other)) == []
    [change] = changes(LINK, (copy(0, look=one), copy(1, STORY + "More.", look=other)))
    assert change.picture == 1.0


@given(st.text(), st.text(), st.text(max_size=300), st.text(max_size=300))
def test_what_differs_is_never_cut_away(head: str, tail: str, one: str, other: str) -> None:
    """However the texts begin and end."""
    was, now = around(head + one + tail, head + other + tail)
    assert (was == now) == (one == other)
    assert max(len(was), len(now)) <= LONGEST + 4


@given(st.lists(st.integers(0, 255), min_size=272, max_size=272), st.integers(1, 3))
def test_fingerprint_outlives_another_brightness(grey: list[int], steps: int) -> None:
    """All points darker is the same picture."""
    darker = [value // 2 * 2 for value in grey]
    assert fingerprint.difference(
        fingerprint.of_grey(darker), fingerprint.of_grey([value + steps for value in darker])
    ) == 0  # fmt: skip


def test_pictures_that_cannot_be_compared_are_not() -> None:
    """One is missing, or the fingerprint is of another make."""
    assert fingerprint.difference("", "f0" * 32) is None
    assert fingerprint.difference("zz" * 32, "f0" * 32) is None
    with pytest.raises(ValueError, match="272 are needed"):
        fingerprint.of_grey([0])
