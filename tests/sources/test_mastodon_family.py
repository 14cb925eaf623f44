"""Is each software of the Mastodon API read as it answers, and others left to other sources?"""

from __future__ import annotations

import pytest

from archiver.models import Branch, ThreadObservation
from tests.sources.cases.mastodon import CASES, Case
from tests.sources.mastodon_threads import SOURCE
from tests.sources.playing import ask_whole


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_server_of_the_family_is_read(case: Case) -> None:
    """Each case is a server, an address, and what must come of it."""
    _, parse = ask_whole(SOURCE, case.url, case.server())
    if case.error is not None:
        with pytest.raises(case.error) as caught:
            parse()
        assert type(caught.value) is case.error
        assert case.says in str(caught.value)
        return
    seen = parse()
    assert isinstance(seen, ThreadObservation)
    own = [post for post in seen.posts if post.branch is Branch.THREAD]
    done = seen.completeness
    assert tuple(post.text for post in own) == case.texts
    assert (done.expected, done.captured, done.gaps) == case.counts
    assert seen.native_id == case.native_id or not case.native_id
    assert case.says in done.reason
    assert all(post.edited_at is None for post in seen.posts)
