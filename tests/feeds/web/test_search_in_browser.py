"""Does the page of a search read for everybody in a real browser, and run nothing of others?"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from tests.feeds import browser, views
from tests.feeds.archive import Archive, whole
from tests.feeds.test_in_browser import XSS, violations
from tests.feeds.web.serving import served

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.slow]

ASKED = ("", "images", "ئۇيغۇر", "hit", "zebra", "after:soon", *XSS)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, str, str]]:
    """A window of a phone before the web app: the window, the address, and axe-core."""
    path, axe = browser.needed()
    from playwright.sync_api import sync_playwright

    made = Archive(tmp_path_factory.mktemp("searched") / "data")
    made.keep(whole(views.typical(), made))
    for number, text in enumerate([*XSS, "ئۇيغۇر خەلقى"]):
        view = views.view([views.post(1, text, content_warning=text if number % 2 else "")])
        thread = dataclasses.replace(
            view.thread,
            id=f"{number:016x}",
            native_id=f"n{number}",
            url=f"https://social.example/@icij/n{number}",
            title=text,
        )
        made.keep(dataclasses.replace(view, thread=thread))
    made.publish()
    with (
        served(made.store, made.payloads, made.public, made.base_url) as client,
        sync_playwright() as driver,
    ):
        flags = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        opened = driver.chromium.launch(executable_path=path, args=flags)
        window = opened.new_context(viewport={"width": 390, "height": 844}).new_page()
        yield window, f"http://127.0.0.1:{client.port}", axe
        opened.close()
    made.close()


@pytest.mark.parametrize("asked", ASKED)
def test_page_reads_for_everybody_and_runs_nothing(page: tuple[Any, str, str], asked: str) -> None:
    """No fault of access, nothing wider than the phone, no script of a post or a question."""
    window, base, axe = page
    window.goto(f"{base}/search?q={quote(asked)}", wait_until="load")
    assert violations(window, axe) == []
    assert window.evaluate("window.hit") is None
    assert window.evaluate("document.documentElement.scrollWidth") <= 390
    assert window.input_value("#q") == " ".join(asked.split())


def test_question_is_asked_with_the_keyboard(page: tuple[Any, str, str]) -> None:
    """Typed and sent with Enter; the finds are links."""
    window, base, _ = page
    window.goto(f"{base}/search", wait_until="load")
    window.fill("#q", "images")
    window.press("#q", "Enter")
    window.wait_for_url("**/search?q=images")
    assert window.locator(".hits h2 a").count() >= 1
    assert window.locator("mark").first.inner_text() == "images"
