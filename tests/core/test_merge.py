"""What does core.merge say happened to a thread?"""

from __future__ import annotations

import dataclasses

from hypothesis import given
from hypothesis import strategies as st

from archiver.core.merge import HOLE, merge
from archiver.models import (
    Author,
    Branch,
    Link,
    Media,
    MediaKind,
    Poll,
    PollOption,
    PostState,
    Quote,
    Revision,
    RevisionKind,
    Thread,
    ThreadObservation,
)
from tests.core.threads import AUTHOR, at, observation, post


def kinds(revisions: tuple[Revision, ...]) -> list[tuple[str, str]]:
    """Give what happened in short."""
    return [(str(each.kind), each.post_id) for each in revisions]


def merged(*seen: ThreadObservation) -> Thread:
    """Merge several observations one after the other."""
    thread: Thread | None = None
    for each in seen:
        thread, _ = merge(thread, each)
    assert thread is not None
    return thread


def states(thread: Thread) -> list[tuple[str, str]]:
    """Give each post with its state, in order."""
    return [(each.post.id, str(each.state)) for each in thread.posts]


def test_new_thread_adds_every_post() -> None:
    """The first observation gives one added revision for each post, with its proof."""
    thread, revisions = merge(None, observation(post("a"), post("b")))
    assert kinds(revisions) == [("added", "a"), ("added", "b")]
    assert revisions[0].record_ids == ("urn:uuid:0",)
    assert [each.position for each in thread.posts] == [1, 2]


def test_growing_thread_keeps_its_id_and_moves() -> None:
    """A new post is added; updated_at moves and nothing else is said to have happened."""
    first, _ = merge(None, observation(post("a")))
    second, revisions = merge(first, observation(post("a"), post("b"), hours=2))
    assert kinds(revisions) == [("added", "b")]
    assert (second.id, second.updated_at) == (first.id, at(2))


def test_recapture_without_change_does_not_move() -> None:
    """Nothing new: no revision, updated_at stays, last_captured_at moves."""
    first, _ = merge(None, observation(post("a")))
    second, revisions = merge(first, observation(post("a"), hours=3))
    assert revisions == ()
    assert (second.updated_at, second.last_captured_at) == (at(0), at(3))


def test_edit_keeps_what_stood_before() -> None:
    """Both texts stand in the revision; the thread shows the new one."""
    first, _ = merge(None, observation(post("a", "old")))
    second, revisions = merge(first, observation(post("a", "new"), hours=1))
    assert kinds(revisions) == [("edited", "a")]
    assert revisions[0].before is not None and revisions[0].before.text == "old"
    assert revisions[0].after is not None and revisions[0].after.text == "new"
    assert states(second) == [("a", "edited")]


def test_edited_stays_edited() -> None:
    """A post that was once edited is not shown as untouched later."""
    thread = merged(
        observation(post("a", "old")),
        observation(post("a", "new"), hours=1),
        observation(post("a", "new"), hours=2),
    )
    assert states(thread) == [("a", "edited")]


def test_votes_are_no_edit() -> None:
    """Counts move all the time; only the author's words make a revision."""
    few = dataclasses.replace(post("a"), poll=Poll((PollOption("yes", 1),)))
    many = dataclasses.replace(post("a"), poll=Poll((PollOption("yes", 99),)))
    first, _ = merge(None, observation(few))
    second, revisions = merge(first, observation(many, hours=1))
    assert revisions == ()
    assert second.posts[0].post.poll == many.poll


def test_vanished_post_keeps_its_body() -> None:
    """What the platform says is gone stays here, with the time."""
    first, _ = merge(None, observation(post("a"), post("b", "kept"), post("c")))
    second, revisions = merge(first, observation(post("a"), post("c"), hours=1, gone=["b"]))
    assert kinds(revisions) == [("vanished", "b")]
    assert states(second) == [("a", "present"), ("b", "vanished"), ("c", "present")]
    assert second.posts[1].post.text == "kept"
    assert second.posts[1].vanished_at == at(1)


def test_absence_is_no_deletion() -> None:
    """A post that is not shown, and not said to be gone, stays as it was."""
    first, _ = merge(None, observation(post("a"), post("b")))
    second, revisions = merge(first, observation(post("a"), hours=1))
    assert revisions == ()
    assert states(second) == [("a", "present"), ("b", "present")]


def test_vanishing_is_said_once() -> None:
    """Every later capture says `gone` again; only the first is a revision."""
    first = merged(observation(post("a"), post("b")), observation(post("a"), hours=1, gone=["b"]))
    second, revisions = merge(first, observation(post("a"), hours=2, gone=["b"]))
    assert revisions == ()
    assert second.posts[1].vanished_at == at(1)


def test_restored_post_is_a_revision() -> None:
    """A post that comes back is present again."""
    gone = merged(observation(post("a"), post("b")), observation(post("a"), hours=1, gone=["b"]))
    back, revisions = merge(gone, observation(post("a"), post("b"), hours=2))
    assert kinds(revisions) == [("restored", "b")]
    assert back.posts[1].vanished_at is None
    assert states(back)[1] == ("b", "present")


def test_post_restored_with_other_words_is_also_edited() -> None:
    """Both things happened."""
    gone = merged(observation(post("a"), post("b")), observation(post("a"), hours=1, gone=["b"]))
    _, revisions = merge(gone, observation(post("a"), post("b", "other"), hours=2))
    assert kinds(revisions) == [("restored", "b"), ("edited", "b")]


def test_gap_is_filled_by_the_post() -> None:
    """A gap is no revision; the post that fills it is added, never `edited`."""
    first, before = merge(None, observation(post("a"), post("b", gap=True), post("c")))
    assert kinds(before) == [("added", "a"), ("added", "c")]
    assert first.completeness.gaps == 1
    second, revisions = merge(first, observation(post("a"), post("b"), post("c"), hours=1))
    assert kinds(revisions) == [("added", "b")]
    assert revisions[0].before is None
    assert second.completeness.gaps == 0


def test_gap_shown_for_a_held_post_loses_nothing() -> None:
    """The platform shows a gap where we hold the body: the body stays."""
    first, _ = merge(None, observation(post("a"), post("b", "kept")))
    second, revisions = merge(first, observation(post("a"), post("b", gap=True), hours=1))
    assert revisions == ()
    assert second.posts[1].post.text == "kept"


def test_nameless_hole_beside_a_vanished_post_is_that_post() -> None:
    """Mastodon shows an orphan, not which post is missing: it must not count twice."""
    first, _ = merge(None, observation(post("a"), post("b"), post("c")))
    hole = post(f"{HOLE}c", gap=True)
    second, _ = merge(first, observation(post("a"), hole, post("c"), hours=1, gone=["b"]))
    assert states(second) == [("a", "present"), ("b", "vanished"), ("c", "present")]
    assert (second.completeness.captured, second.completeness.gaps) == (3, 0)


def test_side_branches_come_last() -> None:
    """Replies by others never stand between the posts of the thread."""
    seen = observation(post("a"), post("x", branch=Branch.SIDE), post("b"))
    thread, _ = merge(None, seen)
    assert [each.post.id for each in thread.posts] == ["a", "b", "x"]


def test_order_of_side_branches_stays() -> None:
    """Seen twice alike, replies by others stand in the same order (found by Hypothesis)."""
    first = observation(post("b", branch=Branch.SIDE))
    second = observation(post("c", branch=Branch.SIDE), post("a"))
    once, twice = merged(first, second), merged(first, second, second)
    assert states(once) == states(twice)


def test_rename_is_a_revision_of_its_own() -> None:
    """The author's new name is noted; no post was edited."""
    first, _ = merge(None, observation(post("a")))
    renamed = dataclasses.replace(AUTHOR, handle="@news@social.example")
    second, revisions = merge(first, observation(post("a"), hours=1, author=renamed))
    assert kinds(revisions) == [("renamed", "")]
    assert second.author == renamed


def test_author_who_is_not_shown_keeps_his_name() -> None:
    """An account that is gone has no name any more: that is no rename, and ours stays."""
    first, _ = merge(None, observation(post("a")))
    nameless = Author(id=AUTHOR.id)
    second, revisions = merge(first, observation(hours=1, author=nameless, gone=["a"]))
    assert kinds(revisions) == [("vanished", "a")]
    assert second.author == AUTHOR


def test_expected_never_falls_below_what_is_held() -> None:
    """After a deletion the platform counts one less; we still hold it."""
    thread = merged(
        observation(post("a"), post("b"), expected=2),
        observation(post("a"), hours=1, gone=["b"], expected=1),
    )
    assert (thread.completeness.expected, thread.completeness.captured) == (2, 2)


names = st.sampled_from("abcdefgh")
a_post = st.builds(
    post,
    names,
    st.sampled_from(["one", "two"]),
    gap=st.booleans(),
    branch=st.sampled_from(list(Branch)),
)
some_posts = st.lists(a_post, max_size=8, unique_by=lambda each: each.id)
observations = st.builds(
    lambda posts, gone, hours: observation(*posts, gone=gone, hours=hours),
    some_posts,
    st.lists(names, unique=True, max_size=4),
    st.integers(0, 9),
)


@given(st.lists(observations, min_size=1, max_size=5))
def test_nothing_that_was_held_is_ever_lost(seen: list[ThreadObservation]) -> None:
    """Every post that was once shown is still there with a body, and stands once."""
    thread = merged(*seen)
    shown = {each.id for one in seen for each in one.posts if not each.gap}
    held = [each.post.id for each in thread.posts if each.state is not PostState.GAP]
    assert set(held) == shown
    assert len(held) == len(set(held))
    assert [each.position for each in thread.posts] == list(range(1, len(thread.posts) + 1))


@given(st.lists(observations, min_size=1, max_size=4))
def test_merging_twice_equals_once(seen: list[ThreadObservation]) -> None:
    """A crawl that was killed and runs again must not make history up."""
    once = merged(*seen)
    gone = set(seen[-1].gone) & {each.id for each in seen[-1].posts if not each.gap}
    if gone:
        return  # a source never shows a post and says that it is gone
    twice, revisions = merge(once, seen[-1])
    assert revisions == ()
    assert twice.posts == once.posts
    assert twice.updated_at == once.updated_at


@given(st.lists(observations, min_size=1, max_size=5))
def test_revisions_tell_the_state(seen: list[ThreadObservation]) -> None:
    """The last vanished or restored revision of a post agrees with its state."""
    thread: Thread | None = None
    last: dict[str, RevisionKind] = {}
    for each in seen:
        thread, revisions = merge(thread, each)
        for revision in revisions:
            if revision.kind in (RevisionKind.VANISHED, RevisionKind.RESTORED):
                last[revision.post_id] = revision.kind
    assert thread is not None
    for stored in thread.posts:
        gone = last.get(stored.post.id) is RevisionKind.VANISHED
        assert (stored.state is PostState.VANISHED) == gone


def test_versions_in_between_are_told_one_by_one() -> None:
    """What the platform remembers between two captures is not lost."""
    first, _ = merge(None, observation(post("a", "one")))
    versions = [
        dataclasses.replace(post("a", text), edited_at=at(hour))
        for hour, text in ((1, "two"), (2, "three"), (3, "four"))
    ]
    seen = dataclasses.replace(
        observation(versions[-1], hours=9), history=(post("a", "one"), *versions[:-1])
    )
    _, revisions = merge(first, seen)
    told = [(each.before, each.after, each.said_at) for each in revisions]
    assert [(old.text, new.text, said) for old, new, said in told if old and new] == [
        ("one", "two", at(1)),
        ("two", "three", at(2)),
        ("three", "four", at(3)),
    ]
    assert {each.at for each in revisions} == {at(9)}


def test_known_versions_are_not_told_again() -> None:
    """A history that is read at each capture says each edit once."""
    versions = [
        dataclasses.replace(post("a", text), edited_at=at(hour))
        for hour, text in ((-3, "two"), (-2, "three"))
    ]
    seen = dataclasses.replace(observation(versions[-1]), history=(post("a", "one"), versions[0]))
    first, added = merge(None, seen)
    assert kinds(added) == [("added", "a"), ("edited", "a"), ("edited", "a")]
    assert merge(first, dataclasses.replace(seen, observed_at=at(1)))[1] == ()
    newest = dataclasses.replace(post("a", "four"), edited_at=at(2))
    third = dataclasses.replace(observation(newest, hours=3), history=(post("a", "one"), *versions))
    assert kinds(merge(first, third)[1]) == [("edited", "a")]


def picture(url: str, key: str = "") -> Media:
    """Make a picture."""
    return Media(MediaKind.IMAGE, url, alt="a map", key=key)


def test_picture_that_moved_is_no_edit() -> None:
    """The bytes are the same under another address."""
    first, _ = merge(
        None, observation(dataclasses.replace(post("a"), media=(picture("https://one/1", "b1"),)))
    )
    moved = dataclasses.replace(post("a"), media=(picture("https://two/1", "b1"),))
    assert merge(first, observation(moved, hours=1))[1] == ()
    other = dataclasses.replace(post("a"), media=(picture("https://two/1", "b2"),))
    assert kinds(merge(first, observation(other, hours=1))[1]) == [("edited", "a")]


def test_bare_record_does_not_take_what_the_platform_adds() -> None:
    """A warning of the platform's is not lost in an hour of its failure; an edit still counts."""
    warned = dataclasses.replace(post("a", "words"), content_warning="graphic-media")
    first, _ = merge(None, observation(warned))
    bare = dataclasses.replace(post("a", "words"), bare=True, sealed="asked")
    second, revisions = merge(first, observation(bare, hours=1))
    assert revisions == ()
    held = second.posts[0].post
    assert (held.content_warning, held.sealed, held.bare) == ("graphic-media", "asked", False)
    edited = dataclasses.replace(post("a", "other words"), bare=True)
    assert kinds(merge(second, observation(edited, hours=2))[1]) == [("edited", "a")]


def test_copied_picture_keeps_its_address() -> None:
    """Some platforms give a new one at each look; only a copy that failed is asked for anew."""
    one, two = "https://cdn/1?signed=a", "https://cdn/1?signed=b"
    first, _ = merge(None, observation(dataclasses.replace(post("a"), media=(picture(one, "k"),))))
    again = observation(dataclasses.replace(post("a"), media=(picture(two, "k"),)), hours=1)
    urls = [
        merge(first, again, copied=copied)[0].posts[0].post.media[0].url
        for copied in (frozenset({one}), frozenset[str]())
    ]
    assert urls == [one, two]


def test_nameless_hole_goes_when_the_whole_thread_is_seen() -> None:
    """What one way showed as unavailable, another names; the post must not be counted twice."""
    hole = post(f"{HOLE}a", gap=True)
    first, _ = merge(None, observation(post("a"), hole, post("c")))
    whole = observation(post("a"), post("b"), post("c"), hours=1, expected=3)
    second, _ = merge(first, whole)
    assert [each.post.id for each in second.posts] == ["a", "b", "c"]
    assert (second.completeness.expected, second.completeness.gaps) == (3, 0)
    partly = observation(post("a"), post("c"), hours=1)
    assert merge(first, partly)[0].completeness.gaps == 1


def test_cut_text_is_no_edit() -> None:
    """Some ways show only the beginning of a long post."""
    words = "word " * 60
    first, _ = merge(None, observation(post("a", words.strip())))
    cut = dataclasses.replace(post("a", words[:250].strip() + "…"), bare=True)
    second, revisions = merge(first, observation(cut, hours=1))
    assert (revisions, second.posts[0].post.text) == ((), words.strip())


def test_what_is_not_the_authors_is_no_edit() -> None:
    """The title of a card, a quote that is shown at last, an attachment under another address."""
    before = dataclasses.replace(
        post("a"),
        links=(Link("https://bit.ly/1", "Old title"),),
        quote=Quote("", "pending"),
        media=(picture("https://one/1"),),
    )
    first, _ = merge(None, observation(before))
    after = dataclasses.replace(
        before,
        links=(Link("https://bit.ly/1", "New title"),),
        quote=Quote("https://social.example/2"),
        media=(picture("https://one/1", "b1"),),
    )
    second, revisions = merge(first, observation(after, hours=1))
    assert revisions == ()
    moved = dataclasses.replace(after, media=(picture("https://two/1", "b1"),))
    assert merge(second, observation(moved, hours=2))[1] == ()
    other = dataclasses.replace(after, quote=Quote("https://social.example/3"))
    assert kinds(merge(second, observation(other, hours=2))[1]) == [("edited", "a")]


def test_author_that_is_shown_in_part_stays_whole() -> None:
    """Another way to the same platform knows no id."""
    first, _ = merge(None, observation(post("a")))
    partly = dataclasses.replace(AUTHOR, id="", name="")
    second, revisions = merge(first, observation(post("a"), hours=1, author=partly))
    assert (second.author, revisions) == (AUTHOR, ())
