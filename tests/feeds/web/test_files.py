"""Is what is published served as HTTP wants it?"""

from __future__ import annotations

import dataclasses
import datetime as dt
import gzip
import hashlib
import json
import os
from pathlib import Path

import brotli
import pytest
import zstandard

from archiver.core.ids import thread_id
from feeds.web.app import WebOptions
from feeds.web.places import GONE_FILE
from feeds.web.validators import as_http_date
from tests.feeds import views
from tests.feeds.archive import Archive
from tests.feeds.views import BASE
from tests.feeds.web.serving import Client, served

THREAD = views.typical().thread.id
PAGE = f"/t/{THREAD}/"


def test_pages_and_feeds_have_their_types(client: Client) -> None:
    """Each format under its own media type, with its charset."""
    kinds = {
        "/": "text/html",
        PAGE: "text/html",
        f"{PAGE}feed.rss": "application/rss+xml",
        "/feeds/all.atom": "application/atom+xml",
        "/feeds/all.json": "application/feed+json",
    }
    for path, mime in kinds.items():
        answer = client.ask(path)
        assert answer.status == 200, path
        assert answer.headers["content-type"] == f"{mime}; charset=utf-8"
        assert int(answer.headers["content-length"]) == len(answer.body)


def test_etag_is_strong_and_of_the_content(client: Client, archive: Archive) -> None:
    """The tag is a digest of the bytes, and stays as long as they do."""
    answer = client.ask("/feeds/all.rss")
    body = (archive.public / "feeds/all.rss").read_bytes()
    assert answer.body == body
    assert answer.headers["etag"] == f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    assert client.ask("/feeds/all.rss").headers["etag"] == answer.headers["etag"]


@pytest.mark.parametrize("shape", ["{}", "W/{}", '"x", {}', "*", ' "y" ,W/{} '])
def test_reader_that_has_it_gets_304(client: Client, shape: str) -> None:
    """Weak comparison, lists and `*`; the answer repeats the validators and has no body."""
    first = client.ask("/feeds/all.atom")
    again = client.ask("/feeds/all.atom", If_None_Match=shape.format(first.headers["etag"]))
    assert (again.status, again.body) == (304, b"")
    for name in ("etag", "last-modified", "cache-control", "vary"):
        assert again.headers[name] == first.headers[name]


def test_etag_wins_over_the_date(client: Client) -> None:
    """If-Modified-Since counts only where no tag is given."""
    first = client.ask("/feeds/all.rss")
    at = first.headers["last-modified"]
    assert client.ask("/feeds/all.rss", If_Modified_Since=at).status == 304
    both = client.ask("/feeds/all.rss", If_Modified_Since=at, If_None_Match='"other"')
    assert both.status == 200
    early = client.ask("/feeds/all.rss", If_Modified_Since="Mon, 01 Jan 2001 00:00:00 GMT")
    assert early.status == 200
    assert client.ask("/feeds/all.rss", If_Modified_Since="yesterday").status == 200


_DECODE = {
    "gzip": gzip.decompress,
    "br": brotli.decompress,
    "zstd": lambda body: zstandard.ZstdDecompressor().decompressobj().decompress(body),
}


@pytest.mark.parametrize("coding", _DECODE)
def test_each_coding_has_a_tag_of_its_own(client: Client, coding: str) -> None:
    """Compressed and plain are several representations, told apart by tag and Vary."""
    plain = client.ask(PAGE)
    zipped = client.ask(PAGE, Accept_Encoding=f"deflate, {coding}")
    assert zipped.headers["content-encoding"] == coding
    assert _DECODE[coding](zipped.body) == plain.body
    assert len(zipped.body) < len(plain.body)
    assert zipped.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"
    assert (plain.headers["accept-ranges"], zipped.headers["accept-ranges"]) == ("bytes", "none")
    assert int(zipped.headers["content-length"]) == len(zipped.body)
    tag = zipped.headers["etag"]
    others = {client.ask(PAGE, Accept_Encoding=each).headers["etag"] for each in _DECODE}
    assert len(others | {plain.headers["etag"]}) == 4
    assert client.ask(PAGE, Accept_Encoding=coding, If_None_Match=tag).status == 304
    assert client.ask(PAGE, If_None_Match=tag).status == 200
    assert "content-encoding" not in client.ask(PAGE, Accept_Encoding=f"{coding};q=0").headers


def test_head_is_get_without_body(client: Client) -> None:
    """The same headers, no bytes; other methods are refused with what is allowed."""
    for path in (PAGE, "/feeds/all.rss", _picture(client)):
        got, head = client.ask(path), client.ask(path, "HEAD")
        assert head.body == b""
        assert head.headers["content-length"] == got.headers["content-length"]
        assert head.headers["etag"] == got.headers["etag"]
    refused = client.ask(PAGE, "POST")
    assert refused.status == 405 and "GET" in refused.headers["allow"]


def _picture(client: Client) -> str:
    start = client.ask(PAGE).text.partition('src="../../media/')[2]
    return f"/media/{start.partition(chr(34))[0]}"


def test_media_can_be_asked_for_in_ranges(client: Client) -> None:
    """A player that jumps gets the bytes it wants; names with digests are good for ever."""
    path = _picture(client)
    whole = client.ask(path)
    assert whole.headers["content-type"] == "image/png"
    assert "immutable" in whole.headers["cache-control"]
    part = client.ask(path, Range="bytes=1-3")
    assert (part.status, part.body) == (206, b"PNG")
    assert part.headers["content-range"] == f"bytes 1-3/{len(whole.body)}"
    assert client.ask(path, If_None_Match=whole.headers["etag"]).status == 304


def test_folder_without_slash_is_redirected(client: Client) -> None:
    """So that relative addresses on the page hold."""
    answer = client.ask(PAGE.rstrip("/"))
    assert (answer.status, answer.headers["location"]) == (301, PAGE)


@pytest.mark.parametrize(
    "path",
    [
        *("/../data.sqlite", "/%2e%2e/archive.sqlite", "/..%2farchive.sqlite", "/t/%2e./x"),
        *("/.hidden/file", "//etc/passwd", "/static/", "/t/%00"),
        *(
            "/t/",
            "/%ff",
            "/%0a",
            "/t/%0d%0a",
            "/a\\b",
            "/nothing",
            "/t/x/feed.rss",
            "/static/%2e%2e%2findex",
        ),
    ],
)
def test_nothing_else_is_served(client: Client, path: str) -> None:
    """Neither the database beside the folder nor anything hidden in it; the page says so."""
    answer = client.ask(path)
    assert answer.status == 404
    assert "There is no page at this address." in answer.text


def test_link_out_of_the_folder_is_not_followed(
    client: Client, archive: Archive, tmp_path: Path
) -> None:
    """A symbolic link that leads away leads nowhere."""
    (tmp_path / "secret.html").write_text("secret")
    (archive.public / "leak.html").symlink_to(tmp_path / "secret.html")
    assert client.ask("/leak.html").status == 404


def test_every_answer_is_guarded(client: Client) -> None:
    """Only our own script, no frame, no sniffing, no referrer; also where there is nothing."""
    asked = client.ask("/feeds/all.rss").headers["etag"]
    unchanged = client.ask("/feeds/all.rss", If_None_Match=asked)
    assert unchanged.status == 304
    paths = ("/", PAGE, "/feeds/all.rss", "/nothing", "/healthz", "/%0a", _picture(client))
    for answer in (unchanged, *map(client.ask, paths)):
        headers = answer.headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert f"script-src {BASE}/static/;" in policy  # not 'self': copies of others lie there
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"


def test_change_is_seen_at_once(client: Client, archive: Archive) -> None:
    """After a publication the old tag no longer holds."""
    first = client.ask("/feeds/all.rss")
    view = views.view([views.post(1, "Later.", id="later")])
    own = thread_id("mastodon", "later")
    thread = dataclasses.replace(view.thread, id=own, native_id="later", url="https://b.example/")
    archive.keep(dataclasses.replace(view, thread=thread))
    archive.publish()
    again = client.ask("/feeds/all.rss", If_None_Match=first.headers["etag"])
    assert again.status == 200 and b"Later." in again.body


def test_feed_says_when_it_last_said_something_new(client: Client, archive: Archive) -> None:
    """Last-Modified is the time of the newest entry, the same in all formats; not of the file."""
    times = set()
    for extension in ("rss", "atom", "json"):
        path = archive.public / f"feeds/all.{extension}"
        os.utime(path, (path.stat().st_atime, path.stat().st_mtime + 60))
        times.add(client.ask(f"/feeds/all.{extension}").headers["last-modified"])
    newest = max(json.loads((archive.public / "feeds/all.json").read_bytes())["items"],
                 key=lambda each: each["date_modified"])["date_modified"]  # fmt: skip
    assert times == {as_http_date(dt.datetime.fromisoformat(newest))}


def test_part_of_a_feed_or_page_can_be_asked_for(client: Client) -> None:
    """Of the plain bytes; a range that is nowhere is refused."""
    whole = client.ask("/feeds/all.atom")
    part = client.ask("/feeds/all.atom", Range="bytes=10-19", Accept_Encoding="br")
    assert (part.status, part.body) == (206, whole.body[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{len(whole.body)}"
    old = client.ask("/feeds/all.atom", Range="bytes=10-19", If_Range='"old"')
    assert (old.status, old.body) == (200, whole.body)
    assert client.ask("/feeds/all.atom", Range="bytes=99999999-").status == 416
    zipped = client.ask("/feeds/all.atom", Accept_Encoding="br")
    again = {"Accept_Encoding": "br", "If_None_Match": zipped.headers["etag"]}
    assert client.ask("/feeds/all.atom", **again).status == 304


def test_scripts_of_other_sites_may_read_feeds(client: Client) -> None:
    """Also with the headers of a reader, for which a browser asks first; pages are not read."""
    feed = client.ask("/feeds/all.json").headers
    assert feed["access-control-allow-origin"] == "*"
    assert "ETag" in feed["access-control-expose-headers"]
    asked = client.ask("/feeds/all.json", "OPTIONS", Origin="https://reader.example")
    assert asked.status == 204 and "If-None-Match" in asked.headers["access-control-allow-headers"]
    assert "access-control-allow-origin" not in client.ask(PAGE).headers


def test_feed_names_itself(client: Client) -> None:
    """The address that it is subscribed under, whatever it was asked under."""
    assert client.ask("/feeds/all.rss").headers["link"] == f'<{BASE}/feeds/all.rss>; rel="self"'


def test_withdrawn_thread_is_gone(client: Client, archive: Archive) -> None:
    """Its page and feeds answer 410, so that readers stop asking; others are as they were."""
    (archive.public / GONE_FILE).write_text(f"{'0' * 16}\n")
    try:
        for path in ("/t/0000000000000000/", "/t/0000000000000000/feed.rss", "/t/0000000000000000"):
            answer = client.ask(path)
            assert answer.status == 410 and "has been withdrawn" in answer.text
        assert client.ask(PAGE).status == 200
    finally:
        (archive.public / GONE_FILE).unlink()


def test_moved_path_leads_on(archive: Archive) -> None:
    """For ever, as config.toml says; what stands at a path itself goes before."""
    options = WebOptions(
        moved={"/old.rss": "/feeds/all.rss", "/": "/x", "/o": "https://o.example/"}
    )
    with served(
        archive.store, archive.payloads, archive.public, f"{BASE}/a", options=options
    ) as client:
        moved = client.ask("/a/old.rss")
        assert (moved.status, moved.headers["location"]) == (301, "/a/feeds/all.rss")
        assert client.ask("/a/o").headers["location"] == "https://o.example/"
        assert client.ask("/a/").status == 200
        assert client.ask("/a").headers["location"] == "/a/"


def test_health_is_said(client: Client) -> None:
    """One line for whoever watches the service."""
    answer = client.ask("/healthz")
    assert answer.status == 200 and b'"status":"ok"' in answer.body


def test_nothing_published_yet_is_said(empty: Client) -> None:
    """The first page before the first publication says what is missing."""
    answer = empty.ask("/archive/")
    assert answer.status == 404
    assert "Nothing is published yet." in answer.text


def test_site_below_a_path_answers_with_and_without_it(empty: Client) -> None:
    """Servers in front may take the prefix off or leave it."""
    assert empty.ask("/archive/healthz").status == empty.ask("/healthz").status == 200
    assert 'href="/archive/static/' in empty.ask("/archive/nothing").text
