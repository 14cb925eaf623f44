"""Does the page of a snapshot tell where a copy comes from, and can nothing in it act?"""

from __future__ import annotations

import dataclasses
import datetime as dt
import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from archiver.models import Snapshot, View, ViewKind
from archiver.models.policy import Decision, PolicyState
from archiver.warc.beside import WarcPlaces
from feeds.web.app import WebOptions
from feeds.web.replay_page import ReplayPlace
from tests.feeds import browser, views
from tests.feeds.archive import Archive, png, whole
from tests.feeds.markup import parse
from tests.feeds.views import CAPTURED
from tests.feeds.web.serving import Client, served

AT = "20220524140300"
TEXT = "First words.\n\nSecond <b>words</b>.\n\n" + "And many more words. " * 40
DOM = b"<!doctype html><script>alert(1)</script>"


def _seen(snapshot: Snapshot, archive: Archive) -> Snapshot:
    """Give a snapshot a browser has looked at."""

    def kept(kind: ViewKind, mime: str, body: bytes) -> View:
        name = f"http://views.example/{kind}/{snapshot.url}"
        ref = archive.record(name, body, headers=[("Content-Type", mime)])
        return View(kind, ref.record_id, mime, len(body), ref.digest or "", 640, 480)

    made = (
        kept(ViewKind.SCREENSHOT, "image/png", png(640, 480)),
        kept(ViewKind.DOM, "text/html", DOM),
        kept(ViewKind.TEXT, "text/plain", b"words"),
    )
    return dataclasses.replace(
        snapshot, views=made, engine="browser", text=TEXT, requisites=3, missing=1
    )


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    """An archive whose copies a browser has looked at."""
    made = Archive(tmp_path_factory.mktemp("snapshots") / "data")
    view = whole(views.typical(), made)
    links = tuple(
        dataclasses.replace(link, snapshot=_seen(link.snapshot, made)) if link.snapshot else link
        for link in view.links
    )
    made.keep(dataclasses.replace(view, links=links))
    made.publish()
    yield made
    made.close()


@pytest.fixture(scope="module")
def client(archive: Archive) -> Iterator[Client]:
    """A client of its web app, with replay beside it."""
    options = WebOptions(
        replay=ReplayPlace("http://replay.example", archive.base_url),
        records=WarcPlaces(archive.folder / "warc", archive.store.record),
    )
    with served(
        archive.store, archive.payloads, archive.public, archive.base_url, options=options
    ) as found:
        yield found


@pytest.fixture(scope="module")
def url(archive: Archive) -> str:
    """Give the address of a page of which there is a copy."""
    thread_id = archive.store.thread_ids()[0]
    view = archive.store.view(thread_id)
    assert view is not None
    return next(link.snapshot.url for link in view.links if link.snapshot)


def test_page_tells_where_a_copy_comes_from(client: Client, archive: Archive, url: str) -> None:
    """How it looked, what it said, how it was reached, and what proves it."""
    found = client.ask(f"/snapshot/{AT}/{url}")
    assert found.status == 200, found.text
    page = parse(found.body)
    ref = archive.store.nearest_record(url, CAPTURED)
    assert ref is not None and ref.digest
    words = page.one("main").words
    for wanted in (ref.digest, ref.record_id, ref.filename, "answered 200", "answered 301",
                   "3 parts, 1 of them missing", "a browser", "Second <b>words</b>.",
                   "All of it is in the box: scroll there."):  # fmt: skip
        assert wanted in words
    links = {each.words: each.attributes["href"] for each in page.all("main a")}
    assert links["Archived copy"] == f"/web/{AT}/{url}"
    assert links["As recorded"] == f"/web/{AT}id_/{url}"
    assert links["Replay"].startswith(f"{archive.base_url}/replay/")
    assert page.one("figure img").attributes["src"] == f"/snapshot/{AT}~screenshot/{url}"
    assert "default-src 'none'" in found.headers["content-security-policy"]


def test_record_is_given_as_it_lies(client: Client, url: str) -> None:
    """One gzip member, which holds the record of the answer."""
    found = client.ask(f"/snapshot/{AT}~record/{url}")
    record = gzip.decompress(found.body)
    assert record.startswith(b"WARC/1.1\r\nWARC-Type: response\r\n")
    assert f"WARC-Target-URI: {url}\r\n".encode() in record
    assert int(found.headers["content-length"]) == len(found.body)


def test_what_a_browser_made_cannot_act(client: Client, url: str) -> None:
    """Pictures are pictures, and the final DOM is text."""
    shot = client.ask(f"/snapshot/{AT}~screenshot/{url}")
    assert (shot.headers["content-type"], shot.body) == ("image/png", png(640, 480))
    dom = client.ask(f"/snapshot/{AT}~dom/{url}")
    assert (dom.headers["content-type"], dom.body) == ("text/plain; charset=utf-8", DOM)
    for found in (shot, dom):
        assert found.headers["content-security-policy"].startswith("sandbox")
        assert found.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ["", "x", f"{AT}/", f"{AT}~pdf/URL", f"{AT}~/URL", "99/URL"])
def test_what_is_not_held_is_a_page(client: Client, url: str, path: str) -> None:
    """Nothing there is a sentence, not a failure."""
    assert client.ask(f"/snapshot/{path.replace('URL', url)}").status == 404


def test_other_times_lead_to_the_nearest(client: Client, url: str) -> None:
    """As copies do."""
    found = client.ask(f"/snapshot/2021/{url}")
    assert (found.status, found.headers["location"]) == (302, f"/snapshot/{AT}/{url}")


def test_every_capture_is_listed_around_this_one(archive: Archive, client: Client) -> None:
    """Of very many the nearest, and how many more there are."""
    page = "http://often.example/"
    day = dt.timedelta(days=1)
    archive.record_all(
        [(page, b"<p>x", 200, (("Content-Type", "text/html"),), CAPTURED + n * day)
         for n in range(60)]
    )  # fmt: skip
    middle = client.ask(f"/snapshot/20220623140300/{page}")
    found = parse(middle.body)
    assert len(found.all(".captures li")) == 24
    assert found.one(".captures .here").words == "23 June 2022, 14:03 UTC"
    assert "18 older" in middle.text and "18 newer" in middle.text


def test_withheld_thread_is_not_named(tmp_path: Path) -> None:
    """What it links to is the page of others; its own pictures are not shown."""
    made = Archive(tmp_path / "data")
    view = whole(views.typical(), made)
    made.keep(view)
    made.store.decide(Decision(view.thread.id, PolicyState.WITHHELD, CAPTURED))
    held = next(link.snapshot.url for link in view.links if link.snapshot)
    with served(made.store, made.payloads, made.public, made.base_url) as client:
        page = client.ask(f"/snapshot/{AT}/{held}")
        own = client.ask(f"/snapshot/{AT}/{view.media[0].url}")
    made.close()
    assert (page.status, own.status) == (200, 404)
    assert view.thread.id not in page.text
    assert "How it was reached" not in page.text


@pytest.mark.xdist_group("browser")
@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_page_reads_for_everybody(archive: Archive, url: str, width: int, scheme: Any) -> None:
    """axe-core finds nothing, and nothing is wider than the window."""
    path, axe = browser.needed()
    from playwright.sync_api import sync_playwright

    options = WebOptions(records=WarcPlaces(archive.folder / "warc", archive.store.record))
    with (
        served(archive.store, archive.payloads, archive.public, "http://127.0.0.1",
               options=options) as client,
        sync_playwright() as driver,
    ):  # fmt: skip
        flags = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        opened = driver.chromium.launch(executable_path=path, args=flags)
        context = opened.new_context(
            viewport={"width": width, "height": 844}, color_scheme=scheme, bypass_csp=True
        )
        window = context.new_page()
        window.goto(f"http://127.0.0.1:{client.port}/snapshot/{AT}/{url}")
        assert window.evaluate("document.documentElement.scrollWidth") <= width
        assert window.evaluate("document.querySelector('.shot img').naturalWidth") == 640
        window.evaluate(axe)
        found = window.evaluate("axe.run().then(each => each.violations.map(v => v.id))")
        assert found == []
        opened.close()
