"""ActivityPub over the whole path: a real server, the command, the archive; also in secure mode."""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from archiver.models import FetchRequest
from archiver.net.keys import own_key, public_pem
from tests.e2e.command import archiver
from tests.feeds.archive import Archive
from tests.feeds.web.serving import Client, served
from tests.platforms.web import serving
from tests.sources.activitypub_server import NOT_FOUND, ActivityPubServer, Check
from tests.sources.playing import Answer

ROOT = "http://ap.test"
SIGNED = "[platforms.activitypub]\nsigned = true\n[publish]\nbase_url = 'http://archive.test'\n"


def server(root: str = ROOT) -> ActivityPubServer:
    """A server whose addresses have no shape that another source knows."""
    return ActivityPubServer(root, people="people", posts="entries")


def plain(count: int = 4) -> ActivityPubServer:
    """A server with one self-thread."""
    made = server()
    made.thread("ann", range(1, count + 1))
    return made


def verifier(actor: Client, *, with_query: bool) -> Check:
    """Check signatures as a server does: by the key that the actor in `keyId` shows."""

    def check(request: FetchRequest) -> bool:
        headers = {name.lower(): value for name, value in request.headers}
        parts = dict(re.findall(r'(\w+)="([^"]*)"', headers.get("signature", "")))
        if "keyId" not in parts:
            return False
        named = urlsplit(parts["keyId"])
        assert named.netloc == "archive.test"
        shown = json.loads(actor.ask(named.path).body)["publicKey"]
        assert shown["id"] == parts["keyId"]
        key = serialization.load_pem_public_key(shown["publicKeyPem"].encode())
        assert isinstance(key, rsa.RSAPublicKey)
        asked = urlsplit(request.url)
        query = f"?{asked.query}" if asked.query and with_query else ""
        text = (
            f"(request-target): get {asked.path}{query}\n"
            f"host: {asked.netloc}\ndate: {headers['date']}"
        )
        try:
            signature = base64.b64decode(parts["signature"])
            key.verify(signature, text.encode(), padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            return False
        return True

    return check


def recorded(folder: Path) -> bytes:
    """Give all that the WARCs hold."""
    return b"".join(gzip.decompress(each.read_bytes()) for each in folder.glob("data/warc/*.gz"))


@pytest.fixture
def actor(tmp_path: Path) -> Iterator[Client]:
    """Our own web app, which shows the key that lies in the folder of the archive."""
    pem = public_pem(own_key(tmp_path / "data" / "keys" / "activitypub.pem"))
    made = Archive(tmp_path / "served", "http://archive.test")
    with served(made.store, made.payloads, made.public, made.base_url, pem) as found:
        yield found
    made.close()


def test_thread_is_captured_from_any_of_its_posts(tmp_path: Path) -> None:
    """Over two servers; the seed is in the middle, and a stranger's reply hangs beside it."""
    home, away = plain(30), server("http://away.test")
    home.add(40, "bob", 3)
    away.add(1, "cleo", home.id(5), content='<p>See <a href="http://ap.test/x">this</a></p>')
    home.parents[50] = 5
    home.notes[50] = away.notes[1]
    with serving({"ap.test": home, "away.test": away}) as platforms:
        said = platforms.capture(tmp_path, "--no-snapshots", home.id(20))
    assert said.code == 0, said.err
    thread = said.json["thread"]
    assert (thread["platform"], thread["url"]) == ("activitypub", home.id(1))
    assert [post["text"] for post in thread["posts"]] == [f"Post {n}" for n in range(1, 31)]
    assert [post["text"] for post in thread["replies"]] == ["Post 40", "See this"]
    assert thread["completeness"] == {
        "expected": 30,
        "captured": 30,
        "gaps": 0,
        "reason": "all that the servers list was read",
    }


def test_deleted_post_vanishes_from_the_stored_thread(tmp_path: Path) -> None:
    """A tombstone is the server's own word; the thread goes on below it."""
    home = plain()
    home.contexts = True
    with serving({"ap.test": home}) as platforms:
        said = platforms.capture(tmp_path, "--no-snapshots", home.id(1))
        home.delete(3)
        home.delete(1)
        again = platforms.capture(tmp_path, "--no-snapshots", home.id(1))
    states = [post["state"] for post in again.json["thread"]["posts"]]
    assert states == ["vanished", "present", "vanished", "present"]
    assert again.json["thread"]["id"] == said.json["thread"]["id"]


def test_limit_is_said_with_its_reset_and_nothing_is_lost(tmp_path: Path) -> None:
    """In the middle of a thread it is only said; at its first post it ends the capture."""
    home = plain()
    busy = Answer({"error": "slow down"}, 429, (("X-RateLimit-Reset", "2099-01-01T00:00:00Z"),))
    with serving({"ap.test": home}) as platforms:
        home.fixed[urlsplit(home.id(3)).path] = Answer({}, 429, (("Retry-After", "7200"),))
        partial = platforms.capture(tmp_path, "--no-snapshots", home.id(1))
        home.fixed[urlsplit(home.id(1)).path] = busy
        refused = platforms.capture(tmp_path, "--no-snapshots", home.id(1))
    done = partial.json["thread"]["completeness"]
    assert (done["expected"], done["captured"]) == (None, 2)
    assert "ap.test allowed no more requests" in done["reason"]
    assert refused.code == 1
    assert "allows them again in 86400 s" in refused.err


def test_server_in_secure_mode_wants_a_key(tmp_path: Path) -> None:
    """Without one the sentence says which setting helps; nothing counts as deleted."""
    home = plain()
    home.check = lambda request: False
    with serving({"ap.test": home}) as platforms:
        said = platforms.capture(tmp_path, "--no-snapshots", home.id(1))
    assert said.code == 1
    assert "platforms.activitypub.signed = true" in said.err


def test_signature_that_is_refused_is_no_deletion(tmp_path: Path) -> None:
    """A server that blocks us says 401 to signed requests, too."""
    home = plain()
    home.check = lambda request: False
    with serving({"ap.test": home}) as platforms:
        said = platforms.capture(tmp_path, "--no-snapshots", home.id(1), more=SIGNED)
    assert said.code == 1
    assert "nothing counts as deleted" in said.err


@pytest.mark.parametrize("with_query", [True, False])
def test_signed_requests_are_answered(tmp_path: Path, actor: Client, with_query: bool) -> None:
    """Both ways to sign a query; the records hold the signature, and a rebuild reads them."""
    home = plain()
    home.embedded = False
    home.check = verifier(actor, with_query=with_query)
    with serving({"ap.test": home}) as platforms:
        said = platforms.capture(tmp_path, "--no-snapshots", home.id(2), more=SIGNED)
    assert said.code == 0, said.err
    thread = said.json["thread"]
    assert [post["text"] for post in thread["posts"]] == [f"Post {n}" for n in range(1, 5)]
    assert thread["completeness"]["expected"] == 4
    asked = [each for each in platforms.asked if not each.url.endswith(".png")]
    unsigned = [each.url for each in asked if "Signature" not in dict(each.headers)]
    assert unsigned == [home.id(2)]  # one refusal tells what its server wants
    assert b'\r\nSignature: keyId="http://archive.test/actor#main-key"' in recorded(tmp_path)
    if with_query:
        return
    assert archiver(tmp_path, "rebuild").code == 0
    again = archiver(tmp_path, "show", "--json", thread["id"])
    assert again.code == 0, again.err
    shown = again.json.get("thread", again.json)
    assert shown["posts"] == thread["posts"]
    assert shown["completeness"] == thread["completeness"]


def test_what_speaks_no_activitypub_is_left_to_others(tmp_path: Path) -> None:
    """A plain page is no thread of this platform."""
    with serving({"ap.test": lambda request: NOT_FOUND}) as platforms:
        said = platforms.capture(tmp_path, "--no-snapshots", f"{ROOT}/people/ann/entries/1")
    assert said.code == 1
    assert "is not there (404)" in said.err


def test_actor_leads_to_its_threads(tmp_path: Path) -> None:
    """Each is captured by itself; boosts and replies to others are not."""
    home = plain(3)
    home.add(10, "ann")
    home.add(11, "bob")
    home.add(12, "ann", 11)
    with serving({"ap.test": home}) as platforms:
        said = platforms.capture(tmp_path, "--no-snapshots", home.actor("ann"))
    assert said.code == 0, said.err
    assert "2 threads found" in said.err
