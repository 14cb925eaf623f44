"""Does the JSON API say what the command line says, to those who may know it?"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from archiver.clock import utc_now
from archiver.config import PlatformSettings
from archiver.models import Completeness, CrawlState, Decision, Observed, PolicyState
from archiver.sources import sources
from feeds.web.api import PATH, ApiParts, api
from feeds.web.token import Token
from tests.feeds import views
from tests.feeds.archive import Archive, whole
from tests.feeds.web.serving import Client, served

SECRET = "a-long-secret"
BEARER = {"Authorization": f"Bearer {SECRET}"}
WITHHELD = f"{7:016x}"
TYPICAL = views.typical().thread.id


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    """A public thread with a past, and one that is withheld."""
    import dataclasses

    made = Archive(tmp_path_factory.mktemp("asked") / "data")
    made.keep(whole(views.typical(), made), watch="desk")
    crawl = made.store.crawls()[0]
    for hour in (1, 2, 3):
        at = views.CAPTURED.replace(hour=hour)
        observed = Observed(at, "mastodon", Completeness(7, 7, 0, "all"))
        made.store.save_thread(crawl, views.typical().thread, (), observed)
    hidden = views.view([views.post(1, "hidden words")])
    thread = dataclasses.replace(
        hidden.thread, id=WITHHELD, native_id="7", url="https://social.example/@icij/7"
    )
    made.keep(dataclasses.replace(hidden, thread=thread))
    made.store.decide(Decision(WITHHELD, PolicyState.WITHHELD, views.CHANGED))
    yield made
    made.close()


@pytest.fixture(scope="module")
def client(archive: Archive) -> Iterator[Client]:
    """A client of the API of that archive."""
    yield from _client(archive, Token(SECRET))


def _client(archive: Archive, token: Token) -> Iterator[Client]:
    parts = ApiParts(archive.store, archive.base_url, token, sources(PlatformSettings()), utc_now)
    mounts = {PATH: api(parts)}
    store, payloads = archive.store, archive.payloads
    with served(
        store, payloads, archive.public, archive.base_url, token=token, mounts=mounts
    ) as found:
        yield found


def ask(client: Client, path: str, status: int = 200, /, **headers: str) -> Any:
    """Ask for a path of the API; the JSON that came."""
    answer = client.ask(f"{PATH}{path}", **headers)
    assert answer.status == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    return json.loads(answer.body)


def test_threads_are_listed_for_whom_they_may_be_shown(client: Client) -> None:
    """All of them to those who show the token."""
    public, whole_list = ask(client, "/threads"), ask(client, "/threads", **BEARER)
    assert [each["id"] for each in public["threads"]] == [TYPICAL]
    assert {each["id"] for each in whole_list["threads"]} == {TYPICAL, WITHHELD}
    assert public["threads"][0]["page"] == f"{views.BASE}/t/{TYPICAL}/"
    assert ask(client, "/threads?watch=desk")["threads"] == public["threads"]
    first = ask(client, "/threads?limit=1", **BEARER)
    second = ask(client, f"/threads?limit=1&after={first['next']}", **BEARER)
    assert second["threads"] and second["next"] is None
    assert second["threads"] != first["threads"]


def test_thread_is_given_as_the_command_gives_it(client: Client) -> None:
    """Now, and as it stood at a time."""
    given = ask(client, f"/threads/{TYPICAL}")
    assert given["thread"]["id"] == TYPICAL and given["links"]
    said = ask(client, f"/threads/{TYPICAL}?at=1999", 400)
    assert said["error"]["kind"] == "UsageError"


def test_captures_come_in_pages(client: Client) -> None:
    """Oldest first, the last page says so."""
    first = ask(client, f"/threads/{TYPICAL}/captures?limit=2")
    second = ask(client, f"/threads/{TYPICAL}/captures?limit=2&after={first['next']}")
    assert len(first["captures"]) == 2 and len(second["captures"]) == 1
    assert second["next"] is None
    assert ask(client, f"/threads/{TYPICAL}/revisions") == {"revisions": [], "next": None}


def test_withheld_thread_is_not_there_without_the_token(client: Client) -> None:
    """In no answer; with it, in all of them."""
    for rest in ("", "/revisions", "/captures"):
        ask(client, f"/threads/{WITHHELD}{rest}", 404)
        ask(client, f"/threads/{WITHHELD}{rest}", **BEARER)
    assert ask(client, "/search?q=hidden")["hits"] == []
    assert len(ask(client, "/search?q=hidden", **BEARER)["hits"]) == 1


def test_search_and_places_are_answered(client: Client) -> None:
    """As `archiver search` and `archiver where` print them."""
    found = ask(client, "/search?q=images&order=newest")
    assert found["hits"][0]["threads"][0]["id"] == TYPICAL
    assert {"text": "images", "marked": True} in found["hits"][0]["snippet"]
    target = "https://www.icij.org/investigations/china-cables/?a=1%26b=2"
    assert [each["thread"] for each in ask(client, f"/links/where?url={target}")["places"]] == [
        TYPICAL
    ]


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/search", 400, "q: field required"),
        ("/search?q=after:soon", 400, "is no time"),
        ("/threads?limit=0", 400, "limit: "),
        ("/threads?after=x", 400, "is no place in this list"),
        (f"/threads/{TYPICAL}/captures?after=x", 400, "is no place in this list"),
        ("/threads/none", 404, "there is no such thread here"),
        (f"/threads/{'x' * 99}", 400, "thread_id: "),
        ("/nothing", 404, "openapi.json"),
        ("/captures/99", 404, "no such capture"),
    ],
)
def test_errors_are_one_sentence(client: Client, path: str, status: int, said: str) -> None:
    """As JSON, whatever went wrong."""
    error = ask(client, path, status, **BEARER)["error"]
    assert said in error["message"] and "\n" not in error["message"]


@pytest.mark.parametrize("path", ["/watches", "/status", "/captures/1"])
def test_operating_needs_the_token(client: Client, path: str) -> None:
    """No token, a wrong one, and one of another kind are refused alike."""
    for headers in ({}, {"Authorization": "Bearer no"}, {"Authorization": f"Basic {SECRET}"}):
        assert client.ask(f"{PATH}{path}", **headers).status == 401
    assert client.ask(f"{PATH}{path}", **BEARER).status == 200


def test_wrong_token_is_told_rather_than_shown_less(client: Client) -> None:
    """Else whoever mistyped it would believe that a thread is gone."""
    assert (
        ask(client, "/threads", 401, Authorization="Bearer no")["error"]["kind"] == "Unauthorized"
    )


def test_without_a_secret_nobody_has_the_token(archive: Archive) -> None:
    """An empty one shows nothing."""
    for client in _client(archive, Token()):
        for given in ("Bearer ", "Bearer", "Bearer x"):
            assert client.ask(f"{PATH}/status", Authorization=given).status == 401
        assert client.ask(f"{PATH}/threads").status == 200


def test_capture_can_be_asked_for(archive: Archive, client: Client) -> None:
    """Once at a time for an address; how it goes on can be asked."""
    body = json.dumps({"url": "social.example/@desk/42", "tags": ["port"]}).encode()
    answer = client.ask(f"{PATH}/captures", "POST", body, **BEARER)
    assert answer.status == 202, answer.text
    made = json.loads(answer.body)["capture"]
    assert (made["url"], made["state"]) == ("https://social.example/@desk/42", "queued")
    assert ask(client, f"/captures/{made['id']}", **BEARER)["capture"]["id"] == made["id"]
    crawl = archive.store.crawl(made["id"])
    assert crawl is not None and crawl.state is CrawlState.QUEUED and crawl.tags == ("port",)
    assert client.ask(f"{PATH}/captures", "POST", body, **BEARER).status == 409


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[" * 60_000, 400),
        (b"x" * 70_000, 413),
        (b'{"url": ""}', 400),
        (b'{"url": "/etc/passwd"}', 400),
        (b'{"url": "file:///etc/passwd"}', 400),
        (b'{"url": "-"}', 400),
        (b'{"url": "https://x.example/", "odd": 1}', 400),
        (b'{"url": "https://\\ud800/"}', 400),
    ],
)
def test_what_cannot_be_captured_is_refused(client: Client, body: bytes, status: int) -> None:
    """With a sentence; no file of this machine is ever read for somebody elsewhere."""
    answer = client.ask(f"{PATH}/captures", "POST", body, **BEARER)
    assert answer.status == status, answer.text
    assert json.loads(answer.body)["error"]["message"]


def test_capture_is_refused_before_its_body_is_read(client: Client) -> None:
    """To those without the token."""
    assert client.ask(f"{PATH}/captures", "POST", b"x" * 70_000).status == 401


def test_api_describes_itself(client: Client) -> None:
    """In OpenAPI, with one server and no page that loads scripts."""
    described = ask(client, "/openapi.json")
    assert described["servers"] == [{"url": f"{views.BASE}{PATH}"}]
    assert {"/threads", "/search", "/links/where", "/captures"} <= described["paths"].keys()
    assert client.ask(f"{PATH}/docs").status == 404


def test_public_answers_may_be_read_by_any_site(client: Client) -> None:
    """What the token shows is kept by nobody on the way."""
    public = client.ask(f"{PATH}/threads").headers
    assert public["access-control-allow-origin"] == "*"
    assert client.ask(f"{PATH}/threads", **BEARER).headers["cache-control"] == "no-store"
