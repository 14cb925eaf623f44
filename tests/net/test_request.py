"""Which bytes go out, and which of them may be recorded."""

from __future__ import annotations

import pytest

from archiver.models import Header
from archiver.net.request import Prepared, prepare

OWN = (("User-Agent", "ua"), ("Accept", "*/*"))


def prepared(
    url: str = "http://a.example/x?y=1",
    method: str = "GET",
    asked: tuple[Header, ...] = (),
    cookies: str | None = None,
    body: bytes = b"",
) -> Prepared:
    """Prepare with our own headers."""
    return prepare(method, url, own=OWN, asked=asked, cookies=cookies, body=body)


@pytest.mark.parametrize(
    ("url", "start"),
    [
        ("http://a.example/x?y=1", b"GET /x?y=1 HTTP/1.1\r\nHost: a.example\r\n"),
        ("https://a.example:8443/", b"GET / HTTP/1.1\r\nHost: a.example:8443\r\n"),
        ("http://[::1]:80/a|b", b"GET /a|b HTTP/1.1\r\nHost: [::1]:80\r\n"),
    ],
)
def test_target_and_host_are_those_of_the_url(url: str, start: bytes) -> None:
    """Nothing is encoded or sorted on the way."""
    assert prepared(url).sent.startswith(start)


def test_request_ends_with_an_empty_line_and_is_recorded_as_sent() -> None:
    """Without secrets the record is the request."""
    made = prepared()
    assert made.sent.endswith(b"User-Agent: ua\r\nAccept: */*\r\n\r\n")
    assert made.recorded is made.sent
    assert made.facts == ()


@pytest.mark.parametrize("name", ["Authorization", "proxy-authorization", "COOKIE"])
def test_secrets_are_sent_and_not_recorded(name: str) -> None:
    """The value goes out and nowhere else; the record says so."""
    made = prepared(asked=((name, "s3cret"), ("X-Other", "shown")))
    assert f"{name}: s3cret".encode() in made.sent
    assert b"s3cret" not in made.recorded
    assert f"{name}: [redacted]".encode() in made.recorded
    assert b"X-Other: shown" in made.recorded
    assert made.facts == (("redacted", name.lower()),)


def test_cookies_of_the_chain_are_recorded_and_given_ones_win() -> None:
    """What the server gave is no secret; what the asker gave is one."""
    assert b"Cookie: a=b\r\n" in prepared(cookies="a=b").recorded
    made = prepared(cookies="a=b", asked=(("Cookie", "c=d"),))
    assert b"a=b" not in made.sent
    assert b"Cookie: c=d" in made.sent


def test_asked_headers_replace_ours_but_never_frame_the_request() -> None:
    """Accept can be chosen; Host, Connection and lengths cannot."""
    made = prepared(
        asked=(("accept", "application/json"), ("Host", "evil"), ("Content-Length", "9"))
    )
    assert b"*/*" not in made.sent
    assert b"accept: application/json" in made.sent
    assert b"evil" not in made.sent
    assert b"Content-Length" not in made.sent


def test_body_is_sent_with_its_length() -> None:
    """Bodies are framed by length; POST says 0 where there is none."""
    assert prepared(method="POST", body=b"a=1").sent.endswith(b"Content-Length: 3\r\n\r\na=1")
    assert b"Content-Length: 0\r\n" in prepared(method="POST").sent


@pytest.mark.parametrize(
    ("method", "header"),
    [
        ("GET", ("X-A", "b\r\nInjected: 1")),
        ("GET", ("X-A", "b\n")),
        ("GET", ("X-A", "\x00")),
        ("GET", ("X A", "b")),
        ("GET", ("X:A", "b")),
        ("GET", ("", "b")),
        ("GET", ("X-A", "\ud800")),
        ("GET / HTTP/1.1\r\nX:", ("X-A", "b")),
    ],
)
def test_what_would_break_the_request_apart_is_refused(method: str, header: Header) -> None:
    """No header or method can bring further lines."""
    with pytest.raises(ValueError, match=r"header|method"):
        prepared(method=method, asked=(header,))
