"""The whole thread stands in its entry, also where a reader drops what it does not know."""

from __future__ import annotations

import dataclasses

import pytest

from archiver.models import (
    Branch,
    Link,
    Media,
    MediaKind,
    Poll,
    PollOption,
    PostState,
    Quote,
    ThreadView,
)
from feeds.document import entry_of
from tests.feeds import feed_rules, views


def body(view: ThreadView, *, held: bool = True) -> str:
    """Give the HTML of an entry; with or without copies of its media."""
    media = views.copies(view) if held else {}
    return entry_of(view, base_url=views.BASE, media=media).html


@pytest.mark.parametrize("kind", views.ALL)
def test_body_is_harmless_and_absolute(kind: str) -> None:
    """Known elements, well nested, no styles, no events, no relative address."""
    assert not list(feed_rules.html_faults("body", body(views.ALL[kind]())))


def test_posts_stand_in_order_with_permalinks() -> None:
    """Each with the time it was written, ours and the original's address."""
    found = body(views.typical())
    anchors = [found.index(f"#p{number}") for number in range(1, 7)]
    assert anchors == sorted(anchors)
    assert '<time datetime="2022-05-24T05:00:00Z">24 May 2022, 05:00 UTC</time>' in found
    assert '<a href="https://social.example/@icij/1">original</a>' in found


def test_link_in_the_text_knows_its_copy() -> None:
    """Robust Links: the original, the copy and its date stand at the words."""
    assert (
        f'<a href="{views.SHORT}" data-originalurl="{views.SHORT}"'
        f' data-versionurl="{views.BASE}/web/20220524140300/'
        "https://www.icij.org/investigations/china-cables/?a=1&amp;b=2"
        '" data-versiondate="2022-05-24T14:03:00Z" rel="noopener noreferrer">bit.ly/3PFV01u</a>'
    ) in body(views.typical())


def test_each_link_has_one_visible_line() -> None:
    """Target, hops and copy; said once, under the first post that has the link."""
    found = body(views.typical())
    assert "bit.ly/3PFV01u</a> → <a href=" in found
    assert "<bdi>The Xinjiang Police Files</bdi></a> (icij.org, 1 redirect)" in found
    assert ">archived copy, 24 May 2022, 14:03 UTC</a>" in found
    assert body(views.long()).count("archived copy,") == 1


def test_dead_link_says_so() -> None:
    """In a word, with what it was."""
    found = body(views.typical())
    assert "no archived copy · <strong>dead</strong>" in found
    assert "the answer it gave, kept as evidence, 24 May 2022" in body(views.everything_failed())


def test_unsafe_link_is_words_only() -> None:
    """What no reader should follow is shown, not linked."""
    found = body(views.everything_failed())
    assert "javascript:alert(1)" in found
    assert 'href="javascript' not in found


def test_picture_is_our_copy_with_its_description() -> None:
    """With size and lazy loading."""
    found = body(views.typical())
    copy = views.copies(views.typical())["https://media.example/1.jpg"]
    wanted = f'<img src="{copy}" alt="Picture 1" width="640" height="480" loading="lazy">'
    assert wanted in found


def test_picture_without_copy_says_so() -> None:
    """It is shown from its original address as long as that lives."""
    found = body(views.typical(), held=False)
    assert '<img src="https://media.example/1.jpg"' in found
    assert "Picture (no copy was kept, from media.example)" in found


def test_film_is_a_link_behind_its_poster() -> None:
    """Many readers drop players; ours is a picture and words that lead to the copy."""
    view = views.typical()
    copies = views.copies(view)
    found = body(view)
    film, poster = (copies[f"https://media.example/film.{kind}"] for kind in ("mp4", "jpg"))
    assert f'<a href="{film}"><img src="{poster}" alt="A gate opens"' in found
    assert f'<a href="{film}">Video (our copy)</a>' in found
    without = body(view, held=False)
    assert "Video (no copy was kept, from media.example)</a>: A gate opens" in without


def test_animated_picture_is_a_picture() -> None:
    """A GIF is sometimes an image, sometimes a film."""
    gif = Media(MediaKind.GIF, "https://media.example/1.gif", mime="image/gif")
    assert '<img src="https://media.example/1.gif"' in body(
        views.view([views.post(1, media=(gif,))]), held=False
    )


def test_covered_picture_is_a_link() -> None:
    """The warning stands before the text; nobody sees the picture without choosing to."""
    found = body(views.covered())
    assert "<strong>Content warning: Violence</strong>" in found
    assert found.index("Content warning") < found.index("Secret words")
    assert "<img" not in found
    assert "Picture covered by its author (our copy)</a>: Picture 1" in found


def test_vanished_post_keeps_its_last_words() -> None:
    """One sentence says since when it is gone."""
    found = body(views.typical())
    gone = "This post was gone when the thread was captured on 2 June 2022, 10:00 UTC."
    assert found.index(gone) < found.index("It was said")
    undated = views.view([views.post(1, state=PostState.VANISHED)])
    assert "This post was gone when the thread was captured. Its last" in body(undated)


def test_gap_is_one_sentence() -> None:
    """A reader sees that something is missing, and where."""
    assert "A post is missing here: it is known to exist" in body(views.typical())


def test_edit_is_marked() -> None:
    """With its time, where the platform gives one."""
    assert "edited 2 June 2022, 10:00 UTC" in body(views.typical())
    assert "· edited</bdi></p>" in body(views.view([views.post(1, state=PostState.EDITED)]))


def test_poll_is_a_list() -> None:
    """Votes where the platform shows them."""
    found = body(views.typical())
    assert "<li>Yes: 12 votes</li>\n<li>No</li>" in found
    assert "12 voters, poll until 2 June 2022, 10:00 UTC" in found


def test_votes_of_an_open_poll_do_not_move_a_feed() -> None:
    """A vote is no change of the thread, so it shows once the poll was closed at a change."""
    view = views.typical()
    earlier = dataclasses.replace(view.thread, updated_at=views.CAPTURED)
    found = body(dataclasses.replace(view, thread=earlier))
    assert "<li>Yes</li>" in found
    assert "12 voters" not in found
    assert "poll until 2 June 2022, 10:00 UTC" in found


def test_open_poll_without_numbers_needs_no_line() -> None:
    """What is not known is not said."""
    bare = Poll((PollOption("Yes"),))
    assert "voters" not in body(views.view([views.post(1, poll=bare)]))
    several = dataclasses.replace(bare, multiple=True)
    assert "more than one answer" in body(views.view([views.post(1, poll=several)]))


def test_quote_is_quoted() -> None:
    """With author and address."""
    found = body(views.typical())
    assert '<blockquote dir="auto" cite="https://social.example/@z/9">' in found
    assert '<a href="https://social.example/@z/9">Adrian Zenz (@adrianzenz)</a>' in found


def test_quote_that_is_not_shown_says_why() -> None:
    """In the platform's word."""
    quote = Quote("at://x", state="blocked")
    found = body(views.view([views.post(1, quote=quote)]))
    assert "<p>Quoted post <em>The quoted post was not shown: blocked.</em></p>" in found


def test_replies_by_others_are_counted_only() -> None:
    """They stand on the page."""
    found = body(views.typical())
    assert "A stranger" not in found
    assert "and 1 reply beside the thread" in found


def test_foot_says_when_and_how_complete() -> None:
    """Captured, changed, complete or why not; page and original."""
    found = body(views.typical())
    assert "Captured 24 May 2022, 14:03 UTC from" in found
    assert "Last change seen 2 June 2022, 10:00 UTC." in found
    assert "1 post is gone since." in found
    assert "The server listed the whole thread." in found
    assert "5 posts, 1 missing." in found


def test_plain_text_becomes_paragraphs_with_links() -> None:
    """A source that gives no HTML loses neither its lines nor its links."""
    links = (Link("https://a.example/", "here"), Link("https://b.example/", "here"))
    post = views.post(1, "<one> here\nand here\n\ntwo", html="", links=links)
    assert (
        '<p>&lt;one&gt; <a href="https://a.example/" rel="noopener noreferrer">here</a><br>'
        'and <a href="https://b.example/" rel="noopener noreferrer">here</a></p><p>two</p>'
    ) in body(views.view([post]))


def test_words_of_an_unsafe_link_stay_words() -> None:
    """In plain text too."""
    post = views.post(1, "click here", html="", links=(Link("javascript:x", "here"),))
    assert "<p>click here</p>" in body(views.view([post]))


def test_languages_are_marked() -> None:
    """For screen readers and fonts; the direction follows the text."""
    assert '<div dir="auto" lang="ug">' in body(views.uyghur())


def test_other_author_is_named() -> None:
    """Where a post of the thread is not by its author's present name."""
    other = dataclasses.replace(views.ICIJ, name="Old name")
    posts = [views.post(1), views.post(2, author=other)]
    assert body(views.view(posts)).count("· <bdi>Old name (@icij)</bdi>") == 1


def test_huge_thread_sends_readers_to_its_page() -> None:
    """An entry stays within what readers can take, and says what it leaves out."""
    found = body(views.long(3_000))
    assert len(found) < 1_000_000
    assert " posts do not fit in this feed" in found
    assert not list(feed_rules.html_faults("body", found))


def test_single_post_left_out_is_counted_rightly() -> None:
    """One post does, two posts do."""
    huge = views.post(1, "x" * 900_000)
    assert "1 post does not fit" in body(views.view([huge]))
    found = body(views.view([huge, views.post(2)]))
    assert "2 posts do not fit" in found
    assert "xxx" not in found


def test_thread_without_its_own_posts_is_still_an_entry() -> None:
    """It says so, and where the replies are."""
    found = body(views.view([views.post(1, branch=Branch.SIDE)]))
    assert "0 posts" in found
    assert "1 reply beside the thread" in found
    assert "<ol>" not in found


def test_our_own_words_keep_their_order_among_words_from_right_to_left() -> None:
    """A date or a count beside Arabic would be turned around."""
    found = body(views.uyghur())
    assert '<div dir="rtl" lang="ug">\n<ol>' in found
    assert "<p><bdi><a href=" in found
    assert found.index("</ol>\n</div>") < found.index("Captured 24 May 2022")
    assert 'dir="rtl"' not in body(views.typical())
