"""Does a snippet show why a text was found?"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from archiver.core.searchquery import parse
from archiver.core.snippet import holds, snippet

LONG = "before " * 200 + "The night shift saw a crane. " + "after " * 200


def _marked(text: str, asked: str) -> list[str]:
    return [piece.text for piece in snippet(text, parse(asked).wanted) if piece.marked]


def test_found_words_are_marked_as_they_are_written() -> None:
    """Folding is for finding, not for showing."""
    assert _marked("Die GRÖSSE, die Größe", "grösse") == ["GRÖSSE", "Größe"]
    assert _marked("衛星画像が新しい施設", "画像 新") == ["画像", "新"]
    assert _marked("القاهــرة وَثَائِق", "وثائق") == ["وَثَائِق"]


def test_part_of_a_word_is_not_marked() -> None:
    """Unless a star asked for it."""
    assert _marked("harbours", "harbour -x") == []
    assert _marked("harbours", "harb*") == ["harbours"]


def test_phrase_is_marked_whole() -> None:
    """Across what stands between its words."""
    assert _marked("the night-shift, shift night", '"night shift"') == ["night-shift"]


def test_long_text_is_cut_around_what_was_found() -> None:
    """With ellipses where it goes on, and words left whole."""
    pieces = snippet(LONG, parse('"night shift" crane').wanted)
    whole = "".join(piece.text for piece in pieces)
    assert whole.startswith("…before") and whole.endswith("after…") and len(whole) < 260
    assert [piece.text for piece in pieces if piece.marked] == ["night shift", "crane"]


def test_beginning_stands_where_nothing_was_found() -> None:
    """A find by its author has a snippet too."""
    assert "".join(piece.text for piece in snippet("A short post", ())) == "A short post"
    assert snippet("", parse("x").wanted) == ()
    assert not holds("nothing", parse("x").wanted)


@given(st.text(max_size=400), st.integers(20, 200))
def test_pieces_make_a_part_of_the_text(text: str, longest: int) -> None:
    """Nothing is lost, doubled or made up."""
    query = parse("a 日 e*")
    pieces = snippet(text, query.wanted, longest=longest)
    shown = "".join(piece.text for piece in pieces)
    shown = shown.removeprefix("…").removesuffix("…")
    assert "".join(shown.split()) in "".join(text.split()) or "…" in text
