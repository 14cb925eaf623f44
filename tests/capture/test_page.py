"""Is what stands at a target kept with all it needs, once, and said what it is?"""

from __future__ import annotations

import asyncio
import hashlib

import pytest

from archiver.capture.page import Snapshotter
from archiver.capture.requisites import MAX_IMPORT_DEPTH
from archiver.core.requisites import MAX_REQUISITES
from archiver.errors import StoreError
from archiver.models import FetchRequest, Header, Outcome, Purpose, Snapshot
from tests.capture.web import GONE, Page, Web, moved

URL = "https://news.example/story"
FILE = Page(b"\x89", mime="image/png")


def css(text: str) -> Page:
    """Make a style sheet."""
    return Page(text, mime="text/css")


async def taken(web: Web, url: str = URL, snapshotter: Snapshotter | None = None) -> Snapshot:
    """Fetch a target and take its snapshot."""
    target = await web.fetch(FetchRequest(url, Purpose.HOP, hops_from_seed="LR"))
    web.asked.clear()
    return await (snapshotter or Snapshotter(web)).snapshot(target)


def page(*parts: str, headers: tuple[Header, ...] = ()) -> Page:
    """Make a page with some words."""
    return Page(f"<title>T</title><p>Words{''.join(parts)}", headers=headers)


def at(path: str) -> str:
    """Give an address on the page's host."""
    return "https://news.example" + path


async def test_page_is_kept_with_its_requisites() -> None:
    """Style sheets, what they import, pictures and frames are all fetched, each once."""
    web = Web(
        {
            URL: page("<link rel=stylesheet href=/a.css><img src=/p.png><iframe src=/f></iframe>"),
            at("/a.css"): css("@import 'b.css';p{background:url(p.png)}"),
            at("/b.css"): css("@import 'a.css';@font-face{src:url(f.woff)}"),
            at("/f"): page("<img src=/p.png><img src=/q.png>"),
            at("/p.png"): FILE,
            at("/q.png"): FILE,
            at("/f.woff"): FILE,
        }
    )
    shot = await taken(web)
    assert sorted(web.urls) == sorted(set(web.pages) - {URL})
    assert (shot.requisites, shot.missing, shot.error) == (6, 0, "")
    assert {request.purpose for request in web.asked} == {Purpose.REQUISITE}
    asked = {request.url: request for request in web.asked}
    assert asked[at("/a.css")].via == URL
    assert asked[at("/a.css")].hops_from_seed == "LRE"
    assert asked[at("/b.css")].via == at("/a.css")
    assert asked[at("/b.css")].hops_from_seed == "LREE"
    assert asked[at("/p.png")].keep_bytes == 0


async def test_snapshot_says_what_the_page_is() -> None:
    """The page's own facts are in the snapshot; the digest of its words is the reader's view."""
    body = (
        "<html lang=en><title>T</title><link rel=canonical href=/c>"
        "<meta name=description content=D><p>W"
    )
    web = Web({URL: Page(body)})
    shot = await taken(web)
    assert (shot.url, shot.outcome, shot.status, shot.mime) == (URL, Outcome.OK, 200, "text/html")
    assert shot.digest == f"sha256:{hashlib.sha256(body.encode()).hexdigest()}"
    assert shot.record_id == "urn:uuid:1"
    assert (shot.title, shot.language, shot.canonical_url) == ("T", "en", at("/c"))
    assert (shot.description, shot.text) == ("D", "W")
    assert shot.text_digest == f"sha256:{hashlib.sha256(b'T' + bytes([10]) + b'W').hexdigest()}"


async def test_markup_alone_is_no_change_for_readers() -> None:
    """Two captures with other markup and the same words have one text digest."""
    first = await taken(Web({URL: Page("<title>T</title><p class=a>Words")}))
    second = await taken(Web({URL: Page("<title>T</title><script>1</script><div>Words</div>")}))
    assert first.digest != second.digest
    assert first.text_digest == second.text_digest


async def test_missing_requisites_are_counted() -> None:
    """What failed is counted, whether it answered or not; the page is kept all the same."""
    web = Web(
        {
            URL: page("<img src=/gone><img src=/dead><img src=/ok><img src=/odd>"),
            at("/dead"): Page(status=None, outcome=Outcome.TIMEOUT),
            at("/odd"): Page(status=304),
            at("/ok"): FILE,
        }
    )
    shot = await taken(web)
    assert (shot.outcome, shot.requisites, shot.missing) == (Outcome.OK, 4, 3)


async def test_moved_requisite_is_followed() -> None:
    """Redirects of a requisite are hops of their own; references count from where it ended."""
    web = Web(
        {
            URL: page("<link rel=stylesheet href=/a.css>"),
            at("/a.css"): moved("https://cdn.example/x/a.css#z"),
            "https://cdn.example/x/a.css": css("p{background:url(p.png)}"),
            "https://cdn.example/x/p.png": FILE,
        }
    )
    shot = await taken(web)
    assert [(request.url, request.hops_from_seed) for request in web.asked] == [
        (at("/a.css"), "LRE"),
        ("https://cdn.example/x/a.css", "LRER"),
        ("https://cdn.example/x/p.png", "LRERE"),
    ]
    assert (shot.requisites, shot.missing) == (2, 0)


@pytest.mark.parametrize("to", ["/a", "ftp://a.example/", "http://[bad"])
async def test_requisite_that_leads_nowhere_is_missing(to: str) -> None:
    """A requisite that moves in circles or out of the web is missing, and ends."""
    web = Web({URL: page("<img src=/a>"), at("/a"): moved(to)})
    shot = await taken(web)
    assert (shot.requisites, shot.missing) == (1, 1)
    assert len(web.asked) <= 11


async def test_shared_requisites_are_fetched_once() -> None:
    """Two pages of a crawl that are captured at once share what they have in common."""
    head = "<link rel=stylesheet href=/a.css>"
    web = Web(
        {
            URL: page(head),
            at("/other"): page(head),
            at("/a.css"): css("p{background:url(p.png)}"),
            at("/p.png"): FILE,
        },
        delay_s=0.001,
    )
    targets = [await web.fetch(FetchRequest(url)) for url in (URL, at("/other"))]
    web.asked.clear()
    snapshotter = Snapshotter(web)
    shots = await asyncio.gather(*map(snapshotter.snapshot, targets))
    assert web.urls == [at("/a.css"), at("/p.png")]
    assert [(shot.requisites, shot.missing) for shot in shots] == [(2, 0), (2, 0)]
    assert (await taken(web, snapshotter=snapshotter)).requisites == 2
    assert web.urls == []


async def test_frames_end_at_the_second_depth() -> None:
    """Frames in frames are kept with their parts; what is deeper is left and said."""
    frames = {at(f"/{n}"): page(f"<iframe src=/{n + 1}></iframe><img src=/p{n}>") for n in range(5)}
    shot = await taken(web := Web(frames), at("/0"))
    assert sorted(web.urls) == [at(path) for path in ("/1", "/2", "/p0", "/p1", "/p2")]
    assert "too deep" in shot.error


async def test_imports_come_to_an_end() -> None:
    """Style sheets that import others without end are left at some depth."""
    web = Web({URL: page("<link rel=stylesheet href=/0.css>")})
    web = Web({**web.pages, **{at(f"/{n}.css"): css(f"@import '{n + 1}.css';") for n in range(20)}})
    shot = await taken(web)
    assert len(web.asked) == MAX_IMPORT_DEPTH + 1
    assert "too deep" in shot.error


async def test_flood_of_requisites_is_bounded() -> None:
    """A page whose frames want ever more gets what came first."""
    images = "".join(f"<img src=/{n}>" for n in range(MAX_REQUISITES - 10))
    more = "".join(f"<img src=/more/{n}>" for n in range(100))
    web = Web({URL: page(images, "<iframe src=/f></iframe>"), at("/f"): page(more)})
    shot = await taken(web)
    assert shot.requisites == len(web.asked) == MAX_REQUISITES
    assert "over 1000 requisites" in shot.error
    assert web.most_at_once <= 48


@pytest.mark.parametrize(("status", "outcome"), [(404, Outcome.DEAD), (503, Outcome.REFUSED)])
async def test_error_page_is_evidence(status: int, outcome: Outcome) -> None:
    """A dead or refused target has a snapshot that says so; its parts are not fetched."""
    web = Web({URL: Page("<title>Gone</title><p>Sorry<img src=/a>", status=status)})
    shot = await taken(web)
    assert (shot.outcome, shot.status, shot.title, shot.text) == (outcome, status, "Gone", "Sorry")
    assert shot.error == f"{URL} answered {status}"
    assert web.asked == []


async def test_cut_page_says_why() -> None:
    """A page that was cut off is kept as far as it came."""
    web = Web({URL: Page("<p>Wor", outcome=Outcome.TOO_LARGE, error="over the limit")})
    shot = await taken(web)
    assert (shot.outcome, shot.error, shot.text) == (Outcome.TOO_LARGE, "over the limit", "Wor")
    silent = Web({URL: Page("<p>Wor", outcome=Outcome.TIMEOUT)})
    assert (await taken(silent)).error == f"{URL} gave no whole answer (timeout)"


@pytest.mark.parametrize("mime", ["application/pdf", "image/png", "video/mp4", ""])
async def test_what_is_no_page_is_kept_as_it_is(mime: str) -> None:
    """A PDF, a picture or a film needs nothing more; its payload is what a reader would see."""
    shot = await taken(web := Web({URL: Page(b"%PDF-1.7 <img src=/a>", mime=mime)}))
    assert (shot.outcome, shot.mime, shot.text, shot.title) == (Outcome.OK, mime, "", "")
    assert shot.text_digest == shot.digest
    assert web.asked == []


async def test_plain_text_is_text() -> None:
    """A text file reads as it is."""
    shot = await taken(Web({URL: Page("é".encode("latin-1"), mime="text/plain; charset=latin1")}))
    assert shot.text == "é"
    assert shot.text_digest != shot.digest


async def test_page_without_type_is_known_by_its_looks() -> None:
    """HTML that comes without a media type is read as such."""
    assert (await taken(Web({URL: Page(" <title>T</title>", mime="")}))).title == "T"


async def test_charset_is_read() -> None:
    """A page in another charset, or with broken bytes, reads as far as it can."""
    body = b"<meta charset=koi8-r><title>" + "мир".encode("koi8-r") + b"</title>"
    assert (await taken(Web({URL: Page(body, mime="text/html")}))).title == "мир"
    broken = await taken(Web({URL: Page(b"<title>a\xffb</title>")}))
    assert broken.title == "a\ufffdb"


async def test_deep_page_does_not_hang() -> None:
    """A page nested beyond sense is read as far as it makes any."""
    shot = await taken(Web({URL: Page("<title>T</title><p>Words" + "<div>" * 200_000)}))
    assert (shot.title, shot.text) == ("T", "Words")


async def test_long_page_keeps_all_words() -> None:
    """Where a page is too long to look for its main text, all its words count."""
    for much in ("word " * 320_000, "word<br>" * 31_000):
        shot = await taken(Web({URL: Page("<title>T</title><nav>Menu</nav><p>" + much)}))
        assert shot.text.startswith("Menu\nword")


async def test_slow_search_for_words_is_given_up() -> None:
    """Where the main text is not found in time, all words count."""
    web = Web({URL: Page("<title>T</title><nav>Menu</nav><p>" + "Words. " * 500)})
    shot = await taken(web, snapshotter=Snapshotter(web, text_s=0.0))
    assert shot.text.startswith("Menu\nWords.")


async def test_slow_page_asks_for_no_more() -> None:
    """When the time of a page is over, what is not there by then is missing, and it is said."""
    web = Web({URL: page("<img src=/a><img src=/b>"), at("/a"): FILE})
    shot = await taken(web, snapshotter=Snapshotter(web, page_s=-1.0))
    assert (shot.outcome, shot.requisites, shot.missing) == (Outcome.OK, 2, 2)
    assert "took too long" in shot.error
    assert web.asked == []


async def test_full_disk_ends_the_snapshot() -> None:
    """What cannot be recorded has not happened."""
    web = Web({URL: page("<img src=/a><img src=/b>")})
    target = await web.fetch(FetchRequest(URL))
    web.full = True
    with pytest.raises(StoreError):
        await Snapshotter(web).snapshot(target)


async def test_page_does_not_fetch_itself() -> None:
    """A page that frames itself is not asked again."""
    shot = await taken(web := Web({URL: page(f"<iframe src={URL}#x></iframe>"), at("/a"): GONE}))
    assert (shot.requisites, web.asked) == (0, [])
