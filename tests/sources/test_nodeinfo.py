"""Is the software of a server told by its own word only?"""

from __future__ import annotations

import pytest

from archiver.models import Exchange
from archiver.sources.answers import Answers, Missing
from archiver.sources.nodeinfo import software
from tests.sources.playing import Answer

ROOT = "https://a.example"
INDEX = f"{ROOT}/.well-known/nodeinfo"
SCHEMA = "http://nodeinfo.diaspora.software/ns/schema/"


def told(server: dict[str, Answer]) -> tuple[str, list[str]]:
    """Ask until it is told; give the name and what was asked."""
    seen: list[Exchange] = []
    while True:
        try:
            return software(Answers(seen), ROOT), [each.request.url for each in seen]
        except Missing as need:
            for request in need.requests:
                answer = server.get(request.url, Answer(status=404))
                seen.append(answer.exchange(request, len(seen)))
            assert len(seen) < 10


def index(*links: tuple[str, str]) -> Answer:
    """Make the answer of the well-known address."""
    return Answer({"links": [{"rel": SCHEMA + version, "href": href} for version, href in links]})


@pytest.mark.parametrize(
    ("href", "where"),
    [(f"{ROOT}/nodeinfo/2.1", f"{ROOT}/nodeinfo/2.1"), ("/n", f"{ROOT}/n")],
)
def test_name_is_told_in_lower_case(href: str, where: str) -> None:
    """By the newest document of those that are offered."""
    server = {
        INDEX: index(("2.0", f"{ROOT}/old"), ("2.1", href)),
        where: Answer({"software": {"name": "Pleroma"}}),
    }
    assert told(server) == ("pleroma", [INDEX, where])


def test_server_that_moved_is_followed() -> None:
    """The address under which it answers in the end counts as its own."""
    moved = "https://b.example/.well-known/nodeinfo"
    server = {
        INDEX: Answer(status=301, headers=(("Location", moved),)),
        moved: index(("2.0", "https://b.example/n")),
        "https://b.example/n": Answer({"software": {"name": "mastodon"}}),
    }
    assert told(server)[0] == "mastodon"


@pytest.mark.parametrize(
    "answer",
    [
        Answer(status=404),
        Answer(status=429),
        Answer(body=b"<html>", mime="text/html"),
        Answer({"links": []}),
        Answer({"links": "x"}),
        Answer({"links": [{"rel": SCHEMA + "2.0", "href": 5}]}),
        Answer({"links": [{"rel": SCHEMA + "2.0"}]}),
        Answer([]),
        index(("2.0", "https://other.example/n")),
        index(("2.0", "http://[::1")),
        index(("2.0", "ftp://a.example/n")),
    ],
)
def test_server_that_does_not_say_is_nobody(answer: Answer) -> None:
    """Another host is not asked in its place."""
    name, asked = told({INDEX: answer})
    assert (name, asked[:1]) == ("", [INDEX])
    assert all(url.startswith(ROOT) for url in asked)


@pytest.mark.parametrize("value", [{}, {"software": "x"}, {"software": {"name": 7}}, "x", None])
def test_document_of_another_shape_says_nothing(value: object) -> None:
    """A wrong type is no name."""
    server = {INDEX: index(("2.0", f"{ROOT}/n")), f"{ROOT}/n": Answer(value)}
    assert told(server)[0] == ""
