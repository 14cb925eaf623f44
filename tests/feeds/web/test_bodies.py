"""Can the body of an archived copy be kept, and asked for in parts, however large it is?"""

from __future__ import annotations

import gzip
from collections.abc import Iterator

import pytest

from tests.feeds.archive import Archive
from tests.feeds.views import CAPTURED
from tests.feeds.web.serving import Client, served

AT = "20220524140300"
SMALL = b"\x89PNG\r\n\x1a\n and so on"
LARGE = bytes(range(256)) * 10_000
HOST = "http://media.example"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A client of an archive with a picture, a film, and a page."""
    made = Archive(tmp_path_factory.mktemp("bodies") / "data")
    film = (("Content-Type", "video/mp4"),)
    zipped = (("Content-Type", "text/csv"), ("Content-Encoding", "gzip"))
    made.record_all(
        [
            (f"{HOST}/p.png", SMALL, 200, (("Content-Type", "image/png"),), CAPTURED),
            (f"{HOST}/f.mp4", LARGE, 200, film, CAPTURED),
            (f"{HOST}/again.mp4", LARGE, 200, film, CAPTURED),
            (f"{HOST}/table.csv", gzip.compress(LARGE), 200, zipped, CAPTURED),
            (f"{HOST}/", b"<p>Page", 200, (("Content-Type", "text/html"),), CAPTURED),
            (f"{HOST}/gone", b"<p>Gone", 404, (("Content-Type", "text/html"),), CAPTURED),
        ]
    )
    with served(made.store, made.payloads, made.public, made.base_url) as found:
        yield found
    made.close()


@pytest.mark.parametrize("path", ["/", "/p.png", "/f.mp4", "/again.mp4"])
def test_copy_has_a_tag_and_a_length(client: Client, path: str) -> None:
    """The same for GET and HEAD; who has it is not sent it again."""
    place = f"/web/{AT}/{HOST}{path}"
    got, head = client.ask(place), client.ask(place, "HEAD")
    assert got.status == head.status == 200 and head.body == b""
    assert int(got.headers["content-length"]) == len(got.body)
    assert head.headers["content-length"] == got.headers["content-length"]
    assert head.headers["etag"] == got.headers["etag"]
    assert got.headers["memento-datetime"]
    again = client.ask(place, If_None_Match=f'"x", W/{got.headers["etag"]}')
    assert (again.status, again.body) == (304, b"")
    assert client.ask(place, If_None_Match='"other"').status == 200


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=100-199", 100, 200),
        ("bytes=999990-1000010", 999_990, 1_000_011),
        ("bytes=2000000-", 2_000_000, len(LARGE)),
        ("bytes=-5", len(LARGE) - 5, len(LARGE)),
    ],
)
@pytest.mark.parametrize("path", ["/f.mp4", "/again.mp4"])
def test_film_is_sent_in_parts(client: Client, path: str, asked: str, start: int, end: int) -> None:
    """Within what was read at first, across its end, and behind it; a revisit alike."""
    part = client.ask(f"/web/{AT}/{HOST}{path}", Range=asked)
    assert (part.status, part.body) == (206, LARGE[start:end])
    assert part.headers["content-range"] == f"bytes {start}-{end - 1}/{len(LARGE)}"
    assert part.headers["memento-datetime"]


def test_part_is_of_the_copy_one_has(client: Client) -> None:
    """Of another one the whole is sent; beyond the end there is none."""
    place = f"/web/{AT}/{HOST}/f.mp4"
    tag = client.ask(place).headers["etag"]
    assert client.ask(place, Range="bytes=0-9", If_Range=tag).status == 206
    assert client.ask(place, Range="bytes=0-9", If_Range='"other"').body == LARGE
    nowhere = client.ask(place, Range=f"bytes={len(LARGE)}-")
    assert nowhere.status == 416
    assert nowhere.headers["content-range"] == f"bytes */{len(LARGE)}"


def test_length_that_is_not_known_is_not_said(client: Client) -> None:
    """Of a large body whose coding was taken off: sent whole, and whole it is."""
    answer = client.ask(f"/web/{AT}/{HOST}/table.csv", Range="bytes=0-9")
    assert (answer.status, answer.body) == (200, LARGE)
    assert "content-length" not in answer.headers


def test_page_that_was_not_there_has_no_tag(client: Client) -> None:
    """Only a 200 can be kept or cut."""
    answer = client.ask(f"/web/{AT}/{HOST}/gone", Range="bytes=0-1")
    assert answer.status == 404 and "etag" not in answer.headers
    assert int(answer.headers["content-length"]) == len(answer.body)
