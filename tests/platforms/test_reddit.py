"""Reddit over the whole path: a real server that wants tokens, the command, the archive."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from archiver.models import FetchRequest
from tests.platforms.web import PlatformWeb, serving
from tests.sources.playing import Answer
from tests.sources.reddit_server import SITE, RedditServer

SETTINGS = '[platforms.reddit]\napi = "http://api.reddit.test"\nlogin = "http://www.reddit.test"\n'
SECRETS = {"ARCHIVER_REDDIT_CLIENT_ID": "app", "ARCHIVER_REDDIT_CLIENT_SECRET": "word"}
SEED = f"{SITE}/r/news/comments/abc/a_slug/"


@contextmanager
def served(server: RedditServer) -> Iterator[PlatformWeb]:
    """Serve the API, and the site that gives tokens and share links."""
    with serving({"api.reddit.test": server, "www.reddit.test": server}) as platforms:
        yield platforms


def made() -> RedditServer:
    """A post with 250 comments; the last two are its author's, and only named at first."""
    server = RedditServer("http://api.reddit.test", at_once=50)
    server.tokens = set()
    server.post()
    for number in range(248):
        server.comment(f"m{number}", "t3_abc")
    server.comment("c1", "t3_abc", "ann")
    server.comment("c2", "t1_c1", "ann")
    return server


def records(folder: Path) -> bytes:
    """Give all that was recorded."""
    paths = (folder / "data" / "warc").glob("*.warc.gz")
    return b"".join(gzip.decompress(path.read_bytes()) for path in paths)


def test_post_is_captured_whole_and_no_secret_recorded(tmp_path: Path) -> None:
    """One token for all; comments that are only named are asked for."""
    server = made()
    with served(server) as platforms:
        said = platforms.capture(tmp_path, SEED, more=SETTINGS, env=SECRETS)
    assert said.code == 0, said.err
    thread = said.json["thread"]
    assert [post["id"] for post in thread["posts"]] == ["t3_abc", "t1_c1", "t1_c2"]
    assert (thread["platform"], thread["completeness"]["expected"]) == ("reddit", 3)
    assert server.issued == 1
    kept = records(tmp_path)
    assert b"api.reddit.test" in kept
    for secret in (b"token-1", b"access_token", b"YXBwOndvcmQ="):
        assert secret not in kept


def test_token_that_ends_is_renewed(tmp_path: Path) -> None:
    """A token that is refused midway is asked for anew, once."""
    server = made()

    def revoking(request: FetchRequest) -> Answer:
        if "morechildren" in request.url and server.issued == 1:
            server.tokens = set()
        return server(request)

    with serving({"api.reddit.test": revoking, "www.reddit.test": server}) as platforms:
        said = platforms.capture(tmp_path, SEED, more=SETTINGS, env=SECRETS)
    assert said.code == 0, said.err
    assert len(said.json["thread"]["posts"]) == 3
    assert server.issued == 2


def test_share_link_leads_to_the_post(tmp_path: Path) -> None:
    """By its redirect, which is asked for without a token."""
    server = made()
    server.fixed["/r/news/s/AbC123"] = Answer(status=301, headers=(("Location", SEED),))
    with served(server) as platforms:
        said = platforms.capture(tmp_path, f"{SITE}/r/news/s/AbC123", more=SETTINGS, env=SECRETS)
        shared = [request for request in platforms.asked if "/s/" in request.url]
    assert said.code == 0, said.err
    assert said.json["thread"]["platform"] == "reddit"
    assert "Authorization" not in dict(shared[0].headers)


def test_missing_application_is_named(tmp_path: Path) -> None:
    """Nothing is asked, and the sentence says which variables to set."""
    with served(made()) as platforms:
        said = platforms.capture(tmp_path, SEED, more=SETTINGS)
    assert (said.code, platforms.asked) == (1, [])
    assert "ARCHIVER_REDDIT_CLIENT_SECRET" in said.err + said.out


def test_refused_application_is_named(tmp_path: Path) -> None:
    """Reddit is asked for a token once."""
    env = SECRETS | {"ARCHIVER_REDDIT_CLIENT_SECRET": "wrong-word"}
    with served(made()) as platforms:
        said = platforms.capture(tmp_path, SEED, more=SETTINGS, env=env)
    assert said.code == 1
    assert "ARCHIVER_REDDIT_CLIENT_ID" in said.err + said.out
    assert "wrong-word" not in said.err + said.out
    assert len(platforms.asked) == 1


def test_rate_limit_is_told(tmp_path: Path) -> None:
    """With the seconds that Reddit names in its own header."""
    server = made()
    server.fixed["/comments/abc"] = Answer(
        status=429, headers=(("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "77"))
    )
    with served(server) as platforms:
        said = platforms.capture(tmp_path, SEED, more=SETTINGS, env=SECRETS)
    assert said.code == 1
    assert "77 s" in said.err + said.out


def test_subreddit_is_listed(tmp_path: Path) -> None:
    """The newest posts, each a thread."""
    with served(made()) as platforms:
        said = platforms.capture(tmp_path, f"{SITE}/r/news/", more=SETTINGS, env=SECRETS)
    assert said.code == 0, said.err
    assert SEED in said.out
