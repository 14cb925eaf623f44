"""Mastodon over the whole path: a real server with its limits, the command, the archive."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from archiver.models import FetchRequest
from tests.e2e.command import archiver
from tests.platforms.web import serving
from tests.sources.mastodon_family import GOTOSOCIAL, FamilyServer
from tests.sources.mastodon_server import MastodonServer
from tests.sources.playing import Answer, by_url

ROOT = "http://social.test"


def thread_of(*numbers: int) -> MastodonServer:
    """Make a server with a thread."""
    server = MastodonServer(ROOT)
    server.thread("ann", numbers)
    return server


def test_thread_longer_than_the_limits_is_captured_whole(tmp_path: Path) -> None:
    """Depth 20 and 60 descendants are what a stranger is shown at once."""
    server = thread_of(*range(1, 101))
    with serving({"social.test": by_url(server)}) as platforms:
        said = platforms.capture(tmp_path, f"{ROOT}/@ann/50")
    assert said.code == 0, said.err
    thread = said.json["thread"]
    assert [post["text"] for post in thread["posts"]] == [f"Post {n}" for n in range(1, 101)]
    assert thread["completeness"] | {"reason": ""} == {
        "expected": 100,
        "captured": 100,
        "gaps": 0,
        "reason": "",
    }


def test_versions_between_two_captures_are_told(tmp_path: Path) -> None:
    """Two edits that we did not see are two revisions, with the times of the server."""
    server = thread_of(1, 2, 3)
    with serving({"social.test": by_url(server)}) as platforms:
        first = platforms.capture(tmp_path, "--no-snapshots", f"{ROOT}/@ann/1")
        assert first.code == 0, first.err
        server.edit(2, 100, content="<p>Second try</p>")
        server.edit(2, 200, content="<p>Third try</p>")
        said = platforms.capture(tmp_path, "--no-snapshots", f"{ROOT}/@ann/1")
    assert said.code == 0, said.err
    posts = said.json["thread"]["posts"]
    assert [(post["text"], post["state"]) for post in posts[:2]] == [
        ("Post 1", "present"),
        ("Third try", "edited"),
    ]
    assert "2 edited" in said.err


def test_server_that_asks_to_wait_until_a_time_is_waited_for(tmp_path: Path) -> None:
    """429 with X-RateLimit-Reset as an ISO 8601 time costs a second and nothing else."""
    server = thread_of(1, 2, 3)
    refused: list[str] = []

    def busy(request: FetchRequest) -> Answer:
        if request.url.endswith("/context") and not refused:
            refused.append(request.url)
            reset = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=1)
            limits = (
                ("X-RateLimit-Limit", "300"),
                ("X-RateLimit-Remaining", "0"),
                ("X-RateLimit-Reset", reset.isoformat()),
            )
            return Answer({"error": "Too many requests"}, 429, limits)
        return server(request.url)

    with serving({"social.test": busy}) as platforms:
        said = platforms.capture(tmp_path, "--no-snapshots", f"{ROOT}/@ann/1")
    assert said.code == 0, said.err
    assert refused
    assert said.json["thread"]["completeness"]["captured"] == 3
    assert "could not be read" not in said.json["thread"]["completeness"]["reason"]


def test_closed_server_is_read_with_its_token_which_is_not_recorded(tmp_path: Path) -> None:
    """The token is shown to its own host, and stands in no WARC."""
    server = FamilyServer(GOTOSOCIAL, ROOT)
    server.plain.thread("desk", range(1, 4))
    server.token = "t0ps3cret"
    env = {"ARCHIVER_MASTODON_TOKENS": "other.test=x,http://social.test=t0ps3cret"}
    with serving({"social.test": server}) as platforms:
        said = platforms.capture(tmp_path, "--no-snapshots", server.seed(2), env=env)
        shown = {dict(each.headers).get("Authorization") for each in platforms.asked}
    assert said.code == 0, said.err
    assert [post["text"] for post in said.json["thread"]["posts"]] == ["Post 1", "Post 2", "Post 3"]
    assert "Bearer t0ps3cret" in shown
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any(path.name.endswith(".warc.gz") for path in kept)
    assert not any(b"t0ps3cret" in path.read_bytes() for path in kept)


def test_missing_and_refused_tokens_say_which_variable(tmp_path: Path) -> None:
    """A clear sentence in place of a thread, and nothing counts as deleted."""
    server = FamilyServer(GOTOSOCIAL, ROOT)
    server.plain.thread("desk", range(1, 4))
    server.token = "t0ps3cret"
    with serving({"social.test": server}) as platforms:
        missing = platforms.capture(tmp_path, server.seed(2))
        refused = platforms.capture(
            tmp_path,
            server.seed(2),
            env={"ARCHIVER_MASTODON_TOKENS": "http://social.test=0ldt0ken"},
        )
    for said in (missing, refused):
        assert said.code == 1
        assert "ARCHIVER_MASTODON_TOKENS=social.test=TOKEN" in said.err
        assert "0ldt0ken" not in said.err


def test_closed_server_is_read_by_activitypub(tmp_path: Path) -> None:
    """Its documents are public although its API is not."""
    server = thread_of(1)
    server.token = "secret"
    url = f"{ROOT}/@ann/1"
    note = {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"{ROOT}/users/ann/statuses/1",
        "type": "Note",
        "url": url,
        "attributedTo": f"{ROOT}/users/ann",
        "published": "2026-05-01T10:00:00Z",
        "content": "<p>Post 1</p>",
        "to": ["https://www.w3.org/ns/activitystreams#Public"],
    }
    actor = {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"{ROOT}/users/ann",
        "type": "Person",
        "preferredUsername": "ann",
        "name": "Ann",
        "inbox": f"{ROOT}/users/ann/inbox",
        "outbox": f"{ROOT}/users/ann/outbox",
    }
    mime = "application/activity+json"
    documents = {
        url: Answer(note, mime=mime),
        f"{ROOT}/users/ann/statuses/1": Answer(note, mime=mime),
        f"{ROOT}/users/ann": Answer(actor, mime=mime),
    }

    def closed(request: FetchRequest) -> Answer:
        return documents.get(request.url) or server.whole(request)

    with serving({"social.test": closed}) as platforms:
        said = platforms.capture(tmp_path, "--no-snapshots", url)
    assert said.code == 0, said.err
    thread = said.json["thread"]
    assert (thread["platform"], thread["posts"][0]["text"]) == ("mastodon", "Post 1")
    assert "read by ActivityPub" in thread["completeness"]["reason"]


def test_hashtag_gives_its_threads(tmp_path: Path) -> None:
    """Each is captured by itself."""
    server = thread_of(1, 2)
    server.posts["1"]["tags"] = [{"name": "cables"}]
    with serving({"social.test": by_url(server)}) as platforms:
        said = platforms.capture(tmp_path, "--no-snapshots", f"{ROOT}/tags/cables")
    assert said.code == 0, said.err
    assert f"{ROOT}/@ann/1" in said.out


def test_page_of_another_site_in_the_shape_of_a_hashtag_is_left_to_others(tmp_path: Path) -> None:
    """A blog has /tag/NAME too."""
    page = Answer(
        body=b"<!doctype html><title>Cables</title><article><p>What a blog says of cables, at"
        b" some length, so that there is something to read in it.</p></article>",
        mime="text/html",
    )

    def blog(request: FetchRequest) -> Answer:
        missing = Answer(status=404, body=b"<h1>Nothing here</h1>", mime="text/html")
        return page if request.url.endswith("/tag/cables") else missing

    with serving({"social.test": blog}) as platforms:
        said = platforms.capture(tmp_path, "--no-snapshots", f"{ROOT}/tag/cables")
    assert said.code == 0, said.err
    assert said.json["thread"]["platform"] == "web"


def test_domain_with_another_owner_makes_nothing_vanish(tmp_path: Path) -> None:
    """Any application answers 404 with an error; the thread stays as it was."""
    server, rails = thread_of(1, 2, 3), Answer({"status": 404, "error": "Not Found"}, status=404)
    taken: list[bool] = []
    with serving({"social.test": lambda asked: rails if taken else server(asked.url)}) as platforms:
        first = platforms.capture(tmp_path, "--no-snapshots", f"{ROOT}/@ann/1")
        assert first.code == 0, first.err
        taken.append(True)
        said = platforms.capture(tmp_path, "--no-snapshots", f"{ROOT}/@ann/1")
    assert said.json["error"]["kind"] == "NotFound"
    shown = archiver(tmp_path, "show", "--json", f"{ROOT}/@ann/1").json["thread"]
    assert {post["state"] for post in shown["posts"]} == {"present"}


def test_words_that_another_server_puts_into_a_mouth_stay_there(tmp_path: Path) -> None:
    """They are kept as that server's copy; the post's own address leads to its own thread."""
    server, evil = thread_of(1, 2), MastodonServer("http://evil.test")
    evil.thread("mal", (5,))
    forged = evil.add(77, "mal", 5, content="<p>Never said</p>")
    forged |= {"uri": server.posts["1"]["uri"], "url": server.url(1)}
    forged["account"] = forged["account"] | {"id": "42", "acct": "ann@social.test"}
    with serving({"social.test": by_url(server), "evil.test": by_url(evil)}) as platforms:
        said = platforms.capture(tmp_path, "--no-snapshots", "http://evil.test/@mal/5")
        assert said.code == 0, said.err
        [reply] = said.json["thread"]["replies"]
        assert reply["url"].startswith("http://evil.test/@")
        assert archiver(tmp_path, "show", "--json", server.url(1)).code == 2
        assert platforms.capture(tmp_path, "--no-snapshots", server.url(2)).code == 0
    for words in (server.url(1), server.posts["1"]["uri"]):
        shown = archiver(tmp_path, "show", "--json", words).json["thread"]
        assert [post["text"] for post in shown["posts"]] == ["Post 1", "Post 2"]
