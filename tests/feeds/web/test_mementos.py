"""Do archived copies replay from the archive alone, at the time that was asked for?"""

from __future__ import annotations

import datetime as dt
import gzip
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from archiver.models import Header
from tests.feeds.archive import HTML, Archive
from tests.feeds.views import CAPTURED
from tests.feeds.web.serving import Client, served

NEWS = "http://news.example"
T0 = "20220524140300"
LATER = CAPTURED + dt.timedelta(days=30)
T1 = "20220623140300"
PACKED: tuple[Header, ...] = (("Content-Encoding", "gzip"),)
TWICE: tuple[Header, ...] = (("Content-Encoding", "gzip, gzip"),)
PICTURE = b"\x89PNG\r\n\x1a\n and so on"

Answered = tuple[str, bytes, int, tuple[Header, ...], dt.datetime]


def answer(
    path: str, body: bytes, mime: str = "text/html", status: int = 200, s: float = 0,
    more: tuple[Header, ...] = (),
) -> Answered:  # fmt: skip
    """Give an answer of the test web, `s` seconds after the capture began."""
    url = path if path.startswith("http") else NEWS + path
    headers = (("Content-Type", mime), *more)
    return url, body, status, headers, CAPTURED + dt.timedelta(seconds=s)


ANSWERS: tuple[Answered, ...] = (
    answer("/", b"<link rel=stylesheet href=s.css><script>x</script><p>First", s=0.4,
           more=(("Set-Cookie", "a=b"), ("Server", "nginx"), ("Content-Security-Policy", "x"))),
    (f"{NEWS}/", b"<p>Second", 200, HTML, LATER),
    answer("/s.css", b"a{background:url(p.png)}", "text/css", s=2),
    answer("/p.png", PICTURE, "image/png", s=3),
    answer("/d.pdf", b"%PDF-1.7 x", "application/pdf"),
    answer("/old", b"", status=301, more=(("Location", "/?q=1#x"),)),
    answer("/?q=1", b"<p>Asked"),
    answer("/gone", b"<p>No such page", status=404),
    answer("/refused", b"<p>No", status=403),
    answer("/strange", b"<p>Odd", status=599),
    answer("/x?u=http://b.example/?y=1&z=%2F%25", b"<p>Query"),
    answer("/it's?q=it's", b"<p>Quote"),
    answer("http://xn--r8jz45g.jp/%E8%A8%98", b"<p>Japanese"),
    answer("https://secure.example/", b"<p>Secure"),
    answer("/untyped", b"<script>alert(1)</script>", mime=""),
    answer("/empty", b"", status=204),
    answer("/packed", gzip.compress(b"<p>Packed"), more=PACKED),
    answer("/packed.bin", gzip.compress(b"0123456789" * 1_000_000), "image/x", more=PACKED),
    answer("/bomb", gzip.compress(bytes(20_000_000)), "image/x", more=PACKED),
    answer("/bomb.html", gzip.compress(b"<p>" * 7_000_000), more=PACKED),
    answer("/twice", gzip.compress(gzip.compress(b"<p>x")), more=TWICE),
    answer("/near", b"<p>a", s=0.1), answer("/near", b"<p>b", s=0.9), answer("/near", b"<p>c", s=1),
)  # fmt: skip


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    """An archive that holds a small web."""
    made = Archive(tmp_path_factory.mktemp("mementos") / "data")
    made.record_all(ANSWERS)
    yield made
    made.close()


@pytest.fixture(scope="module")
def client(archive: Archive) -> Iterator[Client]:
    """A client of its web app."""
    with served(archive.store, archive.payloads, archive.public, archive.base_url) as found:
        yield found


def test_copy_says_when_it_was_made(client: Client) -> None:
    """Memento-Datetime, and the way to original, TimeGate and TimeMap."""
    found = client.ask(f"/web/{T0}/{NEWS}/")
    assert found.status == 200
    assert found.headers["memento-datetime"] == "Tue, 24 May 2022 14:03:00 GMT"
    links = found.headers["link"]
    assert f'<{NEWS}/>; rel="original"' in links
    assert 'rel="timegate"' in links and 'rel="timemap"; type="application/link-format"' in links


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/bomb", "more than 16,000,000 unpacked"),
        ("/bomb.html", "more than 16,000,000 unpacked"),
        ("/twice", "packed 2 times over"),
    ],
)
@pytest.mark.parametrize("mode", ["", "id_", "if_"])
def test_few_bytes_do_not_become_many(client: Client, path: str, said: str, mode: str) -> None:
    """What is shown to each visitor has a bound; what was captured stays as it is."""
    found = client.ask(f"/web/{T0}{mode}/{NEWS}{path}")
    assert found.status == 501 and len(found.body) < 20_000
    assert said in found.text


def test_what_was_packed_is_shown(client: Client) -> None:
    """As it was before it was packed; a large one too."""
    assert "Packed" in client.ask(f"/web/{T0}/{NEWS}/packed").text
    assert client.ask(f"/web/{T0}/{NEWS}/packed.bin").body == b"0123456789" * 1_000_000


def test_page_is_rewritten_and_cannot_act(client: Client) -> None:
    """Its parts come from the archive; it has no origin, no script, no cookie."""
    found = client.ask(f"/web/{T0}/{NEWS}/")
    assert f'href="/web/{T0}/{NEWS}/s.css"' in found.text
    assert "<script>" not in found.text
    assert "Archived copy of http://news.example/" in found.text
    policy = found.headers["content-security-policy"]
    assert policy.startswith("sandbox ") and "allow-scripts" not in policy
    assert "set-cookie" not in found.headers
    assert found.headers["x-archive-orig-server"] == "nginx"
    assert found.headers["x-content-type-options"] == "nosniff"
    assert found.headers["content-type"] == "text/html; charset=utf-8"


def test_parts_are_found_near_the_time_of_the_page(client: Client) -> None:
    """What was captured seconds later is redirected to, sheet and picture alike."""
    sheet = client.ask(f"/web/{T0}/{NEWS}/s.css")
    assert sheet.status == 302
    assert sheet.headers["location"] == f"/web/20220524140302/{NEWS}/s.css"
    found = client.ask(sheet.headers["location"])
    assert found.text == f'a{{background:url("/web/20220524140302/{NEWS}/p.png")}}'
    picture = client.ask(f"/web/20220524140303/{NEWS}/p.png")
    assert (picture.body, picture.headers["content-type"]) == (PICTURE, "image/png")


def test_each_time_has_its_copy(client: Client) -> None:
    """Two captures are two copies; a time between leads to the nearer."""
    assert "First" in client.ask(f"/web/{T0}/{NEWS}/").text
    assert "Second" in client.ask(f"/web/{T1}/{NEWS}/").text
    for asked, nearer in (("20220601000000", T0), ("20220620000000", T1), ("2022", T0)):
        assert client.ask(f"/web/{asked}/{NEWS}/").headers["location"] == f"/web/{nearer}/{NEWS}/"


def test_two_captures_of_neighbouring_seconds_are_told_apart(client: Client) -> None:
    """The copy of a second is the one within it, not one that is nearer to its beginning."""
    assert "<p>c" in client.ask(f"/web/20220524140301/{NEWS}/near").text
    assert client.ask(f"/web/{T0}/{NEWS}/near").status == 200


@pytest.mark.parametrize(
    "asked",
    [
        f"{NEWS}/x?u=http://b.example/?y=1&z=%2F%25",
        f"{NEWS}/it's?q=it's",
        "http://xn--r8jz45g.jp/%E8%A8%98",
        "http:/news.example/",
    ],
)
def test_address_survives_to_the_letter(client: Client, asked: str) -> None:
    """Queries, other addresses in them, what is encoded already, and slashes that fell together."""
    assert client.ask(f"/web/{T0}/{asked}").status == 200


@pytest.mark.parametrize(
    ("asked", "held"),
    [
        ("news.example/", f"{NEWS}/"),
        ("HTTP://NEWS.example", f"{NEWS}/"),
        ("http://news.example:80/a/../", f"{NEWS}/"),
        ("http://secure.example/", "https://secure.example/"),
        (f"{NEWS}/it's?q=it%27s", f"{NEWS}/it's?q=it's"),
    ],
)
def test_address_is_found_as_it_was_recorded(client: Client, asked: str, held: str) -> None:
    """What servers and browsers on the way do to an address is undone."""
    found = client.ask(f"/web/{T0}/{asked}")
    assert (found.status, found.headers["location"]) == (302, f"/web/{T0}/{held}")
    assert client.ask(found.headers["location"]).status == 200


def test_redirect_replays_as_redirect(client: Client) -> None:
    """To the copy of where it led, with the status it had."""
    found = client.ask(f"/web/{T0}/{NEWS}/old")
    assert (found.status, found.headers["location"]) == (301, f"/web/{T0}/{NEWS}/?q=1#x")
    assert "memento-datetime" in found.headers


@pytest.mark.parametrize(("path", "status"), [("/gone", 404), ("/refused", 403), ("/strange", 599)])
def test_page_that_was_not_there_replays_so(client: Client, path: str, status: int) -> None:
    """With the status and the words it had, and the banner says so."""
    found = client.ask(f"/web/{T0}/{NEWS}{path}")
    assert found.status == status
    assert "memento-datetime" in found.headers
    assert f"which answered {status}" in found.text


def test_pdf_opens_and_may_do_nothing(client: Client) -> None:
    """As it was recorded, with its own type; not sandboxed, or browsers would not show it."""
    found = client.ask(f"/web/{T0}/{NEWS}/d.pdf")
    assert (found.body, found.headers["content-type"]) == (b"%PDF-1.7 x", "application/pdf")
    assert "default-src 'none'" in found.headers["content-security-policy"]


def test_untyped_body_is_no_page(client: Client) -> None:
    """What had no type is never taken for HTML."""
    found = client.ask(f"/web/{T0}/{NEWS}/untyped")
    assert found.headers["content-type"] == "application/octet-stream"
    assert "sandbox" in found.headers["content-security-policy"]


def test_empty_answer_is_empty(client: Client) -> None:
    """204 has no body."""
    found = client.ask(f"/web/{T0}/{NEWS}/empty")
    assert (found.status, found.body) == (204, b"")


def test_copy_as_recorded_is_not_changed(client: Client) -> None:
    """`id_` gives the bytes; `if_` the page without banner; both as safe as the rest."""
    raw = client.ask(f"/web/{T0}id_/{NEWS}/")
    assert raw.body == ANSWERS[0][1]
    assert "sandbox" in raw.headers["content-security-policy"]
    framed = client.ask(f"/web/{T0}if_/{NEWS}/")
    assert "archive-banner" not in framed.text and "/s.css" in framed.text


def test_gate_leads_to_the_time_wanted(client: Client) -> None:
    """Accept-Datetime chooses; without it the newest; a bad date is said to be one."""
    gate = f"/web/{NEWS}/"
    newest = client.ask(gate)
    assert (newest.status, newest.headers["location"]) == (302, f"/web/{T1}/{NEWS}/")
    assert newest.headers["vary"] == "accept-datetime"
    assert "memento-datetime" not in newest.headers
    old = client.ask(gate, Accept_Datetime="Wed, 25 May 2022 00:00:00 GMT")
    assert old.headers["location"] == f"/web/{T0}/{NEWS}/"
    assert client.ask(gate, Accept_Datetime="soon").status == 400


def test_map_lists_all_copies(client: Client) -> None:
    """One line each, first and last named, with their times."""
    found = client.ask(f"/web/timemap/link/{NEWS}/")
    assert found.headers["content-type"].startswith("application/link-format")
    assert re.findall(r'rel="([a-z ]*memento)"; datetime="([^"]*)"', found.text) == [
        ("first memento", "Tue, 24 May 2022 14:03:00 GMT"),
        ("last memento", "Thu, 23 Jun 2022 14:03:00 GMT"),
    ]
    one = client.ask(f"/web/timemap/link/{NEWS}/gone").text
    assert 'rel="first last memento"' in one


def test_map_finds_every_copy(client: Client, archive: Archive) -> None:
    """However unevenly they lie, all are listed."""
    times = [CAPTURED + dt.timedelta(seconds=s) for s in (0, 1, 2, 50, 51, 86_400, 31_000_000)]
    archive.record_all([(f"{NEWS}/often", b"%d" % n, 200, HTML, at) for n, at in enumerate(times)])
    found = client.ask(f"/web/timemap/link/{NEWS}/often").text
    assert found.count('memento"; datetime=') == len(times)


def test_map_of_many_copies_has_pages(client: Client, archive: Archive) -> None:
    """Each names the next, together they list every copy once, and only one is the last."""
    minute = dt.timedelta(minutes=1)
    archive.record_all(
        [(f"{NEWS}/many", b"x", 200, HTML, CAPTURED + n * minute) for n in range(2_100)]
    )
    listed: list[str] = []
    place: str | None = f"/web/timemap/link/{NEWS}/many"
    pages = []
    while place is not None:
        pages.append(client.ask(place).text)
        listed += re.findall(r'memento"; datetime="([^"]*)"', pages[-1])
        following = re.search(r'<[^>]*?(/web/timemap/[^>]*)>; rel="timemap"', pages[-1])
        place = following[1] if following else None
    assert (len(pages), len(set(listed)), len(listed)) == (3, 2_100, 2_100)
    assert ["last memento" in page for page in pages] == [False, False, True]
    assert ["first memento" in page for page in pages] == [True, False, False]


def test_line_break_in_an_address_is_no_end_of_it(client: Client, archive: Archive) -> None:
    """An address with an encoded line break is found as it was asked for."""
    archive.record(f"{NEWS}/a%0ab%0d%0a?q=%0a", b"<p>Broken")
    found = client.ask(f"/web/{T0}/{NEWS}/a%0ab%0d%0a?q=%0a")
    assert (found.status, "<p>Broken" in found.text) == (200, True)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        (f"/web/{T0}/http://unknown.example/", "No copy of http://unknown.example/ is held here."),
        ("/web/http://unknown.example/<b>", "No copy of"),
        ("/web/timemap/link/unknown.example", "No copy of unknown.example"),
        (f"/web/20221399000000/{NEWS}/", "An archived copy has an address like this"),
        ("/web/", "An archived copy has an address like this"),
    ],
)
def test_what_is_not_held_is_said(client: Client, path: str, said: str) -> None:
    """A page says what was asked for, and where the original is."""
    found = client.ask(path)
    assert found.status == 404
    assert said in found.text and "<b>" not in found.text
    assert "default-src 'none'" in found.headers["content-security-policy"]


def test_no_header_is_smuggled_in(client: Client) -> None:
    """An address with line ends in it stays an address."""
    found = client.ask("/web/http://a.example/%0d%0aSet-Cookie:%20x=1")
    assert "set-cookie" not in found.headers


def test_lost_record_is_said_and_not_hidden(tmp_path: Path) -> None:
    """Where the WARC is gone, the answer is an error with one sentence."""
    archive = Archive(tmp_path / "data")
    archive.record(f"{NEWS}/", b"<p>x")
    for warc in (archive.folder / "warc").glob("*.warc.gz"):
        warc.unlink()
    with served(archive.store, archive.payloads, archive.public, archive.base_url) as client:
        found = client.ask(f"/web/{T0}/{NEWS}/")
    archive.close()
    assert found.status == 500
    assert "The copy cannot be read" in found.text


def test_damaged_record_is_not_served(tmp_path: Path) -> None:
    """Bytes that do not match their digest never pass for what was captured."""
    archive = Archive(tmp_path / "data")
    archive.record(f"{NEWS}/", b"<p>true words")
    archive.record(f"{NEWS}/", b"<p>fake words", at=LATER)
    first, second = sorted((archive.folder / "warc").glob("*.warc.gz"))
    first.write_bytes(second.read_bytes())
    with served(archive.store, archive.payloads, archive.public, archive.base_url) as client:
        found = client.ask(f"/web/{T0}/{NEWS}/")
    archive.close()
    assert found.status == 500
    assert "words" not in found.text


def test_site_below_a_path_replays_below_it(tmp_path: Path) -> None:
    """Every address in a copy begins with the path of base_url."""
    archive = Archive(tmp_path / "data", "https://host.example/archive")
    archive.record_all(ANSWERS[:1])
    with served(archive.store, archive.payloads, archive.public, archive.base_url) as client:
        found = client.ask(f"/archive/web/{T0}/{NEWS}/")
        gate = client.ask(f"/web/{NEWS}/")
    archive.close()
    assert f'href="/archive/web/{T0}/{NEWS}/s.css"' in found.text
    assert gate.headers["location"] == f"/archive/web/{T0}/{NEWS}/"
