"""What is read of the files of a data export, post by post?"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from archiver import errors
from archiver.models import Author, Media, MediaKind, Quote, ThreadObservation
from archiver.sources.x.assembly import Export, assemble
from archiver.sources.x.export import made_at, members, read_account, read_posts
from archiver.sources.x.exportpost import media_files
from archiver.sources.x.urls import time_of
from tests.sources.playing import NOW
from tests.sources.x_server import nth
from tests.x_export import OWNER, ExportMaker

ICIJ = Author(OWNER, "ICIJ", "ICIJ", "https://x.com/ICIJ")
FILM = "https://video.twimg.com/v/{}.mp4"


def held(export: ExportMaker) -> Export:
    """Read all posts of an export."""
    posts, odd = read_posts(export.files()["data/tweets.js"], "tweets.js")
    return assemble(ICIJ, posts, NOW, ("urn:uuid:1",), odd=odd)


def only(export: ExportMaker) -> ThreadObservation:
    """Give the one thread."""
    (thread,) = held(export).threads
    return thread


def texts(thread: ThreadObservation) -> list[str]:
    """Give the words of all posts; gaps are `-`."""
    return ["-" if post.gap else post.text for post in thread.posts]


def test_members_are_found_in_old_and_new_places() -> None:
    """Below a top folder, in `data`, or at the top; other folders are none."""
    names = [
        "twitter-2022/data/account.js",
        "twitter-2022/data/tweets-part2.js",
        "twitter-2022/data/tweets.js",
        "twitter-2022/data/manifest.js",
        "twitter-2022/data/deleted-tweets.js",
        "twitter-2022/data/tweets_media/12-F.jpg",
        "twitter-2022/data/tweets_media/12-A.jpg",
        "twitter-2022/data/profile_media/13-F.jpg",
        "twitter-2022/assets/js/tweets.js",
    ]
    found = members(names, "x.zip")
    assert found.account == names[0]
    assert found.posts == (names[1], names[2])
    assert found.manifest == names[3]
    assert found.media == {"12": (names[6], names[5])}
    old = members(["account.js", "tweet.js", "tweet_media/12-F.jpg"], "x.zip")
    assert (old.posts, old.media) == (("tweet.js",), {"12": ("tweet_media/12-F.jpg",)})


def test_account_may_lack_all_but_its_number() -> None:
    """Names that cannot be names are left out."""
    body = b'x=[{"account":{"accountId":"7","username":"<b>"}}];'
    assert read_account(body, "account.js") == Author("7")


@pytest.mark.parametrize(
    ("said", "at"),
    [
        (b'"generationDate" : "2022-11-20T01:02:03.000Z"', dt.datetime(2022, 11, 20, 1, 2, 3)),
        (b'"generationDate" : "2099-11-20T01:02:03.000Z"', NOW.replace(tzinfo=None)),
        (b'"generationDate" : "..........."', NOW.replace(tzinfo=None)),
        (b"", NOW.replace(tzinfo=None)),
    ],
)
def test_time_of_an_export_is_that_of_its_manifest(said: bytes, at: dt.datetime) -> None:
    """Never later than now."""
    assert made_at(b"window.__THAR_CONFIG = {" + said + b"}", NOW) == at.replace(tzinfo=dt.UTC)


def test_edited_post_keeps_its_first_number() -> None:
    """Both versions may be in the export, or only the newest."""
    first = {"initial": {"editTweetIds": [nth(1)]}}
    second = {"edit": {"initialTweetId": nth(1), "editControlInitial": {"editTweetIds": [nth(1)]}}}
    export = ExportMaker()
    export.add(nth(3), "Answer", parent=nth(2))
    export.add(nth(2), "Version 2", edit_info=second)
    export.add(nth(1), "Version 1", edit_info=first)
    thread = only(export)
    assert (thread.native_id, texts(thread)) == (nth(1), ["Version 2", "Answer"])
    assert [(post.id, post.text) for post in thread.history] == [(nth(1), "Version 1")]
    assert thread.posts[0].edited_at == time_of(nth(2), NOW)
    export.tweets.pop()
    assert only(export).native_id == nth(1)


def test_missing_own_post_is_a_gap() -> None:
    """It was deleted before the export was made."""
    export = ExportMaker()
    export.add(nth(1), "One")
    export.add(nth(3), "Three", parent=nth(2))
    export.add(nth(5), "Five", parent=nth(4))
    export.add(nth(4), "Four", parent=nth(1))
    threads = {each.native_id: texts(each) for each in held(export).threads}
    assert threads == {nth(1): ["One", "Four", "Five"], nth(2): ["-", "Three"]}


def test_reply_below_a_reply_to_others_is_left_out() -> None:
    """It is no thread of one's own (trap 4)."""
    export = ExportMaker()
    export.add(nth(1), "@eve no", parent=nth(90), to="77")
    export.add(nth(2), "and no", parent=nth(1))
    export.add(nth(3), "@eve hello", in_reply_to_user_id_str="77")
    assert (held(export).threads, held(export).left_out) == ((), 3)


@pytest.mark.parametrize(
    "odd",
    [
        {"entities": 7},
        {"extended_entities": {"media": [7]}},
        {"lang": 7},
        {"full_text": 7},
        {"id_str": "x"},
    ],
)
def test_strange_post_is_counted_and_loses_nobody_else(odd: dict[str, Any]) -> None:
    """Whatever is wrong with it."""
    export = ExportMaker()
    export.add(nth(1), "One")
    export.add(nth(2), "Two", parent=nth(1))
    export.add(nth(9), "Odd", **odd)
    result = held(export)
    assert ([texts(each) for each in result.threads], result.odd) == ([["One", "Two"]], 1)


def test_old_post_has_its_time_from_its_date() -> None:
    """Numbers before November 2010 hold none."""
    export = ExportMaker()
    export.add("20", "just setting up", created_at="Tue Mar 21 20:50:14 +0000 2006")
    export.add("21", "when?", created_at="once")
    first, second = sorted(held(export).threads, key=lambda each: int(each.native_id))
    assert first.posts[0].created_at == dt.datetime(2006, 3, 21, 20, 50, 14, tzinfo=dt.UTC)
    assert second.posts[0].created_at is None


def test_film_is_its_best_variant_and_its_file() -> None:
    """Bit rates are texts; the file is named after the variant that was exported."""
    variants = [
        {"content_type": "video/mp4", "bitrate": "832000", "url": FILM.format("small")},
        {"content_type": "video/mp4", "bitrate": "2176000", "url": FILM.format("large")},
        {"content_type": "application/x-mpegURL", "url": "https://video.twimg.com/v/p.m3u8"},
    ]
    medium = {
        "type": "video",
        "media_url_https": "https://pbs.twimg.com/thumb/1.jpg",
        "video_info": {"variants": variants},
    }
    export = ExportMaker()
    export.add(nth(1), "A film", extended_entities={"media": [medium]})
    post = only(export).posts[0]
    film = Media(
        MediaKind.VIDEO,
        FILM.format("large"),
        mime="video/mp4",
        preview_url="https://pbs.twimg.com/thumb/1.jpg",
    )
    assert post.media == (film,)
    name = f"data/tweets_media/{nth(1)}-large.mp4"
    assert list(media_files(post, {nth(1): (name,)})) == [(film, name)]
    assert list(media_files(post, {nth(1): ("data/tweets_media/1-small.mp4",)})) == []


def test_quoted_post_is_named_by_the_last_link() -> None:
    """What it said is not in the export."""
    export = ExportMaker()
    link = {"url": "https://t.co/Quo", "expanded_url": "https://twitter.com/eve/status/1529"}
    export.add(nth(1), "See https://t.co/Quo", entities={"urls": [link]})
    post = only(export).posts[0]
    assert (post.text, post.links) == ("See", ())
    assert post.quote == Quote("https://x.com/i/status/1529", state="not in the export")


def test_wrong_number_of_an_account_is_refused() -> None:
    """With the place."""
    with pytest.raises(errors.ParseError) as caught:
        read_account(b'x=[{"account":{"accountId":"me"}}]', "account.js")
    assert caught.value.field == "[0].account.accountId"
