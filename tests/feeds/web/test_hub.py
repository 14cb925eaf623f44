"""Does our WebSub hub keep to the specification, and does it lend itself to no attack?"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from feeds.web import hub_form, hub_store
from feeds.web.app import WebOptions
from feeds.web.hub import Hub, HubDoor, Topics
from feeds.web.hub_store import Asked, Subscriptions
from tests.feeds import views
from tests.feeds.archive import Archive
from tests.feeds.publish.threads import named
from tests.feeds.views import BASE
from tests.feeds.web.serving import Answer, Client, served
from tests.receiver import Receiver, Reply, Request, client, receiving

HUB = f"{BASE}/hub"
TOPIC = f"{BASE}/feeds/all.rss"
LOOPBACK = "127.0.0.0/8"


def confirming(request: Request) -> Reply:
    """Answer as a subscriber that wanted this."""
    challenge = parse_qs(urlsplit(request.path).query).get("hub.challenge", [""])[0]
    return Reply(200, {}, challenge.encode()) if request.method == "GET" else Reply(204)


@dataclass
class Site:
    """A published archive with a hub, a client of its web app, and a clock."""

    archive: Archive
    kept: Subscriptions
    topics: Topics
    allowed: tuple[str, ...] = (LOOPBACK,)
    now: list[float] = field(default_factory=lambda: [1_000_000.0])
    web: Client | None = None

    def ask(
        self, callback: str, topic: str = TOPIC, mode: str = "subscribe", **more: str
    ) -> Answer:
        assert self.web is not None
        form = {"hub.mode": mode, "hub.topic": topic, "hub.callback": callback}
        return self.web.post("/hub", form | {f"hub.{name}": value for name, value in more.items()})

    @contextlib.asynccontextmanager
    async def hub(self) -> AsyncIterator[Hub]:
        async with client(self.archive.folder, *self.allowed) as ours:
            yield Hub(
                HUB, self.topics, self.kept, ours.unrecorded, now_s=lambda: self.now[0], pace_s=0,
                patience_s=0.7,
            )  # fmt: skip

    async def work(self) -> None:
        async with self.hub() as hub:
            await hub.work()

    async def subscribed(self, callback: str, **more: str) -> None:
        """Subscribe, and confirm it."""
        assert self.ask(callback, **more).status == 202
        await self.work()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A site with one thread."""
    archive = Archive(tmp_path / "data")
    archive.keep(named(views.typical(), "one"))
    archive.publish()
    made = Site(archive, Subscriptions(archive.notes), Topics(archive.public, BASE))
    door = HubDoor(made.topics, made.kept, lambda: made.now[0])
    place = (archive.store, archive.payloads, archive.public, archive.base_url)
    with served(*place, options=WebOptions(hub=HUB, hub_door=door)) as made.web:
        yield made
    archive.close()


@pytest.fixture
def subscriber() -> Iterator[Receiver]:
    """A subscriber that confirms what it is asked."""
    with receiving() as found:
        found.answer = confirming
        yield found


async def test_subscriber_gets_the_feed(site: Site, subscriber: Receiver) -> None:
    """After it confirmed: the whole feed, with its type, its links and a signature."""
    await site.subscribed(f"{subscriber.url}/cb?id=7", secret="s3cret", lease_seconds="7200")
    asked = parse_qs(urlsplit(subscriber.requests[0].path).query)
    assert asked["id"] == ["7"] and asked["hub.mode"] == ["subscribe"]
    assert asked["hub.topic"] == [TOPIC] and asked["hub.lease_seconds"] == ["7200"]
    assert site.kept.changed([TOPIC, f"{BASE}/feeds/all.atom"], site.now[0]) == 1
    await site.work()
    got = subscriber.requests[1]
    assert (got.method, got.path) == ("POST", "/cb?id=7")
    assert got.body == (site.archive.public / "feeds/all.rss").read_bytes()
    assert got.headers["content-type"] == "application/rss+xml; charset=utf-8"
    assert got.headers["link"] == f'<{HUB}>; rel="hub", <{TOPIC}>; rel="self"'
    digest = hmac.new(b"s3cret", got.body, hashlib.sha256).hexdigest()
    assert got.headers["x-hub-signature"] == f"sha256={digest}"
    await site.work()
    assert len(subscriber.requests) == 2


@pytest.mark.parametrize("body", [b"", b"no", b"<html>challenge</html>"])
async def test_unconfirmed_is_no_subscription(
    site: Site, subscriber: Receiver, body: bytes
) -> None:
    """Who does not give the challenge back did not want it."""
    subscriber.answer = lambda request: Reply(200, {}, body)
    await site.subscribed(subscriber.url)
    await site.work()
    assert site.kept.count() == 0
    assert len(subscriber.requests) == 1


async def test_stranger_cannot_end_a_subscription(site: Site, subscriber: Receiver) -> None:
    """To unsubscribe, too, is asked back; then nothing comes any more."""
    await site.subscribed(subscriber.url)
    subscriber.answer = lambda request: Reply(404)
    assert site.ask(subscriber.url, mode="unsubscribe").status == 202
    await site.work()
    assert site.kept.count() == 1
    subscriber.answer = confirming
    site.ask(subscriber.url, mode="unsubscribe")
    await site.work()
    assert site.kept.count() == 0


async def test_failed_renewal_leaves_the_subscription(site: Site, subscriber: Receiver) -> None:
    """Nor does it change its secret."""
    await site.subscribed(subscriber.url, secret="first")
    subscriber.answer = lambda request: Reply(404)
    await site.subscribed(subscriber.url, secret="second")
    site.kept.changed([TOPIC], site.now[0])
    assert [each.secret for each in site.kept.to_send(site.now[0], 9)] == ["first"]


async def test_gone_ends_it(site: Site, subscriber: Receiver) -> None:
    """A subscriber that answers 410 is left in peace."""
    await site.subscribed(subscriber.url)
    subscriber.answer = lambda request: Reply(410)
    site.kept.changed([TOPIC], site.now[0])
    await site.work()
    assert site.kept.count() == 0


async def test_refusal_is_outlived(site: Site, subscriber: Receiver) -> None:
    """It is sent again later, also by a process that was started since."""
    await site.subscribed(subscriber.url)
    subscriber.answer = lambda request: Reply(500)
    site.kept.changed([TOPIC], site.now[0])
    await site.work()
    await site.work()
    assert len(subscriber.requests) == 2
    subscriber.answer = confirming
    site.now[0] += 61
    site.kept = Subscriptions(site.archive.notes)
    await site.work()
    assert len(subscriber.requests) == 3


async def test_lease_ends(site: Site, subscriber: Receiver) -> None:
    """Who does not subscribe again gets nothing after it; no lease is for ever."""
    await site.subscribed(subscriber.url, lease_seconds="99999999999")
    asked = parse_qs(urlsplit(subscriber.requests[0].path).query)
    assert asked["hub.lease_seconds"] == [str(hub_form.LONGEST_S)]
    site.now[0] += hub_form.LONGEST_S + 1
    assert site.kept.changed([TOPIC], site.now[0]) == 0
    assert site.kept.count() == 0


async def test_private_callback_is_not_asked(site: Site, subscriber: Receiver) -> None:
    """Nobody reaches our network through the hub, also by a redirect."""
    site.allowed = ()
    await site.subscribed(subscriber.url)
    assert subscriber.requests == [] and site.kept.count() == 0


async def test_redirect_is_not_followed(site: Site, subscriber: Receiver) -> None:
    """A callback sends us nowhere else."""
    subscriber.answer = lambda request: Reply(302, {"Location": "/else?" + request.path})
    await site.subscribed(subscriber.url)
    assert len(subscriber.requests) == 1 and site.kept.count() == 0


@contextlib.asynccontextmanager
async def dripping(address: str) -> AsyncIterator[tuple[str, list[int]]]:
    """Serve callbacks that answer a byte now and then; the list counts who is connected."""
    connected, writers = [0, 0], list[asyncio.StreamWriter]()

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        connected[0] += 1
        connected[1] = max(connected)
        with contextlib.suppress(OSError):
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\n")
            while not writer.is_closing():
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(0.05)
        connected[0] -= 1

    server = await asyncio.start_server(drip, address, 0)
    try:
        yield f"http://{address}:{server.sockets[0].getsockname()[1]}", connected
    finally:
        server.close()
        for writer in writers:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
        await until(lambda: connected[0] == 0)


async def test_slow_callbacks_keep_nobody_else_waiting(site: Site, subscriber: Receiver) -> None:
    """Neither from being verified nor from getting what changed; few are asked at a time."""
    async with dripping("127.0.0.2") as (slow, connected), site.hub() as hub:
        running = asyncio.create_task(hub.run())
        for number in range(20):
            assert (await asyncio.to_thread(site.ask, f"{slow}/{number}")).status == 202
        hub.wake()
        await until(lambda: connected[0] > 0)
        began = time.monotonic()
        assert (await asyncio.to_thread(site.ask, subscriber.url)).status == 202
        hub.wake()
        await until(lambda: site.kept.count() == 1)
        site.kept.changed([TOPIC], site.now[0])
        hub.wake()
        await until(lambda: len(subscriber.requests) == 2)
        assert time.monotonic() - began < 3  # one after the other they would take fourteen
        assert connected[1] <= 3
        hub.stop()
        await running
        assert site.kept.count() == 1


async def test_slow_callback_is_given_up(site: Site) -> None:
    """After a while that bytes do not lengthen; it is asked again later."""
    async with dripping("127.0.0.2") as (slow, connected):
        assert site.ask(slow).status == 202
        await site.work()
        await until(lambda: connected[0] == 0)
        assert site.kept.to_verify(site.now[0] + 59, 9) == ()
        (again,) = site.kept.to_verify(site.now[0] + 61, 9)
        assert again.attempts == 1


async def until(true: Callable[[], bool]) -> None:
    """Wait for something that comes soon."""
    async with asyncio.timeout(10):
        while not true():  # noqa: ASYNC110  # what is waited for tells nobody
            await asyncio.sleep(0.02)


def test_who_does_not_take_it_comes_last(tmp_path: Path) -> None:
    """A change does not bring them forward; and no host takes up all places."""
    kept = Subscriptions(tmp_path)
    for number, host in enumerate(["a"] * 5 + ["b"]):
        kept.ask(Asked(f"https://{host}/{number}", TOPIC, "subscribe", host, lease_s=999), 1.0)
        kept.confirm(kept.to_verify(1.0, 1)[0], 1.0)
    kept.changed([TOPIC], 2.0)
    assert [each.host for each in kept.to_send(2.0, 9, 2)] == ["a", "a", "b"]
    kept.unsent(kept.to_send(2.0, 1)[0], 60.0)
    assert kept.changed([TOPIC], 3.0) == 6
    assert len(kept.to_send(3.0, 9)) == 5
    assert [each.callback for each in kept.to_send(61.0, 9)][-1] == "https://a/0"


def test_only_feeds_of_ours(site: Site) -> None:
    """Anything else is refused at once, and nobody is asked."""
    for topic in (
        "https://elsewhere.example/feeds/all.rss",
        f"{BASE}/feeds/none.rss",
        f"{BASE}/feeds/%61ll.rss",
        f"{BASE}/feeds/all.rss?x",
        f"{BASE}/../secret.rss",
        f"{BASE}/index.html",
        f"{BASE}/r/secret/feeds/all.rss",
        "",
    ):
        assert site.ask("https://b.example/", topic).status == 404, topic
    assert site.kept.to_verify(site.now[0], 9) == ()


def test_wrong_form_is_refused(site: Site) -> None:
    """In a sentence that says what is wrong."""
    wrong: tuple[tuple[str, dict[str, str]], ...] = (
        ("ftp://b.example/", {}),
        ("https://me:pass@b.example/", {}),
        ("https://b.example/#x", {}),
        ("https://b.example/" + "x" * 3_000, {}),
        ("", {}),
        ("https://b.example/", {"secret": "x" * 200}),
        ("https://b.example/", {"lease_seconds": "-1"}),
        ("https://b.example/", {"lease_seconds": "1e9"}),
    )
    for callback, more in wrong:
        answer = site.ask(callback, **more)
        assert answer.status == 400 and "hub." in answer.text, callback


def test_large_form_is_refused(site: Site) -> None:
    """Before it is read whole."""
    assert site.ask("https://b.example/", pad="x" * hub_form.LARGEST_FORM).status == 413


def test_flood_is_bounded(site: Site) -> None:
    """So many for one host wait, and no more; the same twice is one."""
    for _ in range(3):
        assert site.ask("https://b.example/same").status == 202
    statuses = [site.ask(f"https://b.example/{number}").status for number in range(40)]
    assert statuses.count(202) == hub_store.MOST_ASKED_OF_HOST - 1
    assert statuses[-1] == 503
    assert site.ask("https://c.example/").status == 202


async def test_withdrawn_feed_is_sent_no_more(site: Site, subscriber: Receiver) -> None:
    """Its subscriptions end."""
    await site.subscribed(subscriber.url)
    (site.archive.public / "feeds/all.rss").unlink()
    site.kept.changed([TOPIC], site.now[0])
    await site.work()
    assert site.kept.count() == 0 and len(subscriber.requests) == 1


def test_change_while_it_is_sent_is_not_lost(tmp_path: Path) -> None:
    """What changed after the delivery began is due still."""
    kept = Subscriptions(tmp_path)
    kept.ask(Asked("https://b.example/", TOPIC, "subscribe", "b.example", lease_s=99), 1.0)
    kept.confirm(kept.to_verify(1.0, 1)[0], 1.0)
    kept.changed([TOPIC], 2.0)
    (held,) = kept.to_send(2.0, 9)
    kept.changed([TOPIC], 3.0)
    kept.sent(held, 2.0)
    assert len(kept.to_send(3.0, 9)) == 1
