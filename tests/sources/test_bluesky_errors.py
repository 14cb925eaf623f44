"""Is each bad answer of Bluesky an error in one sentence, or a correct partial thread?"""

from __future__ import annotations

import json

import pytest

from archiver import errors
from archiver.models import (
    Branch,
    ThreadObservation,
)
from tests.sources.bluesky_capture import (
    LIST,
    RECORD,
    SEED,
    SOURCE,
    THREAD,
    capture,
    of_five,
    shown,
)
from tests.sources.bluesky_server import APPVIEW, PDS, BlueskyServer, rkey
from tests.sources.playing import Answer, ask_all, numbers


@pytest.fixture
def server() -> BlueskyServer:
    """Servers with a thread of five posts."""
    return of_five()


def test_handle_that_nobody_has_is_not_found(server: BlueskyServer) -> None:
    """And the error names it."""
    with pytest.raises(errors.NotFound, match=r"the handle is not there"):
        capture(server, "https://bsky.app/profile/nobody.example/post/3k1")


@pytest.mark.parametrize(
    ("name", "value"),
    [("text", 7), ("facets", {}), ("langs", [1]), ("embed", []), ("tags", "x"), ("labels", "x")],
)
def test_own_post_of_another_shape_is_a_parse_error(
    server: BlueskyServer, name: str, value: object
) -> None:
    """The platform changed its format: that must be seen."""
    server.records[server.uri(102, "desk")][name] = value
    server.views[server.uri(102, "desk")][name] = value
    with pytest.raises(errors.ParseError, match=name):
        capture(server)


def test_own_place_of_another_shape_is_looked_up_at_home(server: BlueskyServer) -> None:
    """What does not say where it stands cannot be put in order; the repository says it."""
    tree = server(f"{APPVIEW}{THREAD}?uri={server.uri(100, 'desk')}").value
    text = json.dumps(tree).replace('"reply": {', '"reply": [], "was": {', 1)
    server.fixed[THREAD] = Answer(json.loads(text))
    seen = capture(server)
    assert shown(seen) == numbers(100, 104)
    assert "gave an answer that was not understood" in seen.completeness.reason
    server.fixed[RECORD] = Answer(status=503)
    with pytest.raises(errors.ParseError, match="reply"):
        capture(server)


@pytest.mark.parametrize(("name", "value"), [("text", 7), ("reply", [])])
def test_strangers_post_of_another_shape_is_left_out(
    server: BlueskyServer, name: str, value: object
) -> None:
    """Records are written by anybody: one does not stop the rest, and it is said."""
    answer = server(f"{APPVIEW}{THREAD}?uri={server.uri(100, 'desk')}")
    other = server.add(200, "eve", server.uri(101, "desk"))
    tree = json.loads(json.dumps(answer.value))
    view = server.view(other)
    view["record"][name] = value
    tree["thread"]["replies"].append({"$type": "x#threadViewPost", "post": view})
    server.fixed[THREAD] = Answer(tree)
    seen = capture(server)
    assert (shown(seen), shown(seen, Branch.SIDE)) == (numbers(100, 104), [])
    assert "a reply by somebody else was not understood" in seen.completeness.reason


def test_post_under_a_foreign_address_is_refused(server: BlueskyServer) -> None:
    """A view must be of a record of its author."""
    view = server.view(server.uri(100, "desk"))
    for uri in (server.uri(100, "eve"), "https://bsky.app/x"):
        wrong = {"thread": {"$type": "x#threadViewPost", "post": view | {"uri": uri}}}
        server.fixed[THREAD] = Answer(wrong)
        server.fixed[RECORD] = Answer(status=503)
        with pytest.raises(errors.ParseError, match=r"uri"):
            capture(server)


def test_odd_records_of_the_repository_are_passed_over(server: BlueskyServer) -> None:
    """They do not say that they belong to the thread."""
    page = server(f"{PDS}{LIST}?repo=did:plc:desk")
    assert isinstance(page.value, dict)
    odd = [{"uri": server.uri(1, "eve"), "value": {}}, {"uri": "x", "value": 5}, {"value": {}}]
    odd.append({"uri": server.uri(2, "desk"), "value": {"reply": []}})
    server.fixed[LIST] = Answer({"records": [*page.value["records"], *odd]})
    assert shown(capture(server)) == numbers(100, 104)


def test_record_that_breaks_the_rules_is_a_gap(server: BlueskyServer) -> None:
    """Any software writes records; the AppView leaves such out, and the rest stays."""
    server.add(105, "desk", server.uri(104, "desk"), tags="not a list")
    answer = server(f"{APPVIEW}{THREAD}?uri={server.uri(100, 'desk')}")
    server.shows_posts = False
    tree = json.loads(json.dumps(answer.value))
    last = tree["thread"]
    while last["replies"][0]["replies"]:
        last = last["replies"][0]
    last["replies"] = []
    server.fixed[THREAD] = Answer(tree)
    seen = capture(server)
    assert shown(seen) == [*numbers(100, 104), "-"]
    assert "a record of the repository was not understood" in seen.completeness.reason
    del server.fixed[THREAD]
    server.down = Answer(status=503)
    server.records[server.uri(100, "desk")]["tags"] = 7
    with pytest.raises(errors.ParseError, match="tags"):
        capture(server, server.uri(100, "desk"))


def test_author_by_web_domain_is_described_there(server: BlueskyServer) -> None:
    """did:web names the host of its document; other methods have none."""
    server.records.clear()
    for did, document in (
        ("did:web:desk.example", "https://desk.example/.well-known/did.json"),
        ("did:web:desk.example%3A8080", "https://desk.example:8080/.well-known/did.json"),
        ("did:web:desk.example%2Fx", None),
        ("did:key:abc", None),
    ):
        uri = f"at://{did}/app.bsky.feed.post/{rkey(1)}"
        server.profiles[did] = {"did": did, "handle": "handle.invalid"}
        server.records[uri] = {"text": "Post 1", "createdAt": "2026-01-01T00:00:00Z"}
        server.views[uri] = {}
        played, parse = ask_all(SOURCE, uri, server)
        asked = [url for url in played.asked if "did.json" in url]
        assert asked == ([document] if document else [])
        seen = parse()
        assert isinstance(seen, ThreadObservation)
        assert seen.url == f"https://bsky.app/profile/{did}/post/{rkey(1)}"


def test_capture_that_was_cut_short_says_so(server: BlueskyServer) -> None:
    """With the seed there is a thread; without it there is none."""
    played, _ = ask_all(SOURCE, SEED, server)
    ref = SOURCE.match(SEED)
    assert ref is not None
    seen = SOURCE.parse(ref, played.seen[:2])
    assert isinstance(seen, ThreadObservation)
    assert "the capture ended before everything was asked" in seen.completeness.reason
    with pytest.raises(errors.FetchError, match="not asked before the capture ended"):
        SOURCE.parse(ref, ())
