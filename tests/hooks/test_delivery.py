"""Is every event delivered, signed, however often a receiver refuses? On real servers."""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from archiver.errors import ConfigError
from archiver.hooks.delivery import GIVEN_UP_S, Deliveries, Hook
from archiver.hooks.message import key_of
from archiver.hooks.outbox import Outbox
from archiver.models.news import News
from tests.receiver import Receiver, Reply, client, receiving

AT = dt.datetime(2026, 11, 24, 10, 0, tzinfo=dt.UTC)
KEY = b"k" * 24
LOOPBACK = "127.0.0.0/8"


class Clock:
    """A clock that goes when a test says so."""

    def __init__(self) -> None:
        self.now = AT.timestamp()

    def __call__(self) -> float:
        return self.now


class Desk:
    """One archive's outbox, and what delivers it to a receiver."""

    def __init__(self, folder: Path, *allowed: str) -> None:
        self.folder = folder
        self.allowed = allowed
        self.clock = Clock()
        self.hidden: set[str] = set()
        self.outbox = Outbox(folder)

    def add(self, *ids: str, kind: str = "thread.edited", thread: str = "t1") -> int:
        news = [
            News(each, kind, AT, json.dumps({"id": each, "title": "é"}), thread) for each in ids
        ]
        wanted = {"desk": frozenset({"thread.edited", "link.died"})}
        return self.outbox.add(news, wanted, now_s=self.clock.now)

    @contextlib.asynccontextmanager
    async def deliveries(self, url: str) -> AsyncIterator[Deliveries]:
        hook = Hook("desk", url, frozenset({"thread.edited"}), KEY)
        async with client(self.folder, *self.allowed) as ours:
            yield Deliveries(
                [hook], self.outbox, ours.unrecorded, hidden=self.hidden.__contains__,
                look=lambda: None, now_s=self.clock, jitter=lambda: 0.5,
            )  # fmt: skip

    async def deliver(self, url: str) -> None:
        async with self.deliveries(url) as made:
            await made.deliver()


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """An empty outbox, and a client that may reach loopback."""
    return Desk(tmp_path, LOOPBACK)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver that takes everything."""
    with receiving() as found:
        yield found


async def test_event_comes_signed(desk: Desk, receiver: Receiver) -> None:
    """By the rules of Standard Webhooks, computed here anew."""
    assert desk.add("evt_1") == 1
    await desk.deliver(f"{receiver.url}/hook?x=1")
    (request,) = receiver.requests
    assert (request.method, request.path) == ("POST", "/hook?x=1")
    assert json.loads(request.body) == {
        "type": "thread.edited",
        "timestamp": "2026-11-24T10:00:00Z",
        "data": {"id": "evt_1", "title": "é"},
    }
    at = request.headers["webhook-timestamp"]
    signed = f"evt_1.{at}.".encode() + request.body
    digest = base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
    assert request.headers["webhook-id"] == "evt_1"
    assert request.headers["webhook-signature"] == f"v1,{digest}"
    assert desk.outbox.receiver("desk").waiting == 0


async def test_event_is_kept_once(desk: Desk, receiver: Receiver) -> None:
    """Told before, it is left out; of a type that nobody wants, nothing waits."""
    desk.add("evt_1", "evt_1")
    await desk.deliver(receiver.url)
    assert desk.add("evt_1") == 0
    assert desk.add("evt_2", kind="published") == 0
    await desk.deliver(receiver.url)
    assert len(receiver.requests) == 1


async def test_refusal_is_outlived(desk: Desk, receiver: Receiver) -> None:
    """Nothing is lost, the id stays, and a receiver that is down is asked once per pause."""
    receiver.answer = lambda request: Reply(503)
    desk.add("evt_1", "evt_2")
    await desk.deliver(receiver.url)
    await desk.deliver(receiver.url)
    assert [each.headers["webhook-id"] for each in receiver.requests] == ["evt_1"]
    told = desk.outbox.receiver("desk")
    assert (told.waiting, told.failures, told.error) == (2, 1, "it answered 503")
    receiver.answer = lambda request: Reply()
    desk.clock.now += 10
    again = Outbox(desk.folder)  # as after a kill
    assert again.receiver("desk").waiting == 2
    await desk.deliver(receiver.url)
    assert sorted(each.headers["webhook-id"] for each in receiver.requests[1:]) == [
        "evt_1",
        "evt_2",
    ]
    assert desk.outbox.receiver("desk").failures == 0


async def test_one_bad_event_holds_up_no_other(desk: Desk, receiver: Receiver) -> None:
    """A receiver that finds one event wrong gets the next at once."""
    receiver.answer = lambda request: Reply(422 if b"evt_1" in request.body else 200)
    desk.add("evt_1", "evt_2")
    await desk.deliver(receiver.url)
    assert desk.outbox.receiver("desk").waiting == 1
    assert len(receiver.requests) == 2


async def test_given_up_after_days(desk: Desk, receiver: Receiver) -> None:
    """Then it is counted as lost, and said."""
    receiver.answer = lambda request: Reply(500)
    desk.add("evt_1")
    for _ in range(20):
        await desk.deliver(receiver.url)
        desk.clock.now += GIVEN_UP_S / 10
    told = desk.outbox.receiver("desk")
    assert (told.waiting, told.lost) == (0, 1)


async def test_redirect_is_not_followed(desk: Desk, receiver: Receiver) -> None:
    """A receiver sends us nowhere else."""
    receiver.answer = lambda request: Reply(302, {"Location": f"{receiver.url}/else"})
    desk.add("evt_1")
    await desk.deliver(receiver.url)
    assert [each.path for each in receiver.requests] == ["/"]
    assert "redirect" in desk.outbox.receiver("desk").error


async def test_private_receiver_is_refused(tmp_path: Path, receiver: Receiver) -> None:
    """Unless network.allow_private allows it."""
    desk = Desk(tmp_path)
    desk.add("evt_1")
    await desk.deliver(receiver.url)
    assert receiver.requests == []
    assert desk.outbox.receiver("desk").waiting == 1


async def test_large_answer_is_not_read(desk: Desk, receiver: Receiver) -> None:
    """Only its beginning; the event counts as told or not by its status alone."""
    receiver.answer = lambda request: Reply(200, {}, b"x" * 5_000_000)
    desk.add("evt_1")
    await desk.deliver(receiver.url)
    assert len(receiver.requests) == 1


async def test_hidden_thread_is_not_told(desk: Desk, receiver: Receiver) -> None:
    """Also if it was withheld while its event waited."""
    desk.add("evt_1", thread="secret")
    desk.hidden.add("secret")
    await desk.deliver(receiver.url)
    assert receiver.requests == []
    assert desk.outbox.receiver("desk").waiting == 0


def _failed(fresh: frozenset[str]) -> list[News]:
    return [News(f"evt_{url}", "crawl.failed", AT, "{}") for url in sorted(fresh)]


def test_seed_fails_once(tmp_path: Path) -> None:
    """It is named when it begins to fail, and again only after it succeeded."""
    outbox, told = Outbox(tmp_path), list[frozenset[str]]()

    def look(*urls: str) -> None:
        def tell(fresh: frozenset[str]) -> list[News]:
            told.append(fresh)
            return []

        outbox.add_failing(urls, tell, {}, now_s=0.0)

    for urls in (["a"], ["a", "b"], [], ["a"]):
        look(*urls)
    assert told == [{"a"}, {"b"}, set(), {"a"}]


def test_failure_is_told_though_the_first_look_broke_off(tmp_path: Path) -> None:
    """That a seed fails is kept with its event, or not at all."""
    outbox, wanted = Outbox(tmp_path), {"desk": frozenset({"crawl.failed"})}

    def killed(fresh: frozenset[str]) -> list[News]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        outbox.add_failing(["a"], killed, wanted, now_s=0.0)
    assert outbox.add_failing(["a"], _failed, wanted, now_s=0.0) == 1
    assert outbox.add_failing(["a"], _failed, wanted, now_s=0.0) == 0
    assert [each.event for each in outbox.due("desk", 1.0, limit=9)] == ["evt_a"]


@pytest.mark.parametrize("secret", ["", "tiny", "whsec_!", "whsec_c2hvcnQ="])
def test_bad_secret_is_named(secret: str) -> None:
    """The variable is said, the secret is not."""
    with pytest.raises(ConfigError, match="ARCHIVER_X") as raised:
        key_of(secret, variable="ARCHIVER_X")
    assert not secret or secret not in str(raised.value)


def test_secret_may_be_encoded() -> None:
    """As Standard Webhooks writes it, or plain."""
    assert key_of("whsec_" + base64.b64encode(KEY).decode(), variable="X") == KEY
    assert key_of("k" * 24, variable="X") == KEY
