"""Can a captured page hold up whoever reads its copy?"""

from __future__ import annotations

import pytest

from feeds import rewrite_html


@pytest.mark.timeout(10)
def test_refresh_of_many_spaces_is_read_in_time() -> None:
    """The pattern of a refresh takes time in proportion, whatever the page says."""
    assert rewrite_html._LEADS_ON.match("0;" + " " * 1_000_000) is None
    found = rewrite_html._LEADS_ON.match("0; URL='/next'")
    assert found is not None and found[1] == "/next"
