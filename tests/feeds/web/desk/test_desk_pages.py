"""Do the pages of the desk show what is there, page by page, and keep secrets?"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from archiver.models import CrawlRequest, CrawlState, Decision, PolicyState, Watch
from feeds.publish import last
from tests.feeds import views
from tests.feeds.web.desk.test_desk import NOW, SEED, TOKEN, WORDS, Room, room

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Room]:
    """A desk without a password, on this machine."""
    with room(tmp_path) as found:
        yield found


def test_queue_shows_what_waits_and_why_it_failed(desk: Room) -> None:
    """By state, in pages; what comes from outside is no markup."""
    store = desk.archive.store
    for number in range(55):
        store.enqueue(CrawlRequest(f"https://a.example/{number}", NOW + HOUR * number))
    first = desk.see("/queue").text
    assert "https://a.example/49<" in first and "https://a.example/50<" not in first
    place = first.partition('rel="next"')[0].rpartition('href="/desk')[2].partition('"')[0]
    assert "https://a.example/54<" in desk.see(place.replace("&amp;", "&")).text
    crawl = store.claim(NOW)
    assert crawl is not None
    store.fail(crawl.id, at=NOW, error="a.example: <i>refused", retry_at=None)
    failed = desk.see("/queue?state=failed").text
    assert "a.example: &lt;i&gt;refused" in failed and "Capture again" in failed
    assert desk.see("/queue?state=odd").status == 400
    assert desk.see("/queue?after=x").status == 400


def test_waiting_capture_is_started_and_cancelled(desk: Room) -> None:
    """At once, and for good; an ended one is captured again for its watch."""
    store = desk.archive.store
    late = store.enqueue(CrawlRequest(SEED, NOW + HOUR, "Desk", tags=("port",)))
    assert late is not None
    assert desk.send("/captures/retry", number=str(late.id)).status == 303
    hurried = store.crawl(late.id)
    assert hurried is not None and hurried.due_at == NOW and desk.woken.is_set()
    assert desk.send("/captures/cancel", number=str(late.id)).status == 303
    ended = store.crawl(late.id)
    assert ended is not None and ended.state is CrawlState.FAILED
    assert "taken out of the queue" in desk.see(f"/captures/{late.id}").text
    assert desk.send("/captures/cancel", number=str(late.id)).status == 400
    answer = desk.send("/captures/retry", number=str(late.id))
    again = store.crawls()[0]
    assert answer.headers["location"] == f"/desk/captures/{again.id}"
    assert (again.url, again.watch, again.tags) == (SEED, "Desk", ("port",))
    for number in ("", "x", "9" * 40, "999"):
        assert desk.send("/captures/retry", number=number).status == 400


def test_captures_are_found(desk: Room) -> None:
    """By words of the address; an empty find says so."""
    desk.send("/captures", url=SEED)
    assert SEED in desk.see("/captures?q=desk").text
    nothing = desk.see("/captures?q=%3Cb%3E").text
    assert "No capture holds" in nothing and "&lt;b&gt;" in nothing and "<b>" not in nothing


def test_watch_has_a_page_with_its_health(desk: Room) -> None:
    """Captures per day drawn, and the same in a table; its forms change and remove it."""
    store = desk.archive.store
    desk.send("/watches/add", url=SEED, name="Harbour & co", every="15m")
    for hour in (1, 2, 30):
        crawl = store.start(CrawlRequest(SEED, NOW - HOUR * hour, "Harbour & co"))
        assert crawl is not None
        if hour == 2:
            store.fail(crawl.id, at=NOW - HOUR * hour, error="no answer", retry_at=None)
        else:
            store.finish(crawl.id, at=NOW - HOUR * hour, thread_id=None)
    place = "/watch?name=Harbour%20%26%20co"
    assert 'href="/desk/watch?name=Harbour%20%26%20co"' in desk.see().text
    page = desk.see(place).text
    assert "In 30 days, 2 captures went well and 1 failed." in page
    assert page.count('class="good"') == 2 and page.count('class="bad"') == 1
    row = '<th scope="row">24 Nov 2026</th><td>1</td><td>1</td>'
    assert row in page and 'style="' not in page
    form = {"name": "Harbour & co", "every": "2h", "recapture": "1h 1d", "tags": "port, sea"}
    assert desk.send("/watches/edit", **form).status == 303
    (watch,) = store.watches()
    assert (watch.every_s, watch.recapture_s, watch.tags) == (7200, (3600, 86400), ("port", "sea"))
    wrong = desk.send("/watches/edit", **{**form, "every": "often"})
    assert wrong.status == 400 and "is not a duration" in wrong.text
    both = desk.send("/watches/edit", **{**form, "cron": "0 * * * *"})
    assert both.status == 400 and store.watches() == (watch,)
    assert desk.send("/watches/remove", name=watch.name).status == 303
    assert store.watches() == () and desk.see(place).status >= 400


def test_watch_of_the_settings_is_changed_there(desk: Room) -> None:
    """It has no form for it, and one that is sent does nothing."""
    store = desk.archive.store
    store.sync_watches((Watch("Fixed", SEED, every_s=900.0),))
    assert "It stands in config.toml" in desk.see("/watch?name=Fixed").text
    for form in ("edit", "remove"):
        answer = desk.send(f"/watches/{form}", name="Fixed", every="1h")
        assert answer.status == 400 and "config.toml" in answer.text
    assert store.watches()[0].every_s == 900


def test_publication_says_what_readers_do_not_see(desk: Room) -> None:
    """What waits, what is kept from them and until when, and why publishing failed."""
    archive = desk.archive
    folder = archive.public.parent / "publish"
    assert "Nothing was published yet." in desk.see("/publication").text
    archive.keep(views.typical())
    thread = views.typical().thread
    last.note(folder, at=NOW, written=3)
    last.note(folder, at=NOW + HOUR, error="disk <full>")
    until = NOW + HOUR * 24
    archive.store.decide(
        Decision(thread.id, PolicyState.EMBARGOED, NOW - HOUR, until, "Ada <i>", "asked for time")
    )
    page = desk.see("/publication").text
    assert "The last publication failed" in page and "disk &lt;full&gt;" in page
    assert "It went well last 24 Nov 2026, 12:00 UTC." in page
    assert "embargoed until 25 Nov 2026, 12:00 UTC" in page and "Ada &lt;i&gt;" in page
    assert f'href="/t/{thread.id}/"' in page
    assert desk.send("/release", thread=thread.id, who="Ada", why="over").status == 303
    assert "No thread is kept from readers." in desk.see("/publication").text


def test_storage_is_measured(desk: Room) -> None:
    """By kind and month; again when asked."""
    warcs = desk.archive.public.parent / "warc"
    warcs.mkdir(exist_ok=True)
    (warcs / "a-20250103093000000-00000-0f3a5c7e.warc.gz").write_bytes(b"x" * 1_500)
    page = desk.see("/storage").text
    for _ in range(20):
        if "WARCs by month" in page:
            break
        time.sleep(0.2)
        page = desk.see("/storage").text
    assert "1.5 kB" in page and '<th scope="row">2025-01</th>' in page
    assert desk.send("/storage/measure").headers["location"] == "/desk/storage"


def test_settings_are_told_without_secrets(desk: Room) -> None:
    """Each with its table, and only whether a variable is set."""
    page = desk.see("/settings").text
    assert "[platforms.x]" in page and "usd_per_month" in page
    assert "ARCHIVER_API_TOKEN" in page and TOKEN not in page
    assert WORDS not in page


def test_logout_holds_after_a_restart(tmp_path: Path) -> None:
    """A cookie that somebody kept opens nothing; others go on."""
    with room(tmp_path, WORDS) as first:
        first.log_in()
        kept = first.cookie
        first.log_in()
        assert first.see().status == 200
        assert first.send("/logout").status == 303
        gone, first.cookie = first.cookie, kept
        assert first.see().status == 200
    with room(tmp_path, WORDS) as again:
        for cookie, status in ((gone, 303), (kept, 200)):
            again.cookie = cookie
            assert again.see().status == status
    held = (tmp_path / "data" / "desk.ended").read_text()
    assert gone.partition("=")[2] not in held


@pytest.mark.parametrize(
    "path",
    ["/queue", "/captures", "/watch?name=x", "/publication", "/storage", "/settings"],
)
def test_every_page_is_behind_the_password(tmp_path: Path, path: str) -> None:
    """Nobody sees anything before; nor does a form do anything."""
    with room(tmp_path, WORDS) as locked:
        answer = locked.see(path)
        assert (answer.status, answer.headers["location"]) == (303, "/desk/login")
        assert locked.send("/captures/cancel", number="1").headers["location"] == "/desk/login"
