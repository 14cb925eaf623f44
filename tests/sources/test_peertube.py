"""Is a video on a PeerTube server read whole, with its best file and all its comments?"""

from __future__ import annotations

import pytest

from archiver import errors
from archiver.models import (
    Branch,
    KnownPost,
    ListingObservation,
    MediaKind,
    RefKind,
    ThreadObservation,
)
from archiver.sources.peertube import PeerTube
from tests.sources.cases.peertube import CASES, REFUSALS, ROOT, Case, deleted, gone, talk
from tests.sources.peertube_server import SHORT, UUID, PeerTubeServer
from tests.sources.playing import NOT_FOUND, Answer, Server, ask_all, thread_of

SOURCE = PeerTube()
SEED = f"{ROOT}/w/{SHORT}"
NATIVE = f"{ROOT}/videos/watch/{UUID}"


def capture(
    server: Server, url: str = SEED, known: tuple[KnownPost, ...] = ()
) -> ThreadObservation:
    """Capture a video of the server."""
    return thread_of(SOURCE, url, server, known)


def shown(seen: ThreadObservation, branch: Branch) -> tuple[int, ...]:
    """Give numbers of comments in reading order, gaps negative."""
    numbers = [
        (int(post.id.rpartition("/")[2]), post.gap)
        for post in seen.posts[1:]
        if post.branch is branch
    ]
    return tuple(-number if gap else number for number, gap in numbers)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_video_is_read_with_its_comments(case: Case) -> None:
    """Thread, side branches and completeness, as the table says."""
    seen = capture(case.server())
    assert shown(seen, Branch.THREAD) == case.thread
    assert shown(seen, Branch.SIDE) == case.side
    done = seen.completeness
    if case.counts is not None:
        assert (done.expected, done.captured, done.gaps) == case.counts
    assert case.says in done.reason
    assert (seen.native_id, seen.title) == (NATIVE, "What the harbour hides")
    assert seen.author.handle == "desk@tube.example"


@pytest.mark.parametrize("case", REFUSALS, ids=lambda case: case.name)
def test_refusal_is_an_error_that_says_what(case: Case) -> None:
    """Never a crash, never a wrong thread."""
    assert case.error is not None
    with pytest.raises(case.error) as caught:
        capture(case.server())
    assert case.says in str(caught.value)
    if isinstance(caught.value, errors.ParseError):
        assert (caught.value.platform, caught.value.field) == ("peertube", case.field)
        assert caught.value.uri_r.startswith(f"{ROOT}/api/")


@pytest.mark.parametrize(
    ("path", "kind", "key"),
    [
        (f"/w/{SHORT}", RefKind.THREAD, (SHORT,)),
        (f"/w/{UUID}?start=1m", RefKind.THREAD, (UUID,)),
        (f"/videos/watch/{UUID}", RefKind.THREAD, (UUID,)),
        (f"/videos/embed/{UUID}", RefKind.THREAD, (UUID,)),
        ("/c/films/videos", RefKind.ACCOUNT, ("video-channels", "films")),
        ("/c/films@b.example", RefKind.ACCOUNT, ("video-channels", "films@b.example")),
        ("/video-channels/films", RefKind.ACCOUNT, ("video-channels", "films")),
        ("/a/desk/video-channels", RefKind.ACCOUNT, ("accounts", "desk")),
        ("/accounts/desk", RefKind.ACCOUNT, ("accounts", "desk")),
    ],
)
def test_address_is_recognised(path: str, kind: RefKind, key: tuple[str, ...]) -> None:
    """By its shape, whatever the host."""
    ref = SOURCE.match(ROOT + path)
    assert ref is not None
    assert (ref.platform, ref.kind, ref.key) == ("peertube", kind, (ROOT, *key))


@pytest.mark.parametrize(
    "url", ["https://a.example/", "https://a.example/w/short", "https://a.example/videos/watch/"]
)
def test_other_address_is_not_ours(url: str) -> None:
    """Another shape."""
    assert SOURCE.match(url) is None


def test_video_is_its_best_file_with_poster_and_subtitles() -> None:
    """The highest resolution that holds picture and sound; language, tags, words, warning."""
    server = talk()
    assert server.video is not None
    server.video |= {"nsfw": True, "nsfwSummary": "Blood"}
    server.video["files"].append(server.file(2160, hasAudio=False))
    server.video["streamingPlaylists"] = [{"files": [server.file(1440, size=9)]}]
    server.captions = [
        {"language": {"id": "en"}, "captionPath": "/lazy-static/video-captions/en.vtt"},
        {"language": {"id": "fr"}, "fileUrl": "https://cdn.example/fr.vtt"},
    ]
    post = capture(server).posts[0]
    (film,) = post.media
    assert (film.kind, film.height, film.mime) == (MediaKind.VIDEO, 1440, "video/mp4")
    assert film.preview_url == f"{ROOT}/lazy-static/previews/p.jpg"
    assert film.captions == (
        f"{ROOT}/lazy-static/video-captions/en.vtt",
        "https://cdn.example/fr.vtt",
    )
    assert post.text == "What the harbour hides\n\nA film.\nSee https://a.example/x"
    assert [link.uri_r for link in post.links] == ["https://a.example/x"]
    assert (post.language, post.hashtags) == ("en", ("harbour", "ships"))
    assert (post.sensitive, post.content_warning) == (True, "Blood")
    assert post.author is not None
    assert post.author.avatar_url == f"{ROOT}/lazy-static/avatars/desk-120.png"


def test_video_without_a_file_is_its_stream_or_its_poster() -> None:
    """Whatever there is."""
    server = PeerTubeServer(ROOT)
    assert server.video is not None
    server.video |= {
        "files": [],
        "streamingPlaylists": [{"playlistUrl": "https://tube.example/m.m3u8", "files": []}],
    }
    seen = capture(server)
    assert [each.url for each in seen.posts[0].media] == ["https://tube.example/m.m3u8"]
    assert "only a stream" in seen.completeness.reason
    server.video |= {"streamingPlaylists": []}
    assert [each.kind for each in capture(server).posts[0].media] == [MediaKind.IMAGE]


def test_sound_alone_is_sound() -> None:
    """A file without a picture."""
    server = PeerTubeServer(ROOT)
    assert server.video is not None
    server.video["files"] = [server.file(0, hasVideo=False)]
    assert capture(server).posts[0].media[0].kind is MediaKind.AUDIO


def test_old_server_tells_the_description_apart() -> None:
    """Before 5.0 the video held only its begin."""
    server = PeerTubeServer(ROOT)
    assert server.video is not None
    del server.video["truncatedDescription"]
    server.video |= {"description": "x" * 247 + "...", "whole": "word " * 100}
    assert capture(server).posts[0].text.endswith("word")
    server.fixed[f"/api/v1/videos/{UUID}/description"] = Answer(status=500)
    assert "its description is cut (500)" in capture(server).completeness.reason


def test_comment_may_hold_html_of_other_platforms() -> None:
    """Allowed elements stay; nothing else does."""
    server = PeerTubeServer(ROOT)
    server.comment(1, "ann", text='<p>Hi <b>you</b> <img src=x onerror="alert(1)"></p><script>')
    post = capture(server).posts[1]
    assert post.html == "<p>Hi<b> you</b></p>"


def test_copy_leads_to_the_server_where_it_was_published() -> None:
    """The thread is the same whichever server the seed is of."""
    there = talk()
    here = PeerTubeServer("https://other.example")
    assert here.video is not None
    here.video["url"] = NATIVE

    def both(url: str) -> Answer:
        return (there if url.startswith(ROOT) else here)(url)

    seen = capture(both, f"https://other.example/w/{SHORT}")
    assert seen.native_id == NATIVE
    assert shown(seen, Branch.THREAD) == (2, 3)
    alone = capture(here, f"https://other.example/w/{SHORT}")
    assert alone.native_id == f"other.example {NATIVE}"
    assert "this is a copy" in alone.completeness.reason


def test_deleted_comments_that_were_stored_are_gone() -> None:
    """By the platform's own mark."""
    known = tuple(KnownPost(post.id, post.url) for post in capture(talk()).posts)
    seen = capture(deleted(), known=known)
    assert set(seen.gone) == {f"{NATIVE}/comments/1", f"{NATIVE}/comments/2"}


def test_video_that_is_gone_is_a_gap_of_a_known_thread() -> None:
    """Only in the words of the API: a parked domain says nothing."""
    known = (KnownPost(NATIVE, NATIVE),)
    seen = capture(gone(), known=known)
    assert (seen.native_id, seen.gone) == (NATIVE, (NATIVE,))
    assert [post.gap for post in seen.posts] == [True]
    parked = talk()
    parked.fixed[f"/api/v1/videos/{SHORT}"] = Answer(status=404, body=b"<p>", mime="text/html")
    with pytest.raises(errors.NotFound):
        capture(parked, known=known)


def test_video_of_another_server_is_not_gone_by_the_word_of_this_one() -> None:
    """A comment there may claim any address here."""
    known = (KnownPost("https://evil.example/videos/watch/1", ""), KnownPost(NATIVE, NATIVE))
    with pytest.raises(errors.NotFound):
        capture(gone(), known=known)


@pytest.mark.parametrize("path", ["/c/films/videos", "/a/desk"])
def test_channel_and_account_give_their_videos(path: str) -> None:
    """By their global addresses."""
    seen = ask_all(SOURCE, ROOT + path, talk())[1]()
    assert isinstance(seen, ListingObservation)
    assert seen.thread_urls == (NATIVE,)
    assert seen.author is not None
    assert seen.author.name in {"Films", "Desk"}


def test_channel_that_is_not_there_is_not_found() -> None:
    """Not an empty one."""
    server = talk()
    server.fixed["/api/v1/video-channels/nothing/videos"] = NOT_FOUND
    with pytest.raises(errors.NotFound):
        ask_all(SOURCE, f"{ROOT}/c/nothing", server)[1]()


def test_capture_that_ended_early_says_so() -> None:
    """What was read is a thread; what was not is said."""
    played, _ = ask_all(SOURCE, SEED, talk())
    ref = SOURCE.match(SEED)
    assert ref is not None
    seen = SOURCE.parse(ref, tuple(played.seen[:3]))
    assert isinstance(seen, ThreadObservation)
    assert "ended before" in seen.completeness.reason
    with pytest.raises(errors.FetchError, match="was not asked"):
        SOURCE.parse(ref, tuple(played.seen[:1]))


def test_answer_without_a_list_of_videos_is_an_error() -> None:
    """And a video without an address of its own is left out."""
    server = talk()
    path = "/api/v1/accounts/desk/videos"
    server.fixed[path] = Answer({"total": 1})
    with pytest.raises(errors.ParseError) as caught:
        ask_all(SOURCE, f"{ROOT}/a/desk", server)[1]()
    assert caught.value.field == "data"
    server.fixed[path] = Answer({"data": [{"url": "https://x.example/"}]})
    seen = ask_all(SOURCE, f"{ROOT}/a/desk", server)[1]()
    assert isinstance(seen, ListingObservation)
    assert (seen.thread_urls, seen.title) == ((), "desk")
    assert "1 videos were not" in seen.reason


def test_cut_refusal_says_nothing() -> None:
    """A 404 that is no JSON is no word of PeerTube."""
    server = talk()
    server.fixed[f"/api/v1/videos/{SHORT}"] = Answer(status=404, body=b'{"det')
    with pytest.raises(errors.NotFound):
        capture(server, known=(KnownPost(NATIVE, NATIVE),))
    server.fixed[f"/api/v1/videos/{SHORT}"] = Answer(status=403, body=b"{}")
    with pytest.raises(errors.AccessDenied):
        capture(server, known=(KnownPost(NATIVE, NATIVE),))


def test_copy_from_another_platform_stays_a_copy() -> None:
    """Its address is none that we know how to ask."""
    server = talk()
    assert server.video is not None
    server.video["url"] = "https://other.example/x"
    assert "this is a copy" in capture(server).completeness.reason


def test_old_server_that_says_only_whether_there_are_comments() -> None:
    """Before 6.2 there was no policy."""
    server = PeerTubeServer(ROOT)
    assert server.video is not None
    del server.video["commentsPolicy"]
    server.video["commentsEnabled"] = False
    assert "allows no comments" in capture(server).completeness.reason


def test_pictures_are_found_where_each_version_tells_them() -> None:
    """A list of thumbnails, an address, a path that is none, nothing."""
    server = PeerTubeServer(ROOT)
    assert server.video is not None
    video = server.video
    video["thumbnails"] = [{"width": 1, "path": "/a.jpg"}, {"width": 9, "fileUrl": f"{ROOT}/b.jpg"}]
    assert capture(server).posts[0].media[0].preview_url == f"{ROOT}/b.jpg"
    video |= {"thumbnails": [{"width": 9}], "previewPath": "http://[bad"}
    assert capture(server).posts[0].media[0].preview_url is None
    video |= {"previewPath": None, "thumbnailUrl": f"{ROOT}/c.jpg"}
    assert capture(server).posts[0].media[0].preview_url == f"{ROOT}/c.jpg"
    video |= {"thumbnailUrl": None, "files": [], "streamingPlaylists": [{"playlistUrl": ""}]}
    assert capture(server).posts[0].media == ()


def test_replies_at_a_great_many_comments_are_not_all_asked_for() -> None:
    """A thousand, and that is said; nor are the pages of comments without end."""
    server = PeerTubeServer(ROOT)
    for number in range(1, 1_003):
        server.comment(number, "ann", totalReplies=1)
    seen = capture(server)
    assert "replies were asked for at 1000 comments only" in seen.completeness.reason
    assert seen.completeness.expected is None


def test_endless_list_of_comments_is_left() -> None:
    """What was read is kept, and the limit is said."""
    server = PeerTubeServer(ROOT)
    like = server.comment(1, "ann")

    def endless(url: str) -> Answer:
        if "/comment-threads?" not in url:
            return server(url)
        start = int(url.partition("start=")[2].partition("&")[0])
        more = [like | {"id": n, "url": f"{NATIVE}/comments/{n}"} for n in range(start, start + 9)]
        return Answer({"total": 10**9, "data": more})

    seen = capture(endless)
    assert len(seen.posts) == 1 + 900
    assert "100 pages only" in seen.completeness.reason


def test_platform_is_named() -> None:
    """As in docs/reference/platforms.md."""
    assert SOURCE.platform == "peertube"
    assert SOURCE.match("not an address") is None
