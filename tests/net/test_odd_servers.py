"""What is recorded of servers that do odd things."""

from __future__ import annotations

import asyncio

import pytest

from archiver.models import FetchRequest, Outcome
from tests.net.conftest import MakeClient
from tests.net.recorder import KeptRecords
from tests.net.serving import Close, Flood, Hang, OddServer, Pause, Reset, Step, answer

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
ENDLESS = b"HTTP/1.1 200 OK\r\n\r\n"
LAST = b"0\r\n\r\n"


@pytest.mark.parametrize(
    ("steps", "body"),
    [
        ([CHUNKED + b"5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n"], b"hello"),
        (
            [CHUNKED[:30], Pause(0.01), CHUNKED[30:] + b"2\r", Pause(0.01), b"\nhi\r\n0\r\n\r\n"],
            b"hi",
        ),
        ([b"HTTP/1.1 200 OK\r\n\r\nuntil the end", Close()], b"until the end"),
        ([b"HTTP/1.0 200 OK\r\n\r\nold", Close()], b"old"),
        ([b"HTTP/1.0 200 OK\nContent-Length: 3\n\nold"], b"old"),
        ([b"HTTP/1.1 204 No Content\r\n\r\n"], b""),
        ([b"HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n"], b""),
        ([b"HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n"], b""),
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX: \xff\xfe\r\nbroken line\r\n\r\nok"], b"ok"),
        ([bytes([each]) for each in answer(b"drip")], b"drip"),
    ],
)
async def test_odd_answers_are_recorded_to_the_byte(
    make_client: MakeClient, records: KeptRecords, steps: list[Step], body: bytes
) -> None:
    """However it is framed, the block is what was sent and the body what was meant."""
    async with OddServer({"/": steps}) as server:
        got = await make_client(server).fetch(FetchRequest(server.url("/")))
    assert (got.outcome, got.whole, got.body) == (Outcome.OK, True, body)
    assert records.only.response == b"".join(s for s in steps if isinstance(s, bytes))
    assert records.only.raw.payload_bytes == len(body)
    assert records.only.raw.truncated is None


async def test_chunked_answer_is_marked_and_its_digest_is_of_the_entity(
    make_client: MakeClient, records: KeptRecords
) -> None:
    """Transfer coding is not part of the payload."""
    script = {"/c": [CHUNKED + b"2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"], "/p": [answer(b"hello")]}
    async with OddServer(script) as server:
        client = make_client(server)
        chunked = await client.fetch(FetchRequest(server.url("/c")))
        plain = await client.fetch(FetchRequest(server.url("/p")))
    assert chunked.digest == plain.digest
    assert [kept.raw.chunked for kept in records.kept] == [True, False]
    assert server.connections == 1


async def test_head_has_no_body(make_client: MakeClient, records: KeptRecords) -> None:
    """A length without a body is right there, and the connection goes on."""
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n"
    async with OddServer({"/": [head]}) as server:
        client = make_client(server)
        first = await client.fetch(FetchRequest(server.url("/"), method="HEAD"))
        await client.fetch(FetchRequest(server.url("/"), method="HEAD"))
    assert (first.outcome, first.body, first.whole) == (Outcome.OK, b"", True)
    assert records.kept[0].response == head
    assert server.connections == 1


async def test_interim_answers_are_passed_over(
    make_client: MakeClient, records: KeptRecords
) -> None:
    """Early hints are not the answer; the record says that they came."""
    interim = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"
    final = answer(b"page")
    async with OddServer({"/": [interim, Pause(0.01), final]}) as server:
        got = await make_client(server).fetch(FetchRequest(server.url("/")))
    assert (got.status, got.body) == (200, b"page")
    assert records.only.response == final
    assert ("interimAnswers", "2") in records.only.raw.facts


async def test_connection_is_used_again_and_nothing_leaks(
    make_client: MakeClient, records: KeptRecords
) -> None:
    """Three exchanges on one connection are three records."""
    script = {f"/{n}": [answer(b"body %d" % n)] for n in range(3)}
    async with OddServer(script) as server:
        client = make_client(server)
        for path in script:
            await client.fetch(FetchRequest(server.url(path)))
    assert server.connections == 1
    assert [kept.response for kept in records.kept] == [answer(b"body %d" % n) for n in range(3)]


@pytest.mark.parametrize("pause", [[], [Pause(0.01)]])
async def test_bytes_after_the_answer_never_answer_the_next_request(
    make_client: MakeClient, records: KeptRecords, pause: list[Step]
) -> None:
    """A second answer that nobody asked for ends the connection."""
    first: list[Step] = [answer(b"one"), *pause, answer(b"forged")]
    second: list[Step] = [answer(b"two")]
    async with OddServer({"/1": first, "/2": second}) as server:
        client = make_client(server)
        one = await client.fetch(FetchRequest(server.url("/1")))
        if pause:
            await server.played.wait()
            await asyncio.sleep(0.02)
        two = await client.fetch(FetchRequest(server.url("/2")))
    assert (one.body, two.body) == (b"one", b"two")
    assert [kept.response for kept in records.kept] == [answer(b"one"), answer(b"two")]


async def test_connection_closed_meanwhile_is_opened_anew(
    make_client: MakeClient, records: KeptRecords
) -> None:
    """A kept connection that dies with the next request is not the server's refusal."""
    script: dict[str, list[object]] = {
        "/1": [answer(b"one")],
        "/2": [[Close()], [answer(b"two")]],
    }
    async with OddServer(script) as server:
        client = make_client(server)
        await client.fetch(FetchRequest(server.url("/1")))
        two = await client.fetch(FetchRequest(server.url("/2")))
    assert two.body == b"two"
    assert records.kept[1].raw.facts == ()


@pytest.mark.parametrize(
    ("steps", "reason", "outcome", "kept"),
    [
        ([answer(b"12345678")[:-3], Close()], "disconnect", Outcome.REFUSED, b"12345"),
        ([answer(b"12345678")[:-3], Pause(0.02), Reset()], "disconnect", Outcome.REFUSED, b"12345"),
        ([answer(b"12345678")[:-3], Hang()], "time", Outcome.TIMEOUT, b"12345"),
        ([CHUNKED + b"5\r\n12345\r\n3\r\n", Close()], "disconnect", Outcome.REFUSED, b"12345"),
        ([CHUNKED + b"5\r\n12345\r\n", Hang()], "time", Outcome.TIMEOUT, b"12345"),
        ([CHUNKED + b"5\r\n12345\r\nzz\r\n"], "unspecified", Outcome.INVALID, b"12345"),
        ([ENDLESS + b"12345", Hang()], "time", Outcome.TIMEOUT, b"12345"),
        (
            [b"HTTP/1.1 200 OK\r\n\r\n12345", Pause(0.02), Reset()],
            "disconnect",
            Outcome.REFUSED,
            b"12345",
        ),
        ([b"HTTP/1.1 200 OK\r\nX: y", Close()], "disconnect", Outcome.REFUSED, b""),
        ([b"HTTP/1.1 200 OK\r\n", Hang()], "time", Outcome.TIMEOUT, b""),
    ],
)
async def test_what_came_before_it_broke_is_recorded(
    make_client: MakeClient,
    records: KeptRecords,
    steps: list[Step],
    reason: str,
    outcome: Outcome,
    kept: bytes,
) -> None:
    """A cut answer is kept as far as it came, and says why it ends."""
    async with OddServer({"/": steps}) as server:
        client = make_client(server, total_timeout_s=0.4 if reason == "time" else 60)
        got = await client.fetch(FetchRequest(server.url("/")))
    assert (got.outcome, got.status, got.body, got.whole) == (outcome, 200, kept, False)
    assert got.error and got.record_id
    assert records.only.raw.truncated == reason
    assert records.only.raw.response_bytes == len(records.only.response)
    sent = b"".join(s for s in steps if isinstance(s, bytes))
    assert sent.startswith(records.only.response)
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "steps",
    [
        [b"hello, I am no web server\r\n", Hang()],
        [b"SSH-2.0-OpenSSH_9.9\r\n\r\n"],
        [b"HTTP/2 200 OK\r\n\r\n"],
        [b"\x15\x03\x01\x00\x02\x02\x16"],
        [b"HTTP/1.1 two hundred\r\n\r\n"],
        [b"HTT", Pause(0.01), b"Q/1.1 200 OK\r\n", Hang()],
    ],
)
async def test_answers_that_are_not_http_are_invalid(
    make_client: MakeClient, records: KeptRecords, steps: list[Step]
) -> None:
    """They are noticed at once and not recorded as if they were HTTP."""
    async with OddServer({"/": steps}) as server:
        got = await make_client(server).fetch(FetchRequest(server.url("/")))
    assert (got.outcome, got.status, records.kept) == (Outcome.INVALID, None, [])
    assert "not HTTP/1" in got.error


async def test_large_head_is_taken_and_an_endless_one_is_cut(
    make_client: MakeClient, records: KeptRecords
) -> None:
    """200 KB of headers are odd; a megabyte is too much."""
    large = answer(b"ok", "X-Large: " + "x" * 200_000)
    script: dict[str, list[Step]] = {
        "/large": [large],
        "/endless": [b"HTTP/1.1 200 OK\r\n", Flood(b"X-A: b\r\n" * 1000, 131), Hang()],
    }
    async with OddServer(script) as server:
        client = make_client(server)
        good = await client.fetch(FetchRequest(server.url("/large")))
        bad = await client.fetch(FetchRequest(server.url("/endless")))
    assert (good.outcome, good.body) == (Outcome.OK, b"ok")
    assert records.kept[0].response == large
    assert (bad.outcome, bad.status, bad.whole) == (Outcome.TOO_LARGE, 200, False)
    assert records.kept[1].raw.truncated == "length"


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 104857600\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
        CHUNKED + b"6400000\r\n",
    ],
)
async def test_body_over_the_limit_is_cut_to_the_byte(
    make_client: MakeClient, records: KeptRecords, head: bytes
) -> None:
    """A hundred megabytes against a limit of three leave three."""
    async with OddServer({"/": [head, Flood(b"x" * 65536, 1600), Close()]}) as server:
        client = make_client(server, max_body_bytes=3_000_000)
        got = await client.fetch(FetchRequest(server.url("/"), keep_bytes=10))
    assert (got.outcome, got.size, got.body) == (Outcome.TOO_LARGE, 3_000_000, b"x" * 10)
    assert "3,000,000 bytes" in got.error
    assert records.only.raw.truncated == "length"
    assert records.only.response == head + b"x" * 3_000_000


async def test_limit_of_the_request_wins_if_it_is_lower(
    make_client: MakeClient, records: KeptRecords
) -> None:
    """An asker can want less than the settings allow, not more."""
    async with OddServer({"/": [answer(b"x" * 100)]}) as server:
        client = make_client(server, max_body_bytes=50)
        less = await client.fetch(FetchRequest(server.url("/"), max_bytes=10))
        more = await client.fetch(FetchRequest(server.url("/"), max_bytes=1000))
        exact = await client.fetch(FetchRequest(server.url("/"), max_bytes=50))
    assert [each.size for each in (less, more, exact)] == [10, 50, 50]


async def test_body_of_exactly_the_limit_is_whole(make_client: MakeClient) -> None:
    """The limit is what may be, not what is too much."""
    script = {"/": [answer(b"x" * 50)], "/c": [CHUNKED + b"32\r\n" + b"x" * 50 + b"\r\n0\r\n\r\n"]}
    async with OddServer(script) as server:
        client = make_client(server, max_body_bytes=50)
        for path in script:
            got = await client.fetch(FetchRequest(server.url(path)))
            assert (got.outcome, got.size, got.whole) == (Outcome.OK, 50, True)


async def test_tiny_chunks_take_no_more_memory_than_their_payload(make_client: MakeClient) -> None:
    """A megabyte in chunks of one byte comes back as a megabyte."""
    tiny = b"1\r\nx\r\n" * 10_000
    async with OddServer({"/": [CHUNKED, Flood(tiny, 100), LAST]}) as server:
        got = await make_client(server).fetch(FetchRequest(server.url("/")))
    assert (got.outcome, got.size) == (Outcome.OK, 1_000_000)
    assert got.body == b"x" * 1_000_000


async def test_slow_drip_is_cut_by_time(make_client: MakeClient, records: KeptRecords) -> None:
    """A byte now and then does not hold us for ever."""
    drip: list[Step] = [b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n"]
    for _ in range(200):
        drip += [b"x", Pause(0.02)]
    async with OddServer({"/": drip}) as server:
        client = make_client(server, total_timeout_s=0.4)
        got = await client.fetch(FetchRequest(server.url("/")))
    assert got.outcome is Outcome.TIMEOUT
    assert 0 < got.size < 200
    assert records.only.raw.truncated == "time"


async def test_each_answer_on_a_kept_connection_has_its_own_time(
    make_client: MakeClient, records: KeptRecords
) -> None:
    """The clock of an earlier exchange neither cuts a later one nor lets it go on for ever."""
    slow: list[Step] = [answer(b"slow")[:-1], Pause(0.3), answer(b"slow")[-1:]]
    silent: list[Step] = [answer(b"cut!")[:-1], Hang()]
    async with OddServer({"/slow": slow, "/silent": silent}) as server:
        client = make_client(server, total_timeout_s=0.5)
        for _ in range(3):
            got = await client.fetch(FetchRequest(server.url("/slow")))
            assert (got.outcome, got.body) == (Outcome.OK, b"slow")
        async with asyncio.timeout(1.5):
            got = await client.fetch(FetchRequest(server.url("/silent")))
    assert (got.outcome, got.body) == (Outcome.TIMEOUT, b"cut")
    assert server.connections == 1
