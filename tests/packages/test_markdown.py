"""Does Markdown say what the posts said, and nothing that they did not?"""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from archiver.models import Media, MediaKind, PostState, RecordRef, RecordType
from archiver.packages.markdown import MOST_RECORDS, markdown
from tests.feeds.views import BASE, HOSTILE, SHORT, TARGET, post, view

AT = dt.datetime(2026, 11, 24, 9, 30, tzinfo=dt.UTC)
SIGNS = st.text(alphabet="ab#*_`[]()<>!|~-+=>.&;:1 \n\\\"'/", max_size=80)


def shown(words: str) -> str:
    """Give the text that a reader of the Markdown sees."""
    tokens = MarkdownIt("commonmark").parse(words)
    inner = [each for token in tokens for each in token.children or ()]
    assert not {"html_block", "code_block", "fence"} & {token.type for token in tokens}
    assert "html_inline" not in {each.type for each in inner}
    return "".join(each.content if each.type == "text" else " " for each in inner)


@given(SIGNS)
def test_signs_of_posts_are_no_markup(words: str) -> None:
    """Whatever a post holds is read as it was written, but for white space."""
    said = shown(markdown(view([post(1, words or "x")]), BASE))
    assert "".join((words or "x").split()) in "".join(said.split())


def test_hostile_post_brings_no_html() -> None:
    """Script and entities stay words."""
    said = markdown(view([post(1, HOSTILE)]), BASE)
    assert "<script" not in MarkdownIt("commonmark").render(said)


def test_links_are_told_as_written_and_archived() -> None:
    """A line has the short link, its target and our copy."""
    said = markdown(view([post(1)]), BASE)
    if SHORT in said:
        assert TARGET.replace("&", "&amp;") in said or TARGET in said


def test_pictures_come_with_their_description() -> None:
    """The author's words stand beside the address."""
    picture = Media(MediaKind.IMAGE, "https://a.example/1.png", alt="A *tall* crane")
    said = markdown(view([post(1, media=(picture,))]), BASE)
    assert "[image](<https://a.example/1.png>): A \\*tall\\* crane" in said


@pytest.mark.parametrize("state", list(PostState))
def test_state_of_a_post_is_said(state: PostState) -> None:
    """What was edited, is gone or never was seen is not told as present."""
    stored = dataclasses.replace(post(1), state=state)
    said = markdown(view([stored]), BASE)
    assert (state is PostState.PRESENT) == (" — " not in said)


def test_notices_stand_first() -> None:
    """That a thread is withheld is read before its posts."""
    said = markdown(view([post(1)]), BASE, ["This thread is withheld"])
    assert said.index("> This thread is withheld") < said.index("## 1")


def test_evidence_stands_at_the_end() -> None:
    """Head, records and digests are said, and that nobody signed the text."""
    digest = f"sha256:{64 * 'a'}"
    record = RecordRef(
        "urn:uuid:1", RecordType.RESPONSE, "https://a.example/1", AT, "text/html", 200, digest,
        "a.warc.gz", 0, 9,
    )  # fmt: skip
    facts = [("Thread", "1_2"), ("Head of the custody log", f"sha256:{64 * 'b'}")]
    said = markdown(view([post(1)]), BASE, facts=facts, records=[record] * (MOST_RECORDS + 2))
    read = shown(said[said.index("# Evidence") :])
    assert "neither signed nor stamped" in read
    assert "Thread: 1_2" in read
    assert f"Head of the custody log: sha256:{64 * 'b'}" in read
    assert f"Read from urn:uuid:1 of 2026-11-24T09:30:00Z, {digest}" in read
    assert "and from 2 more" in read
    assert "Evidence" not in markdown(view([post(1)]), BASE)


def test_script_address_is_no_link() -> None:
    """Only web addresses become links."""
    said = markdown(view([post(1, url="javascript:alert(1)")]), BASE)
    assert "javascript:" not in said
