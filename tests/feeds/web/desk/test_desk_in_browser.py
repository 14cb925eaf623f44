"""Does the desk work for everybody in a real browser, with script and without?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from archiver.models import CrawlState, Decision, PolicyState
from tests.feeds import browser, views
from tests.feeds.test_in_browser import violations
from tests.feeds.web.desk.test_desk import NOW, SEED, WORDS, Room, room

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.slow]

NAME = "A name of sixty letters, as long as a watch's name may be"
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def driven() -> Iterator[tuple[Any, str]]:
    """A browser, and axe-core."""
    path, axe = browser.needed()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        flags = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        opened = driver.chromium.launch(executable_path=path, args=flags)
        yield opened, axe
        opened.close()


@pytest.fixture
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """A desk with a password, and a published thread."""
    with room(tmp_path_factory.mktemp("desk"), WORDS) as found:
        found.archive.keep(views.typical())
        found.archive.publish()
        yield found


def _enter(window: Any, desk: Room) -> str:
    base = f"http://127.0.0.1:{desk.client.port}/desk/"
    window.goto(base)
    window.fill("#password", WORDS)
    window.click("main button")
    window.wait_for_url(base, timeout=10_000)
    return base


@pytest.mark.parametrize("script", [True, False])
def test_first_start_leads_to_reading(driven: tuple[Any, str], locked: Room, script: bool) -> None:
    """Log in, paste an address, see it go forward, read the thread."""
    opened, _ = driven
    window = opened.new_context(viewport=PHONE, java_script_enabled=script).new_page()
    _enter(window, locked)
    window.fill("#url", SEED)
    window.click("form[action$='captures'] button")
    window.wait_for_url("**/desk/captures/*", timeout=10_000)
    store = locked.archive.store
    crawl = store.claim(NOW)
    assert crawl is not None and crawl.url == SEED
    locked.steps.of(crawl.id)("asked social.example: <b>200</b>")
    window.wait_for_selector("#steps li:has-text('<b>200</b>')", timeout=15_000)
    store.finish(crawl.id, at=NOW, thread_id=views.typical().thread.id)
    window.click("text=Read the thread", timeout=15_000)
    window.wait_for_url(f"**/t/{views.typical().thread.id}/")
    ended = store.crawl(crawl.id)
    assert ended is not None and ended.state is CrawlState.DONE
    window.context.close()


def test_desk_reads_for_everybody(driven: tuple[Any, str], locked: Room) -> None:
    """No fault of access on any of its pages, and nothing wider than a phone."""
    opened, axe = driven
    # Its own script must be let in; the policy of the desk is that of its readers.
    window = opened.new_context(viewport=PHONE, bypass_csp=True).new_page()
    window.goto(f"http://127.0.0.1:{locked.client.port}/desk/")
    assert violations(window, axe) == []
    base = _enter(window, locked)
    store = locked.archive.store
    locked.log_in()
    locked.send("/watches/add", url=SEED, name=NAME)
    locked.send("/captures", url=f"https://other.example/{'x' * 1_900}")
    failing = store.claim(NOW)
    assert failing is not None
    store.fail(failing.id, at=NOW, error="other.example: no answer", retry_at=None)
    store.decide(Decision(views.typical().thread.id, PolicyState.WITHHELD, NOW, who="Ada"))
    watch = f"watch?name={quote(NAME)}"
    listed = ("queue", "queue?state=failed", "captures?q=x", "publication", "storage", "settings")
    for place in ("", f"captures/{failing.id}", "captures/999999", watch, *listed):
        window.goto(base + place)
        assert violations(window, axe) == []
        assert window.evaluate("document.documentElement.scrollWidth") <= 390
    window.context.close()
