"""Do pages read in a real browser: for everybody, on a phone, without script, with ours alone?"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from archiver.models import ThreadView
from feeds.assets import assets
from feeds.document import entry_of
from feeds.html import (
    FeedLine,
    Pages,
    Site,
    WatchLine,
    feeds_page,
    index_page,
    message_page,
    scope_page,
    thread_pages,
)
from feeds.scopes import of_tag
from tests.feeds import browser, views
from tests.feeds.test_pages import Only, edited, line

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.slow]

PLACES = ("", "plain/", "history/", "links/", "embed/")
SHOWN = {
    "edited": edited,
    **{name: views.ALL[name] for name in ("ten_pictures", "uyghur", "hostile", "covered")},
    **{name: views.ALL[name] for name in ("everything_failed", "long_addresses", "empty")},
}
LISTS = ("", "threads/1/", "tag/x/", "feeds/", "message/")
XSS = (
    "<script>window.hit=1</script>",
    "</script><script>window.hit=1</script>",
    "</title></style></textarea><script>window.hit=1</script>",
    "<img src=x onerror=window.hit=1>",
    '"><img src=x onerror=window.hit=1>',
    "' onmouseover='window.hit=1' autofocus onfocus='window.hit=1",
    '" autofocus onfocus="window.hit=1',
    "<svg onload=window.hit=1><animate onbegin=window.hit=1 attributeName=x dur=1s>",
    "javascript:window.hit=1",
    "java\tscript:window.hit=1//https://x.example/",
    "data:text/html,<script>parent.hit=1</script>",
    "<iframe srcdoc='<script>parent.hit=1</script>'></iframe>",
    "<math><mi//xlink:href='javascript:window.hit=1'>x</math>",
    "<noscript><p title='</noscript><img src=x onerror=window.hit=1>'>",
    "<!--><img src=x onerror=window.hit=1>-->",
    "]]><details open ontoggle=window.hit=1>x</details>",
    "&lt;script&gt;window.hit=1&lt;/script&gt;",
    "<style>@import 'x'</style><link rel=stylesheet href=x onerror=window.hit=1>",
    "{{ 7*7 }}{% raw %}<base href=//x.example/><form action=javascript:window.hit=1>",
    "<body onpageshow=window.hit=1><a href=' javascript:window.hit=1'>x</a>",
)
SCHEMES = """[...document.querySelectorAll('a[href], form, iframe, base, object, embed')]
    .filter(each => !['http:', 'https:'].includes(each.protocol)).map(each => each.outerHTML)"""
JPEG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffd9")


class Seen(NamedTuple):
    """A browser before a site: `axe` is axe-core, `base` the address, `ids` those of threads."""

    browser: Any
    axe: str
    base: str
    ids: dict[str, str]

    def address(self, name: str, place: str) -> str:
        """Give the address of a page of a thread."""
        return f"{self.base}/t/{self.ids[name]}/{place}"


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    """Open a browser before every page."""
    path, axe = browser.needed()
    from playwright.sync_api import sync_playwright

    folder = tmp_path_factory.mktemp("site")
    with browser.served(folder) as base, sync_playwright() as driver:
        ids = write_site(folder, Site(base, "The reading room"))
        # A page of others may frame what stands on loopback, as it may what stands anywhere.
        flags = "--no-sandbox --disable-gpu --disable-dev-shm-usage"
        opened = driver.chromium.launch(
            executable_path=path,
            args=[*flags.split(), "--disable-features=LocalNetworkAccessChecks"],
        )
        yield Seen(opened, axe, base, ids)
        opened.close()


def write_site(folder: Path, site: Site) -> dict[str, str]:
    """Write every page of every thread and every list; gives the ids of threads by their names."""
    for asset in assets().values():
        put(folder, asset.path, asset.content)
    ids = {}
    for number, (name, make) in enumerate(SHOWN.items()):
        view = with_id(make(), f"{number:016x}")
        write_thread(folder, site, view)
        ids[name] = view.thread.id
    watch = WatchLine("Desk", "social.example/@icij", "2 threads", paused=True)
    feed = FeedLine("Tags", "#x", f"{site.base_url}/feeds/tag/x", "tag/x/")
    between = Pages(newer="", older="threads/0/")
    one, two = [line()], [line(), line("Another")]
    made = (
        index_page(site, two, [watch], path="", pages=Pages(), total=2),
        index_page(site, one, (), path="threads/1/", pages=between, total=200),
        scope_page(
            site,
            of_tag(site.base_url, site.title, "x"),
            one,
            heading="#x",
            original="https://social.example/tags/x",
            path="tag/x/",
            total=1,
        ),
        feeds_page(site, [feed]),
        message_page(site, "Not here", "There is no such page.", original="https://x.example/"),
    )
    for place, content in zip(LISTS, made, strict=True):
        put(folder, f"{place}index.html", content)
    return ids


def write_thread(folder: Path, site: Site, view: ThreadView) -> None:
    """Write the pages of a thread with its pictures."""
    copies = {url: url_.partition("/media/")[2] for url, url_ in views.copies(view).items()}
    paths = {url: f"media/{name}" for url, name in copies.items()}
    for path in paths.values():
        put(folder, path, JPEG)
    media = {url: f"{site.base_url}/{path}" for url, path in paths.items()}
    entry = entry_of(view, base_url=site.base_url, media=media)
    for page in thread_pages(view, Only(entry), site, paths):
        put(folder, page.path, page.content)


def with_id(view: ThreadView, thread_id: str) -> ThreadView:
    """Give a view under another id, so that each has pages of its own."""
    return dataclasses.replace(view, thread=dataclasses.replace(view.thread, id=thread_id))


def put(folder: Path, path: str, content: bytes) -> None:
    """Write a file."""
    place = folder / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)


def opened(seen: Seen, address: str, **settings: Any) -> Any:
    """Open a page in a window of its own; gives it with what it said and asked for."""
    context = seen.browser.new_context(**{"viewport": {"width": 390, "height": 844}, **settings})
    page = context.new_page()
    page.said, page.asked = [], []
    page.on("console", lambda told: page.said.append(told.text))
    page.on("pageerror", lambda error: page.said.append(str(error)))
    page.on("request", lambda request: page.asked.append(request.url))
    page.goto(address, wait_until="load")
    return page


def violations(page: Any, axe: str) -> list[str]:
    """Say what axe-core finds, each with the place."""
    page.evaluate(axe)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    return [f"{each['id']}: {node['html'][:200]}" for each in found for node in each["nodes"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("place", PLACES)
def test_axe_finds_nothing_on_any_page_of_a_thread(seen: Seen, place: str, scheme: str) -> None:
    """Nor does the page say anything in the console, or ask anybody else."""
    page = opened(seen, seen.address("edited", place), color_scheme=scheme)
    assert violations(page, seen.axe) == []
    assert page.said == []
    assert [url for url in page.asked if not url.startswith(f"{seen.base}/")] == []
    page.context.close()


@pytest.mark.parametrize("name", [name for name in SHOWN if name != "edited"])
def test_axe_finds_nothing_whatever_the_thread(seen: Seen, name: str) -> None:
    """Lost, hostile, covered, long, right to left."""
    page = opened(seen, seen.address(name, ""))
    assert violations(page, seen.axe) == []
    assert page.said == []
    page.context.close()


@pytest.mark.parametrize("place", LISTS)
def test_axe_finds_nothing_on_lists(seen: Seen, place: str) -> None:
    """Index, older threads, a tag, feeds, a message."""
    page = opened(seen, f"{seen.base}/{place}", viewport={"width": 1440, "height": 900})
    assert violations(page, seen.axe) == []
    page.context.close()


@pytest.mark.parametrize("name", SHOWN)
def test_nothing_is_wider_than_a_phone_with_large_letters(seen: Seen, name: str) -> None:
    """At 390 pixels and 200 % text no page of any thread scrolls sideways."""
    page = opened(seen, seen.address(name, ""))
    for place in PLACES:
        page.goto(seen.address(name, place))
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, place
    page.context.close()


def test_axe_would_find_something(seen: Seen) -> None:
    """The check itself is awake."""
    page = opened(seen, seen.address("edited", ""))
    page.evaluate("document.querySelector('#p1 img, .stage img').removeAttribute('alt')")
    assert [each for each in violations(page, seen.axe) if each.startswith("image-alt")]
    page.context.close()


@pytest.mark.parametrize("turn", range(0, len(XSS), 4))
def test_no_text_runs_as_script(seen: Seen, tmp_path: Path, turn: int) -> None:
    """Whatever field it stands in, on whichever page, even where no policy forbids it."""
    turned = itertools.cycle([*XSS[turn:], *XSS[:turn]])
    view = with_id(views.with_texts(edited(), lambda: next(turned)), "f" * 16)
    with browser.served(tmp_path) as base:
        write_thread(tmp_path, Site(base, XSS[turn]), view)
        for place in PLACES:
            page = opened(seen, f"{base}/t/{view.thread.id}/{place}", bypass_csp=True)
            page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
            page.wait_for_timeout(50)
            assert page.evaluate("window.hit") is None
            assert page.evaluate(SCHEMES) == []
            page.context.close()


def test_page_reads_without_script(seen: Seen) -> None:
    """Every post is there, an edit opens, and nothing that needs script is shown."""
    page = opened(seen, seen.address("edited", ""), java_script_enabled=False)
    assert page.locator(".scene article.post").count() == 6
    page.locator("#p3 .edit summary").click()
    assert page.locator("#p3 .edit ins").is_visible()
    assert not page.locator("[data-do=copy]").is_visible()
    page.context.close()


@pytest.mark.parametrize("script", [True, False])
def test_all_changes_open_at_once(seen: Seen, script: bool) -> None:
    """One press opens them, another closes them; with script and without."""
    page = opened(seen, seen.address("edited", "plain/"), java_script_enabled=script)
    changed = page.locator("#p3 .edit ins")
    assert not changed.is_visible()
    page.locator(".show-changes").click()
    changed.wait_for(state="visible")
    page.locator(".hide-changes").click()
    changed.wait_for(state="hidden")
    page.context.close()


def test_picture_stays_while_posts_pass_over_it(seen: Seen) -> None:
    """It stands at the top while the post is read; with reduced motion it scrolls away."""
    place = "document.querySelector('.stage').getBoundingClientRect().top"
    for motion, stays in (("no-preference", True), ("reduce", False)):
        page = opened(seen, seen.address("edited", ""), reduced_motion=motion)
        page.evaluate("document.querySelector('#p1').scrollIntoView()")
        page.wait_for_timeout(100)
        assert (page.evaluate(place) == 0) is stays
        page.context.close()


def test_keys_move_by_post(seen: Seen) -> None:
    """`j` goes to the next post and `k` back; the rail marks where one is."""
    page = opened(
        seen,
        seen.address("edited", ""),
        viewport={"width": 1440, "height": 900},
        reduced_motion="reduce",
    )
    current = "document.activeElement.id"
    for key, expected in (("j", "p1"), ("j", "p2"), ("ArrowRight", "p3"), ("k", "p2")):
        page.keyboard.press(key)
        page.wait_for_timeout(100)
        assert page.evaluate(current) == expected
    assert page.locator(".rail [aria-current]").inner_text() == "2"
    page.context.close()


def test_times_are_told_in_the_zone_of_the_reader(seen: Seen) -> None:
    """UTC stands behind them."""
    page = opened(seen, seen.address("edited", ""), timezone_id="Asia/Urumqi")
    time = page.locator("#p1 time").first
    assert time.inner_text().startswith("24 May 2022, 11:00")
    assert time.get_attribute("title") == "2022-05-24 05:00 UTC"
    page.context.close()


def test_link_is_copied(seen: Seen) -> None:
    """The button appears where it works, and says that it did."""
    page = opened(
        seen, seen.address("edited", ""), permissions=["clipboard-read", "clipboard-write"]
    )
    button = page.locator("[data-do=copy]")
    button.click()
    page.wait_for_function("document.querySelector('[data-do=copy]').textContent === 'Copied'")
    assert page.evaluate("navigator.clipboard.readText()") == seen.address("edited", "")
    page.context.close()


def test_thread_is_shown_in_a_frame_of_others_by_its_own_page_for_that(seen: Seen) -> None:
    """The code under Share works anywhere; no other page of ours can be framed."""
    page = opened(seen, seen.address("edited", ""))
    code = page.locator(".share textarea").input_value()
    bodies = iter((code, code.replace("embed/", "")))
    page.route(
        "http://other.example/",
        lambda route: route.fulfill(body=next(bodies), content_type="text/html"),
    )
    page.goto("http://other.example/")
    inside = page.frame_locator("iframe").locator("h1", has_text="NEW: thousands of images")
    inside.wait_for(timeout=10_000)
    page.goto("http://other.example/")
    page.wait_for_timeout(300)
    assert inside.count() == 0
    page.context.close()


def test_printed_it_is_an_article(seen: Seen) -> None:
    """No rail, no share, and addresses are spelled out."""
    page = opened(seen, seen.address("edited", ""))
    page.emulate_media(media="print")
    assert not page.locator(".rail").is_visible()
    assert not page.locator(".share").is_visible()
    spelled = "getComputedStyle(document.querySelector('.link-title a'), '::after').content"
    assert "icij.org" in page.evaluate(spelled)
    page.context.close()
