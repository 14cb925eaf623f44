"""Is each answer of a server translated into the right error, and JSON into the right values?"""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest

from archiver import errors
from archiver.models import Exchange, FetchRequest, Outcome
from archiver.sources.answers import (
    Answers,
    Missing,
    ask,
    failure,
    json_object,
    post,
    record_ids,
    reduced,
    retry_after_s,
    why,
)
from archiver.sources.fields import Fields, time_of
from tests.sources.playing import NOW, Answer

URL = "https://social.example/api/v1/statuses/1"


def answered(answer: Answer, url: str = URL, number: int = 0) -> Exchange:
    """Make the exchange of one question."""
    return answer.exchange(ask(url), number)


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (Answer(status=404), errors.NotFound, "is not there (404)"),
        (Answer(status=410), errors.NotFound, "is not there (410)"),
        (Answer(status=401), errors.AccessDenied, "without a login (401); nothing counts as"),
        (Answer(status=403), errors.AccessDenied, "without a login (403)"),
        (Answer(status=429), errors.RateLimited, "(429); a later capture may"),
        (Answer(status=503), errors.FetchError, "answered 503 when asked for the post"),
        (Answer(status=302), errors.FetchError, "answered 302"),
        (Answer(whole=False), errors.FetchError, "broke off after 4 bytes"),
        (
            Answer(outcome=Outcome.TIMEOUT),
            errors.FetchError,
            "(no answer came); a later capture may",
        ),
        (Answer(outcome=Outcome.DNS_ERROR), errors.FetchError, "could not be read"),
        (Answer(outcome=Outcome.TOO_LARGE), errors.TooLarge, "could not be read"),
        (Answer(outcome=Outcome.UNSAFE), errors.UnsafeTarget, "could not be read"),
        (Answer(body=b"<!doctype html>", mime="text/html"), errors.ParseError, "text/html came"),
        (Answer(body=b"", mime=""), errors.ParseError, "an answer without a type came"),
        (Answer(body=b'{"a":"\xff"}'), errors.ParseError, "byte 6 is not UTF-8"),
        (Answer(body=b"[" * 100_000), errors.ParseError, "nested too deep"),
        (Answer(body=b"9" * 5_000), errors.ParseError, "where JSON was due"),
        (Answer(body=b'{"a":'), errors.ParseError, "where JSON was due"),
        (Answer([]), errors.ParseError, "the answer is a list where an object was due"),
        (Answer(None), errors.ParseError, "the answer is missing or null"),
    ],
)
def test_bad_answer_is_one_clear_error(
    answer: Answer, kind: type[errors.ArchiverError], words: str
) -> None:
    """It says what, where and what to do."""
    with pytest.raises(kind) as caught:
        json_object(answered(answer), platform="mastodon", subject="the post")
    assert type(caught.value) is kind
    assert str(caught.value).startswith(URL)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_answer_over_the_limit_is_too_large() -> None:
    """Only its beginning was kept: another try brings no more."""
    request = FetchRequest(URL, keep_bytes=4)
    cut = Answer(body=b"[1,2", whole=False).exchange(request, 0)
    problem = failure(cut, subject="the post")
    assert isinstance(problem, errors.TooLarge)
    assert "larger than the 4 bytes" in str(problem)


def test_refusal_that_the_client_names_is_given_in_its_words() -> None:
    """A token that was refused is no outage."""
    refused = Exchange(ask(URL), NOW, Outcome.REFUSED, 401, error="the login was refused")
    problem = failure(refused, subject="the post")
    assert isinstance(problem, errors.AccessDenied)
    assert str(problem) == "the login was refused"


@pytest.mark.parametrize("status", [429, 500, 503])
@pytest.mark.parametrize("headers", [(), (("Retry-After", "30"),)])
def test_words_fit_a_capture_and_a_watch(status: int, headers: tuple[tuple[str, str], ...]) -> None:
    """A watch comes again by itself, a capture does not: neither is told to do what it does."""
    said = str(failure(answered(Answer(status=status, headers=headers)), subject="the post"))
    assert "try again" not in said
    assert ("later capture may succeed" in said) != ("again in 30 s" in said)


_READ: list[str] = []


def _count(answer: Exchange) -> int:
    _READ.append(answer.request.url)
    if answer.status == 404:
        raise errors.NotFound("no", uri_r=URL)
    return len(_READ)


def test_answer_is_read_once() -> None:
    """What came of it stays with the exchange, an error too, and is no part of its value."""
    _READ.clear()
    good, bad = answered(Answer({})), answered(Answer(status=404))
    assert [reduced(good, _count), reduced(good, _count)] == [1, 1]
    for _ in range(3):
        with pytest.raises(errors.NotFound):
            reduced(bad, _count)
    assert len(_READ) == 2
    assert good == answered(Answer({}))
    assert dataclasses.replace(good).memo == {}


def test_answers_grow_with_a_capture() -> None:
    """The earlier ones are not looked at again; a shorter capture is another one."""
    seen = tuple(answered(Answer({}), f"https://a.example/{n}", n) for n in range(4))
    first = Answers.growing(seen[:2])
    assert Answers.growing(seen) is first
    assert first.get(ask("https://a.example/3")) is seen[3]
    assert first.seen == seen
    cut = Answers.growing(seen[:1])
    with pytest.raises(Missing):
        cut.get(ask("https://a.example/1"))
    assert cut.holds(seen[0])
    assert not cut.holds(seen[1])
    assert Answers.growing(()).seen == ()


def test_answer_without_status_is_none() -> None:
    """An exchange that claims to be whole and has no status is not believed."""
    lost = Exchange(FetchRequest(URL), NOW, Outcome.OK)
    assert isinstance(failure(lost, subject="the post"), errors.FetchError)


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ((("Retry-After", "30"),), 30),
        ((("Retry-After", "Tue, 24 Nov 2026 08:05:00 GMT"),), 300),
        ((("X-RateLimit-Reset", "2026-11-24T08:05:00.000Z"),), 300),
        ((("X-RateLimit-Reset", "2026-11-24T08:05:00"),), 300),
        ((("ratelimit-reset", str(int(NOW.timestamp()) + 60)),), 60),
        ((("Retry-After", "30"), ("X-RateLimit-Reset", "2026-11-24T08:05:00Z")), 30),
        ((("Retry-After", "soon"), ("X-RateLimit-Reset", "2026-11-24T08:05:00Z")), 300),
        ((("X-RateLimit-Reset", "2020-01-01T00:00:00Z"),), 0),
        ((("Retry-After", "999999"),), 86_400),
        ((("Retry-After", "-5"),), None),
        ((("Retry-After", "9" * 400),), None),
        ((), None),
    ],
)
def test_wait_is_read_in_every_form(
    headers: tuple[tuple[str, str], ...], wait: float | None
) -> None:
    """Seconds, dates, ISO times and epochs; between nothing and a day."""
    answer = answered(Answer(status=429, headers=headers))
    assert retry_after_s(answer) == wait
    problem = failure(answer, subject="the post")
    assert isinstance(problem, errors.RateLimited)
    assert problem.retry_after_s == wait


def test_redirects_are_followed_as_far_as_they_lead() -> None:
    """An http seed leads to https; each step is asked once."""
    moved = Answer(status=301, headers=(("Location", "/b"),))
    first = answered(moved, "https://a.example/a")
    with pytest.raises(Missing) as need:
        Answers([first]).get(ask("https://a.example/a"))
    assert [request.url for request in need.value.requests] == ["https://a.example/b"]
    assert need.value.requests[0].headers == ask("").headers
    last = answered(Answer({}), "https://a.example/b", 1)
    assert Answers([first, last]).get(ask("https://a.example/a")) is last


@pytest.mark.parametrize(
    "location", ["", "https://a.example/a", "ftp://a.example/", "https://[::1"]
)
def test_redirect_to_nowhere_is_the_answer(location: str) -> None:
    """It leads nowhere, and its status says so."""
    answer = answered(Answer(status=302, headers=(("Location", location),)), "https://a.example/a")
    assert Answers([answer]).get(ask("https://a.example/a")) is answer


def test_redirects_in_a_circle_end() -> None:
    """After a few steps the last one is the answer."""
    seen = [
        answered(Answer(status=301, headers=(("Location", to),)), f"https://a.example{at}")
        for at, to in (("/a", "/b"), ("/b", "/a"))
    ]
    assert Answers(seen).get(ask("https://a.example/a")).status == 301


def test_request_that_sends_a_value_is_always_the_same() -> None:
    """So that its answer is found again, whatever order its parts had."""
    one, other = post(URL, {"a": 1, "b": "ü"}), post(URL, {"b": "ü", "a": 1}, credential="x")
    assert (one.method, one.body) == ("POST", other.body)
    assert (one.credential, other.credential) == (None, "x")


def test_all_that_is_missing_is_asked_at_once() -> None:
    """So that a source needs few rounds."""
    with pytest.raises(Missing) as need:
        Answers([]).get_all([ask("https://a.example/1"), ask("https://a.example/2")])
    assert len(need.value.requests) == 2
    assert "https://a.example/1" in str(need.value)
    assert need.value.ended().uri_r == "https://a.example/1"


def test_records_are_named_once() -> None:
    """What was not recorded is no proof."""
    seen = [answered(Answer({}), number=n) for n in (1, 2, 1)]
    seen.append(answered(Answer(outcome=Outcome.TIMEOUT)))
    assert record_ids(seen) == ("urn:uuid:1", "urn:uuid:2")


def fields(**values: object) -> Fields:
    """Make an object of an answer."""
    return Fields(values, URL, "mastodon", "account")


@pytest.mark.parametrize("getter", ["text", "time", "inner"])
def test_missing_value_that_is_needed_is_an_error(getter: str) -> None:
    """It names the place."""
    with pytest.raises(errors.ParseError, match=r"`account\.x` is missing or null") as caught:
        getattr(fields(x=None), getter)("x")
    assert caught.value.field == "account.x"


@pytest.mark.parametrize(
    ("getter", "value"),
    [
        ("text", 5),
        ("words", []),
        ("flag", "yes"),
        ("maybe_count", True),
        ("maybe_count", -1),
        ("maybe_count", 1.5),
        ("maybe_count", float("inf")),
        ("maybe_count", "7"),
        ("maybe_time", "yesterday"),
        ("maybe_time", 5),
        ("maybe_inner", []),
        ("objects", {}),
        ("objects", [1]),
        ("texts", "a"),
        ("texts", [None]),
    ],
)
def test_value_of_another_type_is_an_error(getter: str, value: object) -> None:
    """A list where an object was due, a number where text was: the format has changed."""
    with pytest.raises(errors.ParseError, match=r"`account\.x"):
        getattr(fields(x=value), getter)("x")


def test_values_of_the_right_type_are_given() -> None:
    """And what is absent is empty."""
    known = fields(t="a", f=True, n=12.0, o={"k": "v"}, l=[{"k": "v"}], s=["a"])
    assert (known.text("t"), known.flag("f"), known.maybe_count("n")) == ("a", True, 12)
    assert known.inner("o").text("k") == known.objects("l")[0].text("k") == "v"
    assert known.objects("l")[0].place == "account.l[0]"
    assert known.texts("s") == ("a",)
    nothing = fields()
    assert (nothing.words("x"), nothing.flag("x"), nothing.maybe_count("x")) == ("", False, None)
    assert (nothing.objects("x"), nothing.texts("x"), nothing.has("x")) == ((), (), False)
    assert (nothing.maybe_time("x"), nothing.maybe_inner("x")) == (None, None)


def test_right_type_can_still_be_refused() -> None:
    """The error names the place too."""
    with pytest.raises(errors.ParseError, match=r"`account\.x` is another text where a DID was"):
        fields(x="y").refuse("x", "a DID")


def test_why_something_was_not_read_is_said_in_few_words() -> None:
    """For a statement of completeness: no address, no body."""
    assert why(errors.ParseError("x", uri_r="u", platform="p", field="f")) == (
        "not what is documented"
    )
    assert why(errors.NotFound("x", uri_r="u", status=404)) == "status 404"
    assert why(errors.FetchError("x", uri_r="u")) == "no answer"


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-05-24T05:00:00.000Z", dt.datetime(2026, 5, 24, 5, tzinfo=dt.UTC)),
        ("2026-05-24T05:00:00.1234567Z", dt.datetime(2026, 5, 24, 5, 0, 0, 123456, dt.UTC)),
        ("2026-05-24T05:00:00", dt.datetime(2026, 5, 24, 5, tzinfo=dt.UTC)),
        ("2026-05-24T07:00:00+02:00", dt.datetime(2026, 5, 24, 5, tzinfo=dt.UTC)),
        ("0001-01-01T00:00:00+14:00", None),
        ("soon", None),
        ("", None),
    ],
)
def test_times_are_read_as_utc(text: str, at: dt.datetime | None) -> None:
    """Without a zone they count as UTC; what is none is None."""
    assert time_of(text) == at
