"""Each post is an entry of its own that moves with its post alone."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest

from archiver.models import Link, PostState, RevisionKind, StoredPost, ThreadView
from feeds import clean, posts
from feeds.entry import Entry, Reply
from feeds.posts import posts_of
from tests.feeds import feed_rules, views
from tests.feeds.changed import GONE, MEMENTO, changed, revision


def of(view: ThreadView, *, base_url: str = views.BASE) -> tuple[Entry, ...]:
    """Make the entries as publish does."""
    return posts_of(view, base_url=base_url, media=views.copies(view))


def with_post(view: ThreadView, number: int, **changes: Any) -> ThreadView:
    """Give the view with one of its posts (from 1) changed."""
    held = list(view.thread.posts)
    held[number - 1] = dataclasses.replace(
        held[number - 1], post=dataclasses.replace(held[number - 1].post, **changes)
    )
    return with_posts(view, held)


def with_posts(view: ThreadView, held: list[StoredPost]) -> ThreadView:
    """Give the view with other posts."""
    return dataclasses.replace(view, thread=dataclasses.replace(view.thread, posts=tuple(held)))


def test_each_post_of_the_thread_is_an_entry() -> None:
    """Not those of strangers, and no gap: there is nothing to read."""
    made = of(views.typical())
    assert [each.post.position for each in made if each.post] == [1, 2, 3, 4, 6]
    assert len({each.id for each in made}) == 5
    assert made[1].url == f"{views.BASE}/t/{views.typical().thread.id}/#p2"
    assert made[1].via_url == "https://social.example/@icij/2"
    assert made[0].tags == ("XinjiangPoliceFiles",)


def test_title_says_who_and_which_post() -> None:
    """A list of alerts can be read without opening any."""
    assert of(views.typical())[1].title == (
        "ICIJ (@icij), post 2: Seen at https://gone.example/x & more"
    )
    assert of(views.view([views.post(1, " ")]))[0].title == "ICIJ (@icij), post 1"
    assert of(views.view([views.post(1, " ")]))[0].summary == "Post 1."


def test_content_warning_stands_in_title_and_body_and_gives_nothing_away() -> None:
    """Readers drop <details>."""
    (made,) = of(views.covered())
    assert made.title == "Content warning: Violence – ICIJ (@icij), post 1"
    assert made.summary == "Content warning: Violence"
    assert "<strong>Content warning: Violence</strong>" in made.html
    assert made.image is None
    assert made.source.warnings == ("Violence",)


def test_reply_names_the_entry_that_it_answers() -> None:
    """Within the thread; the root answers nothing that we publish."""
    first, second, *_ = of(changed())
    assert first.in_reply_to is None
    assert second.in_reply_to == Reply(first.id, first.url)
    stray = views.view([views.post(1, parent_id="https://elsewhere.example/1")])
    assert of(stray)[0].in_reply_to is None
    itself = views.view([views.post(1, parent_id=views.post(1).post.id)])
    assert of(itself)[0].in_reply_to is None


def test_ids_outlive_edits_renames_and_moves() -> None:
    """They are made of the platform's own ids."""
    view = views.typical()
    ids = [each.id for each in of(view)]
    renamed = dataclasses.replace(views.ICIJ, handle="new", name="New", url="https://n.example")
    other = with_post(with_post(view, 1, text="Edited", author=renamed), 2, url="https://n.example")
    other = dataclasses.replace(other, thread=dataclasses.replace(other.thread, author=renamed))
    assert [each.id for each in of(other, base_url="https://b.example")] == ids


def test_one_more_post_leaves_the_others_as_they_are() -> None:
    """Archive documents are never to change, and readers shall not see 500 posts as updated."""
    view = views.long(20)
    more = with_posts(view, [*view.thread.posts, views.post(21)])
    later = dataclasses.replace(
        more.thread, updated_at=views.CHANGED, last_captured_at=views.CHANGED, title="Other"
    )
    assert of(dataclasses.replace(more, thread=later))[:20] == of(view)


def test_times_are_those_of_the_post() -> None:
    """Written when it says, updated when we saw it change."""
    made = of(changed())
    assert made[0].published == views.WRITTEN
    assert made[0].updated == views.CAPTURED
    assert made[1].updated == views.CHANGED
    late = of(views.view([views.post(1, created_at=views.CAPTURED + dt.timedelta(days=1))]))
    assert late[0].published == views.CAPTURED


def test_lost_post_keeps_its_entry_with_its_last_words() -> None:
    """And says since when it is gone, so that a tombstone can be made of it."""
    lost = of(changed())[2]
    assert lost.post is not None
    assert (lost.post.state, lost.post.gone_at) == (PostState.VANISHED, views.CHANGED)
    assert lost.updated == views.CHANGED
    assert "It was said" in lost.html
    assert lost.summary == "It was said (gone since)"
    undated = views.view([views.post(1, state=PostState.VANISHED)])
    (found,) = of(undated)
    assert found.post is not None
    assert found.post.gone_at == views.CAPTURED


def test_restored_post_is_there() -> None:
    """Its time is that of its return, later than any tombstone."""
    back = of(changed())[3]
    assert back.post is not None
    assert back.post.gone_at is None
    assert back.updated == views.CHANGED


def test_post_has_its_own_links_and_media_only() -> None:
    """Also one that an earlier post has already; with copies and who else has one."""
    made = of(views.long(3))
    assert [len(each.links) for each in made] == [1, 1, 1]
    assert all("archived copy," in each.html for each in made)
    first = of(changed())[0]
    assert [each.uri_r for each in first.links] == [views.SHORT, GONE]
    assert f'<a href="{MEMENTO}"><bdi>a copy of another archive, web.example, of' in first.html
    pictured = of(views.typical())
    assert [len(each.attachments) for each in pictured] == [1, 0, 1, 0, 0]
    twice = views.view([views.post(n, media=(views.picture(1),)) for n in (1, 2)])
    assert [len(each.attachments) for each in of(twice)] == [1, 1]


def test_foot_says_capture_fixity_and_where_the_evidence_is() -> None:
    """The digest is that of the post alone."""
    made = of(views.typical())[1]
    assert "First captured 24 May 2022, 14:03 UTC." in made.html
    assert f"<code>{made.source.digest}</code>" in made.html
    assert f'{views.BASE}/t/{made.source.thread_id}/#evidence">' in made.html
    assert made.source.completeness is None


def test_post_written_from_right_to_left_says_so() -> None:
    """By its language, or by its letters."""
    (made,) = of(views.uyghur())
    assert made.rtl
    assert '<div dir="rtl" lang="ug">' in made.html
    unnamed = views.view([views.post(1, "שלום", language=None)], language=None)
    assert of(unnamed)[0].rtl
    assert '<div dir="rtl">' in of(unnamed)[0].html


def test_huge_post_sends_readers_to_its_page() -> None:
    """An entry stays within what readers can take."""
    (made,) = of(views.view([views.post(1, "x" * 1_000_000)]))
    assert len(made.html) < 10_000
    assert "does not fit in this feed" in made.html


@pytest.mark.parametrize("kind", views.ALL)
def test_bodies_are_harmless(kind: str) -> None:
    """Of every kind of thread, hostile ones too."""
    for each in of(views.ALL[kind]()):
        assert not list(feed_rules.html_faults(each.title, each.html))
        assert clean.line(each.title, longest=10_000) == each.title


def test_tags_are_told_once() -> None:
    """Whatever their case."""
    view = views.view([views.post(1, hashtags=("#A", "b", " ", "a"))])
    assert of(view)[0].tags == ("A", "b")


def test_unknown_link_is_no_link_of_the_entry() -> None:
    """A post may have one that was never looked at."""
    view = views.view([views.post(1, links=(Link("https://new.example/"),))])
    assert of(view)[0].links == ()


def test_name_of_a_post() -> None:
    """As titles have it."""
    assert posts.name_of(views.ICIJ, 3) == "ICIJ (@icij), post 3"


def test_first_sight_is_no_update() -> None:
    """The revision that added the post does not move it."""
    view = views.one_post()
    first = revision(RevisionKind.ADDED, None, view.thread.posts[0].post)
    assert of(dataclasses.replace(view, revisions=(first,)))[0].updated == views.CAPTURED
