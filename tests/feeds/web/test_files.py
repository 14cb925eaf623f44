"""Is what is published served as HTTP wants it?"""

from __future__ import annotations

import dataclasses
import gzip
import hashlib
from pathlib import Path

import pytest

from archiver.core.ids import thread_id
from tests.feeds import views
from tests.feeds.archive import Archive
from tests.feeds.web.serving import Client

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


def test_gzip_has_a_tag_of_its_own(client: Client) -> None:
    """Compressed and plain are two representations, told apart by tag and Vary."""
    plain = client.ask(PAGE)
    zipped = client.ask(PAGE, Accept_Encoding="br, gzip")
    assert zipped.headers["content-encoding"] == "gzip"
    assert gzip.decompress(zipped.body) == plain.body
    assert zipped.headers["etag"] != plain.headers["etag"]
    assert zipped.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"
    tag = zipped.headers["etag"]
    assert client.ask(PAGE, Accept_Encoding="gzip", If_None_Match=tag).status == 304
    assert client.ask(PAGE, If_None_Match=tag).status == 200
    assert "content-encoding" not in client.ask(PAGE, Accept_Encoding="gzip;q=0").headers


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
        *("/feeds", "/t/", "/%ff", "/a\\b", "/nothing", "/t/x/feed.rss", "/static/%2e%2e%2findex"),
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
    """No script, no frame around us, no sniffing, no referrer; also where there is nothing."""
    for path in ("/", PAGE, "/feeds/all.rss", "/nothing", "/healthz", _picture(client)):
        headers = client.ask(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy and "script-src" not in policy
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
