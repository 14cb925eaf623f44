"""What robots.txt changes, if it is obeyed."""

from __future__ import annotations

import asyncio

import pytest

from archiver.models import FetchRequest, Outcome, Purpose
from tests.net.conftest import MakeClient
from tests.net.recorder import KeptRecords
from tests.net.serving import Hang, OddServer, Step, answer

RULES = b"User-agent: *\nDisallow: /private\n\nUser-agent: thread-archiver\nDisallow: /ours\n"


def site(*robots: Step) -> dict[str, list[Step]]:
    """A server with a robots.txt and three pages."""
    pages: dict[str, list[Step]] = {path: [answer(b"page")] for path in ("/", "/private", "/ours")}
    return {"/robots.txt": list(robots), **pages}


@pytest.mark.parametrize("purpose", list(Purpose))
async def test_disallowed_urls_are_refused_for_every_purpose(
    make_client: MakeClient, records: KeptRecords, purpose: Purpose
) -> None:
    """Our own group counts; robots.txt is asked for once, and recorded."""
    async with OddServer(site(answer(RULES))) as server:
        client = make_client(server, robots="obey")
        got = [
            await client.fetch(FetchRequest(server.url(path), purpose))
            for path in ("/ours", "/", "/private", "/ours?x")
        ]
    assert [each.outcome for each in got] == ["refused", "ok", "ok", "refused"]
    assert "robots.txt asks us not to fetch" in got[0].error
    assert [kept.raw.url for kept in records.kept] == [
        server.url(path) for path in ("/robots.txt", "/", "/private")
    ]


async def test_robots_are_not_asked_for_where_they_are_ignored(make_client: MakeClient) -> None:
    """The default of an archive."""
    async with OddServer(site(answer(RULES))) as server:
        got = await make_client(server).fetch(FetchRequest(server.url("/ours")))
    assert (got.outcome, len(server.asked)) == (Outcome.OK, 1)


async def test_many_at_once_ask_once(make_client: MakeClient) -> None:
    """The first one asks, the others wait for its answer."""
    async with OddServer(site(answer(RULES))) as server:
        client = make_client(server, robots="obey")
        request = FetchRequest(server.url("/"))
        await asyncio.gather(*(client.fetch(request) for _ in range(9)))
    assert len(server.asked) == 10


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("404 Not Found", Outcome.OK),
        ("403 Forbidden", Outcome.OK),
        ("500 Oops", Outcome.REFUSED),
        ("429 Too Many", Outcome.REFUSED),
    ],
)
async def test_missing_rules_allow_and_broken_ones_forbid(
    make_client: MakeClient, status: str, outcome: Outcome
) -> None:
    """RFC 9309: 4xx allows all, a server in trouble nothing."""
    async with OddServer(site(answer(b"", status=status))) as server:
        client = make_client(server, robots="obey")
        got = await client.fetch(FetchRequest(server.url("/")))
    assert got.outcome is outcome


async def test_redirected_rules_are_followed_and_loops_end(make_client: MakeClient) -> None:
    """Up to five redirects lead to the rules; after that there are none."""
    moved = answer(b"", "Location: /moved", status="301 Moved")
    script = site(moved)
    script["/moved"] = [answer(b"User-agent: *\nDisallow: /\n")]
    async with OddServer(script) as server:
        got = await make_client(server, robots="obey").fetch(FetchRequest(server.url("/")))
    assert got.outcome is Outcome.REFUSED
    loop = answer(b"", "Location: /robots.txt", status="301 Moved")
    async with OddServer(site(loop)) as server:
        got = await make_client(server, robots="obey").fetch(FetchRequest(server.url("/")))
    assert got.outcome is Outcome.OK


async def test_host_that_cannot_be_reached_says_why(make_client: MakeClient) -> None:
    """The outcome is that of the host, not a tale about robots.txt."""
    client = make_client(robots="obey")
    got = await client.fetch(FetchRequest("http://no-such-host.invalid/"))
    assert got.outcome is Outcome.DNS_ERROR
    assert (await client.fetch(FetchRequest("http://127.0.0.1/"))).outcome is Outcome.UNSAFE
    assert (await client.fetch(FetchRequest("nonsense"))).outcome is Outcome.INVALID


async def test_silent_robots_are_a_timeout(make_client: MakeClient) -> None:
    """Time is lost once per request, not for ever."""
    async with OddServer(site(Hang())) as server:
        client = make_client(server, robots="obey", total_timeout_s=0.05)
        got = await client.fetch(FetchRequest(server.url("/")))
    assert got.outcome is Outcome.TIMEOUT


async def test_rules_that_are_no_text_forbid_nothing(make_client: MakeClient) -> None:
    """Whatever bytes come, they are read without an error."""
    async with OddServer(site(answer(bytes(range(256)) * 50))) as server:
        got = await make_client(server, robots="obey").fetch(FetchRequest(server.url("/")))
    assert got.outcome is Outcome.OK


async def test_robots_txt_itself_may_always_be_fetched(make_client: MakeClient) -> None:
    """A rule cannot forbid reading the rules."""
    async with OddServer(site(answer(b"User-agent: *\nDisallow: /\n"))) as server:
        client = make_client(server, robots="obey")
        got = await client.fetch(FetchRequest(server.url("/robots.txt")))
    assert (got.outcome, got.body[:11]) == (Outcome.OK, b"User-agent:")
