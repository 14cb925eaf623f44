"""Do all names answer, does every link of the demo lead somewhere, and do the readers read it?"""

from __future__ import annotations

import datetime as dt
import re
import struct
from html import unescape
from urllib.parse import urljoin

import httpx
import pytest

from archiver.demo import content
from archiver.demo.news import News
from archiver.demo.web import DemoWeb
from archiver.models import MediaKind
from archiver.sources.threadreader import ThreadReader, parse_html
from tests.demo.conftest import Get

NEWS = "http://news.example"
AT = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)
_ADDRESS = re.compile(r"(?:src|href)=\"([^\"#]+)\"|url\(\"([^\"]+)\"\)")
_SRCSET = re.compile(r"srcset=\"([^\"]+)\"")
_EXPECTED = {f"{NEWS}/members/contractor-statement": 403, f"{NEWS}/council/minutes-2025-11": 404}


async def test_names_and_grants(demo: DemoWeb) -> None:
    """Every name is reached at the one listener, which is the only address granted."""
    (address,) = demo.grants
    assert address.startswith("127.0.0.1:")
    assert set(demo.connect_to.values()) == {address}
    assert set(demo.connect_to) == {
        f"{name}:80"
        for name in (
            "social.example",
            "news.example",
            "reader.example",
            "sho.rt",
            "tiny.example",
            "lnk.example",
        )
    }


async def test_two_demo_webs_run_side_by_side() -> None:
    """No port is fixed."""
    async with DemoWeb() as one, DemoWeb() as two:
        assert one.grants != two.grants


async def test_every_name_has_robots_and_icon(demo: DemoWeb, get: Get) -> None:
    """robots.txt and favicon.ico are there under each name, with their media types."""
    for name in demo.connect_to:
        host = name.removesuffix(":80")
        robots = await get(f"http://{host}/robots.txt")
        assert robots.text.startswith("User-agent: *")
        assert robots.headers["content-type"] == "text/plain; charset=utf-8"
        icon = await get(f"http://{host}/favicon.ico")
        assert icon.headers["content-type"] == "image/svg+xml"


@pytest.mark.parametrize(
    "url", ["http://nobody.example/", f"{NEWS}/nothing", "http://sho.rt/x", "http://lnk.example/"]
)
async def test_unknown_places_are_not_found(get: Get, url: str) -> None:
    """Unknown hosts and paths get a page with status 404 that says so."""
    answer = await get(url)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize(
    ("url", "steps"),
    [
        ("http://sho.rt/seven", [301]),
        ("http://tiny.example/gauge", [302, 301]),
        ("http://tiny.example/statement", [302, 301]),
        ("http://sho.rt/minutes", [301]),
    ],
)
async def test_redirects_lead_to_their_targets(get: Get, url: str, steps: list[int]) -> None:
    """Each hop has its status; the last answers 200, or as it is meant to fail."""
    for status in steps:
        hop = await get(url)
        assert hop.status_code == status
        url = urljoin(url, hop.headers["location"])
    assert (await get(url)).status_code == _EXPECTED.get(url, 200)


async def test_one_shortener_refreshes(get: Get) -> None:
    """lnk.example answers 200 with a refresh in an otherwise empty page."""
    hop = await get("http://lnk.example/invoices")
    target = f"{NEWS}/documents/invoices.pdf"
    assert hop.status_code == 200
    assert f'<meta http-equiv="refresh" content="0;URL={target}">' in hop.text
    assert (await get(target)).status_code == 200


async def test_one_link_never_ends(get: Get) -> None:
    """Two short links lead to each other."""
    first = await get("http://sho.rt/round")
    second = await get(first.headers["location"])
    assert urljoin(first.headers["location"], second.headers["location"]) == "http://sho.rt/round"


async def test_newspaper_is_whole(get: Get) -> None:
    """All twelve pages and whatever they name answer, but for what is meant to fail."""
    pages = [f"{NEWS}{path}" for path in News().paths]
    assert len(pages) == 12
    todo, seen = [*pages, f"{NEWS}/embeds/tide-chart.html"], set[str]()
    while todo:
        url = todo.pop()
        if url in seen:
            continue
        seen.add(url)
        answer = await get(url)
        assert answer.status_code == _EXPECTED.get(url, 200), url
        kind = answer.headers["content-type"]
        if url in _EXPECTED or not kind.startswith(("text/html", "text/css")):
            continue
        found = [a or b for a, b in _ADDRESS.findall(answer.text)]
        for several in _SRCSET.findall(answer.text):
            found += [each.split()[0] for each in several.split(",")]
        todo += [urljoin(url, unescape(each)) for each in found]
    assert all(url.startswith(f"{NEWS}/") for url in seen)
    assert _EXPECTED.keys() <= seen
    assert len(seen) > 35


async def test_pages_say_what_they_are(get: Get) -> None:
    """Language, direction, canonical address and OpenGraph stand in each page."""
    arabic = (await get(f"{NEWS}/ar/wathaiq/")).text
    assert '<html lang="ar" dir="rtl">' in arabic
    assert f'<link rel="canonical" href="{NEWS}/ar/wathaiq/">' in arabic
    assert f'property="og:image" content="{NEWS}/images/basin-night.jpg"' in arabic
    assert '<html lang="ja" dir="ltr">' in (await get(f"{NEWS}/ja/eisei-gazou/")).text


async def test_pages_never_change(get: Get) -> None:
    """A page and a picture are the same to the byte each time; known copies are not sent again."""
    for path in ("/", "/images/harbour-dawn.jpg"):
        first, again = await get(NEWS + path), await get(NEWS + path)
        assert first.content == again.content
        assert first.headers["cache-control"]


async def test_document_opens(get: Get) -> None:
    """The PDF has its head, its end, and its table where it says."""
    body = (await get(f"{NEWS}/documents/invoices.pdf")).content
    assert body.startswith(b"%PDF-1.") and body.rstrip().endswith(b"%%EOF")
    found = re.search(rb"startxref\s+(\d+)", body)
    assert found is not None
    assert body[int(found[1]) :].startswith(b"xref")


async def test_pictures_have_their_sizes(get: Get) -> None:
    """Pictures of the thread are as large as the thread says."""
    _, posts = content.load()
    pictures = [picture for post in posts for picture in post.pictures]
    assert len(pictures) >= 6
    for picture in pictures:
        body = (await get(f"http://social.example/media/{picture.file}")).content
        assert _size(body) == (picture.width, picture.height)


def _size(body: bytes) -> tuple[int, int]:
    if body.startswith(b"\x89PNG"):
        width, height = struct.unpack(">II", body[16:24])
        return width, height
    at = 2
    while body[at + 1] not in (0xC0, 0xC2):
        at += 2 + int(struct.unpack(">H", body[at + 2 : at + 4])[0])
    height, width = struct.unpack(">HH", body[at + 5 : at + 9])
    return width, height


async def test_reader_page_is_a_thread(get: Get) -> None:
    """The page at reader.example reads as a thread of eight posts with pictures and links."""
    seed = DemoWeb.seeds[1]
    ref = ThreadReader().match(seed)
    assert ref is not None and ref.key == (seed,)
    seen = parse_html((await get(seed)).content, "thread.html", AT, ())
    assert (len(seen.posts), seen.completeness.expected) == (8, 8)
    assert (seen.url, seen.author.name, seen.author.handle) == (
        seed,
        "North Light",
        "north_light_keeper",
    )
    links = [link.uri_r for post in seen.posts for link in post.links]
    assert links == [
        "http://sho.rt/ferry",
        "http://lnk.example/council",
        "http://tiny.example/gauge",
        "http://news.example/",
    ]
    for media in (each for post in seen.posts for each in post.media):
        assert media.kind is MediaKind.IMAGE and media.alt
        assert (await get(media.url)).status_code == 200
    assert seen.posts[0].created_at == dt.datetime(2026, 5, 20, 18, 0, tzinfo=dt.UTC)
    assert sum(post.quote is not None for post in seen.posts) == 1


@pytest.mark.parametrize("path", ["/thread/2057159417656246273", "/scrolly/2057159417656246273"])
async def test_other_reader_addresses_lead_to_the_page(get: Get, path: str) -> None:
    """The short address and the Scrolly Tale redirect to the page."""
    moved = await get(f"http://reader.example{path}")
    assert urljoin("http://reader.example/", moved.headers["location"]) == DemoWeb.seeds[1]
    assert (await get("http://reader.example/thread/1.html")).status_code == 404


async def test_failures_can_be_ordered(demo: DemoWeb, get: Get) -> None:
    """A path fails on every host until it is mended."""
    demo.fail("/news/", 503)
    assert (await get(f"{NEWS}/news/ferry-afloat/")).status_code == 503
    assert (await get(f"{NEWS}/")).status_code == 200
    demo.mend()
    assert (await get(f"{NEWS}/news/ferry-afloat/")).status_code == 200


async def test_same_file_is_not_sent_twice(demo: DemoWeb) -> None:
    """Who names the tag of a file gets 304 without a body."""
    (address,) = demo.grants
    async with httpx.AsyncClient(headers={"Host": "news.example"}) as client:
        url = f"http://{address}/assets/site.css"
        tag = (await client.get(url)).headers["etag"]
        again = await client.get(url, headers={"If-None-Match": tag})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
