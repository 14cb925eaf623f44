"""Mastodon over the whole path: a real server with its limits, the command, the archive."""

from __future__ import annotations

from pathlib import Path

from tests.platforms.web import serving
from tests.sources.mastodon_server import MastodonServer
from tests.sources.playing import by_url


def test_thread_longer_than_the_limits_is_captured_whole(tmp_path: Path) -> None:
    """Depth 20 and 60 descendants are what a stranger is shown at once."""
    server = MastodonServer("http://social.test")
    server.thread("ann", range(1, 101))
    with serving({"social.test": by_url(server)}) as platforms:
        said = platforms.capture(tmp_path, "http://social.test/@ann/50")
    assert said.code == 0, said.err
    thread = said.json["thread"]
    assert [post["text"] for post in thread["posts"]] == [f"Post {n}" for n in range(1, 101)]
    assert thread["completeness"] | {"reason": ""} == {
        "expected": 100,
        "captured": 100,
        "gaps": 0,
        "reason": "",
    }
