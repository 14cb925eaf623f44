"""Misskey over the whole path: a real server with its limits, the command, the archive."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.command import archiver
from tests.platforms.web import serving
from tests.sources.misskey_server import MisskeyServer, key, refused
from tests.sources.playing import Answer, by_url

LIMIT = Answer({"error": {"code": "RATE_LIMIT_EXCEEDED"}}, 429, (("Retry-After", "7200"),))


def test_thread_longer_than_a_page_is_captured_whole(tmp_path: Path) -> None:
    """A hundred notes are what one answer holds; the seed is in the middle, on a copy's server."""
    home = MisskeyServer("http://mk.test")
    home.thread("ann", range(1, 131))
    home.add(500, "bob", 3, text="Well **said** https://mk.test/x")
    away = MisskeyServer("http://away.test", software="sharkey")
    away.add(9, "ann@mk.test", uri=home.url(70))
    with serving({"mk.test": home, "away.test": away}) as platforms:
        said = platforms.capture(tmp_path, "--no-snapshots", away.url(9))
    assert said.code == 0, said.err
    thread = said.json["thread"]
    assert (thread["platform"], thread["url"]) == ("misskey", home.url(1))
    texts = [post["text"] for post in thread["posts"]]
    assert texts == [f"Note {n}" for n in range(1, 131)]
    assert [post["text"] for post in thread["replies"]] == ["Well said https://mk.test/x"]
    assert thread["completeness"] | {"reason": ""} == {
        "expected": 130,
        "captured": 130,
        "gaps": 0,
        "reason": "",
    }


def test_deleted_note_vanishes_from_the_stored_thread(tmp_path: Path) -> None:
    """By the code of the API, at the second capture."""
    server = MisskeyServer("http://mk.test")
    server.thread("ann", range(1, 4))
    with serving({"mk.test": server}) as platforms:
        assert platforms.capture(tmp_path, "--no-snapshots", server.url(1)).code == 0
        del server.notes[key(3)]
        server.notes[key(2)]["repliesCount"] = 0
        said = platforms.capture(tmp_path, "--no-snapshots", server.url(1))
    states = [post["state"] for post in said.json["thread"]["posts"]]
    assert states == ["present", "present", "vanished"]


def test_limit_is_said_with_its_reset_and_nothing_is_lost(tmp_path: Path) -> None:
    """The second capture fails in one sentence, in the middle it is only said."""
    server = MisskeyServer("http://mk.test")
    server.thread("ann", range(1, 4))
    server.add(9, "bob", 2)
    with serving({"mk.test": server}) as platforms:
        server.fixed["/api/notes/children"] = LIMIT
        partial = platforms.capture(tmp_path, "--no-snapshots", server.url(1))
        server.fixed["/api/notes/show"] = LIMIT
        refused_ = platforms.capture(tmp_path, "--no-snapshots", server.url(1))
    done = partial.json["thread"]["completeness"]
    assert (done["expected"], done["captured"]) == (None, 3)
    assert "replies could not be read (status 429)" in done["reason"]
    assert "more replies than it shows (1)" in done["reason"]
    assert refused_.code == 1
    assert "it allows them again in 7200 s" in refused_.err


def test_note_behind_a_login_is_refused(tmp_path: Path) -> None:
    """Never a deletion, never a page of another platform."""
    server = MisskeyServer("http://mk.test")
    server.thread("ann", range(1, 4))
    server.fixed["/api/notes/show"] = refused("SIGNIN_REQUIRED")
    with serving({"mk.test": server}) as platforms:
        said = platforms.capture(tmp_path, "--no-snapshots", server.url(1))
    assert said.code == 1
    assert "without a login" in said.err


def test_account_leads_to_its_threads(tmp_path: Path) -> None:
    """The shape is Mastodon's: NodeInfo decides."""
    server = MisskeyServer("http://mk.test")
    server.thread("ann", range(1, 4))
    with serving({"mk.test": server, "b.test": by_url(lambda _: Answer(status=404))}) as platforms:
        said = platforms.capture(tmp_path, "--no-snapshots", "http://mk.test/@ann")
    assert said.code == 0, said.err
    assert server.url(1) in said.out + said.err


def test_thread_is_made_again_from_the_records_alone(tmp_path: Path) -> None:
    """Answers to POST are told apart by what was sent."""
    server = MisskeyServer("http://mk.test")
    server.thread("ann", range(1, 131))
    server.add(500, "bob", 3)
    with serving({"mk.test": server}) as platforms:
        said = platforms.capture(tmp_path, "--no-snapshots", server.url(9))
    assert said.code == 0, said.err
    again = archiver(tmp_path, "rebuild", "--json")
    assert again.code == 0, again.err
    shown = archiver(tmp_path, "show", "--json", said.json["thread"]["id"])
    assert shown.json["thread"] == said.json["thread"]
