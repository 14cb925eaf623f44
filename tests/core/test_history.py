"""Does a thread stand again as it stood, and is each change told?"""

from __future__ import annotations

import dataclasses
import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from archiver.core.history import as_of, changes, happened_at
from archiver.core.merge import merge
from archiver.models import Author, Branch, Media, MediaKind, Post, Revision, Thread
from tests.core.threads import AUTHOR, T0, at, observation, post

MINUTE = dt.timedelta(minutes=1)


def captured(*observations: object) -> tuple[Thread, tuple[Revision, ...]]:
    """Merge observations and collect what happened."""
    thread: Thread | None = None
    told: list[Revision] = []
    for each in observations:
        thread, revisions = merge(thread, each)  # type: ignore[arg-type]  # observations are given
        told += revisions
    assert thread is not None
    return thread, tuple(told)


def stood(thread: Thread, told: tuple[Revision, ...], when: dt.datetime) -> list[tuple[str, str]]:
    """Give texts and states at a time."""
    return [(each.post.text, str(each.state)) for each in as_of(thread, told, when).posts]


def written(name: str, text: str, minutes: int, edited: int | None = None) -> Post:
    """Make a post with the platform's own times, in minutes before the first capture."""
    return dataclasses.replace(
        post(name, text),
        created_at=T0 - minutes * MINUTE,
        edited_at=None if edited is None else T0 - edited * MINUTE,
    )


def test_edit_and_deletion_are_undone_back_to_their_times() -> None:
    """Before an edit its old text stands, before a deletion the post is there."""
    thread, told = captured(
        observation(post("a", "old"), post("b")),
        observation(post("a", "new"), post("b"), hours=1),
        observation(post("a", "new"), hours=2, gone=["b"]),
    )
    assert stood(thread, told, at(0)) == [("old", "present"), ("text of b", "present")]
    assert stood(thread, told, at(1)) == [("new", "edited"), ("text of b", "present")]
    assert stood(thread, told, at(2)) == [("new", "edited"), ("text of b", "vanished")]
    assert stood(thread, told, T0 - MINUTE) == []


def test_restored_post_was_gone_in_between() -> None:
    """Its state follows the times of both revisions."""
    thread, told = captured(
        observation(post("a"), post("b")),
        observation(post("a"), hours=1, gone=["b"]),
        observation(post("a"), post("b"), hours=2),
    )
    assert [stood(thread, told, at(hour))[1][1] for hour in (0, 1, 2)] == [
        "present",
        "vanished",
        "present",
    ]


def test_platform_tells_of_versions_before_the_first_capture() -> None:
    """Its history is believed for the times that it gives."""
    seen = dataclasses.replace(
        observation(written("a", "third", 30, edited=5)),
        history=(written("a", "first", 30), written("a", "second", 30, edited=20)),
    )
    thread, told = captured(seen)
    texts = [stood(thread, told, T0 - minutes * MINUTE)[0][0] for minutes in (25, 20, 10, 5)]
    assert texts == ["first", "second", "second", "third"]
    assert stood(thread, told, T0 - 31 * MINUTE) == []


def test_post_edited_before_we_saw_it_is_marked() -> None:
    """Without a history nobody knows what it said before, and that is said."""
    thread, told = captured(observation(written("a", "only", 30, edited=5)))
    then = as_of(thread, told, T0 - 10 * MINUTE)
    assert "1 of its posts were edited later" in then.completeness.reason


def test_author_has_the_name_of_that_time() -> None:
    """A renaming counts from when we saw it."""
    renamed = dataclasses.replace(AUTHOR, handle="@new@social.example")
    thread, told = captured(observation(post("a")), observation(post("a"), hours=1, author=renamed))
    assert as_of(thread, told, at(0)).author == AUTHOR
    assert as_of(thread, told, at(1)).author == renamed


def test_gap_counts_since_it_is_known() -> None:
    """It has no revision of its own."""
    thread, told = captured(
        observation(post("a")), observation(post("a"), post("b", gap=True), hours=1)
    )
    assert len(stood(thread, told, at(0))) == 1
    assert stood(thread, told, at(1))[1][1] == "gap"


def test_time_in_the_future_is_not_believed() -> None:
    """A post that we saw was there when we saw it, whatever its clock says."""
    thread, told = captured(observation(written("a", "words", -600)))
    assert happened_at(told[0]) == T0
    assert len(stood(thread, told, T0)) == 1


NAMES = st.sampled_from(["a", "b", "c", "d"])
SEEN = st.lists(
    st.tuples(st.dictionaries(NAMES, st.sampled_from(["x", "y", "z"])), st.sets(NAMES)),
    min_size=1,
    max_size=6,
)


@given(seen=SEEN)
def test_now_is_the_thread_itself(seen: list[tuple[dict[str, str], set[str]]]) -> None:
    """At the time of the last capture nothing is undone: texts, order and what is gone agree."""
    thread, told = captured(
        *(
            observation(
                post("root"),
                *(post(name, text) for name, text in shown.items()),
                hours=hour,
                gone=sorted(gone - shown.keys()),
            )
            for hour, (shown, gone) in enumerate(seen)
        )
    )
    then = as_of(thread, told, thread.last_captured_at)
    assert [(each.post, each.position, each.vanished_at) for each in then.posts] == [
        (each.post, each.position, each.vanished_at) for each in thread.posts
    ]


def test_changes_name_the_parts_that_differ() -> None:
    """Words, links and descriptions of pictures are told apart."""
    picture = Media(MediaKind.IMAGE, "https://social.example/1.png", alt="a map")
    before = dataclasses.replace(post("a", "ten files"), media=(picture,))
    after = dataclasses.replace(
        post("a", "six files", links=["https://bit.ly/1"]),
        media=(dataclasses.replace(picture, alt="a map of camps"),),
    )
    told = changes(before, after)
    assert [str(each.part) for each in told] == ["text", "links", "descriptions"]
    assert [(str(each.op), each.text) for each in told[2].pieces] == [
        ("kept", "a map"),
        ("added", " of camps"),
    ]


def test_change_of_markup_alone_is_told() -> None:
    """Two versions that say the same differ in something."""
    before = post("a", "words")
    after = dataclasses.replace(before, html="<p><b>words</b></p>")
    assert [str(each.part) for each in changes(before, after)] == ["markup"]
    assert changes(before, before) == ()


def test_side_branches_have_their_history_too() -> None:
    """What hangs beside the thread came at its own time."""
    side = post("s", branch=Branch.SIDE)
    other = dataclasses.replace(side, author=Author(id="x"))
    thread, told = captured(observation(post("a")), observation(post("a"), other, hours=1))
    assert len(stood(thread, told, at(0))) == 1
    assert len(stood(thread, told, at(1))) == 2


def test_gap_stood_there_if_something_that_was_there_hangs_on_it() -> None:
    """It is known since the capture, but the posts on both sides of it are older."""
    below = dataclasses.replace(written("c", "words", 30), parent_id="b")
    seen = observation(written("a", "words", 60), post("b", gap=True), below)
    thread, told = captured(seen)
    assert [state for _, state in stood(thread, told, T0 - 10 * MINUTE)] == [
        "present",
        "gap",
        "present",
    ]
    assert len(stood(thread, told, T0 - 40 * MINUTE)) == 1


def test_edit_is_not_older_than_a_capture_that_shows_the_old_words() -> None:
    """A server may claim any time for it."""
    edited = dataclasses.replace(written("a", "new", 60), edited_at=T0 - 30 * MINUTE)
    thread, told = captured(
        observation(written("a", "old", 60)),
        observation(written("a", "old", 60), hours=1),
        observation(edited, hours=2),
    )
    captures = [at(0), at(1), at(2)]
    assert as_of(thread, told, at(1), captures).posts[0].post.text == "old"
    assert as_of(thread, told, at(2), captures).posts[0].post.text == "new"
