"""Can an archived page act as our site, or reach another host, when a browser shows it?"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Error
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from archiver import viewer
from archiver.models import Header
from archiver.models.policy import Decision, PolicyState
from feeds import replay_policy
from feeds.web.app import WebOptions, create_app
from feeds.web.replay_origin import ReplayOrigin, ReplayParts
from feeds.web.replay_page import ReplayPlace
from tests.feeds import browser, views
from tests.feeds.archive import HTML, Archive, whole
from tests.feeds.views import CAPTURED
from tests.feeds.web import hostile
from tests.feeds.web.hostile import running
from tests.feeds.web.serving import Client

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.slow]

NEWS = "http://news.example"
AT = "20220524140300"
SVG = '<svg xmlns="http://www.w3.org/2000/svg"><script>fetch("{0}svg")</script></svg>'
XML = '<?xml version="1.0"?><?xml-stylesheet type="text/xsl" href="{0}xslt"?><a/>'
MHTML = (
    "MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=x\r\n\r\n--x\r\n"
    "Content-Type: text/html\r\n\r\n<script>fetch('{0}mhtml')</script>\r\n--x--\r\n"
)
PDF = "%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.launchURL('{0}pdf'))>>>>endobj\n"
STYLED = '<style>@import"{0}a";@import/**/"{0}b";a{{background:image-set("{0}c" 1x)}}</style><a>x'


class Stage(NamedTuple):
    """What the tests play with."""

    room: str
    replay: str
    thread: str
    canary: str
    at_canary: hostile.Noticed
    at_desk: hostile.Noticed
    window: Callable[[], Any]


def _answers(canary: str, desk: str) -> list[tuple[str, bytes, int, tuple[Header, ...], Any]]:
    def kind(mime: str) -> tuple[Header, ...]:
        return (("Content-Type", mime),)

    given = [
        ("/hostile", hostile.page(canary, desk, hostile.ATTACKS), HTML),
        *((f"/{name}", hostile.page(canary, desk, {name: line}), HTML)
          for name, line in hostile.LAST.items()),
        ("/svg", SVG.format(canary).encode(), kind("image/svg+xml")),
        ("/xml", XML.format(canary).encode(), kind("application/xml")),
        ("/mhtml", MHTML.format(canary).encode(), kind("multipart/related")),
        ("/pdf", PDF.format(canary).encode(), kind("application/pdf")),
        ("/typeless", hostile.page(canary, desk, hostile.ATTACKS), ()),
        ("/image", hostile.page(canary, desk, hostile.ATTACKS), kind("image/png")),
        ("/script", b"fetch('" + canary.encode() + b"script')", kind("text/javascript")),
        ("/styled", STYLED.format(canary).encode(), HTML),
    ]  # fmt: skip
    return [(NEWS + path, body, 200, headers, CAPTURED) for path, body, headers in given]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A reading room, replay beside it, a desk with a session, and a canary."""
    path, _ = browser.needed()
    from playwright.sync_api import sync_playwright

    folder = tmp_path_factory.mktemp("hostile")
    made, desk = Archive(folder / "data"), hostile.Desk()
    view = whole(views.typical(), made)
    made.keep(view)
    here, beside = hostile.free_listener(), hostile.free_listener()
    base = f"http://127.0.0.1:{here.getsockname()[1]}"
    place = ReplayPlace(
        f"http://localhost:{beside.getsockname()[1]}", base.replace("127.0.0.1", "localhost")
    )
    with hostile.canary() as (canary, noticed), contextlib.ExitStack() as stack:
        made.record_all(_answers(canary, f"{base}/desk/"))
        wacz = hostile.package(made.folder / "warc", f"{NEWS}/hostile", AT, folder / "x.wacz")
        app = create_app(
            store=made.store, payloads=made.payloads, publish_dir=made.public, base_url=base,
            mounts={"/desk": desk}, options=WebOptions(replay=place),
        )  # fmt: skip
        parts = ReplayParts(
            made.store, place.base_url, place.room, viewer.folder(), lambda thread_id: wacz
        )
        stack.enter_context(running(app, here))
        stack.enter_context(running(ReplayOrigin(parts), beside))
        driver = stack.enter_context(sync_playwright())
        flags = "--no-sandbox --disable-gpu --disable-dev-shm-usage"
        opened = driver.chromium.launch(
            executable_path=path,
            args=[*flags.split(), "--disable-features=LocalNetworkAccessChecks"],
        )

        def window() -> Any:
            context = opened.new_context()
            window = context.new_page()
            window.goto(f"{base}/desk/login")
            return window

        yield Stage(base, place.base_url, view.thread.id, canary, noticed, desk.noticed, window)
        opened.close()
    made.close()


@pytest.fixture
def quiet(stage: Stage) -> Stage:
    """The same, before anybody noticed anything."""
    stage.at_canary.paths.clear()
    stage.at_desk.paths.clear()
    return stage


def through(window: Any, *, longest_s: float = 25) -> str:
    """Wait until the page has tried everything; gives what its script could say."""
    until = time.monotonic() + longest_s
    while time.monotonic() < until:
        for frame in window.frames:
            with contextlib.suppress(Exception):
                said = frame.evaluate("document.getElementById('through')?.title")
                if said is not None:
                    window.wait_for_timeout(800)
                    return str(said)
        window.wait_for_timeout(100)
    raise AssertionError(f"no script ran to its end: {[each.url for each in window.frames]}")


def replayed(stage: Stage, path: str) -> Any:
    """Open an archived page in full replay."""
    if viewer.installed() is None:
        pytest.skip("needs ReplayWeb.page: run `archiver replay install`")
    window = stage.window()
    window.goto(f"{stage.room}/replay/{stage.thread}/?url={NEWS}{path}&at={AT}")
    return window


class _Plain:
    """Serves one page with the headers it is given, and frames it."""

    def __init__(self, body: bytes, policy: str, around: str) -> None:
        self._body, self._policy, self._around = body, policy, around

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request (ASGI)."""
        framed = scope["path"] == "/framed"
        headers = {"Content-Security-Policy": self._policy if framed else self._around}
        sandbox = f'sandbox="{replay_policy.SANDBOX}"' if self._policy else ""
        body = self._body if framed else f'<iframe {sandbox} src="/framed"></iframe>'.encode()
        answer = Response(body, headers=headers if self._policy else {}, media_type="text/html")
        await answer(scope, receive, send)


@contextlib.contextmanager
def plainly(body: bytes, *, guarded: bool) -> Iterator[str]:
    """Serve a page as if nothing of ReplayWeb.page held it: with our policy, or with nothing."""
    listener = hostile.free_listener()
    base = f"http://127.0.0.1:{listener.getsockname()[1]}"
    policy = replay_policy.archived(base) if guarded else ""
    with running(_Plain(body, policy, f"frame-src {base}"), listener):
        yield base


def test_attacks_work_where_nothing_guards(quiet: Stage) -> None:
    """The corpus is a real one: each attack arrives if the page is served as ArchiveBox did."""
    body = hostile.page(quiet.canary, f"{quiet.room}/desk/", hostile.ATTACKS)
    with plainly(body, guarded=False) as base:
        window = quiet.window()
        window.goto(f"{base}/framed")
        said = through(window)
    wanted = {name for name in hostile.ATTACKS if not name.startswith("desk")}
    assert wanted - hostile.KEPT_QUIET - quiet.at_canary.paths == set(), said
    assert quiet.at_desk.paths >= {"read", "add", "image"}
    assert "session=secret" in said


def test_policy_alone_holds_every_attack(quiet: Stage) -> None:
    """Even a page that gets past all that ReplayWeb.page puts before it reaches nobody."""
    body = hostile.page(quiet.canary, f"{quiet.room}/desk/", hostile.ATTACKS)
    with plainly(body, guarded=True) as base:
        window = quiet.window()
        window.goto(base)
        through(window)
    assert quiet.at_canary.paths == set()
    assert quiet.at_desk.paths == set()


@pytest.mark.parametrize("name", list(hostile.LAST))
def test_leading_away_works_where_nothing_guards(quiet: Stage, name: str) -> None:
    """These attacks are real ones too."""
    body = hostile.page(quiet.canary, "", {name: hostile.LAST[name]})
    with plainly(body, guarded=False) as base:
        window = quiet.window()
        window.goto(f"{base}/framed")
        window.wait_for_timeout(800)
    assert name in quiet.at_canary.paths or name == "window"  # which browsers hold without a press


@pytest.mark.parametrize("name", list(hostile.LAST))
def test_policy_lets_no_page_lead_away(quiet: Stage, name: str) -> None:
    """Neither the window nor its own frame goes to another host."""
    body = hostile.page(quiet.canary, "", {name: hostile.LAST[name]})
    with plainly(body, guarded=True) as base:
        window = quiet.window()
        window.goto(base)
        window.wait_for_timeout(1_500)
        assert window.url == f"{base}/"
    assert quiet.at_canary.paths == set()


def test_full_replay_holds_every_attack(quiet: Stage) -> None:
    """The page is shown, its scripts run, and neither the desk nor another host hears of it."""
    window = replayed(quiet, "/hostile")
    said = through(window)
    assert "session=secret" not in said
    assert "Replay" not in said  # the words of the page around it
    assert "webrtc undefined" in said
    assert quiet.at_canary.paths == set()
    assert quiet.at_desk.paths == set()
    assert window.url.partition("?")[0].endswith(f"/replay/{quiet.thread}/")
    assert len(window.context.pages) == 1
    own = [each for each in window.context.cookies() if each["domain"] == "localhost"]
    assert own == []


@pytest.mark.parametrize("name", list(hostile.LAST))
def test_full_replay_lets_no_page_lead_away(quiet: Stage, name: str) -> None:
    """Our page stays in the window."""
    window = replayed(quiet, f"/{name}")
    until = time.monotonic() + 20
    while not any("mp_/" in each.url for each in window.frames) and time.monotonic() < until:
        window.wait_for_timeout(100)
    window.wait_for_timeout(1_500)
    assert len(window.context.pages) == 1
    assert window.url.partition("?")[0].endswith(f"/replay/{quiet.thread}/")
    assert quiet.at_canary.paths == set()


@pytest.mark.parametrize(
    "path",
    ["/hostile", "/svg", "/xml", "/mhtml", "/pdf", "/typeless", "/image", "/script", "/styled"],
)
def test_copy_on_our_own_origin_does_nothing(quiet: Stage, path: str) -> None:
    """No kind of document below /web/ runs a script, asks another host, or calls the desk."""
    window = quiet.window()
    for mode in ("", "id_"):
        with contextlib.suppress(Error):  # what the browser saves instead of showing it
            window.goto(f"{quiet.room}/web/{AT}{mode}/{NEWS}{path}")
        window.wait_for_timeout(200)
    assert quiet.at_canary.paths == set()
    assert quiet.at_desk.paths == set()
    window.context.close()


def test_document_outside_the_frame_is_sent_back(quiet: Stage) -> None:
    """Whoever opens replay in a window of its own is led to the page that frames it."""
    window = quiet.window()
    window.goto(f"{quiet.replay}/viewer/{quiet.thread}/?url={NEWS}/hostile&at={AT}")
    assert window.url.partition("?")[0].endswith(f"/replay/{quiet.thread}/")


def test_origin_of_replay_answers_nothing_else(quiet: Stage) -> None:
    """No cookie, no method that changes, no page of ours, no other name, no unknown thread."""
    port = int(quiet.replay.rpartition(":")[2])
    client, host = Client(port), f"localhost:{port}"
    assert client.ask("/desk/", Host=host).status == 404
    assert client.ask("/web/2022/http://news.example/", Host=host).status == 404
    assert client.ask("/wacz/unknown.wacz", Host=host).status == 404
    assert client.ask(f"/wacz/{quiet.thread}.wacz", "POST", Host=host).status == 405
    assert client.ask(f"/wacz/{quiet.thread}.wacz", Host=f"127.0.0.1:{port}").status == 421
    assert client.ask("/replay/../../../etc/passwd", Host=host).status == 404
    part = client.ask(f"/wacz/{quiet.thread}.wacz", Host=host, Range="bytes=0-3", Cookie="a=b")
    assert (part.status, part.body) == (206, b"PK\x03\x04")
    assert part.headers["content-type"] == "application/wacz"
    assert part.headers["access-control-allow-origin"] == "*"
    assert "set-cookie" not in part.headers


def test_nothing_of_ours_is_read_under_the_name_of_replay(quiet: Stage) -> None:
    """No session can begin where cookies of archived scripts would come along."""
    port = int(quiet.room.rpartition(":")[2])
    client, other = Client(port), f"localhost:{port}"
    assert client.ask("/desk/login", Host=other).headers["location"] == f"{quiet.room}/desk/login"
    assert client.ask("/desk/login", "POST", Host=other).status == 421
    page = client.ask(f"/replay/{quiet.thread}/", Host=other)
    assert page.status == 200
    # Its own scripts come from the name under which it is read.
    assert f"script-src http://{other}/static/;" in page.headers["content-security-policy"]
    moved = client.ask(f"/replay/{quiet.thread}/")
    assert moved.headers["location"] == f"http://{other}/replay/{quiet.thread}/"


def test_withheld_thread_is_not_replayed(tmp_path: Path) -> None:
    """Neither its page, nor its frame, nor its package is given."""
    made = Archive(tmp_path / "data")
    view = whole(views.one_post(), made)
    made.keep(view)
    made.store.decide(Decision(view.thread.id, PolicyState.WITHHELD, CAPTURED))
    here, beside = hostile.free_listener(), hostile.free_listener()
    port = beside.getsockname()[1]
    base = f"http://127.0.0.1:{here.getsockname()[1]}"
    parts = ReplayParts(
        made.store, f"http://127.0.0.1:{port}", base, tmp_path, lambda thread_id: tmp_path / "x"
    )
    app = create_app(
        store=made.store, payloads=made.payloads, publish_dir=made.public, base_url=base,
        options=WebOptions(replay=ReplayPlace(parts.base_url, base)),
    )  # fmt: skip
    with running(ReplayOrigin(parts), beside), running(app, here):
        assert Client(port).ask(f"/viewer/{view.thread.id}/").status == 404
        assert Client(port).ask(f"/wacz/{view.thread.id}.wacz").status == 404
        assert Client(here.getsockname()[1]).ask(f"/replay/{view.thread.id}/").status == 404
    made.close()


def test_replay_goes_by_another_name_of_this_machine() -> None:
    """Cookies know no ports, so another port alone would not do."""
    assert replay_policy.replay_base("https://archive.example") == ""
    assert replay_policy.replay_base("http://localhost:9000") == "http://127.0.0.1:9001"
    assert replay_policy.room_of("http://127.0.0.1:8000/a") == "http://localhost:8000/a"
    assert replay_policy.room_of("https://a.example", "https://b.example") == "https://a.example"
