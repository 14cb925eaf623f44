"""Is what a browser shows of a page kept, with all that it asked for, whatever the page does?"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path

from PIL import Image

from archiver.models import Outcome, ViewKind
from tests.capture.browsing import Given, kill_browsers, served, showing

SCRIPT = "text/javascript"
SHELL = "<!doctype html><title>T</title><div id=root></div><script src=/app.js></script>"
APP = """
fetch('/api', {method: 'POST', body: 'q', headers: {'Content-Type': 'text/plain'}})
  .then((answer) => answer.json()).then((told) => {
  const words = document.createElement('p'); words.textContent = told.words;
  document.getElementById('root').append(words);
});
navigator.sendBeacon('/beacon', 'x');
fetch('/put', {method: 'PUT', body: 'x'}).catch(() => 0);
"""
BANNER = """
<div id=cc style="position:fixed;inset:auto 0 0 0;height:300px;background:#f00">
We use cookies. <button onclick="localStorage.all = 1">Accept all</button>
<button onclick="this.parentElement.remove(); fetch('/refused')">Alle ablehnen</button></div>
"""


def shell(base: str) -> Mapping[str, Given]:
    """A page that its scripts make."""
    words = json.dumps({"words": "Made by a script. " * 10})
    return {
        "/": Given(SHELL, headers=(("Set-Cookie", "first=1"),)),
        "/app.js": Given(APP, SCRIPT),
        "/api": Given(words, "application/json"),
    }


async def test_page_made_by_scripts_is_shown_unasked(tmp_path: Path) -> None:
    """Its words come from the browser; what scripts asked for is recorded, with cookies."""
    with served(shell) as server:
        async with showing(tmp_path, server) as shower:
            url = server.base + "/"
            shot = await shower.snapshot(url, always=False)
            info = json.loads(shower.view("pageinfo", url))
            assert (shot.engine, shot.outcome, shot.error) == ("browser", Outcome.OK, "")
            assert shot.text.startswith("Made by a script.")
            assert b"<p>Made by a script." in shower.view("dom", url)
            assert {each.kind for each in shot.views} == set(ViewKind)
            assert shower.view("pdf", url).startswith(b"%PDF-")
            assert server.cookies["/app.js"] == "first=1"
            assert ("POST", "/api") in server.asked
            assert {("POST", "/beacon"), ("PUT", "/put")}.isdisjoint(server.asked)
            assert {each["url"] for each in info["blocked"]} >= {url + "beacon", url + "put"}
            assert server.asked.count(("GET", "/")) == 1
            assert sorted(set(shower.records.urls)) == sorted(
                server.base + path for path in ("/", "/api", "/app.js", "/favicon.ico")
            )


async def test_words_need_no_browser(tmp_path: Path) -> None:
    """A page that says enough is not shown, unless that is wanted."""
    page = Given("<title>T</title><p>" + "Words. " * 30 + "<script>1</script>")
    with served(lambda base: {"/": page}) as server:
        async with showing(tmp_path, server) as shower:
            shot = await shower.snapshot(server.base + "/", always=False)
            assert (shot.engine, shot.views) == ("http", ())


async def test_redirects_frames_and_lazy_pictures_are_recorded(tmp_path: Path) -> None:
    """Each hop is asked for again; what is far below is loaded; the first shot is untouched."""
    dot = io.BytesIO()
    Image.new("RGB", (4, 4), "blue").save(dot, "PNG")
    picture = Given(dot.getvalue(), "image/png")

    def pages(base: str) -> Mapping[str, Given]:
        moved = Given(status=302, headers=(("Location", "/end.png"),))
        body = (
            f"<title>T</title>{BANNER}<p>Words<img src=/moved.png alt=Dot><iframe src=/f></iframe>"
            "<div style=height:9000px></div><img loading=lazy src=/late.png>"
        )
        return {
            "/": Given(body),
            "/moved.png": moved,
            "/end.png": picture,
            "/late.png": picture,
            "/f": Given("<script>fetch('/in-frame')</script>"),
            "/in-frame": Given("1", "text/plain"),
        }

    with served(pages) as server:
        async with showing(tmp_path, server) as shower:
            url = server.base + "/"
            shot = await shower.snapshot(url)
            paths = {each.removeprefix(server.base) for each in shower.records.urls}
            assert paths >= {"/moved.png", "/end.png", "/late.png", "/f", "/in-frame", "/refused"}
            info = json.loads(shower.view("pageinfo", url))
            assert info["banner"] == "alle ablehnen"
            full, first = shot.view(ViewKind.SCREENSHOT), shot.view(ViewKind.FIRST)
            assert full is not None and full.width == 1280 and full.height > 9000
            assert full.fingerprint
            assert first is not None and (first.width, first.height) == (1280, 800)
            untouched = Image.open(io.BytesIO(shower.view("view", url))).convert("RGB")
            closed = Image.open(io.BytesIO(shower.view("fullPage", url))).convert("RGB")
            assert untouched.getpixel((900, 700)) == (255, 0, 0)
            assert closed.getpixel((900, 700)) == (255, 255, 255)
            small = Image.open(io.BytesIO(shower.view("thumbnail", url)))
            assert (small.format, small.width) == ("JPEG", 400)
            assert b"[Dot]" in shower.view("text", url)
            assert (shot.requisites, shot.missing) == (5, 1)  # `/refused` is not there


async def test_page_without_end_is_ended(tmp_path: Path) -> None:
    """A script that never gives the page back costs the page's time, and no more."""
    page = Given("<title>T</title><p>Words<script>setTimeout(() => {for(;;);}, 900)</script>")
    with served(lambda base: {"/": page}) as server:
        async with showing(tmp_path, server, timeout_s=4) as shower:
            shot = await shower.snapshot(server.base + "/")
            assert "took over 4 s in the browser" in shot.error
            assert shot.view(ViewKind.PAGEINFO) is not None
            assert shot.text == "Words"


async def test_too_many_requests_are_cut(tmp_path: Path) -> None:
    """The page is kept with what came first."""
    script = "<script>for (let i = 0; i < 50; i++) fetch('/' + i)</script>"
    with served(lambda base: {"/": Given("<title>T</title><p>Words" + script)}) as server:
        async with showing(tmp_path, server, max_requests=10) as shower:
            shot = await shower.snapshot(server.base + "/")
            assert len(server.asked) == 11
            assert "wants more than a page may" in shot.error


async def test_crash_is_tried_again_then_told(tmp_path: Path) -> None:
    """A browser that dies is started anew; one that dies each time leaves the HTTP snapshot."""
    kills: list[int] = []

    def asked(path: str) -> None:
        if path == "/kill":
            kills.append(kill_browsers())

    page = Given("<title>T</title><p>Words<img src=/kill>")
    fine = Given("<title>F</title><p>Fine")
    with served(lambda base: {"/": page, "/fine": fine}, asked) as server:
        async with showing(tmp_path, server) as shower:
            shot = await shower.snapshot(server.base + "/")
            assert len(kills) >= 2 and all(kills[:2])
            assert (shot.engine, shot.views, shot.text) == ("http", (), "Words")
            assert shot.error.startswith("the browser failed twice at this page")
            assert (await shower.snapshot(server.base + "/fine")).engine == "browser"
