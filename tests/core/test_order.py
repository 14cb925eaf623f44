"""Where do posts stand that are not shown any more?"""

import time

from hypothesis import given
from hypothesis import strategies as st

from archiver.core.order import woven

some_ids = st.lists(st.sampled_from("abcdefgh"), unique=True)


@given(some_ids, some_ids)
def test_each_id_stands_once(shown: list[str], stored: list[str]) -> None:
    """Nothing is lost and nothing doubled; the order of now is kept."""
    order = woven(shown, stored)
    assert sorted(order) == sorted({*shown, *stored})
    assert [each for each in order if each in shown] == shown


@given(some_ids, some_ids)
def test_weaving_again_changes_nothing(shown: list[str], stored: list[str]) -> None:
    """The order that is stored is the order that the same look gives again."""
    once = woven(shown, stored)
    assert woven(shown, once) == once


def test_missing_post_keeps_its_neighbour() -> None:
    """A deleted root stays first, a deleted middle stays in the middle."""
    assert woven(["b", "d"], ["a", "b", "c", "d"]) == ("a", "b", "c", "d")


def test_many_posts_are_woven_in_linear_time() -> None:
    """A hundred thousand that are not shown any more cost a fraction of a second."""
    stored = [str(number) for number in range(100_000)]
    started = time.perf_counter()
    assert woven(stored[::1000], stored) == tuple(stored)
    assert time.perf_counter() - started < 2
