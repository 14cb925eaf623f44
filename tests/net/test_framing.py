"""Where answers end: by length, in chunks, at the close, and where they are malformed."""

from __future__ import annotations

import time

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.net.framing import NotHttp, body_after, head_end, keeps_alive, parse_head

MANY = 10**9


def taken(head: bytes, body: bytes, *, step: int = 1, room: int = MANY) -> tuple[bytes, int, bool]:
    """Feed a body in steps; give the payload, the bytes used, and whether it was done."""
    framed = body_after(parse_head(head), method="GET")
    payload, used = b"", 0
    while used < len(body) and not framed.done:
        piece = framed.take(body[used : used + step], room - len(payload))
        payload += piece.payload
        used += piece.used
        assert not piece.fault
        if piece.used == 0:
            break
    return payload, used, framed.done


def chunks(*pieces: bytes, trailers: bytes = b"") -> bytes:
    """Frame pieces as chunks."""
    framed = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
    return framed + b"0\r\n" + trailers + b"\r\n"


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@given(
    st.lists(st.binary(min_size=1, max_size=50), max_size=8),
    st.sampled_from([b"", b"X-Sum: 1\r\n", b"A: b\r\nC: d\r\n"]),
    st.integers(1, 70),
    st.binary(max_size=9),
)
def test_chunks_end_where_they_end_however_they_are_cut(
    pieces: list[bytes], trailers: bytes, step: int, after: bytes
) -> None:
    """Payload and end are the same for every way in which the bytes arrive."""
    body = chunks(*pieces, trailers=trailers)
    assert taken(CHUNKED, body + after, step=step) == (b"".join(pieces), len(body), True)


@given(st.lists(st.binary(min_size=1, max_size=50), max_size=8), st.integers(1, 70))
def test_chunks_are_read_as_another_parser_reads_them(pieces: list[bytes], step: int) -> None:
    """h11 finds the same payload."""
    body = chunks(*pieces)
    other = h11.Connection(h11.CLIENT)
    other.send(h11.Request(method="GET", target="/", headers=[("Host", "a")]))
    other.send(h11.EndOfMessage())
    other.receive_data(CHUNKED + body)
    found = b""
    while not isinstance(event := other.next_event(), h11.EndOfMessage):
        found += bytes(event.data) if isinstance(event, h11.Data) else b""
    assert taken(CHUNKED, body, step=step)[0] == found


@given(st.lists(st.binary(min_size=1, max_size=50), min_size=1), st.integers(0, 300))
def test_no_more_payload_is_taken_than_there_is_room(pieces: list[bytes], room: int) -> None:
    """A limit holds to the byte, and what is used is a prefix that reads the same."""
    body = chunks(*pieces)
    whole = b"".join(pieces)
    payload, used, done = taken(CHUNKED, body, step=len(body), room=room)
    assert payload == whole[:room]
    assert done is (room >= len(whole))
    assert taken(CHUNKED, body[:used], step=7)[0] == payload


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (b"zz\r\nabc", "no size"),
        (b"-1\r\nabc", "no size"),
        (b"0x5\r\nabcde\r\n", "no size"),
        (b"\r\n", "no size"),
        (b"11111111111111111\r\n", "no size"),
        (b"2\r\nabc\r\n", "longer than it says"),
        (b"1;" + b"x" * 20_000, "does not end"),
        (b"0\r\n" + b"a: b\r\n" * 20_000, "trailers"),
    ],
)
def test_broken_chunks_are_a_fault(body: bytes, fault: str) -> None:
    """Wrong framing is said, and what came before it is kept."""
    framed = body_after(parse_head(CHUNKED), method="GET")
    piece = framed.take(b"3\r\nabc\r\n" + body, MANY)
    assert fault in piece.fault
    assert piece.payload.startswith(b"abc")


def test_chunk_extensions_and_bare_line_feeds_are_read() -> None:
    """What servers really send is understood."""
    assert taken(CHUNKED, b'3;a="b"\nabc\n 2 \r\nde\r\n0\n\n') == (b"abcde", 24, True)


@pytest.mark.parametrize(
    ("head", "method", "left"),
    [
        ("200 OK|Content-Length: 3", "GET", "counted"),
        ("200 OK|Content-Length: 3|content-length: 3", "GET", "counted"),
        ("200 OK|Content-Length: 3, 3", "GET", "counted"),
        ("200 OK|Content-Length: 3|Content-Length: 4", "GET", "close"),
        ("200 OK|Content-Length: +3", "GET", "close"),
        ("200 OK|Content-Length: 99999999999999999999", "GET", "close"),
        ("200 OK", "GET", "close"),
        ("200 OK|Transfer-Encoding: gzip", "GET", "close"),
        ("200 OK|Transfer-Encoding: identity|Content-Length: 3", "GET", "counted"),
        ("200 OK|Transfer-Encoding: gzip, Chunked|Content-Length: 3", "GET", "chunked"),
        ("204 No Content|Content-Length: 3", "GET", "none"),
        ("304 Not Modified|Content-Length: 3", "GET", "none"),
        ("200 OK|Content-Length: 3", "HEAD", "none"),
        ("200 OK|Transfer-Encoding: chunked", "HEAD", "none"),
        ("101 Switching Protocols", "GET", "none"),
        ("200 OK|Content-Length: 0", "GET", "none"),
    ],
)
def test_framing_is_chosen_by_the_rules(head: str, method: str, left: str) -> None:
    """RFC 9112, 6.3, decides whether and how a body is framed."""
    raw = ("HTTP/1.1 " + head.replace("|", "\r\n") + "\r\n\r\n").encode()
    body = body_after(parse_head(raw), method=method)
    found = "none" if body.done else "chunked" if body.chunked else "counted"
    assert left == (found if body.done or body.expects_more else "close")


@pytest.mark.parametrize(
    ("head", "kept"),
    [
        ("HTTP/1.1 200 OK|Content-Length: 3", True),
        ("HTTP/1.1 200 OK|Content-Length: 3|Connection: Close", False),
        ("HTTP/1.1 200 OK|Content-Length: 3|Connection: x, close", False),
        ("HTTP/1.0 200 OK|Content-Length: 3", False),
        ("HTTP/1.0 200 OK|Content-Length: 3|Connection: keep-alive", True),
        ("HTTP/1.1 200 OK", False),
        ("HTTP/1.1 200 OK|Content-Length: 3|Transfer-Encoding: chunked", False),
        ("HTTP/1.1 200 OK|Transfer-Encoding: chunked", True),
        ("HTTP/1.1 101 Switching Protocols", False),
    ],
)
def test_connection_is_kept_only_where_nothing_is_in_doubt(head: str, kept: bool) -> None:
    """An answer that could be read in two ways ends its connection."""
    parsed = parse_head((head.replace("|", "\r\n") + "\r\n\r\n").encode())
    assert keeps_alive(parsed, body_after(parsed, method="GET")) is kept


def test_head_is_read_leniently() -> None:
    """Folded lines are joined, lines that are no header passed over, bytes kept as they are."""
    head = parse_head(
        b"HTTP/1.1  404\r\nX-Long: a\r\n  b\r\nnonsense\r\n"
        b"Location : /\xc3\xa9 \nX-Bad: \xff\r\n\r\n"
    )
    assert head.status == 404
    assert head.headers == (
        (b"X-Long", b"a b"),
        (b"Location", b"/\xc3\xa9"),
        (b"X-Bad", b"\xff"),
    )
    assert head.values(b"location") == [b"/\xc3\xa9"]


@pytest.mark.parametrize(
    "raw", [b"", b"\r\n\r\n", b"<html>\n\n", b"HTTP/2 200\r\n\r\n", b"ICY 200 OK\r\n\r\n"]
)
def test_what_is_not_http_is_said(raw: bytes) -> None:
    """Only HTTP/1 status lines begin an answer."""
    with pytest.raises(NotHttp, match="begins with"):
        parse_head(raw)


@given(st.integers(0, 40), st.sampled_from([b"\r\n\r\n", b"\n\n", b"\n\r\n"]))
def test_end_of_head_is_found_across_pieces(before: int, end: bytes) -> None:
    """The search goes on where it left off, and finds what lies across two pieces."""
    head = b"x" * before + end
    for cut in range(len(head)):
        assert head_end(head[:cut]) < 0
        assert head_end(head + b"body", cut) == len(head)


@pytest.mark.parametrize("line", [b"X-A: b\r\n", b"X-A:\r\n b\r\n", b" more\r\n", b"\xff\r\n"])
def test_head_of_many_lines_is_read_in_no_time(line: bytes) -> None:
    """A head at the limit cannot keep us busy."""
    started = time.process_time()
    parse_head(b"HTTP/1.1 200 OK\r\nX: y\r\n" + line * (262_144 // len(line)) + b"\r\n")
    assert time.process_time() - started < 1
