"""A thread becomes an entry that says the same for as long as the thread is the same."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest

from archiver.core.ids import entry_id
from archiver.models import Branch, Media, MediaKind, Outcome, ThreadView
from feeds.document import Entry, entry_of
from tests.feeds import views


def entry(view: ThreadView, **media: str) -> Entry:
    """Make an entry as publish does."""
    return entry_of(view, base_url=views.BASE, media=media or views.copies(view))


def with_thread(view: ThreadView, **changes: Any) -> ThreadView:
    """Give the view with fields of its thread changed."""
    return dataclasses.replace(view, thread=dataclasses.replace(view.thread, **changes))


def test_entry_says_where_it_comes_from() -> None:
    """Page, original, author, tags and evidence of the typical thread."""
    made = entry(views.typical())
    thread = views.typical().thread
    assert made.id == entry_id(thread.id)
    assert made.url == f"{views.BASE}/t/{thread.id}/"
    assert made.via_url == "https://social.example/@icij/1"
    assert [(p.name, p.url) for p in made.authors] == [
        ("ICIJ (@icij)", "https://social.example/@icij")
    ]
    assert made.tags == ("xinjiang", "XinjiangPoliceFiles")
    assert (made.source.posts, made.source.replies) == (5, 1)
    assert (made.source.edited, made.source.vanished) == (1, 1)
    assert ("https://media.example/1.jpg", "sha256:" + "cd" * 32) in made.source.digests
    assert (views.TARGET, "sha256:" + "ab" * 32) in made.source.digests


def test_recapture_without_change_changes_nothing() -> None:
    """The time of the last capture never enters an entry, so feeds stay byte-identical."""
    view = views.typical()
    later = with_thread(view, last_captured_at=views.CHANGED + dt.timedelta(days=30))
    seen_again = tuple(
        dataclasses.replace(each, last_seen_at=views.CHANGED) for each in view.thread.posts
    )
    assert entry(with_thread(later, posts=seen_again)) == entry(view)


def test_order_of_stored_copies_does_not_matter() -> None:
    """A database may give rows in any order."""
    view = views.ten_pictures()
    assert entry(dataclasses.replace(view, media=view.media[::-1])) == entry(view)


def test_id_survives_rename_move_and_edit() -> None:
    """Handle, host of the archive, URL and text may change; the id does not."""
    view = views.typical()
    renamed = dataclasses.replace(
        view.thread.author, handle="new", name="New", url="https://n.example"
    )
    changed = with_thread(view, author=renamed, url="https://n.example/1", title="Edited")
    assert entry(changed).id == entry(view).id
    moved = entry_of(view, base_url="https://archive.example", media={})
    assert moved.id == entry(view).id


@pytest.mark.parametrize(
    ("created", "published"),
    [
        (views.WRITTEN, views.WRITTEN),
        (None, views.CAPTURED),
        (views.CAPTURED + dt.timedelta(days=1), views.CAPTURED),
        (dt.datetime(1, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=5))), views.CAPTURED),
    ],
)
def test_published_is_when_the_root_was_written(
    created: dt.datetime | None, published: dt.datetime
) -> None:
    """Unless the platform claims what cannot be: a time after we saw it, or before the web."""
    assert entry(views.view([views.post(1, created_at=created)])).published == published


def test_updated_moves_with_the_thread() -> None:
    """It is the time of the newest revision."""
    assert entry(views.typical()).updated == views.CHANGED
    assert entry(views.one_post()).updated == views.CAPTURED


def test_thread_without_a_title_is_named_by_its_text_or_author() -> None:
    """There is always a title."""
    assert entry(with_thread(views.one_post(), title="\x00 ")).title == "All of it."
    assert entry(views.view([views.post(1, " ")], title="")).title == "Thread by ICIJ (@icij)"
    assert entry(views.empty()).title == "Thread by ICIJ (@icij)"


def test_content_warning_stands_in_the_title() -> None:
    """Readers drop <details>, so the title warns and gives nothing away."""
    made = entry(views.covered())
    assert made.title == "Content warning: Violence – Thread by ICIJ (@icij)"
    assert "Secret" not in made.title + made.summary
    assert made.source.warnings == ("Violence",)


def test_title_taken_from_covered_text_is_not_shown() -> None:
    """Some platforms give no title, so the stored one is the beginning of the text."""
    covered = with_thread(views.covered(), title="Secret…")
    assert entry(covered).title == "Content warning: Violence – Thread by ICIJ (@icij)"
    titled = with_thread(views.covered(), title="What happened")
    assert entry(titled).title == "Content warning: Violence – What happened"


def test_summary_says_how_the_thread_stands() -> None:
    """A newsroom sees in the list what was lost."""
    assert entry(views.typical()).summary.endswith(
        "(5 posts, 1 missing; 1 gone since; 2 links, 1 not live)"
    )


def test_links_of_strangers_are_not_ours_to_give() -> None:
    """Only links of the thread itself are listed: replies may be spam."""
    made = entry(views.typical())
    assert [link.uri_r for link in made.links] == [views.SHORT, "https://gone.example/x"]


def test_link_says_where_it_led_and_where_the_copy_is() -> None:
    """Target, title, hops, outcome and archived copy of a link."""
    found = entry(views.typical()).links[0]
    assert (found.target, found.title) == (views.TARGET, "The Xinjiang Police Files")
    assert (found.outcome, found.hops, found.state) == (Outcome.OK, 1, "live")
    assert found.uri_m == f"{views.BASE}/web/20220524140300/{views.TARGET}"
    assert found.host == "icij.org"


def test_every_outcome_has_a_word() -> None:
    """The list of outcomes is closed, and each can be said."""
    states = {link.state for link in entry(views.everything_failed()).links}
    assert len(states) == len(Outcome) + 1
    assert "not followed yet" in states


def test_refusal_kept_as_evidence_is_no_copy_of_the_page() -> None:
    """It has an address, but is not called whole, and its title is not the target's."""
    found = entry(views.everything_failed()).links[1]
    assert found.uri_m is not None
    assert not found.whole
    assert found.title == "dead.example"


def test_attachments_are_what_we_hold() -> None:
    """Type by what was published, size by the row of the copy; each with its description."""
    made = entry(views.typical())
    first, film = made.attachments
    assert (first.mime, first.size_bytes, first.title) == ("image/jpeg", 2048, "Picture 1")
    assert (first.width, first.height, first.medium) == (640, 480, "image")
    assert (film.mime, film.size_bytes, film.medium) == ("video/mp4", None, "video")
    assert made.image == first.url


def test_what_we_hold_no_copy_of_is_no_attachment() -> None:
    """An enclosure promises a file of ours."""
    made = entry_of(views.typical(), base_url=views.BASE, media={})
    assert made.attachments == ()
    assert made.image is None


def test_covered_picture_is_not_the_picture_of_the_entry() -> None:
    """Readers show it before anybody has agreed to see it."""
    made = entry(views.covered())
    assert made.image is None
    assert [each.sensitive for each in made.attachments] == [True]


@pytest.mark.parametrize(
    ("published", "kind", "said", "mime", "medium"),
    [
        ("x.webp", MediaKind.IMAGE, "image/jpeg", "image/webp", "image"),
        ("x", MediaKind.IMAGE, "Image/PNG", "image/png", "image"),
        ("x", MediaKind.AUDIO, "nonsense", "application/octet-stream", "audio"),
        ("x", MediaKind.OTHER, "", "application/octet-stream", "document"),
        ("x", MediaKind.OTHER, "application/pdf", "application/pdf", "document"),
    ],
)
def test_media_type_is_never_missing(
    published: str, kind: MediaKind, said: str, mime: str, medium: str
) -> None:
    """RSS and JSON Feed demand one; what the platform said is the last resort."""
    media = Media(kind, "https://media.example/x", mime=said, width=-1, height=10**9)
    view = views.view([views.post(1, media=(media, media))])
    (made,) = entry(view, **{media.url: f"{views.BASE}/media/{published}"}).attachments
    assert (made.mime, made.medium) == (mime, medium)
    assert (made.width, made.height) == (None, None)


def test_media_of_replies_are_not_attached() -> None:
    """They belong to somebody else."""
    reply = views.post(2, branch=Branch.SIDE, media=(views.picture(2),))
    assert entry(views.view([views.post(1), reply])).attachments == ()


def test_language_is_the_threads_or_the_roots() -> None:
    """And none, rather than a wrong one."""
    assert entry(views.uyghur()).language == "ug"
    assert entry(with_thread(views.typical(), language=None)).language == "en"
    assert entry(with_thread(views.one_post(), language="no such")).language is None
    assert entry(with_thread(views.empty(), language=None)).language is None


def test_tags_are_told_once() -> None:
    """Whatever their case, and without the sign before them."""
    posts = [views.post(1, hashtags=("#A", "b", " ", "a")), views.post(2, hashtags=("B", "c"))]
    assert entry(views.view(posts, tags=("a",))).tags == ("a", "b", "c")
