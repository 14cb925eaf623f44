"""Is what others wrote kept apart from what we captured, wherever a reader meets it?"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator

import pytest

from archiver.models import ThreadView
from archiver.warc.beside import WarcPlaces
from feeds.web.app import WebOptions
from tests.feeds import views
from tests.feeds.archive import HTML, Archive, whole
from tests.feeds.markup import parse
from tests.feeds.views import CAPTURED
from tests.feeds.web.imported import Answered, bring, origin
from tests.feeds.web.serving import Client, served

NEWS = "http://news.example"
T0 = "20220524140300"
CSS = (("Content-Type", "text/css"),)
PNG = (("Content-Type", "image/png"),)
PART = {"Sec-Fetch-Dest": "image"}
SHOWN = {"Sec-Fetch-Dest": "document"}

OURS: tuple[Answered, ...] = (
    (f"{NEWS}/", b"<img src=only.png><p>Ours", 200, HTML, CAPTURED),
    (f"{NEWS}/s.css", b"a{}", 200, CSS, CAPTURED + dt.timedelta(days=9)),
)
THEIRS: tuple[Answered, ...] = (
    (f"{NEWS}/", b"<p>Forged", 200, HTML, CAPTURED),
    (f"{NEWS}/s.css", b"b{}", 200, CSS, CAPTURED),
    (f"{NEWS}/only.png", b"PNG", 200, PNG, CAPTURED),
    (f"{NEWS}/only", b"<link rel=stylesheet href=s.css><img src=only.png>x", 200, HTML, CAPTURED),
    ("https://news.example/", b"<p>Forged for another scheme", 200, HTML, CAPTURED),
)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    """An archive with a forgery of everything it holds."""
    made = Archive(tmp_path_factory.mktemp("imported") / "data")
    typical = whole(views.typical(), made)
    made.record_all(OURS)
    refs = bring(made, THEIRS, origin())
    made.keep(_with_theirs(typical, refs[0].record_id))
    made.publish()
    yield made
    made.close()


def _with_theirs(view: ThreadView, record_id: str) -> ThreadView:
    """Let the copy of one link, and the last hop of its chain, lie in what was imported."""
    number = next(n for n, each in enumerate(view.links) if each.snapshot and each.chain)
    link = view.links[number]
    assert link.chain is not None and link.snapshot is not None
    last = dataclasses.replace(link.chain.hops[-1], record_id=record_id)
    chain = dataclasses.replace(link.chain, hops=(*link.chain.hops[:-1], last))
    snapshot = dataclasses.replace(link.snapshot, record_id=record_id)
    theirs = dataclasses.replace(link, chain=chain, snapshot=snapshot)
    links = (*view.links[:number], theirs, *view.links[number + 1 :])
    return dataclasses.replace(view, links=links)


@pytest.fixture(scope="module")
def client(archive: Archive) -> Iterator[Client]:
    """A client of its web app."""
    places = WarcPlaces(archive.folder / "warc", archive.store.record)
    options = WebOptions(records=places)
    with served(
        archive.store, archive.payloads, archive.public, archive.base_url, options=options
    ) as found:
        yield found


def test_copy_of_ours_is_shown_before_a_forged_one(client: Client) -> None:
    """Under either scheme, at whatever time; TimeMaps list ours alone."""
    assert "Ours" in client.ask(f"/web/{T0}/{NEWS}/").text
    assert client.ask(f"/web/{T0}/https://news.example/").headers["location"].endswith(f"{NEWS}/")
    sheet = client.ask(f"/web/{T0}/{NEWS}/s.css").headers["location"]
    assert client.ask(sheet).text == "a{}"
    assert "imported" not in client.ask(f"/web/timemap/link/{NEWS}/").text


def test_imported_copy_says_so(client: Client) -> None:
    """In words, in a header, and in the TimeMap."""
    found = client.ask(f"/web/{T0}/{NEWS}/only")
    assert "Not captured by this archive" in found.text
    assert "captured 24 May" not in found.text
    assert found.headers["x-archive-imported"].startswith("import-")
    listed = client.ask(f"/web/timemap/link/{NEWS}/only").text
    assert 'title="imported: others wrote this copy"' in listed
    assert "x-archive-imported" not in client.ask(f"/web/{T0}/{NEWS}/").headers


def test_page_of_ours_is_shown_without_what_others_wrote(client: Client) -> None:
    """A browser that asks for a part of it gets none, by https or plain http."""
    place = f"/web/{T0}/{NEWS}/only.png"
    assert client.ask(place, **PART).status == 404
    assert client.ask(place, Accept="image/avif,image/*").status == 404
    assert client.ask(f"/web/{T0}if_/{NEWS}/only").status == 404
    assert client.ask(place, **SHOWN).status == 200


def test_imported_page_is_shown_with_its_own_parts(client: Client) -> None:
    """Its own sheet, not ours; links that a reader follows lead to copies like any other."""
    found = client.ask(f"/web/{T0}/{NEWS}/only")
    assert f'src="/web/{T0}fo_/{NEWS}/only.png"' in found.text
    assert client.ask(f"/web/{T0}fo_/{NEWS}/only.png", **PART).body == b"PNG"
    assert client.ask(f"/web/{T0}fo_/{NEWS}/s.css").text == "b{}"
    followed = client.ask(f"/web/{T0}fo_/{NEWS}/", **SHOWN)
    assert followed.headers["location"] == f"/web/{T0}/{NEWS}/"


def test_snapshot_page_tells_where_an_imported_copy_comes_from(client: Client) -> None:
    """The file, its digest, who signed it, and what was wrong with it."""
    words = parse(client.ask(f"/snapshot/{T0}/{NEWS}/only").body).one("main").words
    for wanted in ("Not captured by this archive", "theirs.wacz", origin().sha256, "4,321 bytes",
                   "nobody whose signature holds", "is listed with another digest",
                   "Imported copy"):  # fmt: skip
        assert wanted in words
    ours = parse(client.ask(f"/snapshot/{T0}/{NEWS}/").body).one("main").words
    assert "Not captured" not in ours and "import-" not in ours


def test_page_of_links_says_which_copy_others_wrote(client: Client, archive: Archive) -> None:
    """Of that one link alone, and of the step that led to it."""
    words = parse(client.ask(f"/t/{archive.store.thread_ids()[0]}/links/").body).one("main").words
    assert words.count("not captured by this archive") == 1
    assert words.count("from a file that others wrote") == 1
