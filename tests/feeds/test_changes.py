"""Whatever happens to a thread or its links is an entry; its first sight is none."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest

from archiver.core.worddiff import word_diff
from archiver.models import (
    Branch,
    Link,
    LinkChangeKind,
    LinkView,
    Media,
    MediaKind,
    Outcome,
    Post,
    Revision,
    RevisionKind,
    ThreadView,
)
from feeds import addresses
from feeds.changes import changes_of, diff
from feeds.document import document_of, everything
from feeds.entry import Entry
from feeds.post_parts import shown_as
from tests.feeds import feed_rules, views
from tests.feeds.changed import GONE, MEMENTO, SAID, added, changed, link_change, revision


def of(view: ThreadView, *, base_url: str = views.BASE) -> dict[str, Entry]:
    """Make the entries as publish does; by title."""
    made = changes_of(view, base_url=base_url, media=views.copies(view))
    return {each.title: each for each in made}


def only(view: ThreadView) -> Entry:
    """Give the one change of a thread."""
    (made,) = of(view).values()
    return made


def edit(before: Post, **changes: Any) -> ThreadView:
    """Give a thread of one post that was edited."""
    stored = views.post(1)
    after = dataclasses.replace(before, **changes)
    view = views.view([dataclasses.replace(stored, post=after)])
    return dataclasses.replace(view, revisions=(revision(RevisionKind.EDITED, before, after),))


def test_everything_that_happened_is_an_entry() -> None:
    """Named by what happened, to what; never the first sight."""
    assert set(of(changed())) == {
        "Edited: ICIJ (@icij), post 2: six files & more",
        "Gone: ICIJ (@icij), post 3: It was said",
        "Gone: ICIJ (@icij), post 4: Here again",
        "There again: ICIJ (@icij), post 4: Here again",
        "Renamed: Old name (@icij) is now ICIJ (@icij)",
        "Link leads elsewhere: bit.ly/3PFV01u → b.example",
        "Link back: bit.ly/3PFV01u → b.example",
        "Link dead: gone.example/x",
    }


def test_first_sight_is_no_change() -> None:
    """A thread that was just captured has an empty feed of changes."""
    view = views.typical()
    first = tuple(added(each.post) for each in view.thread.posts)
    assert of(dataclasses.replace(view, revisions=first)) == {}


def test_edit_shows_each_word_that_changed() -> None:
    """As <del> and <ins>, a space between; and says both in the summary, for lists."""
    made = of(changed())["Edited: ICIJ (@icij), post 2: six files & more"]
    assert "<del>ten</del> <ins>six</ins> files &amp; more" in made.html
    assert made.summary == "Before: ten files & more Now: six files & more"
    assert made.change is not None
    assert (made.change.at, made.change.seen_at) == (SAID, views.CHANGED)
    assert "By the platform’s word 24 May 2022, 15:03 UTC; seen 2 June 2022" in made.html
    assert "<code>urn:uuid:r1</code>" in made.html


def test_change_is_dated_by_when_we_saw_it() -> None:
    """An edit of long ago that we see today must stand among the newest."""
    for each in of(changed()).values():
        assert each.change is not None
        assert each.published == each.updated == each.change.seen_at


def test_edit_of_any_part_is_named() -> None:
    """Pictures, descriptions, links, warnings: each under its name."""
    picture = Media(MediaKind.IMAGE, "https://media.example/1.jpg", "One")
    before = dataclasses.replace(views.post(1).post, media=(picture,))
    made = only(edit(before, media=(dataclasses.replace(picture, alt="Two"),)))
    assert "<p>Descriptions of attachments:</p>" in made.html
    assert "<del>One</del> <ins>Two</ins>" in made.html


def test_edit_of_markup_alone_is_said_in_words() -> None:
    """There is nothing to show in a diff."""
    before = views.post(1).post
    made = only(edit(before, html="<p><b>Post 1.</b></p>"))
    assert "The words are the same; how they are marked up changed." in made.html
    assert made.summary == "Post 1."
    assert "<del>" not in made.html


def test_lost_post_keeps_its_words_and_pictures() -> None:
    """Our copies of them."""
    made = of(changed())["Gone: ICIJ (@icij), post 3: It was said"]
    copy = views.copies(changed())["https://media.example/1.jpg"]
    assert "The platform says that it is gone. Its last known text:" in made.html
    assert "<p>It was said</p>" in made.html
    assert f'<img src="{copy}"' in made.html
    assert "There again" not in made.html


def test_warning_stands_before_every_change_of_a_covered_post() -> None:
    """In the title, in the body; words and addresses are not given away by title or summary."""
    before = dataclasses.replace(views.post(1).post, text="Secret", content_warning="Violence")
    made = only(edit(before, text="Secret too"))
    assert made.title == "Content warning: Violence – Edited: ICIJ (@icij), post 1"
    assert made.summary == "Content warning: Violence"
    assert "<strong>Content warning: Violence</strong>" in made.html
    uncovered = only(edit(before, content_warning=""))
    assert "Secret" not in uncovered.title + uncovered.summary
    view = changed()
    first = view.thread.posts[0]
    covered = dataclasses.replace(first.post, content_warning="Violence")
    posts = (dataclasses.replace(first, post=covered), *view.thread.posts[1:])
    linked = dataclasses.replace(view, thread=dataclasses.replace(view.thread, posts=posts))
    assert "Content warning: Violence – Link dead: gone.example" in of(linked)


def test_covered_picture_of_a_lost_post_is_a_link() -> None:
    """Nobody sees it without choosing to."""
    lost = dataclasses.replace(views.post(1).post, media=(views.picture(1),), sensitive=True)
    view = views.view([dataclasses.replace(views.post(1), post=lost)])
    gone = revision(RevisionKind.VANISHED, lost, None)
    made = only(dataclasses.replace(view, revisions=(gone,)))
    assert "<img" not in made.html
    assert "Picture covered by its author" in made.html


RENAMED = "Renamed: Old name (@icij) is now ICIJ (@icij)"


def test_renaming_says_both_names() -> None:
    """It is of the account, so it leads to its page."""
    made = of(changed())[RENAMED]
    assert made.url == f"{views.BASE}/by/{addresses.account_key('mastodon', views.ICIJ.id)}/"
    assert made.change is not None
    assert (made.change.before, made.change.after) == ("Old name (@icij)", "ICIJ (@icij)")
    assert made.change.kind == "renamed"


def test_renaming_is_told_once_for_all_threads_of_the_account() -> None:
    """A hundred threads by one author must not bury all other changes."""
    view = changed()
    other = dataclasses.replace(view, thread=dataclasses.replace(view.thread, id="b" * 16))
    seen_later = tuple(
        dataclasses.replace(each, at=each.at + dt.timedelta(days=1)) for each in view.revisions
    )
    made = [*of(view).values(), *of(dataclasses.replace(other, revisions=seen_later)).values()]
    told = document_of(everything(views.BASE, "Room"), made)
    assert [each.title for each in told.entries].count(RENAMED) == 1


def test_link_that_changed_says_where_it_led_and_who_has_a_copy() -> None:
    """Another archive's copy is named as such."""
    made = of(changed())["Link dead: gone.example/x"]
    assert made.summary == "gone.example/x is dead now."
    assert f'<a href="{MEMENTO}"><bdi>a copy of another archive, web.example, of' in made.html
    assert [each.uri_r for each in made.links] == [GONE]
    moved = of(changed())["Link leads elsewhere: bit.ly/3PFV01u → b.example"]
    assert moved.summary == "bit.ly/3PFV01u led to a.example, and now leads to b.example."
    assert '<a href="https://a.example/">a.example</a>' in moved.html
    assert "archived copy, 24 May 2022" in moved.html
    back = of(changed())["Link back: bit.ly/3PFV01u → b.example"]
    assert back.summary == "bit.ly/3PFV01u was dead, and leads to b.example again."


def test_death_of_a_link_says_how() -> None:
    """Where it is more than gone; unsafe addresses are words only."""
    uri = "javascript:alert(1)"
    died = link_change(LinkChangeKind.DIED, uri, "https://a.example/", uri)
    died = dataclasses.replace(died, after_outcome=Outcome.DNS_ERROR)
    post = views.post(1, links=(Link(uri),))
    made = only(views.view([post], links=[LinkView(uri, changes=(died,))]))
    assert "led to " in made.summary
    assert made.summary.endswith("and is dead now: host name not found.")
    assert 'href="javascript' not in made.html


def page_change(kind: LinkChangeKind, **more: Any) -> Entry:
    """Give the entry of what became of a page at the end of a short link."""
    url = "https://a.example/story"
    change = dataclasses.replace(
        link_change(LinkChangeKind.MOVED, views.SHORT, url, url), kind=kind
    )
    link = dataclasses.replace(
        views.link(views.SHORT, url), changes=(dataclasses.replace(change, **more),)
    )
    return only(views.view([views.post(1, links=(Link(views.SHORT),))], links=[link]))


def test_page_that_reads_otherwise_is_told_word_by_word() -> None:
    """With its address, and marked up for whoever sees it."""
    made = page_change(LinkChangeKind.CHANGED, was="… ten <b> files", now="… six <b> files")
    assert made.title == f"Linked page changed: {shown_as(views.SHORT)} → a.example/story"
    assert "<del>ten</del> <ins>six</ins> &lt;b&gt; files" in made.html
    assert made.summary.endswith("which reads otherwise now.")


def test_page_that_looks_otherwise_says_how_much() -> None:
    """There are no words to compare."""
    made = page_change(LinkChangeKind.CHANGED, picture=0.314)
    assert made.summary.endswith("which looks otherwise now: 31% of its picture differs.")
    assert "<del>" not in made.html


def test_wall_before_a_page_is_told_and_its_end() -> None:
    """What is lost behind it is no edit."""
    wall = page_change(LinkChangeKind.WALLED, was="A long report", now="Subscribe")
    assert wall.title.startswith("Linked page behind a wall: ") and "<del>" not in wall.html
    assert wall.summary.endswith("which shows only its beginning now, and asks to subscribe.")
    assert page_change(LinkChangeKind.OPENED).summary.endswith("which can be read whole again.")


def test_changes_of_replies_and_their_links_are_not_told() -> None:
    """They are others' posts, and may be spam."""
    reply = views.post(2, branch=Branch.SIDE, links=(Link(GONE),))
    died = link_change(LinkChangeKind.DIED, GONE, GONE, GONE)
    view = views.view([views.post(1), reply], links=[LinkView(GONE, changes=(died,))])
    gone = revision(RevisionKind.VANISHED, reply.post, None)
    assert of(dataclasses.replace(view, revisions=(gone,))) == {}


def test_ids_outlive_renames_moves_and_new_captures() -> None:
    """They are made of thread, post or link, kind and times."""
    view = changed()
    before = {each.id for each in of(view).values()}
    who = dataclasses.replace(views.ICIJ, name="New", handle="new")
    thread = dataclasses.replace(view.thread, author=who, title="Other", url="https://n.example")
    again = dataclasses.replace(view, thread=thread, links=view.links[::-1])
    assert {each.id for each in of(again, base_url="https://b.example").values()} == before
    assert len(before) == 8


def test_two_edits_seen_at_once_are_two_entries() -> None:
    """A platform may tell of versions that we never saw ourselves."""
    post = views.post(1).post
    second, third = (dataclasses.replace(post, text=text) for text in ("two", "three"))
    seen: tuple[Revision, ...] = (
        revision(RevisionKind.EDITED, post, second, said_at=views.CAPTURED),
        revision(RevisionKind.EDITED, second, third, said_at=SAID),
    )
    view = views.view([dataclasses.replace(views.post(1), post=third)])
    assert len(of(dataclasses.replace(view, revisions=seen))) == 2
    assert len(of(dataclasses.replace(view, revisions=(*seen, seen[0])))) == 2


def test_change_of_a_text_from_right_to_left_says_so() -> None:
    """Its direction stands at the words, not at ours."""
    before = dataclasses.replace(views.post(1).post, text="شىنجاڭ ساقچى", language="ug")
    made = only(edit(before, text="شىنجاڭ ھۆججەتلىرى"))
    assert made.rtl
    assert '<div dir="rtl" lang="ug">' in made.html


def test_huge_change_sends_readers_to_the_page() -> None:
    """An entry stays within what readers can take."""
    made = only(edit(dataclasses.replace(views.post(1).post, text="x " * 200_000), text="y"))
    assert len(made.html) < 10_000
    assert "It does not fit in this feed" in made.html


def test_only_some_of_many_records_are_named() -> None:
    """All of them stand in the evidence for machines."""
    proof = tuple(f"urn:uuid:{number}" for number in range(9))
    gone = Revision(RevisionKind.VANISHED, views.post(1).post.id, views.CHANGED, proof)
    made = only(dataclasses.replace(views.one_post(), revisions=(gone,)))
    assert "<code>urn:uuid:2</code> and 6 more." in made.html
    assert made.change is not None
    assert made.change.record_ids == proof


def test_diff_is_harmless_and_keeps_lines() -> None:
    """Whatever was written."""
    written = diff(word_diff("a\n<b>&\x00", "a\n<i>&"))
    assert written.startswith("a<br>&lt;")
    assert "\x00" not in written
    assert "<b>" not in written


@pytest.mark.parametrize("text", [views.HOSTILE, "\ud83d", "", "</del><ins>", "x" * 3000])
def test_bodies_are_harmless(text: str) -> None:
    """Whatever stands in any field."""
    view = views.with_texts(changed(), lambda: text)
    for each in of(view).values():
        assert not list(feed_rules.html_faults(each.title, each.html))
        assert not list(feed_rules.plain_faults("title", each.title))


def test_revision_without_words_is_told_with_those_we_hold() -> None:
    """A record of old may name neither what was before nor what came."""
    bare = Revision(RevisionKind.VANISHED, views.post(1).post.id, views.CHANGED)
    made = only(dataclasses.replace(views.one_post(), revisions=(bare,)))
    assert "All of it." in made.html
    nameless = Revision(RevisionKind.RENAMED, "", views.CHANGED)
    told = only(dataclasses.replace(views.one_post(), revisions=(nameless,)))
    assert told.title == "Renamed: Unknown author is now Unknown author"
    text = dataclasses.replace(views.ICIJ, id="")
    thread = dataclasses.replace(views.one_post().thread, author=text)
    told = only(dataclasses.replace(views.one_post(), thread=thread, revisions=(nameless,)))
    assert told.url == f"{views.BASE}/t/{thread.id}/"
