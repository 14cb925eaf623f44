"""PeerTube over the whole path: a real server with its limits, the command, the archive."""

from __future__ import annotations

from pathlib import Path

from tests.platforms.web import serving
from tests.sources.peertube_server import SHORT, UUID, PeerTubeServer, refused
from tests.sources.playing import Answer, by_url

SEED = f"http://tube.test/w/{SHORT}"


def test_video_is_captured_with_its_file_and_its_comments(tmp_path: Path) -> None:
    """Comments by pages of 100 threads; the film at its best, with what it says."""
    server = PeerTubeServer("http://tube.test")
    film = f"/static/web-videos/{UUID}-1080.mp4"
    server.fixed[film] = Answer(body=b"\x00" * 5_000, mime="video/mp4")
    server.fixed["/lazy-static/video-captions/en.vtt"] = Answer(body=b"WEBVTT", mime="text/vtt")
    server.captions = [{"captionPath": "/lazy-static/video-captions/en.vtt"}]
    for number in range(1, 131):
        server.comment(number, "ann")
    server.comment(200, "desk", 5)
    with serving({"tube.test": by_url(server)}) as platforms:
        said = platforms.capture(tmp_path, "--no-snapshots", SEED)
    assert said.code == 0, said.err
    thread = said.json["thread"]
    assert (thread["platform"], thread["title"]) == ("peertube", "What the harbour hides")
    assert (len(thread["posts"]), len(thread["replies"])) == (1, 131)
    assert [each["url"] for each in thread["posts"][0]["media"]] == [f"http://tube.test{film}"]
    assert any(request.url == f"http://tube.test{film}" for request in platforms.asked)
    assert thread["completeness"] | {"reason": ""} == {
        "expected": 1,
        "captured": 1,
        "gaps": 0,
        "reason": "",
    }


def test_server_that_asks_to_wait_is_waited_for(tmp_path: Path) -> None:
    """429 with a short Retry-After costs a second and nothing else."""
    server = PeerTubeServer("http://tube.test")
    server.comment(1, "ann")
    refusals = iter((Answer({"status": 429}, 429, (("Retry-After", "1"),)),))

    def busy(url: str) -> Answer:
        wanted = "/comment-threads" in url
        return next(refusals, None) or server(url) if wanted else server(url)

    with serving({"tube.test": by_url(busy)}) as platforms:
        said = platforms.capture(tmp_path, "--no-snapshots", SEED)
    assert said.code == 0, said.err
    assert [post["text"] for post in said.json["thread"]["replies"]] == ["Comment 1"]


def test_video_with_a_password_is_refused(tmp_path: Path) -> None:
    """It wants a password: never a deletion."""
    server = PeerTubeServer("http://tube.test")
    kind = "https://docs.joinpeertube.org/api-rest-reference.html#video_requires_password"
    refusal = refused(401, "Please provide a password", kind)
    server.fixed[f"/api/v1/videos/{SHORT}"] = refusal
    with serving({"tube.test": by_url(server)}) as platforms:
        said = platforms.capture(tmp_path, "--no-snapshots", SEED)
    assert said.code == 1
    assert "without a login" in said.err


def test_video_that_was_taken_down_vanishes(tmp_path: Path) -> None:
    """By the platform's own word, at the second capture."""
    server = PeerTubeServer("http://tube.test")
    with serving({"tube.test": by_url(server)}) as platforms:
        assert platforms.capture(tmp_path, "--no-snapshots", SEED).code == 0
        server.video = None
        said = platforms.capture(tmp_path, "--no-snapshots", SEED)
    assert said.code == 0, said.err
    (post,) = said.json["thread"]["posts"]
    assert (post["state"], post["text"][:12]) == ("vanished", "What the har")
