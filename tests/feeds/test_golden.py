"""
The feeds of one typical thread, byte for byte, as they are kept beside this file.

A difference is a decision: every reader of every newsroom sees a changed entry as updated. When it
is meant, write the files again with `python -m tests.feeds.test_golden` and look at the diff.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from feeds.document import document_of, entry_of, everything
from feeds.formats import FORMATS, Format
from tests.feeds import views

GOLDEN = Path(__file__).parent / "golden"


def rendered(written: Format) -> bytes:
    """Give the feed of the typical thread."""
    view = views.typical()
    entry = entry_of(view, base_url=views.BASE, media=views.copies(view))
    return written.render(document_of(everything(views.BASE, "Reading room"), [entry]))


@pytest.mark.parametrize("written", FORMATS, ids=[each.NAME for each in FORMATS])
def test_feed_of_the_typical_thread_is_as_kept(written: Format) -> None:
    """The same thread gives the same bytes, on every machine and in every year."""
    assert rendered(written) == (GOLDEN / f"typical{written.EXTENSION}").read_bytes()


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for each in FORMATS:
        (GOLDEN / f"typical{each.EXTENSION}").write_bytes(rendered(each))
