"""Are the earlier versions of a post told by its server's own word?"""

from __future__ import annotations

import datetime as dt

import pytest

from archiver.models import Link, ThreadObservation
from tests.sources.mastodon_server import MastodonServer
from tests.sources.mastodon_threads import ROOT, SEED, SOURCE, capture, five_posts, shown, uri
from tests.sources.playing import Answer, ask_all, numbers


@pytest.fixture
def server() -> MastodonServer:
    """A server with a thread of five posts."""
    return five_posts()


def at(minute: int) -> dt.datetime:
    """Give a time of the server."""
    return dt.datetime(2026, 5, 1, 10, tzinfo=dt.UTC) + dt.timedelta(minutes=minute)


def test_versions_are_told_oldest_first(server: MastodonServer) -> None:
    """The first was no edit, the current one is the post itself."""
    server.edit(102, 200, content="<p>Second</p>", spoiler_text="CW")
    server.edit(102, 300, content="<p>Third</p>", spoiler_text="")
    server.edit(103, 400, content="<p>Other</p>")
    played, parse = ask_all(SOURCE, SEED, server)
    asked = [url for url in played.asked if url.endswith("/history")]
    assert asked == [f"{ROOT}/api/v1/statuses/{number}/history" for number in (102, 103)]
    seen = parse()
    assert isinstance(seen, ThreadObservation)
    told = [(each.id, each.text, each.edited_at, each.content_warning) for each in seen.history]
    assert told == [
        (uri(102), "Post 102", None, ""),
        (uri(102), "Second", at(200), "CW"),
        (uri(103), "Post 103", None, ""),
    ]
    assert (seen.posts[2].text, seen.posts[2].edited_at) == ("Third", at(300))
    assert {each.created_at for each in seen.history[:2]} == {at(102)}


def test_thread_without_edits_asks_for_no_versions(server: MastodonServer) -> None:
    """One request less for each post."""
    played, _ = ask_all(SOURCE, SEED, server)
    assert not any("history" in url for url in played.asked)


def test_version_that_is_newer_than_the_post_is_not_an_earlier_one(server: MastodonServer) -> None:
    """Between two requests somebody edits."""
    server.edit(102, 200, content="<p>Second</p>")
    server.versions["102"].append(server.versions["102"][-1] | {"created_at": at(300).isoformat()})
    server.versions["102"].reverse()
    assert [each.text for each in capture(server).history] == ["Post 102"]


def test_links_of_a_card_are_no_edit(server: MastodonServer) -> None:
    """A version does not tell its card: with the same words it was the same."""
    server.posts["102"]["card"] = {"url": "https://news.example/a", "title": "A"}
    server.edit(102, 200, sensitive=True)
    seen = capture(server)
    assert seen.history[0].links == seen.posts[2].links == (Link("https://news.example/a", "A"),)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (Answer({"error": "x"}, status=404), "status 404"),
        (Answer(status=429), "status 429"),
        (Answer({}), "not what is documented"),
        (Answer([1]), "not what is documented"),
        (Answer([{"content": "x"}]), "not what is documented"),
        (Answer([{"created_at": "2026-05-01T11:00:00Z", "content": 7}]), "not what is documented"),
        (Answer(body=b"<html>", mime="text/html"), "not what is documented"),
    ],
)
def test_versions_that_cannot_be_read_are_said(
    server: MastodonServer, answer: Answer, why: str
) -> None:
    """The thread is whole without them."""
    server.edit(102, 200, content="<p>Second</p>")
    server.fixed["/api/v1/statuses/102/history"] = answer
    seen = capture(server)
    assert (shown(seen), seen.history) == (numbers(100, 104), ())
    assert f"earlier versions could not be read ({why})" in seen.completeness.reason


def test_many_edited_posts_are_asked_for_a_while(server: MastodonServer) -> None:
    """Fifty, and it is said."""
    server.thread("desk", range(100, 160))
    for number in range(100, 160):
        server.edit(number, 500, content="<p>New</p>")
    seen = capture(server)
    assert len(seen.history) == 50
    assert "of 60 edited posts, 50 were asked" in seen.completeness.reason


def test_server_that_still_fetches_replies_is_said(server: MastodonServer) -> None:
    """Another capture may show more (Mastodon 4.5)."""
    header = ("Mastodon-Async-Refresh", 'id="abc", retry=3, result_count=2')
    told = server(f"{ROOT}/api/v1/statuses/100/context")
    server.fixed["/api/v1/statuses/100/context"] = Answer(told.value, headers=(header,))
    assert "still fetching replies from elsewhere" in capture(server).completeness.reason
