"""Lemmy over the whole path: a real server with its limits, the command, the archive."""

from __future__ import annotations

from pathlib import Path

from tests.platforms.web import serving
from tests.sources.lemmy_server import LemmyServer
from tests.sources.playing import Answer, by_url


def crowd(dialect: str = "v3") -> LemmyServer:
    """A post with three pages of comments, of which the author's own chain is the thread."""
    server = LemmyServer("http://lemmy.test", dialect)
    server.post(1, "ann")
    server.comment(1001, "ann")
    server.comment(1002, "ann", 1001)
    for number in range(1003, 1130):
        server.comment(number, "bob", 1002)
    return server


def test_post_with_many_comments_is_captured_whole(tmp_path: Path) -> None:
    """By pages of 50, from the address of a comment on another server's copy."""
    home = crowd()
    away = LemmyServer("http://away.test")
    away.post(7, "zoe", ap_id="http://lemmy.test/post/1", local=False)
    away.comment(70, "zoe", post=7)
    with serving({"lemmy.test": by_url(home), "away.test": by_url(away)}) as platforms:
        said = platforms.capture(tmp_path, "--no-snapshots", "http://away.test/comment/70")
    assert said.code == 0, said.err
    thread = said.json["thread"]
    assert (thread["platform"], thread["url"]) == ("lemmy", "http://lemmy.test/post/1")
    assert len(thread["posts"] + thread["replies"]) == 1 + 129
    assert [post["text"] for post in thread["posts"][1:3]] == ["Comment 1001", "Comment 1002"]
    assert thread["completeness"] | {"reason": ""} == {
        "expected": 3,
        "captured": 3,
        "gaps": 0,
        "reason": "",
    }


def test_deleted_comment_vanishes_from_the_stored_thread(tmp_path: Path) -> None:
    """Its words stay in the archive."""
    server = LemmyServer("http://lemmy.test")
    server.post(1, "ann")
    server.comment(11, "ann")
    server.comment(12, "ann", 11)
    with serving({"lemmy.test": by_url(server)}) as platforms:
        assert platforms.capture(tmp_path, "--no-snapshots", "http://lemmy.test/post/1").code == 0
        server.delete(11)
        said = platforms.capture(tmp_path, "--no-snapshots", "http://lemmy.test/post/1")
    posts = said.json["thread"]["posts"]
    assert [post["state"] for post in posts] == ["present", "vanished", "present"]
    assert posts[1]["text"] == "Comment 11"


def test_server_that_asks_to_wait_is_waited_for(tmp_path: Path) -> None:
    """429 with a short Retry-After costs a second and nothing else."""
    server = crowd()
    refusals = iter((Answer({"error": "rate_limit_error"}, 429, (("Retry-After", "1"),)),))

    def busy(url: str) -> Answer:
        wanted = "/comment/list" in url
        return next(refusals, None) or server(url) if wanted else server(url)

    with serving({"lemmy.test": by_url(busy)}) as platforms:
        said = platforms.capture(tmp_path, "--no-snapshots", "http://lemmy.test/post/1")
    assert said.code == 0, said.err
    assert len(said.json["thread"]["posts"] + said.json["thread"]["replies"]) == 130


def test_private_server_is_refused(tmp_path: Path) -> None:
    """It wants a login: never a deletion."""
    server = crowd()
    server.fixed["/api/v3/post"] = Answer({"error": "instance_is_private"}, 401)
    with serving({"lemmy.test": by_url(server)}) as platforms:
        said = platforms.capture(tmp_path, "--no-snapshots", "http://lemmy.test/post/1")
    assert said.code == 1
    assert "without a login" in said.err


def test_blog_of_the_same_shape_is_a_web_page(tmp_path: Path) -> None:
    """`/post/12` is everybody's: the server must say that it is of the family."""
    words = b"<article><h1>Ships</h1><p>" + b"Long words of a blog. " * 40 + b"</p></article>"

    def blog(url: str) -> Answer:
        if url.endswith("/post/12"):
            return Answer(body=b"<title>Ships</title>" + words, mime="text/html")
        return Answer(status=404, body=b"no", mime="text/plain")

    with serving({"blog.test": by_url(blog)}) as platforms:
        said = platforms.capture(tmp_path, "--no-snapshots", "http://blog.test/post/12")
    assert said.code == 0, said.err
    assert said.json["thread"]["platform"] == "web"
    assert not any("/api/v3/" in request.url for request in platforms.asked)
