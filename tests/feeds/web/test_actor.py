"""Can other servers find out who asks them, and check our signatures?"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.feeds.archive import Archive
from tests.feeds.web.serving import Client, served

PEM = "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"
BASE = "https://host.example/archive"


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    """An archive at the address /archive of its host, with a key."""
    made = Archive(tmp_path / "data", BASE)
    with served(made.store, made.payloads, made.public, made.base_url, PEM) as found:
        yield found
    made.close()


def test_actor_shows_its_key(client: Client) -> None:
    """Its id is where it is asked for, and the key says whose it is."""
    answer = client.ask("/archive/actor")
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/activity+json"
    said = json.loads(answer.body)
    assert said["id"] == f"{BASE}/actor"
    assert said["publicKey"] == {
        "id": f"{BASE}/actor#main-key",
        "owner": f"{BASE}/actor",
        "publicKeyPem": PEM,
    }
    assert said["inbox"] == f"{BASE}/actor/inbox"


def test_outbox_is_empty(client: Client) -> None:
    """It posts nothing."""
    said = json.loads(client.ask("/archive/actor/outbox").body)
    assert (said["type"], said["totalItems"]) == ("OrderedCollection", 0)


def test_messages_are_not_taken(client: Client) -> None:
    """There is no inbox to write to."""
    assert client.ask("/archive/actor/inbox").status == 404
    assert client.ask("/archive/actor/inbox", "POST", Content_Length="0").status == 405


@pytest.mark.parametrize("resource", ["acct:archiver@host.example", f"{BASE}/actor"])
def test_webfinger_leads_to_the_actor(client: Client, resource: str) -> None:
    """By its name and by its address."""
    answer = client.ask(f"/.well-known/webfinger?resource={resource}")
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/jrd+json"
    said = json.loads(answer.body)
    assert said["subject"] == "acct:archiver@host.example"
    assert said["links"] == [
        {"rel": "self", "type": "application/activity+json", "href": f"{BASE}/actor"}
    ]


def test_webfinger_knows_nobody_else(client: Client) -> None:
    """A stranger is 404, and no question at all is 400 (RFC 7033, 4.2)."""
    assert client.ask("/.well-known/webfinger?resource=acct:ann@host.example").status == 404
    assert client.ask("/.well-known/webfinger").status == 400


def test_without_a_key_there_is_no_actor(empty: Client) -> None:
    """Nothing is signed, so nobody is shown."""
    assert empty.ask("/archive/actor").status == 404
    assert empty.ask("/.well-known/webfinger?resource=acct:archiver@host.example").status == 404
