"""Hacker News over the whole path: real servers, the command, the archive."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.platforms.web import PlatformWeb, serving
from tests.sources.hackernews_server import HackerNewsServer
from tests.sources.playing import Answer, by_url

SETTINGS = (
    '[platforms.hackernews]\napi = "http://hn.test/v0"\nalgolia = "http://algolia.test/api/v1"\n'
)
SEED = "https://news.ycombinator.com/item?id={}"


@contextmanager
def served(server: HackerNewsServer) -> Iterator[PlatformWeb]:
    """Serve the API, Algolia and a page that stories lead to."""
    page = Answer(body=b"<html><title>Target</title><p>Words</p></html>", mime="text/html")
    names = {"hn.test": by_url(server), "algolia.test": by_url(server)}
    with serving(names | {"target.test": lambda request: page}) as platforms:
        yield platforms


def made() -> HackerNewsServer:
    """A story that its author went on below, with an answer of somebody else."""
    server = HackerNewsServer("http://hn.test/v0", "http://algolia.test/api/v1")
    server.story(100, url="http://target.test/page")
    server.comment(101, 100)
    server.comment(102, 100, "bob")
    server.comment(103, 101)
    return server


def test_discussion_is_captured_with_its_link(tmp_path: Path) -> None:
    """From a comment on: the story, what its author went on with, and where the story leads."""
    with served(made()) as platforms:
        said = platforms.capture(tmp_path, SEED.format(102), more=SETTINGS)
    assert said.code == 0, said.err
    thread = said.json["thread"]
    assert [post["text"] for post in thread["posts"]] == [
        "Story 100", "Comment 101", "Comment 103",
    ]  # fmt: skip
    assert (thread["platform"], thread["completeness"]["expected"]) == ("hackernews", 3)
    assert [(link["uri_r"], link["outcome"]) for link in said.json["links"]] == [
        ("http://target.test/page", "ok")
    ]


def test_algolia_that_does_not_answer_is_gone_round(tmp_path: Path) -> None:
    """The API tells the same, one by one; and a deletion is seen by its own word."""
    server = made()
    with served(server) as platforms:
        platforms.capture(tmp_path, SEED.format(100), more=SETTINGS)
        server.algolia = False
        server.delete(103)
        said = platforms.capture(tmp_path, SEED.format(100), more=SETTINGS)
    assert said.code == 0, said.err
    states = {post["id"]: post["state"] for post in said.json["thread"]["posts"]}
    assert states == {"100": "present", "101": "present", "103": "vanished"}


def test_rate_limit_is_told(tmp_path: Path) -> None:
    """With the seconds that the server names."""
    server = made()
    server.fixed = {
        url: Answer(status=429, headers=(("Retry-After", "300"),))
        for url in ("http://hn.test/v0/item/100.json", "http://algolia.test/api/v1/items/100")
    }
    with served(server) as platforms:
        said = platforms.capture(tmp_path, SEED.format(100), more=SETTINGS)
    assert said.code == 1
    assert "429" in said.err + said.out
    assert "300 s" in said.err + said.out
