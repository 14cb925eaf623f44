"""Does a diff show what changed, and lose no letter of either text?"""

from __future__ import annotations

import itertools
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.core.worddiff import Op, word_diff

WORDS = st.lists(
    st.sampled_from(["ten", "files", "of", "the", " ", "  ", "\n", ".", "ü", "警察", "🧵", "-"])
).map("".join)


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("", "", ""),
        ("same", "same", "same"),
        ("", "new", "{+new+}"),
        ("old", "", "[-old-]"),
        ("ten files", "six files", "[-ten-]{+six+} files"),
        ("a b c", "x y c", "[-a b-]{+x y+} c"),
        ("Read it: bit.ly/a", "Read it: bit.ly/b", "Read it: bit.ly/[-a-]{+b+}"),
        ("one two", "one two three", "one two{+ three+}"),
        ("end", "end.", "end{+.+}"),
        ("警察文件", "警察档案", "[-警察文件-]{+警察档案+}"),
    ],
)
def test_words_that_changed_are_marked(before: str, after: str, shown: str) -> None:
    """Written as wdiff writes it; words that changed side by side are one change."""
    marks = {Op.KEPT: "{}", Op.REMOVED: "[-{}-]", Op.ADDED: "{{+{}+}}"}
    assert "".join(marks[each.op].format(each.text) for each in word_diff(before, after)) == shown


@given(before=WORDS | st.text(), after=WORDS | st.text())
def test_both_texts_can_be_read_off(before: str, after: str) -> None:
    """Kept and removed give the old text, kept and added the new one; no piece is empty."""
    pieces = word_diff(before, after)
    assert "".join(each.text for each in pieces if each.op is not Op.ADDED) == before
    assert "".join(each.text for each in pieces if each.op is not Op.REMOVED) == after
    assert all(each.text for each in pieces)
    assert all(one.op is not other.op for one, other in itertools.pairwise(pieces))


def test_huge_texts_are_compared_in_seconds() -> None:
    """A post of a hostile server may hold a million words: the time limit of tests is the proof."""
    pieces = word_diff("a b " * 500_000, "b a " * 500_000)
    assert {each.op for each in pieces} == {Op.REMOVED, Op.ADDED}
    long = [f"line {number} of many words that are all the same\n" for number in range(1_500)]
    changed = [*long[:700], "another line\n", *long[701:]]
    assert [str(each.op) for each in word_diff("".join(long), "".join(changed))] == [
        "kept",
        "removed",
        "added",
        "kept",
    ]


def test_few_words_changed_in_a_long_text_are_found_at_once() -> None:
    """Most edits of an article change little: its two ends are not compared word by word."""
    words = [f"w{number % 97}" for number in range(1_990)]
    changed = [*words[:900], "new", *words[901:]]
    started = time.process_time()
    pieces = word_diff(" ".join(words), " ".join(changed))
    assert time.process_time() - started < 0.1
    assert [each.text for each in pieces if each.op is not Op.KEPT] == [words[900], "new"]
