"""Can somebody start at the desk, and can nobody else?"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import itertools
import re
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from argon2 import PasswordHasher

from archiver.config import PlatformSettings, parse
from archiver.errors import UsageError
from archiver.models import CrawlState
from archiver.sources import sources
from feeds.render import Site
from feeds.web.desk import PATH, DeskParts, Password, Steps, desk
from feeds.web.desk.forms import address_given
from tests.feeds import views
from tests.feeds.archive import Archive
from tests.feeds.web.serving import Answer, Client, served

NOW = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)
WORDS = "correct horse battery"
TOKEN = "never-to-be-shown"
CHEAP = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
SEED = "https://social.example/@desk/110000000000000001"


@dataclass
class Room:
    """A desk that is served, and somebody before it with the cookie that they got."""

    archive: Archive
    client: Client
    steps: Steps
    woken: threading.Event
    cookie: str = ""

    def see(self, path: str = "/") -> Answer:
        return self.client.ask(f"/desk{path}", Cookie=self.cookie)

    def token(self) -> str:
        found = re.search(r'name="token" value="([0-9a-f]+)"', self.see().text)
        return found[1] if found else ""

    def send(self, path: str, **form: str) -> Answer:
        form.setdefault("token", self.token())
        return self.client.post(f"/desk{path}", form, Cookie=self.cookie)

    def log_in(self, words: str = WORDS) -> Answer:
        answer = self.client.post("/desk/login", {"password": words})
        self.cookie = answer.headers.get("set-cookie", "").partition(";")[0]
        return answer


@contextlib.contextmanager
def room(folder: Path, words: str = "", base_url: str = views.BASE) -> Iterator[Room]:
    """Serve a desk."""
    ticks = itertools.count()
    made, steps, woken = Archive(folder / "data", base_url), Steps(), threading.Event()
    parts = DeskParts(
        store=made.store,
        data_dir=folder / "data",
        site=Site(made.base_url, "The reading room"),
        sources=sources(PlatformSettings()),
        password=Password(words, CHEAP),
        steps=steps,
        wake=woken.set,
        now=lambda: NOW,
        settings=parse({}, data_dir=folder / "data"),
        environment={"ARCHIVER_API_TOKEN": TOKEN},
        decide=lambda each: made.store.decide(
            dataclasses.replace(each, at=NOW + dt.timedelta(seconds=next(ticks)))
        ),
    )
    place = (made.store, made.payloads, made.public, made.base_url)
    with served(*place, mounts={PATH: desk(parts)}) as client:
        yield Room(made, client, steps, woken)
    made.close()


@pytest.fixture
def open_room(tmp_path: Path) -> Iterator[Room]:
    """A desk without a password, on this machine."""
    with room(tmp_path) as found:
        yield found


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[Room]:
    """A desk with a password."""
    with room(tmp_path, WORDS) as found:
        yield found


def test_first_start_says_what_to_do(open_room: Room) -> None:
    """One thing to begin with; every table says what it is for."""
    answer = open_room.see()
    assert answer.status == 200
    assert "Paste the address of a thread above." in answer.text
    assert "A watch captures an address again and again" in answer.text
    policy = answer.headers["content-security-policy"]
    assert "script-src 'nonce-" in policy and "unsafe" not in policy
    assert answer.headers["cache-control"] == "no-store"
    assert not re.search(r"<script(?![^>]* src=)|\son\w+=|style=", answer.text)
    assert open_room.client.ask("/desk").status == 301


def test_pasted_address_is_captured(open_room: Room) -> None:
    """It is queued, the worker is woken, and its page says how far it is; twice is one."""
    answer = open_room.send("/captures", url=f" {SEED} ")
    assert answer.status == 303 and open_room.woken.is_set()
    (crawl,) = open_room.archive.store.crawls()
    assert (crawl.url, crawl.state, crawl.watch) == (SEED, CrawlState.QUEUED, None)
    place = answer.headers["location"]
    assert place == f"/desk/captures/{crawl.id}"
    page = open_room.see(f"/captures/{crawl.id}").text
    assert "waits for its turn" in page and 'http-equiv="refresh"' in page
    assert open_room.send("/captures", url=SEED).headers["location"] == place
    assert f'href="{place}"' in open_room.see().text


def test_capture_goes_forward_before_ones_eyes(open_room: Room) -> None:
    """Steps come as they are told, then the end; what comes from outside is no markup."""
    store = open_room.archive.store
    open_room.send("/captures", url=SEED)
    crawl = store.claim(NOW)
    assert crawl is not None
    tell = open_room.steps.of(crawl.id)
    tell("asked https://social.example/: 200")
    tell("<b>\nevent: ended", done=1, total=2)
    assert "&lt;b&gt;" in open_room.see(f"/captures/{crawl.id}").text
    timer = threading.Timer(0.7, lambda: store.finish(crawl.id, at=NOW, thread_id=None))
    timer.start()
    answer = open_room.see(f"/captures/{crawl.id}/events")
    timer.join()
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert "event: state\ndata: goes on, 24 Nov 2026, 12:00 UTC\n\n" in answer.text
    assert answer.text.count("event: state") == 2  # and that it is done
    assert "data: asked https://social.example/: 200\n\n" in answer.text
    assert "data: <b> event: ended (1 of 2)\n\n" in answer.text
    assert answer.text.endswith("event: ended\ndata: \n\n")
    done = open_room.see(f"/captures/{crawl.id}").text
    assert "done" in done and "http-equiv" not in done


def test_capture_that_failed_says_when_it_is_tried_again(open_room: Room) -> None:
    """Also to somebody who watches: what was told of it before does not say that it goes on."""
    store = open_room.archive.store
    open_room.send("/captures", url=SEED)
    crawl = store.claim(NOW)
    assert crawl is not None
    open_room.steps.of(crawl.id)("asked https://social.example/: no answer")
    later = NOW + dt.timedelta(minutes=15)
    store.fail(crawl.id, at=NOW, error="nobody answered", retry_at=later)
    words = "failed, and is tried again by itself, next try 24 Nov 2026, 12:15 UTC"
    assert words in open_room.see(f"/captures/{crawl.id}").text
    threading.Timer(0.7, lambda: store.cancel(crawl.id, at=NOW, why="not now")).start()
    told = open_room.see(f"/captures/{crawl.id}/events").text
    assert told.index(f"event: state\ndata: {words}\n\n") > told.index("no answer")
    assert "goes on" not in told


def test_captured_thread_can_be_read(open_room: Room) -> None:
    """The page of the capture leads to the thread; a failure says why."""
    store = open_room.archive.store
    open_room.archive.keep(views.typical())
    thread = views.typical().thread
    crawl = store.crawls()[0]
    assert f'href="/t/{thread.id}/"' not in open_room.see(f"/captures/{crawl.id}").text
    open_room.archive.publish()
    assert f'href="/t/{thread.id}/"' in open_room.see(f"/captures/{crawl.id}").text
    open_room.send("/captures", url=SEED)
    failing = store.claim(NOW)
    assert failing is not None
    store.fail(failing.id, at=NOW, error="social.example: <i>no answer", retry_at=None)
    page = open_room.see(f"/captures/{failing.id}").text
    assert "social.example: &lt;i&gt;no answer" in page
    assert open_room.see("/captures/999").status == 404
    assert open_room.see(f"/captures/{10**30}").status == 404


def test_watch_is_added_paused_and_run(open_room: Room) -> None:
    """As by command: checked by the same rules, and backed up beside the archive."""
    store = open_room.archive.store
    added = open_room.send("/watches/add", url=SEED, name="Harbour <desk>", every="15m")
    assert added.status == 303
    (watch,) = store.watches()
    assert (watch.name, watch.every_s) == ("Harbour <desk>", 900)
    page = open_room.see().text
    assert "Harbour &lt;desk&gt;" in page and "every 15m" in page and "not captured yet" in page
    assert open_room.send("/watches/pause", name=watch.name, to="pause").status == 303
    assert store.watches()[0].paused and "Resume" in open_room.see().text
    open_room.send("/watches/pause", name=watch.name, to="resume")
    assert not store.watches()[0].paused
    ran = open_room.send("/watches/run", name=watch.name)
    assert ran.headers["location"] == f"/desk/captures/{store.crawls()[0].id}"
    assert store.crawls()[0].watch == watch.name


def test_thread_is_withheld_and_released(open_room: Room) -> None:
    """With who and why, as they were written; from the page of its capture."""
    archive = open_room.archive
    archive.keep(views.typical())
    thread, crawl = views.typical().thread.id, archive.store.crawls()[0]
    place = f"/captures/{crawl.id}"
    assert "Readers see this thread." in open_room.see(place).text
    answer = open_room.send("/withhold", thread=thread, who="Ada", why="<b>wrong")
    assert (answer.status, answer.headers["location"]) == (303, f"/desk{place}")
    decision = archive.store.policy_of(thread)
    assert decision is not None and decision.hidden
    assert (decision.who, decision.why) == ("Ada", "<b>wrong")
    assert "decided by Ada: &lt;b&gt;wrong." in open_room.see(place).text
    assert open_room.send("/release", thread=thread, who="Ada", why="right").status == 303
    assert "Readers see this thread again" in open_room.see(place).text
    assert open_room.send("/release", thread=thread, who="Ada", why="x").status == 400
    assert "no such thread" in open_room.send("/withhold", thread="nothing").text


@pytest.mark.parametrize(
    ("path", "form", "sentence"),
    [
        ("/captures", {"url": "/etc/passwd"}, "is no address"),
        ("/captures", {"url": "file:///etc/passwd"}, "is no address"),
        ("/captures", {"url": "thread"}, "is no address"),
        ("/captures", {}, "is no address"),
        ("/watches/add", {"url": SEED, "every": "often"}, "is not a duration"),
        ("/watches/pause", {"name": "x"}, "no watch is named"),
        ("/watches/run", {"name": "x"}, "no watch is named"),
    ],
)
def test_mistakes_are_said_in_place(
    open_room: Room, path: str, form: dict[str, str], sentence: str
) -> None:
    """One sentence above the form; nothing is done."""
    answer = open_room.send(path, **form)
    assert answer.status == 400 and 'role="alert"' in answer.text
    assert sentence in answer.text
    assert open_room.archive.store.crawls() == () == open_room.archive.store.watches()


def test_same_name_is_not_taken_twice(open_room: Room) -> None:
    """The first watch stays as it was."""
    open_room.send("/watches/add", url=SEED, name="Desk")
    again = open_room.send("/watches/add", url="https://other.example/", name="Desk")
    assert again.status == 400 and "named &#39;Desk&#39; already" in again.text


def test_form_of_elsewhere_does_nothing(open_room: Room) -> None:
    """Without our token, from another page, in another shape, or too large."""
    token = open_room.token()
    good = {"url": SEED, "token": token}
    forms: tuple[tuple[dict[str, str], dict[str, str]], ...] = (
        ({"url": SEED}, {}),
        ({"url": SEED, "token": "0" * 64}, {}),
        (good, {"Origin": "https://evil.example"}),
        (good, {"Origin": "null"}),
        (good, {"Sec_Fetch_Site": "cross-site"}),
        (good, {"Sec_Fetch_Site": "same-site"}),
        (good, {"Content_Type": "text/plain"}),
        ({**good, "more": "x" * 20_000}, {}),
    )
    for form, headers in forms:
        assert open_room.client.post("/desk/captures", form, **headers).status == 400
    assert open_room.archive.store.crawls() == ()


def test_browser_that_hides_its_origin_may_send_forms(open_room: Room) -> None:
    """It says otherwise that it comes from here."""
    hidden = {"Origin": "null", "Sec_Fetch_Site": "same-origin"}
    form = {"url": SEED, "token": open_room.token()}
    assert open_room.client.post("/desk/captures", form, **hidden).status == 303
    assert open_room.see().headers["referrer-policy"] == "same-origin"


def test_desk_without_password_is_for_this_machine(open_room: Room) -> None:
    """Whoever comes by another name, or through a server in front, is told what is missing."""
    for headers in (
        {"Host": "archive.example"},
        {"Host": "127.0.0.1", "X_Forwarded_For": "1.2.3.4"},
    ):
        answer = open_room.client.ask("/desk/", **headers)
        assert answer.status == 403 and "ARCHIVER_DESK_PASSWORD" in answer.text


def test_desk_behind_a_web_server_is_shut_without_a_password(tmp_path: Path) -> None:
    """A server in front may pass on what strangers ask as though it came from this machine."""
    with room(tmp_path, base_url="https://archive.example") as found:
        answer = found.see()
        assert answer.status == 403 and "ARCHIVER_DESK_PASSWORD" in answer.text
        token = re.search(r'name="token" value="([0-9a-f]+)"', answer.text)
        form = {"url": SEED, "token": token[1] if token else ""}
        assert found.client.post("/desk/captures", form).status == 403
        assert found.archive.store.crawls() == ()


def test_locked_desk_asks_for_the_password(locked: Room) -> None:
    """Nothing is shown or done before; afterwards everything, until one leaves."""
    for path in ("/", "/captures/1", "/captures/1/events"):
        answer = locked.see(path)
        assert (answer.status, answer.headers["location"]) == (303, "/desk/login")
    assert locked.send("/captures", url=SEED).headers["location"] == "/desk/login"
    assert locked.archive.store.crawls() == ()
    entered = locked.log_in()
    assert (entered.status, entered.headers["location"]) == (303, "/desk/")
    cookie = entered.headers["set-cookie"].lower()
    assert all(each in cookie for each in ("httponly", "samesite=lax", "path=/desk/"))
    assert locked.see().status == 200
    assert locked.send("/captures", url=SEED).status == 303
    assert locked.send("/logout").status == 303
    assert locked.see().status == 303


def test_token_of_another_session_is_not_ours(locked: Room) -> None:
    """A form belongs to who asked for it."""
    locked.log_in()
    token = locked.token()
    locked.log_in()
    assert locked.send("/captures", url=SEED, token=token).status == 400


def test_guessing_ends_soon(locked: Room) -> None:
    """Wrong ones are told apart from too many; then even the right one waits."""
    assert [locked.log_in("x" * number).status for number in range(6)] == [403] * 5 + [429]
    answer = locked.log_in()
    assert answer.status == 429 and int(answer.headers["retry-after"]) > 0
    assert WORDS not in answer.text


def test_many_guesses_at_once_are_counted_like_others(locked: Room) -> None:
    """So many are looked at from one address, whether or not they come together."""
    with ThreadPoolExecutor(30) as pool:
        statuses = list(pool.map(lambda _: locked.log_in("wrong").status, range(30)))
    assert statuses.count(403) <= 5 and set(statuses) <= {403, 429, 503}


def test_strangers_behind_a_web_server_do_not_shut_out_the_owner(tmp_path: Path) -> None:
    """Where the server does not say who they are, guesses are slow and the right one counts."""
    with room(tmp_path, WORDS, "https://archive.example") as found:
        assert {found.log_in("wrong").status for _ in range(51)} == {403}
        began = time.monotonic()
        assert found.log_in().status == 303
        assert time.monotonic() - began > 0.4


def test_browser_that_logged_in_before_is_not_shut_out_by_others(locked: Room) -> None:
    """Not by guesses from its own address; its own guesses are counted, and others' marks none."""
    place = f"http://127.0.0.1:{locked.client.port}/desk/login"
    entered = httpx.post(place, data={"password": WORDS}, trust_env=False)
    mark = f"archiver_desk_browser={entered.cookies['archiver_desk_browser']}"
    assert [locked.log_in("wrong").status for _ in range(6)] == [403] * 5 + [429]

    def guess(words: str, cookie: str) -> int:
        return locked.client.post("/desk/login", {"password": words}, Cookie=cookie).status

    assert guess(WORDS, mark) == 303 and guess(WORDS, f"{mark[:-1]}~") == 429
    assert [guess("wrong", mark) for _ in range(6)] == [403] * 5 + [429]


def test_login_of_elsewhere_is_refused(locked: Room) -> None:
    """Nobody is logged in by a page of others, into an account of theirs."""
    form = {"password": WORDS}
    answer = locked.client.post("/desk/login", form, Origin="https://evil.example")
    assert answer.status == 400 and "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    ("given", "seed"),
    [
        ("https://a.example/x", "https://a.example/x"),
        (" a.example/x ", "https://a.example/x"),
        ("@desk@a.example", "acct:desk@a.example"),
    ],
)
def test_addresses_are_taken_as_people_write_them(given: str, seed: str) -> None:
    """With or without a scheme, or as a handle."""
    assert address_given(given) == seed
    with pytest.raises(UsageError):
        address_given("x" * 3_000)
