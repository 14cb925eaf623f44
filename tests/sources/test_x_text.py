"""Do words and threads of X keep what they hold, whatever they are cut at?"""

from __future__ import annotations

import html

from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from archiver.core.textlinks import SpanKind
from archiver.models import Author
from archiver.sources.x.assembly import assemble
from archiver.sources.x.export import read_posts
from archiver.sources.x.text import Entity, compose
from tests.sources.playing import NOW
from tests.sources.x_server import nth
from tests.x_export import OWNER, ExportMaker

WORDS = st.text(alphabet="ab &<>🧵é@#/\n", max_size=12)
PLACES = st.integers(-3, 60)
ENTITIES = st.lists(
    st.builds(
        Entity,
        kind=st.sampled_from(SpanKind),
        start=PLACES,
        end=PLACES,
        written=st.sampled_from(["https://t.co/a", "@ab", "#ab", "a", "🧵"]),
        value=st.sampled_from(["https://a.example/", "@ab", "ab"]),
        shown=st.sampled_from(["", "a.example", "<b>"]),
        decoration=st.booleans(),
    ),
    max_size=6,
)


@given(st.text(max_size=80), ENTITIES)
def test_any_text_with_any_entities_is_read(text: str, entities: list[Entity]) -> None:
    """What is published says the same as the plain words."""
    words = compose(text, entities)
    shown = BeautifulSoup(words.html.replace("<br>", "\n"), "lxml").get_text()
    assert shown.strip() == words.text.strip() or not words.text.strip()


@given(st.lists(WORDS, min_size=1, max_size=6))
def test_escaped_words_between_links_come_back(pieces: list[str]) -> None:
    """Ranges count the escaped text; each piece is unescaped once."""
    text, entities = "", []
    for number, piece in enumerate(pieces):
        text += html.escape(piece, quote=False) + " "
        link = f"https://t.co/{number}"
        to = f"https://a.example/{number}"
        entities.append(
            Entity(SpanKind.LINK, len(text), len(text) + len(link), link, to, f"a.example/{number}")
        )
        text += link + " "
    words = compose(text, entities)
    whole = "".join(f"{piece} a.example/{n} " for n, piece in enumerate(pieces))
    assert words.text == whole.rstrip()
    wanted = [f"https://a.example/{n}" for n in range(len(pieces))]
    assert [link.uri_r for link in words.links if link.uri_r in wanted] == wanted


@given(
    st.lists(
        st.tuples(st.integers(0, 12), st.integers(0, 12), st.sampled_from([OWNER, "77"])),
        max_size=14,
        unique_by=lambda each: each[0],
    )
)
def test_no_post_of_an_export_is_lost(replies: list[tuple[int, int, str]]) -> None:
    """Each stands in one thread or is counted, in circles and with missing parents too."""
    export = ExportMaker()
    for serial, parent, to in replies:
        export.add(nth(serial), f"Post {serial}", parent=nth(parent) if parent else "", to=to)
    posts, odd = read_posts(export.files()["data/tweets.js"], "tweets.js")
    held = assemble(Author(OWNER, "ICIJ"), posts, NOW, ())
    placed = [post.id for thread in held.threads for post in thread.posts if not post.gap]
    assert len(placed) == len(set(placed))
    assert (len(placed) + held.left_out, odd, held.odd) == (len(replies), 0, 0)
    again = assemble(Author(OWNER, "ICIJ"), posts[::-1], NOW, ())
    assert {each.native_id: each.posts for each in again.threads} == {
        each.native_id: each.posts for each in held.threads
    }


def test_post_that_an_export_cuts_is_said_to_be_cut() -> None:
    """Its last link leads to the post itself."""
    export = ExportMaker()
    link = {"url": "https://t.co/a", "expanded_url": f"https://twitter.com/i/web/status/{nth(1)}"}
    export.add(nth(1), "The beginning… https://t.co/a", entities={"urls": [link, 7]})
    export.add(nth(2), "Whole", parent=nth(1), entities={"urls": 7})
    posts, _ = read_posts(export.files()["data/tweets.js"], "tweets.js")
    (thread,) = assemble(Author(OWNER, "ICIJ"), posts, NOW, ()).threads
    assert "1 long post is cut" in thread.completeness.reason
