"""Is a token asked for once, shown to its platform alone, and never recorded?"""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from archiver.config import NetworkSettings, PlatformSettings
from archiver.credentials import authenticators
from archiver.errors import AccessDenied, ConfigError, FetchError, RateLimited
from archiver.models import Exchange, FetchRequest, Outcome
from archiver.net.client import Client
from archiver.net.oauth import ClientCredentials
from archiver.sources.answers import failure
from tests.net.recorder import KeptRecords
from tests.net.serving import OddServer, answer
from tests.sources.playing import Answer

NOW = dt.datetime(2026, 11, 24, 8, tzinfo=dt.UTC)
TOKEN_URL = "https://login.example/token"
API = FetchRequest("https://api.example/x", credential="reddit")


def token(value: str = "t-1", **more: object) -> bytes:
    """Give the answer that holds a token."""
    return answer(json.dumps({"access_token": value, "expires_in": 3600} | more).encode())


def credentials(*server: OddServer) -> ClientCredentials:
    """Make an authenticator for servers on loopback, or for made-up ones."""
    return ClientCredentials(
        origins=frozenset(f"http://{each.grant}" for each in server)
        or frozenset({"https://api.example"}),
        token_url=server[0].url("/token") if server else TOKEN_URL,
        client_id="app",
        secret="s:e%c",
        names="ID and SECRET",
    )


@asynccontextmanager
async def client_of(server: OddServer, records: KeptRecords, folder: Path) -> AsyncIterator[Client]:
    """Make a client that shows tokens to a server."""
    client = Client(
        NetworkSettings(),
        records,
        tmp_dir=folder / "tmp",
        grants=frozenset({server.grant}),
        authenticators={"reddit": credentials(server)},
    )
    try:
        yield client
    finally:
        await client.aclose()


async def test_token_is_asked_for_once_and_never_recorded(
    records: KeptRecords, tmp_path: Path
) -> None:
    """Many requests at once wait for one token; records hold neither it nor the secret."""
    server = OddServer({"/token": [token("secret-token")], "/x": [answer(b"{}")]})
    async with server, client_of(server, records, tmp_path) as client:
        request = FetchRequest(server.url("/x"), credential="reddit")
        answers = await asyncio.gather(*(client.fetch(request) for _ in range(5)))
    assert [each.status for each in answers] == [200] * 5
    asked = [each for each in server.asked if each.startswith(b"POST /token")]
    assert len(asked) == 1
    basic = base64.b64encode(b"app:s%3Ae%25c")
    assert b"Authorization: Basic " + basic in asked[0]
    assert asked[0].endswith(b"\r\n\r\ngrant_type=client_credentials")
    shown = [each for each in server.asked if b"Authorization: Bearer secret-token" in each]
    assert len(shown) == 5
    assert len(records.kept) == 5
    kept = b"".join(each.raw.request + each.response for each in records.kept)
    assert b"secret-token" not in kept
    assert basic not in kept
    assert not list((tmp_path / "tmp").iterdir())


async def test_refused_token_is_renewed_once(records: KeptRecords, tmp_path: Path) -> None:
    """A 401 leads to a new token and a second attempt; both answers are recorded."""
    refused = answer(b"{}", status="401 Unauthorized")
    server = OddServer(
        {"/token": [[token("old")], [token("new")]], "/x": [[refused], [answer(b"{}")]]}
    )
    async with server, client_of(server, records, tmp_path) as client:
        seen = await client.fetch(FetchRequest(server.url("/x"), credential="reddit"))
    assert seen.status == 200
    assert [each.raw.status for each in records.kept] == [401, 200]
    assert b"Bearer new" in server.asked[-1]


async def test_token_that_stays_refused_is_given_up(records: KeptRecords, tmp_path: Path) -> None:
    """The second 401 is the answer."""
    refused = answer(b"{}", status="401 Unauthorized")
    server = OddServer({"/token": [token()], "/x": [refused]})
    async with server, client_of(server, records, tmp_path) as client:
        seen = await client.fetch(FetchRequest(server.url("/x"), credential="reddit"))
    assert (seen.status, len(server.asked)) == (401, 4)


async def test_refused_application_is_an_outcome(records: KeptRecords, tmp_path: Path) -> None:
    """No request is made without a token; the sentence names the variables."""
    server = OddServer({"/token": [answer(b"{}", status="401 Unauthorized")]})
    async with server, client_of(server, records, tmp_path) as client:
        seen = await client.fetch(FetchRequest(server.url("/x"), credential="reddit"))
    assert (seen.outcome, seen.status) == (Outcome.REFUSED, 401)
    assert "ID and SECRET" in seen.error
    assert isinstance(failure(seen, subject="the post"), AccessDenied)
    assert (len(server.asked), records.kept) == (1, [])


async def test_other_requests_carry_no_token(records: KeptRecords, tmp_path: Path) -> None:
    """Neither one without the credential, nor one to another host."""
    server = OddServer({"/x": [answer(b"{}")]})
    async with server, client_of(server, records, tmp_path) as client:
        await client.fetch(FetchRequest(server.url("/x")))
        elsewhere = server.url("/x").replace("127.0.0.1", "localhost")
        await client.fetch(FetchRequest(elsewhere, credential="reddit"))
    assert all(b"Authorization" not in each for each in server.asked)


async def test_private_token_server_is_not_asked(records: KeptRecords, tmp_path: Path) -> None:
    """The guard holds for tokens as well."""
    server = OddServer({"/token": [token()]})
    async with server:
        client = Client(
            NetworkSettings(), records, tmp_dir=tmp_path / "tmp",
            authenticators={"reddit": credentials(server)},
        )  # fmt: skip
        seen = await client.unrecorded(FetchRequest(server.url("/token"), method="POST"))
        odd = await client.unrecorded(FetchRequest("ftp://x.example/"))
        broken = await client.unrecorded(FetchRequest(server.url("/token"), method="P T"))
        await client.aclose()
    assert (seen.outcome, server.asked) == (Outcome.UNSAFE, [])
    assert odd.outcome is Outcome.UNSAFE
    assert broken.outcome is Outcome.INVALID


class Asked:
    """Gives answers in turn, and counts."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.count = 0

    async def __call__(self, request: FetchRequest) -> Exchange:
        self.count += 1
        given = self.answers[min(self.count, len(self.answers)) - 1]
        return given.exchange(request, self.count)


GIVEN = {"access_token": "t", "token_type": "bearer"}


@pytest.mark.parametrize(
    ("life", "kept_s"),
    [(3600, 3500), (None, 3500), ("x", 3500), (True, 3500), (-5, 3500), (1e12, 86_000), (10, 4)],
)
async def test_token_is_kept_until_it_ends(life: object, kept_s: float) -> None:
    """And asked for anew a minute before; a life that nobody can mean is an hour."""
    asked = Asked(Answer(GIVEN | {"expires_in": life}))
    shown = credentials()
    shown.ask_through(asked)
    await shown.headers(API, NOW)
    assert await shown.headers(API, NOW + dt.timedelta(seconds=kept_s)) == (
        ("Authorization", "Bearer t"),
    )
    assert asked.count == 1
    await shown.headers(API, NOW + dt.timedelta(seconds=90_000))
    assert asked.count == 2


@pytest.mark.parametrize(
    ("said", "kind", "words"),
    [
        (Answer(status=401), AccessDenied, "refused the application"),
        (Answer(status=400), AccessDenied, "check ID and SECRET"),
        (Answer(status=429, headers=(("Retry-After", "9"),)), RateLimited, "429"),
        (Answer(status=500), FetchError, "status 500"),
        (Answer(outcome=Outcome.TIMEOUT), FetchError, "no answer came"),
        (Answer(body=b"<html>"), FetchError, "holds no token"),
        (Answer([]), FetchError, "holds no token"),
        (Answer({"error": "unsupported_grant_type"}), FetchError, "holds no token"),
        (Answer({"access_token": "a\r\nb: c"}), FetchError, "holds no token"),
        (Answer({"access_token": ""}), FetchError, "holds no token"),
    ],
)
async def test_no_token_is_an_error(said: Answer, kind: type[FetchError], words: str) -> None:
    """One sentence; what the answer held is not in it."""
    shown = credentials()
    shown.ask_through(Asked(said))
    with pytest.raises(kind, match=words) as caught:
        await shown.headers(API, NOW)
    assert TOKEN_URL in str(caught.value)
    assert "s:e%c" not in str(caught.value)


async def test_nobody_to_ask_is_an_error() -> None:
    """Only a client gives a way to ask."""
    with pytest.raises(FetchError, match="nobody asks"):
        await credentials().headers(API, NOW)


def test_environment_names_the_application() -> None:
    """Both variables or none; the value of neither is said."""
    names = {"ARCHIVER_REDDIT_CLIENT_ID": "a", "ARCHIVER_REDDIT_CLIENT_SECRET": "b"}
    platforms = PlatformSettings()
    assert isinstance(authenticators(platforms, names)["reddit"], ClientCredentials)
    assert "reddit" not in authenticators(platforms, {})
    for name in names:
        with pytest.raises(ConfigError, match="must be set as well"):
            authenticators(platforms, {name: "word"})
