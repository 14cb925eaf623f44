"""Is an attachment kept whole, also when it is a film in pieces?"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.capture.media import keep
from archiver.core import hls
from archiver.models import MediaCopy, Outcome
from tests.capture.web import GONE, Page, Web, moved

FILM = "https://video.example/film/master.m3u8"
BASE = "https://video.example/film"
HLS = "application/vnd.apple.mpegurl"
MASTER = """#EXTM3U
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="loud",NAME="Deutsch",URI="de.m3u8"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="loud",NAME="English",DEFAULT=YES,URI="en.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=300000,RESOLUTION=320x180
small.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=2000000,CODECS="avc1,mp4a",AUDIO="loud"
large.m3u8
"""
LARGE = '#EXTM3U\n#EXT-X-MAP:URI="init.mp4"\n#EXTINF:4,\n1.m4s\n#EXTINF:4,\n2.m4s?a=1,2\n'
SOUND = '#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="key"\n#EXTINF:4,\nen1.aac\n'


def film(**changes: Page) -> dict[str, Page]:
    """Give the pages of a film; `changes` by name of the file, dots written as `_`."""
    pages = {
        "master.m3u8": Page(MASTER, mime=HLS),
        "small.m3u8": Page("#EXTM3U\n0.ts\n", mime=HLS),
        "large.m3u8": Page(LARGE, mime=HLS),
        "en.m3u8": Page(SOUND, mime=HLS),
        **{
            name: Page(b"12345", mime="video/mp4")
            for name in ("init.mp4", "1.m4s", "2.m4s?a=1,2", "key", "en1.aac")
        },
    }
    pages |= {name.replace("_", "."): page for name, page in changes.items()}
    return {f"{BASE}/{name}": page for name, page in pages.items()}


def kept(url: str, pages: Mapping[str, Page]) -> tuple[MediaCopy, list[str]]:
    """Keep an attachment of a small web; give the copy, and what was asked."""
    web = Web(pages)
    copy = asyncio.run(keep(url, web, via="https://talk.example/1"))
    return copy, web.urls


def test_picture_is_fetched_once() -> None:
    """Its bytes are on the disk, not in memory."""
    url = "https://img.example/1.png"
    copy, asked = kept(url, {url: Page(b"png", mime="image/png")})
    assert (copy.outcome, copy.bytes, copy.mime, asked) == (Outcome.OK, 3, "image/png", [url])


def test_redirect_leads_to_the_bytes() -> None:
    """The copy keeps the address that the post names, and has the record of the bytes."""
    url, other = "https://img.example/a", "https://cdn.example/b"
    copy, asked = kept(url, {url: moved(other), other: Page(b"jpeg!", mime="image/jpeg")})
    assert (copy.url, copy.bytes, copy.mime, asked) == (url, 5, "image/jpeg", [url, other])


def test_circle_of_redirects_ends() -> None:
    """Five are enough."""
    url = "https://img.example/a"
    copy, asked = kept(url, {url: moved(url)})
    assert len(asked) == 6
    assert copy.outcome is not Outcome.OK or copy.bytes == 0


def test_film_is_kept_with_its_best_picture_and_its_sound() -> None:
    """The small variant and the other language are left."""
    copy, asked = kept(FILM, film())
    names = [each.removeprefix(f"{BASE}/") for each in asked]
    assert names[:3] == ["master.m3u8", "large.m3u8", "en.m3u8"]
    assert sorted(names[3:]) == ["1.m4s", "2.m4s?a=1,2", "en1.aac", "init.mp4", "key"]
    sizes = len(MASTER) + len(LARGE) + len(SOUND) + 5 * 5
    assert (copy.outcome, copy.bytes) == (Outcome.OK, sizes)


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"1_m4s": GONE}, Outcome.DEAD),
        ({"large_m3u8": GONE}, Outcome.INVALID),
        ({"large_m3u8": Page("<html>", mime="text/html")}, Outcome.INVALID),
        ({"master_m3u8": Page("<html>login", mime="text/html")}, Outcome.INVALID),
        ({"master_m3u8": GONE}, Outcome.DEAD),
        ({"en1_aac": Page(status=None, outcome=Outcome.TIMEOUT)}, Outcome.TIMEOUT),
    ],
)
def test_film_that_lacks_a_piece_is_not_ok(changes: dict[str, Page], outcome: Outcome) -> None:
    """So it is tried again at the next crawl."""
    assert kept(FILM, film(**changes))[0].outcome is outcome


def test_playlist_under_another_name_is_known_by_its_type() -> None:
    """Then it is asked once more, to be read."""
    url = "https://video.example/play?id=7"
    pages = {
        url: Page("#EXTM3U\n/1.ts\n", mime=HLS),
        "https://video.example/1.ts": Page(b"ts", mime="video/mp2t"),
    }
    copy, asked = kept(url, pages)
    assert (copy.outcome, asked) == (Outcome.OK, [url, url, "https://video.example/1.ts"])


@given(st.text(alphabet='#EXTM3U\n-:=",/a.INFSRBDWH0129 ', max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Whatever it says, only addresses of the web come out."""
    playlist = hls.read("#EXTM3U\n" + text, FILM)
    assert playlist is not None
    named = (*playlist.variants, *playlist.pieces)
    assert all(each.startswith(("http://", "https://")) for each in named)
    assert hls.read("x" + text, FILM) is None


def test_endless_playlist_is_bounded() -> None:
    """A live stream of a day has that many pieces."""
    text = "#EXTM3U\n" + "".join(f"{number}.ts\n" for number in range(30_000))
    playlist = hls.read(text, FILM)
    assert playlist is not None
    assert len(playlist.pieces) == hls.MAX_PIECES


def test_playlist_does_not_aim_at_others() -> None:
    """Thousands of addresses of another site are no film."""
    text = "#EXTM3U\n" + "".join(f"https://victim.example/?q={n}\n" for n in range(2_000))
    copy, asked = kept(FILM, film(master_m3u8=Page(text, mime=HLS)))
    assert (copy.outcome, asked) == (Outcome.TOO_LARGE, [FILM])


def test_page_in_the_place_of_a_piece_is_none() -> None:
    """Such as a login."""
    assert kept(FILM, film(**{"1_m4s": Page("<html>login")}))[0].outcome is Outcome.INVALID
