"""Can an archived page hide the line that says what it is, or put words into it?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.feeds import browser
from tests.feeds.archive import Archive
from tests.feeds.web.serving import served

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.slow]

AT = "20220524140300"
SHEETS = {
    "none": "archive-banner{display:none!important}",
    "any": "@layer a{body>*:first-child{all:unset!important;position:absolute!important;"
    "left:-9999px!important;opacity:0!important;height:0!important}}",
    "still": "archive-banner{transition:all 1e9s step-end!important;transform:scale(0)!important;"
    "animation:gone 1e9s!important}@keyframes gone{from,to{opacity:0;display:none}}",
    "words": "archive-banner *,archive-banner div{display:none!important}"
    "archive-banner::before{content:'Captured by the court'!important;display:block!important}",
    "plain": "p{color:red}",
}
FAKE = "<div>Archived copy of https://court.example/ruling, captured 1 January 2016.</div>"
SEEN = """() => {
    const line = document.querySelector("archive-banner"), box = line.getBoundingClientRect();
    const before = getComputedStyle(line, "::before");
    return {
        there: box.left >= 0 && box.left < 20 && box.top < 20
            && box.height >= 36 && box.width > 300,
        hit: document.elementFromPoint(box.left + 40, box.top + 18) === line,
        opaque: getComputedStyle(line).opacity === "1",
        said: before.content,
    };
}"""


@pytest.mark.parametrize("dark", [False, True])
def test_page_cannot_hide_our_line(tmp_path: Path, dark: bool) -> None:
    """Whatever it calls important, in a sheet, in a layer, by an animation."""
    path, _ = browser.needed()
    from playwright.sync_api import sync_playwright

    made = Archive(tmp_path / "data")
    for name, sheet in SHEETS.items():
        page = f"<!doctype html><head><style>{sheet}</style></head><body>{FAKE}<h1>Ruling</h1>"
        made.record(f"https://hide.example/{name}", page.encode())
    with (
        served(made.store, made.payloads, made.public, made.base_url) as client,
        sync_playwright() as driver,
    ):
        flags = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        opened = driver.chromium.launch(executable_path=path, args=flags)
        window: Any = opened.new_context(
            viewport={"width": 390, "height": 844}, color_scheme="dark" if dark else "light"
        ).new_page()
        for name in SHEETS:
            place = f"http://127.0.0.1:{client.port}/web/{AT}/https://hide.example/{name}"
            window.goto(place, wait_until="load")
            window.screenshot(path=str(tmp_path / f"{name}.png"))
            seen = window.evaluate(SEEN)
            assert seen == {"there": True, "hit": True, "opaque": True, "said": "none"}, name
        opened.close()
    made.close()
