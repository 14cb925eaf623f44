"""Does each case of Bluesky come to what it says? (tests/sources/cases/bluesky.py)"""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archiver import errors
from archiver.models import Branch
from tests.sources.bluesky_capture import SEED, capture, of_five, shown
from tests.sources.cases.bluesky import (
    REFUSED,
    WHOLE,
    Case,
    Refused,
    server_of,
    server_refusing,
)
from tests.sources.playing import Answer, numbers


@pytest.mark.parametrize("case", WHOLE, ids=[case.name for case in WHOLE])
def test_case_comes_to_its_thread(case: Case) -> None:
    """Order, gaps, what stands beside, and what is said of completeness."""
    server, seed = server_of(case)
    seen = capture(server, seed)
    assert shown(seen) == case.thread.split()
    assert shown(seen, Branch.SIDE) == case.sides.split()
    assert case.reason in seen.completeness.reason
    assert seen.native_id == server.uri(100, "desk")


@pytest.mark.parametrize("case", REFUSED, ids=[case.name for case in REFUSED])
def test_refused_seed_is_one_error(case: Refused) -> None:
    """Said by parse, and about the AppView; plan asks for nothing more."""
    with pytest.raises(case.kind, match=r"https://public\.api\.bsky\.app/xrpc/") as caught:
        capture(server_refusing(case), SEED)
    assert case.kind in {type(caught.value), type(caught.value).__base__}


@settings(max_examples=40, deadline=None)
@given(
    parents=st.lists(st.integers(0, 30), min_size=1, max_size=30),
    names=st.lists(st.sampled_from(["desk", "eve", "bob"]), min_size=30, max_size=30),
    gone=st.sets(st.integers(1, 30), max_size=6),
)
def test_no_post_of_the_author_is_lost(
    parents: list[int], names: list[str], gone: set[int]
) -> None:
    """Whoever answers whom, and whatever is deleted: all that survives is there, once."""
    server = of_five()
    uris = [server.uri(100, "desk")]
    for number, (parent, name) in enumerate(zip(parents, names, strict=False), start=200):
        uris.append(server.add(number, name, uris[parent % len(uris)]))
    for each in gone:
        if each < len(uris):
            server.delete(uris[each])
    seen = capture(server)
    own = {uri for uri in server.records if uri.startswith("at://did:plc:desk/")}
    ids = [post.id for post in seen.posts if not post.gap]
    assert len(ids) == len(set(ids))
    assert own <= set(ids) <= set(server.records)
    assert set(numbers(100, 104)) <= set(shown(seen))


def test_cut_answers_never_crash() -> None:
    """Each tree and list of a capture, broken off anywhere: an error in a sentence, or a thread."""
    whole = of_five()
    for path in ("/xrpc/app.bsky.feed.getPostThread", "/xrpc/com.atproto.repo.listRecords"):
        method = path.rpartition("/")[2]
        base = "https://public.api.bsky.app" if "getPost" in method else "https://pds.example"
        uri = whole.uri(100, "desk")
        body = json.dumps(whole(f"{base}{path}?uri={uri}&repo=did:plc:desk").value).encode()
        for cut in range(0, len(body), 97):
            server = of_five()
            server.fixed[path] = Answer(body=body[:cut])
            try:
                assert shown(capture(server)) == numbers(100, 104)
            except errors.ParseError as err:
                assert path in str(err)
