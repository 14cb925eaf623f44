"""Is it told which server an address names, and whether it runs what it must?"""

from __future__ import annotations

import pytest

from archiver import errors
from archiver.core.urls import origin_of, split
from archiver.models import Exchange, Outcome
from archiver.sources.answers import Answers, Missing, ask
from archiver.sources.hosts import identity, read_each, runs
from tests.sources.playing import Answer

ORIGIN = "https://a.example"
INDEX = f"{ORIGIN}/.well-known/nodeinfo"


def answered(**answers: Answer) -> Answers:
    """Give answers to the two questions of NodeInfo."""
    urls = {"index": INDEX, "document": f"{ORIGIN}/nodeinfo/2.0"}
    seen: list[Exchange] = [
        answer.exchange(ask(urls[name]), number)
        for number, (name, answer) in enumerate(answers.items())
    ]
    return Answers(seen)


LINKS = Answer(
    {
        "links": [
            {
                "rel": "http://nodeinfo.diaspora.software/ns/schema/2.0",
                "href": f"{ORIGIN}/nodeinfo/2.0",
            }
        ]
    }
)


def test_server_that_says_so_is_of_the_family() -> None:
    """By the name in NodeInfo, whatever its case."""
    told = answered(index=LINKS, document=Answer({"software": {"name": "Lemmy"}}))
    assert runs(told, ORIGIN, frozenset({"lemmy"}), platform="lemmy") == "lemmy"


def test_unasked_server_is_asked() -> None:
    """One question after the other."""
    with pytest.raises(Missing):
        runs(Answers(()), ORIGIN, frozenset({"lemmy"}), platform="lemmy")


@pytest.mark.parametrize("status", [200, 301, 400, 403, 404, 500])
def test_server_that_does_not_say_is_another(status: int) -> None:
    """A blog answers so."""
    told = answered(index=Answer(body=b"<html>", status=status, mime="text/html"))
    with pytest.raises(errors.NotThisPlatform, match="does not say what it runs, not lemmy"):
        runs(told, ORIGIN, frozenset({"lemmy"}), platform="lemmy")


@pytest.mark.parametrize(
    "answer",
    [Answer(status=429), Answer(status=503), Answer(outcome=Outcome.TIMEOUT)],
    ids=["429", "503", "timeout"],
)
def test_server_that_does_not_answer_now_decides_nothing(answer: Answer) -> None:
    """So that a busy Lemmy is never taken for a web page."""
    with pytest.raises(errors.FetchError) as caught:
        runs(answered(index=answer), ORIGIN, frozenset({"lemmy"}), platform="lemmy")
    assert not isinstance(caught.value, errors.NotThisPlatform)


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://A.example/x", "https://a.example"),
        ("http://a.example:80/x", "http://a.example"),
        ("https://a.example:8443", "https://a.example:8443"),
        ("https://a.example./x", "https://a.example"),
        ("https://[2001:db8::1]:443/x", "https://[2001:db8::1]"),
        ("ftp://a.example/x", ""),
        ("https://name:word@a.example/", ""),
        ("https://a.example:99999/", ""),
        ("https://a.example:0/", ""),
        ("https://[::1/", ""),
        ("x", ""),
    ],
)
def test_origin_is_scheme_and_authority(url: str, origin: str) -> None:
    """One spelling for one server; none for what is no address of the web."""
    assert origin_of(url) == origin
    assert (split(url) is None) == (origin == "")


def test_copy_never_has_the_identity_of_the_original() -> None:
    """Any server can claim any id."""
    uri = "https://b.example/post/1"
    assert identity("https://b.example", uri) == uri
    assert identity("http://b.example", uri) == uri
    assert identity("https://a.example", uri) == f"a.example {uri}"


def test_members_that_cannot_be_read_are_counted() -> None:
    """The others stay."""
    values = [{"a": "x"}, 7, {"a": 7}, {}, {"a": "y"}]
    found, bad = read_each(values, lambda each: each.text("a"), uri_r="u", platform="p", place="l")
    assert (found, bad) == (["x", "y"], 3)
    assert read_each(None, lambda each: each.text("a"), uri_r="u", platform="p") == ([], 0)


def test_no_list_at_all_is_an_error() -> None:
    """It names the place."""
    with pytest.raises(errors.ParseError) as caught:
        read_each({}, lambda each: each, uri_r="u", platform="p", place="comments")
    assert caught.value.field == "comments"
