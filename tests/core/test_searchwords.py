"""Are words found however they are written, and do questions mean what they say?"""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.core.searchwords import fold, host_facets, phrase, words

TEXTS = st.text(max_size=60) | st.text(
    st.sampled_from("aAéÉßﬁ日本語がカﾊﾟ서울ไทยئۇىيأإآةـَשָםहि٣_-. '\n"), max_size=40
)


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("Die Größe der Häfen", "grosse"),
        ("ÉCOLE", "école"),
        ("Ærø og Łódź", "aero"),
        ("İSTANBUL", "istanbul"),
        ("衛星画像が新しい施設を示した", "新しい施設"),
        ("衛星画像", "像"),
        ("ﾊﾟﾝﾀﾞ", "パンダ"),
        ("서울에서 만나요", "서울"),
        ("ภาษาไทยง่าย", "ไทย"),
        ("وَثَائِقُ مُسَرَّبة", "وثائق"),
        ("أحمد إلى القاهــرة", "القاهره"),
        ("ئۇيغۇر خەلقى", "ئۇيغۇر"),
        ("شینجانگ کشور", "كشور"),
        ("שָׁלוֹם־עֲלֵיכֶם", "עליכם"),
        ("हिन्दी में", "हिन्दी"),
        ("room ٤٢", "42"),
    ],
)
def test_word_is_found_in_its_text(text: str, asked: str) -> None:
    """Case, accents, points, width, tatweel and missing spaces do not hide it."""
    assert _found(text, asked)


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("harbours", "harbour"),
        ("日本語", "日語"),
        ("कि", "कु"),
        ("がき", "かき"),
        ("ni ght", "night"),
    ],
)
def test_other_word_is_not_found(text: str, asked: str) -> None:
    """Vowel signs of Indic scripts and voicing of kana are letters, not colours of letters."""
    assert not _found(text, asked)


@given(TEXTS)
def test_folding_twice_changes_nothing(text: str) -> None:
    """What stands in the index and what is asked for meet in one form."""
    assert fold(fold(text)) == fold(text)


@given(TEXTS)
def test_words_hold_nothing_that_a_query_could_mistake(text: str) -> None:
    """No space, quotation mark or operator reaches the language of the index."""
    for word in words(text):
        assert word and not re.search(r"""[\s"'*():^+\-|{}]""", word)


@given(TEXTS)
def test_whole_text_is_found_in_itself(text: str) -> None:
    """Whatever the script, a text holds the phrase made of it."""
    if phrase(text) is not None:
        assert _found(text, text)


@given(st.text(st.sampled_from("日本語画像新"), min_size=1, max_size=12), st.data())
def test_every_part_of_a_dense_text_is_found(text: str, drawn: st.DataObject) -> None:
    """Words of such scripts begin and end anywhere."""
    start = drawn.draw(st.integers(0, len(text) - 1))
    end = drawn.draw(st.integers(start + 1, len(text)))
    assert _found(text, text[start:end])


def test_host_is_found_by_its_domains() -> None:
    """Down to the second level; a single label stands for itself."""
    assert len(list(host_facets("a.b.icij.org"))) == 3
    assert set(host_facets("icij.org")) <= set(host_facets("www.icij.org"))
    assert len(list(host_facets("localhost"))) == 1


def _found(text: str, asked: str) -> bool:
    """What FTS5 does with a phrase."""
    wanted, held = phrase(asked), words(text)
    assert wanted is not None
    *before, last = wanted.words
    size = len(wanted.words)
    return any(
        held[at : at + size - 1] == before
        and (held[at + size - 1].startswith(last) if wanted.prefix else held[at + size - 1] == last)
        for at in range(len(held) - size + 1)
    )
