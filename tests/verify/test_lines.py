"""Are lines read as they are, however the file comes, and never without a bound?"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from archiver.checking.lines import lines_of


@given(st.lists(st.binary(max_size=40).map(lambda raw: raw.replace(b"\0", b"\n"))))
def test_lines_are_those_of_the_whole(pieces: list[bytes]) -> None:
    """It does not matter where the pieces end."""
    whole = b"".join(pieces)
    expected = [each + b"\n" for each in whole.split(b"\n")]
    expected[-1] = expected[-1][:-1]
    assert list(lines_of(pieces, 10_000)) == [each for each in expected if each]


def test_line_without_end_is_not_held() -> None:
    """A file of one endless line comes in stretches."""
    stretches = list(lines_of((b"x" * 100 for _ in range(100)), 1_000))
    assert max(map(len, stretches)) <= 1_100
    assert b"".join(stretches) == b"x" * 10_000
