"""Do pages show what else speaks of a thread: a witness, its own page, pictures, losses?"""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest

from archiver.models import (
    Difference,
    LinkChange,
    LinkChangeKind,
    Media,
    MediaCopy,
    MediaKind,
    Observed,
    Outcome,
    PostState,
    ThreadView,
    View,
    ViewKind,
)
from feeds.document import entry_of
from feeds.html import Site, thread_pages
from feeds.link_band import WIDTH, band_of
from feeds.media import kind_of
from tests.feeds import views
from tests.feeds.markup import Part, parse
from tests.feeds.test_pages import Only, edited

SITE = Site(views.BASE, "The reading room")
DAY = dt.timedelta(days=1)


def shown(view: ThreadView, place: str = "", copies: dict[str, str] | None = None) -> Part:
    """Give a page of a thread."""
    entries = Only(entry_of(view, base_url=views.BASE, media={}))
    path = f"t/{view.thread.id}/{place}index.html"
    pages = {page.path: page.content for page in thread_pages(view, entries, SITE, copies or {})}
    return parse(pages[path])


def picture(kind: ViewKind) -> View:
    """Give a picture that a browser made."""
    return View(kind, f"urn:uuid:{kind.value}", "image/jpeg", 10, "sha256:" + "ab" * 32, 400, 300)


def pictured() -> tuple[ThreadView, dict[str, str]]:
    """The typical thread, whose first target and own page a browser showed; and the copies."""
    view = views.typical()
    first, *others = view.links
    both = (picture(ViewKind.SCREENSHOT), picture(ViewKind.THUMBNAIL))
    assert first.snapshot is not None
    kept = dataclasses.replace(first.snapshot, views=both)
    page = dataclasses.replace(kept, url=view.thread.url)
    links = (dataclasses.replace(first, snapshot=kept), *others)
    copies = {each.record_id: f"media/{each.kind.value}.jpg" for each in both}
    return dataclasses.replace(view, links=links, page=page), copies


def test_link_stands_beside_a_small_picture_of_its_page() -> None:
    """The thumbnail where a browser made one; else the first letter of the outlet."""
    view, copies = pictured()
    page = shown(view, copies=copies)
    small = page.one("#p1 .links img.plate")
    assert small.attributes["src"] == "../../media/thumbnail.jpg"
    assert small.attributes["alt"] == ""
    assert page.one("#p2 .links .plate").attributes["data-initial"] == "G"


def test_page_of_links_shows_the_page_as_a_browser_saw_it() -> None:
    """The screenshot leads to the archived copy."""
    view, copies = pictured()
    screen = shown(view, "links/", copies).one("#l1 a.screen")
    assert screen.one("img").attributes["src"] == "../../../media/screenshot.jpg"
    assert "/web/" in screen.attributes["href"]


def test_evidence_shows_the_threads_own_page() -> None:
    """With its date, and the archived copy behind it."""
    view, copies = pictured()
    figure = shown(view, copies=copies).one(".evidence figure.screen")
    assert figure.one("img").attributes["src"] == "../../media/screenshot.jpg"
    assert "The thread on its platform, 24 May 2022, 14:03 UTC" in figure.words


def test_words_of_a_witness_stand_in_the_gap() -> None:
    """What only another witness shows is told where it is missing, by the newest capture."""
    view = views.typical()
    gap = next(each for each in view.thread.posts if each.state is PostState.GAP)
    told = Difference("https://reader.example/1", gap.post.id, "missing_here", "", "Only <here>")
    seen = (Observed(views.CAPTURED, "mastodon", view.thread.completeness, (told,)),)
    mark = shown(dataclasses.replace(view, observations=seen)).one(f"#p{gap.position} .witness")
    assert "reader.example/1: this post is missing on the platform." in mark.words
    assert "Only <here>" in mark.words


def test_lost_attachments_are_told_among_the_evidence() -> None:
    """A picture that answered 404 is no copy: its server's word is said, also in the history."""
    copy = MediaCopy(
        "https://media.example/1.jpg", Outcome.DEAD, "urn:uuid:m", None, "", 9, views.CAPTURED
    )
    view = dataclasses.replace(views.typical(), media=(copy,))
    lost = shown(view).one(".evidence .lost")
    assert "media.example/1.jpg: dead, its answer is kept, 24 May 2022" in lost.words
    history = shown(view, "history/").one("section[aria-labelledby=copies]")
    assert "dead, its answer is kept" in history.words


def test_film_has_its_subtitles() -> None:
    """A kept WebVTT file is a track of its film, and never shown as a picture."""
    film = Media(
        *(MediaKind.VIDEO, "https://m.example/f.mp4"), captions=("https://m.example/f.vtt",)
    )
    view = views.view([views.post(1, media=(film,))], name="film")
    copies = {film.url: "media/f.mp4", film.captions[0]: "media/f.vtt"}
    track = shown(view, copies=copies).one("video track")
    assert track.attributes["src"] == "../../media/f.vtt"
    assert track.attributes["kind"] == "captions"
    kind = kind_of(b"\xef\xbb\xbfWEBVTT\n\n00:01.000 --> 00:02.000\nA word")
    assert kind is not None and kind.mime == "text/vtt"


def test_all_changes_can_be_opened_at_once() -> None:
    """Where a post was edited, the head of its page leads to all changes; elsewhere it does not."""
    page = shown(edited())
    assert page.one(".ways .show-changes").attributes["href"] == "#changes"
    assert page.one("#p3 .edit a").attributes["href"] == "history/"
    assert not shown(views.typical()).all(".show-changes")


@pytest.mark.parametrize("days", [(1,), (1, 2, 300), (0, 0, 0), (1, 1, 2, 3, 5, 8)])
def test_band_of_states_is_as_wide_as_it_shall_be(days: tuple[int, ...]) -> None:
    """Each state has its place, none is too narrow to see, and together they fill the band."""
    kinds = (LinkChangeKind.DIED, LinkChangeKind.REVIVED)
    changes = tuple(
        LinkChange(
            *(views.SHORT, views.CAPTURED + DAY * day, kinds[number % 2]),
            *(views.TARGET, (Outcome.OK, Outcome.DEAD)[number % 2]),
            *(views.TARGET, (Outcome.DEAD, Outcome.OK)[number % 2]),
        )
        for number, day in enumerate(days)
    )
    pieces = band_of(dataclasses.replace(views.typical().links[0], changes=changes))
    assert len(pieces) == len(days) + 1
    assert [each.tone for each in pieces][:2] == ["live", "dead"]
    assert all(each.width >= 6 for each in pieces)
    assert pieces[0].x == 0
    assert [each.x + each.width for each in pieces] == [*(each.x for each in pieces[1:]), WIDTH]


def test_link_without_changes_has_no_band() -> None:
    """Nothing is drawn of a link that always stood the same."""
    assert band_of(views.typical().links[0]) == ()


def test_page_of_links_tells_what_tls_agreed_on() -> None:
    """Version and certificate of the connection on which the copy came, as text."""
    view = views.typical()
    entries = Only(entry_of(view, base_url=views.BASE, media={}))
    tls = {"urn:uuid:s1": (("Version", "TLSv1.3, AES"), ("Certificate", "CN=<icij.org>"))}
    pages = {page.path: page.content for page in thread_pages(view, entries, SITE, {}, tls)}
    story = parse(pages[f"t/{view.thread.id}/links/index.html"]).one("#l1")
    told = [each.words for each in story.all(".records dd")]
    assert told == ["TLSv1.3, AES", "CN=<icij.org>"]
