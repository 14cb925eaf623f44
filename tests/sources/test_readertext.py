"""Does the text of a Scrolly Tale become the thread that it is?"""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.errors import ParseError
from archiver.models import ThreadObservation
from archiver.sources.readertext import parse_text

AT = dt.datetime(2026, 11, 24, 9, 0, tzinfo=dt.UTC)
TALE = Path(__file__).with_name("scrolly_tale.txt")
FOOTER = (
    "Share this Scrolly Tale with your friends.\n"
    "A Scrolly Tale is a new way to read Twitter threads with a more visually immersive"
    " experience.\n"
    "Discover more beautiful Scrolly Tales like this."
)


def _parse(text: str) -> ThreadObservation:
    return parse_text(text, "tale.txt", AT, ("urn:uuid:1",))


def test_tale_has_thirteen_posts() -> None:
    """Of 16 lines, 13 are posts and three the page's footer; links, tags, mentions are found."""
    seen = _parse(TALE.read_text(encoding="utf-8"))
    links = [link.uri_r for post in seen.posts for link in post.links]
    assert len(seen.posts) == 13
    assert seen.posts[6].text == (
        "One document cites use of the mobile file-sharing app Zapya, or “Kuaiya” in Chinese, as a"
        " reason to detain people."
    )
    assert len(links) == 10
    assert set(links) == {
        "https://bit.ly/3PFV01u",
        "https://bit.ly/3NvXdee",
        "https://bit.ly/39FEEWn",
    }
    assert {tag for post in seen.posts for tag in post.hashtags} == {
        "XinjiangPoliceFiles",
        "ChinaCables",
    }
    assert {name for post in seen.posts for name in post.mentions} == {
        "@UNHumanRights",
        "@mbachelet",
        "@adrianzenz",
    }
    assert seen.title.startswith("NEW: Thousands of images and documents leaked from")
    assert (seen.platform, seen.author.id, seen.record_ids) == ("text", "", ("urn:uuid:1",))


def test_links_are_written_into_the_html() -> None:
    """A bare link leads to its address with a scheme, its words stay as written."""
    post = _parse("Read <this>: bit.ly/3PFV01u").posts[0]
    assert post.html == (
        '<p>Read &lt;this&gt;: <a href="https://bit.ly/3PFV01u" rel="nofollow noopener">'
        "bit.ly/3PFV01u</a></p>"
    )


def test_same_tale_is_the_same_thread() -> None:
    """Another footer, line ends, spaces or more posts do not make another thread."""
    first = _parse(f"One  post\nTwo\n{FOOTER}")
    again = _parse("\ufeffOne post \r\n\r\nTwo\r\nThree".removeprefix("\ufeff"))
    assert first.native_id == again.native_id == hashlib.sha256(b"One post").hexdigest()
    assert [post.id for post in first.posts] == [post.id for post in again.posts[:2]]


def test_posts_form_a_chain() -> None:
    """Each post but the first answers the one before it."""
    posts = _parse("a\nb\nc").posts
    assert [post.parent_id for post in posts] == [None, posts[0].id, posts[1].id]


def test_footer_is_cut_at_the_end_only() -> None:
    """A post may say what the footer says, as long as another post follows."""
    seen = _parse(f"Read all threads\nPDF\nthe end\n• • •\nKeep Current with Desk\n{FOOTER}")
    assert [post.text for post in seen.posts] == ["Read all threads", "PDF", "the end"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "it is empty"),
        (" \n\t\n", "it is empty"),
        ("\x01\x02", "it is empty"),
        (FOOTER, "it holds only the footer of a page"),
        ("PK\x03\x04\0\0", "it holds NUL bytes, so it is not text"),
        ("\ufffd\ufffdabc", "it is not UTF-8 text"),
        ("a\n" + "x" * 100_001, "line 2 is longer than the 100 kB of a post"),
        ("a\n" * 5_001, "it has 5001 lines, more than the 5000 of a thread"),
    ],
)
def test_what_is_no_thread_is_refused(text: str, why: str) -> None:
    """The error says in one sentence which file is no thread, why, and what to give."""
    with pytest.raises(ParseError) as caught:
        _parse(text)
    assert str(caught.value) == (
        f"tale.txt is no thread: {why}; give the text of a thread, one post on each line"
    )


@given(st.text(max_size=300))
def test_any_text_is_a_thread_or_a_parse_error(text: str) -> None:
    """No text breaks the parser, and no post is empty or holds a line end."""
    try:
        seen = _parse(text)
    except ParseError:
        return
    assert all(post.text.strip() and "\n" not in post.text for post in seen.posts)
