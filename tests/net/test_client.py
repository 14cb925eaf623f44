"""What the client gives back and what it records, against a server on loopback."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
from http.cookiejar import CookieJar
from pathlib import Path

import pytest

from archiver import __version__
from archiver.config import NetworkSettings
from archiver.errors import StoreError
from archiver.models import FetchRequest, Outcome, Purpose
from archiver.net.client import Client
from tests.net.conftest import MakeClient
from tests.net.recorder import KeptRecords
from tests.net.serving import Close, Hang, OddServer, Pause, answer


def sha256(content: bytes) -> str:
    """Give a digest as records write it."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


async def test_exchange_says_what_came_and_the_record_holds_every_byte(
    make_client: MakeClient, records: KeptRecords
) -> None:
    """Body, digest, size and peer are told; request and response are kept as they crossed."""
    sent = answer(b"<p>hello", "Content-Type: Text/HTML; charset=utf-8", "Server: odd")
    async with OddServer({"/a?b=c": [sent]}) as server:
        request = FetchRequest(
            server.url("/a?b=c#part"), Purpose.HOP, via="http://from.example/", hops_from_seed="L"
        )
        got = await make_client(server, contact="me@a.example").fetch(request)

    assert got.outcome is Outcome.OK
    assert (got.status, got.body, got.whole, got.size) == (200, b"<p>hello", True, 8)
    assert got.mime == "text/html"
    assert got.digest == sha256(b"<p>hello")
    assert (got.ip, got.error, got.record_id) == ("127.0.0.1", "", "urn:uuid:1")
    assert got.headers[0] == ("Content-Type", "Text/HTML; charset=utf-8")
    assert got.request is request
    raw = records.only.raw
    assert raw.request == server.asked[0]
    assert raw.url == server.url("/a?b=c")
    assert records.only.response == sent
    assert (raw.block_digest, raw.payload_digest) == (sha256(sent), got.digest)
    assert (raw.response_bytes, raw.payload_bytes, raw.mime) == (len(sent), 8, "text/html")
    assert (raw.via, raw.hops_from_seed) == ("http://from.example/", "L")
    assert raw.truncated is None and raw.tls is None and not raw.chunked
    agent = f"User-Agent: thread-archiver/{__version__} (+me@a.example)\r\n".encode()
    assert agent in server.asked[0]
    assert b"Accept: */*\r\nAccept-Encoding: gzip, deflate\r\n" in server.asked[0]


async def test_redirects_are_told_and_not_followed(
    make_client: MakeClient, records: KeptRecords
) -> None:
    """Every hop is an exchange of its own, also where Location is no URL."""
    first = answer(b"", "Location: /é", status="301 Moved")
    script = {"/": [first], "/odd": [answer(b"", "Location: http://[::1", status="302 Found")]}
    async with OddServer(script) as server:
        client = make_client(server)
        got = await client.fetch(FetchRequest(server.url("/")))
        odd = await client.fetch(FetchRequest(server.url("/odd")))
    assert (got.status, got.header("location"), len(server.asked)) == (301, "/é", 2)
    assert (odd.outcome, odd.header("location")) == (Outcome.OK, "http://[::1")
    assert records.kept[0].response == first


@pytest.mark.parametrize("status", ["404 Not Found", "410 Gone", "403 No", "500 Oops"])
async def test_every_whole_answer_is_ok_whatever_its_status(
    make_client: MakeClient, status: str
) -> None:
    """What a status means is for others to say."""
    async with OddServer({"/": [answer(b"no", status=status)]}) as server:
        got = await make_client(server).fetch(FetchRequest(server.url("/")))
    assert (got.outcome, got.status, got.body) == (Outcome.OK, int(status[:3]), b"no")
    assert len(server.asked) == 1


async def test_content_coding_is_removed_for_the_asker_and_kept_in_the_record(
    make_client: MakeClient, records: KeptRecords
) -> None:
    """The digest is that of the payload: content coding kept."""
    packed = gzip.compress(b"a" * 100_000)
    sent = answer(packed, "Content-Encoding: gzip")
    async with OddServer({"/": [sent]}) as server:
        client = make_client(server)
        got = await client.fetch(FetchRequest(server.url("/")))
        part = await client.fetch(FetchRequest(server.url("/"), keep_bytes=1000))
    assert (got.body, got.whole, got.size) == (b"a" * 100_000, True, len(packed))
    assert got.digest == sha256(packed)
    assert (part.body, part.whole, part.outcome) == (b"a" * 1000, False, Outcome.OK)
    assert records.kept[1].response == sent


async def test_broken_coding_gives_what_could_be_decoded(make_client: MakeClient) -> None:
    """The answer came whole, its content did not."""
    packed = gzip.compress(b"hello " * 9000)
    async with OddServer({"/": [answer(packed[:60], "Content-Encoding: gzip")]}) as server:
        got = await make_client(server).fetch(FetchRequest(server.url("/")))
    assert (got.outcome, got.whole) == (Outcome.OK, False)
    assert got.body.startswith(b"hello hello")


async def test_nothing_is_kept_where_nothing_is_wanted(
    make_client: MakeClient, records: KeptRecords
) -> None:
    """Media are recorded whole, and their bytes not given back."""
    async with OddServer({"/": [answer(b"x" * 5000)]}) as server:
        got = await make_client(server).fetch(
            FetchRequest(server.url("/"), Purpose.MEDIA, keep_bytes=0)
        )
    assert (got.body, got.size, got.outcome) == (b"", 5000, Outcome.OK)
    assert records.only.body == b"x" * 5000


async def test_large_bodies_wait_in_a_file_and_leave_none_behind(
    make_client: MakeClient, records: KeptRecords, tmp_path: Path
) -> None:
    """A body beyond a megabyte is recorded to the byte."""
    body = bytes(range(256)) * 16_384
    async with OddServer({"/": [answer(body)]}) as server:
        got = await make_client(server).fetch(FetchRequest(server.url("/")))
    assert got.body == body
    assert records.only.response == answer(body)
    assert records.only.raw.block_digest == sha256(answer(body))
    assert list((tmp_path / "tmp").iterdir()) == []


async def test_body_is_sent_and_recorded(make_client: MakeClient, records: KeptRecords) -> None:
    """A POST carries its body and its own headers."""
    async with OddServer({"/": [answer(b"ok")]}) as server:
        request = FetchRequest(
            server.url("/"), method="POST", body=b"q=1", headers=(("Content-Type", "text/x"),)
        )
        await make_client(server).fetch(request)
    assert server.asked[0].endswith(b"\r\n\r\nq=1")
    assert b"Content-Type: text/x\r\n" in server.asked[0]
    assert records.only.raw.request == server.asked[0]


async def test_secrets_reach_the_server_and_no_record(
    make_client: MakeClient, records: KeptRecords
) -> None:
    """Tokens are redacted, and the record says so."""
    async with OddServer({"/": [answer(b"ok")]}) as server:
        request = FetchRequest(server.url("/"), headers=(("Authorization", "Bearer s3cret"),))
        await make_client(server).fetch(request)
    assert b"Authorization: Bearer s3cret" in server.asked[0]
    assert b"s3cret" not in records.only.raw.request
    assert b"Authorization: [redacted]" in records.only.raw.request
    assert ("redacted", "authorization") in records.only.raw.facts


async def test_cookies_live_in_the_jar_of_their_chain(
    make_client: MakeClient, records: KeptRecords
) -> None:
    """A jar is read and updated; without one no cookie is sent, whatever came before."""
    script = {"/set": [answer(b"", "Set-Cookie: seen=1; Path=/")], "/get": [answer(b"")]}
    jar = CookieJar()
    async with OddServer(script) as server:
        client = make_client(server)
        await client.fetch(FetchRequest(server.url("/set")), jar)
        await client.fetch(FetchRequest(server.url("/get")), jar)
        await client.fetch(FetchRequest(server.url("/get")))
        await client.fetch(FetchRequest(server.url("/get")), CookieJar())
    assert [b"Cookie: seen=1\r\n" in head for head in server.asked] == [False, True, False, False]
    assert b"Cookie: seen=1\r\n" in records.kept[1].raw.request
    assert [cookie.name for cookie in jar] == ["seen"]


async def test_cookie_that_http_does_not_allow_is_left_out(make_client: MakeClient) -> None:
    """A server cannot make the next request invalid."""
    script = {"/set": [answer(b"", "Set-Cookie: a=\x01b")], "/get": [answer(b"")]}
    jar = CookieJar()
    async with OddServer(script) as server:
        client = make_client(server)
        await client.fetch(FetchRequest(server.url("/set")), jar)
        got = await client.fetch(FetchRequest(server.url("/get")), jar)
    assert got.outcome is Outcome.OK
    assert b"Cookie" not in server.asked[1]


async def test_passing_trouble_is_tried_again_and_each_attempt_recorded(
    make_client: MakeClient, records: KeptRecords
) -> None:
    """The last answer is given back; the earlier ones are evidence too."""
    busy = answer(b"busy", "Retry-After: 1", status="503 Busy")
    async with OddServer({"/": [[busy], [busy], [answer(b"there")]]}) as server:
        got = await make_client(server).fetch(FetchRequest(server.url("/")))
    assert (got.status, got.body, got.record_id) == (200, b"there", "urn:uuid:3")
    assert [kept.raw.status for kept in records.kept] == [503, 503, 200]
    assert [kept.raw.facts for kept in records.kept] == [
        (),
        (("attempt", "2"),),
        (("attempt", "3"),),
    ]


async def test_long_retry_after_is_given_back_at_once(make_client: MakeClient) -> None:
    """The caller, not the client, waits for an hour."""
    busy = answer(b"", "Retry-After: 3600", status="429 Too Many")
    async with OddServer({"/": [busy]}) as server:
        got = await make_client(server).fetch(FetchRequest(server.url("/")))
    assert (got.status, got.header("retry-after"), len(server.asked)) == (429, "3600", 1)


async def test_no_answer_is_tried_again_three_times_in_all(
    make_client: MakeClient, records: KeptRecords
) -> None:
    """What closes without a word is refused; nothing is recorded of it."""
    async with OddServer({"/": [Close()]}) as server:
        got = await make_client(server).fetch(FetchRequest(server.url("/")))
    assert (got.outcome, got.status, got.record_id) == (Outcome.REFUSED, None, None)
    assert "without an answer" in got.error
    assert len(server.asked) == 3
    assert records.kept == []


async def test_post_is_never_repeated(make_client: MakeClient) -> None:
    """It may have done something."""
    async with OddServer({"/": [Close()]}) as server:
        request = FetchRequest(server.url("/"), method="POST", body=b"x")
        got = await make_client(server).fetch(request)
    assert (got.outcome, len(server.asked)) == (Outcome.REFUSED, 1)


@pytest.mark.parametrize(
    ("url", "outcome"),
    [
        ("", Outcome.INVALID),
        ("nonsense", Outcome.INVALID),
        ("http://", Outcome.INVALID),
        ("http://a b.example/", Outcome.INVALID),
        ("http://a.example:99999/", Outcome.INVALID),
        ("http://2130706433/", Outcome.UNSAFE),
        ("http://[::1/", Outcome.INVALID),
        ("http://a.example/\r\nX: y", Outcome.INVALID),
        ("ftp://a.example/", Outcome.UNSAFE),
        ("javascript:alert(1)", Outcome.UNSAFE),
        ("file:///etc/passwd", Outcome.UNSAFE),
        ("http://user:password@a.example/", Outcome.UNSAFE),
        ("http://no-such-host.invalid/", Outcome.DNS_ERROR),
    ],
)
async def test_urls_that_lead_nowhere_are_outcomes(
    make_client: MakeClient, url: str, outcome: Outcome
) -> None:
    """Whatever stands in a link, there is an answer and a sentence."""
    got = await make_client().fetch(FetchRequest(url))
    assert (got.outcome, got.status, got.record_id, got.whole) == (outcome, None, None, False)
    assert got.error
    assert "password" not in got.error


async def test_headers_that_would_break_the_request_are_invalid(make_client: MakeClient) -> None:
    """Nothing is sent then."""
    async with OddServer({"/": [answer(b"")]}) as server:
        got = await make_client(server).fetch(
            FetchRequest(server.url("/"), headers=(("X-A", "b\r\nC: d"),))
        )
    assert got.outcome is Outcome.INVALID
    assert server.asked == []


async def test_port_that_nobody_listens_on_is_refused(make_client: MakeClient) -> None:
    """The sentence says who refused."""
    async with OddServer({}) as server:
        pass
    got = await make_client(server).fetch(FetchRequest(server.url("/")))
    assert got.outcome is Outcome.REFUSED
    assert f"127.0.0.1:{server.port} refused the connection" in got.error


async def test_silence_is_a_timeout(make_client: MakeClient, records: KeptRecords) -> None:
    """A server that never answers costs its time and no record."""
    async with OddServer({"/": [Hang()]}) as server:
        client = make_client(server, total_timeout_s=0.05)
        got = await client.fetch(FetchRequest(server.url("/")))
    assert (got.outcome, records.kept, len(server.asked)) == (Outcome.TIMEOUT, [], 1)


async def test_record_that_cannot_be_kept_is_an_error(
    make_client: MakeClient, records: KeptRecords
) -> None:
    """Nothing counts as fetched before it is on disk."""
    records.broken = True
    async with OddServer({"/": [answer(b"x")]}) as server:
        client = make_client(server)
        with pytest.raises(StoreError, match="disk is full"):
            await client.fetch(FetchRequest(server.url("/")))


async def test_answer_that_cannot_be_spooled_is_an_error(
    make_client: MakeClient, tmp_path: Path
) -> None:
    """A tmp_dir that is gone is a trouble of ours, not of the server."""
    async with OddServer({"/": [answer(b"x" * 2_000_000)]}) as server:
        client = make_client(server)
        (tmp_path / "tmp").rmdir()
        with pytest.raises(StoreError, match="tmp"):
            await client.fetch(FetchRequest(server.url("/")))


async def test_cancelled_fetch_leaves_no_record_and_no_blocked_host(
    make_client: MakeClient, records: KeptRecords
) -> None:
    """Who gives up gives up alone."""
    async with OddServer({"/slow": [b"HTTP/1.1 200 OK\r\n", Hang()], "/": [answer(b"")]}) as server:
        client = make_client(server)
        task = asyncio.create_task(client.fetch(FetchRequest(server.url("/slow"))))
        await server.reached.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert records.kept == []
        assert (await client.fetch(FetchRequest(server.url("/")))).status == 200


async def test_servers_of_our_own_are_not_waited_for_and_others_are(
    tmp_path: Path, records: KeptRecords
) -> None:
    """The delay holds per host, for hops, and not for the demo."""
    slept: list[float] = []

    async def note(seconds: float) -> None:
        slept.append(seconds)

    async with OddServer({"/": [answer(b"")]}) as server:
        network = NetworkSettings(per_host_delay_s=2.0, allow_private=("127.0.0.0/8",))
        for grants in (frozenset({server.grant}), frozenset[str]()):
            client = Client(network, records, tmp_dir=tmp_path, grants=grants, sleep=note)
            for _ in range(3):
                await client.fetch(FetchRequest(server.url("/"), Purpose.HOP))
            await client.aclose()
            slept.append(-1)
    assert slept[0] == -1
    assert [round(seconds) for seconds in slept[1:]] == [2, 4, -1]


async def test_many_fetches_at_once_never_mix(
    make_client: MakeClient, records: KeptRecords
) -> None:
    """Each record holds the answer to its own request."""
    pages = {f"/{number}": b"page %d " % number * (number * 31 % 97) for number in range(200)}
    script = {path: [answer(body), Pause(0)] for path, body in pages.items()}
    async with OddServer(script) as server:
        client = make_client(server)
        got = await asyncio.gather(*(client.fetch(FetchRequest(server.url(p))) for p in pages))
    assert [each.body for each in got] == list(pages.values())
    by_url = {kept.raw.url: kept for kept in records.kept}
    assert all(by_url[server.url(path)].body == body for path, body in pages.items())
