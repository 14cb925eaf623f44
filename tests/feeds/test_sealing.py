"""Is what an author keeps from the public kept, and never published?"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from archiver.models import (
    Branch,
    Difference,
    Link,
    LinkView,
    Observed,
    Revision,
    RevisionKind,
    ThreadView,
)
from feeds.sealing import unsealed
from tests.feeds import views
from tests.feeds.archive import Archive

ASKED = "its author asks not to be shown to those who are not logged in"


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    """An empty archive."""
    made = Archive(tmp_path / "data")
    yield made
    made.close()


def sealed(view: ThreadView, *positions: int) -> ThreadView:
    """Seal posts by their position."""
    posts = tuple(
        dataclasses.replace(each, post=dataclasses.replace(each.post, sealed=ASKED))
        if each.position in positions
        else each
        for each in view.thread.posts
    )
    return dataclasses.replace(view, thread=dataclasses.replace(view.thread, posts=posts))


def with_reply() -> ThreadView:
    """Give a thread of one post with a reply that holds a link of its own and was edited."""
    link = Link("https://reply.example/")
    reply = views.post(2, "A reply", branch=Branch.SIDE, links=(link,))
    view = views.view((views.post(1, "The thread"), reply))
    change = Revision(RevisionKind.EDITED, reply.post.id, views.CHANGED, (), reply.post, reply.post)
    return dataclasses.replace(view, links=(LinkView(link.uri_r),), revisions=(change,))


def test_open_thread_is_published_whole() -> None:
    """Nothing is taken out where nothing is sealed."""
    view = with_reply()
    assert unsealed(view) is view


def test_words_of_a_sealed_post_are_quoted_by_no_witness() -> None:
    """What differed between two witnesses is told of open posts only."""
    view = sealed(with_reply(), 2)
    told = tuple(
        Difference("https://nitter.example/1", each.post.id, "text", "here", "there")
        for each in view.thread.posts
    )
    seen = Observed(views.CAPTURED, "mastodon", view.thread.completeness, told, ())
    shown = unsealed(dataclasses.replace(view, observations=(seen,)))
    assert shown is not None and shown.observations[0].differences == told[:1]


def test_page_on_the_platform_is_not_shown_with_a_sealed_post_on_it() -> None:
    """Its picture shows all words."""
    view = dataclasses.replace(with_reply(), page=views.link("https://a", "https://a").snapshot)
    assert unsealed(view) == view and view.page is not None
    shown = unsealed(sealed(view, 2))
    assert shown is not None and shown.page is None


def test_sealed_reply_goes_with_all_that_is_its_own() -> None:
    """Its words also stand in its revisions, and its links in the list of links."""
    shown = unsealed(sealed(with_reply(), 2))
    assert shown is not None
    assert [each.post.text for each in shown.thread.posts] == ["The thread"]
    assert (shown.links, shown.revisions) == ((), ())


def test_thread_whose_first_post_is_sealed_is_not_published() -> None:
    """What would be left is not the thread."""
    assert unsealed(sealed(with_reply(), 1)) is None


def test_sealing_removes_what_was_published(archive: Archive) -> None:
    """An author may ask for it later."""
    view = with_reply()
    archive.keep(view)
    archive.publish()
    page = archive.public / "t" / view.thread.id / "index.html"
    assert page.exists()
    archive.keep(sealed(view, 1))
    archive.publish()
    assert not page.exists()
    assert "The thread" not in (archive.public / "feeds" / "all.json").read_text()
