"""Does X, by its API, come to the threads that it documents?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from archiver import errors
from archiver.config import XSettings
from archiver.models import (
    Branch,
    FetchRequest,
    KnownPost,
    Quote,
    RefKind,
)
from archiver.sources.x import X
from archiver.sources.x.urls import time_of
from tests.sources.cases.x import CASES, OWN, Case
from tests.sources.playing import NOW, Answer, ask_whole
from tests.sources.x_capture import SEED, observed, source, texts
from tests.sources.x_server import XServer, nth

URLS: list[tuple[str, RefKind | None, str]] = [
    ("https://x.com/ICIJ/status/1529", RefKind.THREAD, "1529"),
    ("https://twitter.com/icij/statuses/1529/photo/1?s=20", RefKind.THREAD, "1529"),
    ("http://mobile.twitter.com/i/web/status/1529", RefKind.THREAD, "1529"),
    ("https://x.com/i/status/1529#m", RefKind.THREAD, "1529"),
    ("https://twitter.com/#!/ICIJ/status/1529", RefKind.THREAD, "1529"),
    ("https://x.com/ICIJ", RefKind.ACCOUNT, "ICIJ"),
    ("https://www.x.com/@ICIJ/with_replies", RefKind.ACCOUNT, "ICIJ"),
    ("https://x.com/i/lists/42", RefKind.LIST, "42"),
    ("https://x.com/hashtag/Uyghur%C3%A9s?src=hash", RefKind.TAG, "Uyghurés"),
    ("https://x.com/home", None, ""),
    ("https://x.com/", None, ""),
    ("https://x.com/i/spaces/1", None, ""),
    ("https://x.com/a/status/0123", None, ""),
    ("https://x.com.evil.example/a/status/1", None, ""),
    ("https://notx.com/a/status/1", None, ""),
    ("https://a@x.com/a/status/1", None, ""),
    ("https://x.com/hashtag/a%20OR%20from:eve", None, ""),
    ("ftp://x.com/a/status/1", None, ""),
    ("https://[x.com/a/status/1", None, ""),
]


@pytest.mark.parametrize(("url", "kind", "key"), URLS)
def test_addresses_are_recognised_by_host_and_path(
    url: str, kind: RefKind | None, key: str
) -> None:
    """Other hosts and other pages are nobody's thread."""
    ref = source().match(url)
    assert (ref.kind if ref else None) is kind
    assert ref is None or ref.key == (key,)


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_post_is_read_as_documented(case: Case) -> None:
    """Words, links, media and polls of one post."""
    server = XServer()
    server.add(OWN, case.text, **case.post)
    server.media = {each["media_key"]: each for each in case.media}
    server.polls = {each["id"]: each for each in case.polls}
    (post,) = observed(server, OWN).posts
    assert post.text == case.said
    assert (post.links, post.mentions, post.hashtags) == (
        case.links,
        case.mentions,
        case.hashtags,
    )
    assert (post.media, post.poll) == (case.attached, case.poll)


@pytest.mark.parametrize("named", [0, 3, 249])
def test_any_post_leads_to_the_whole_thread(named: int) -> None:
    """Three pages, newest first, and the root by itself (trap 3)."""
    server = XServer()
    ids = server.thread(250)
    seen = observed(server, ids[named])
    assert texts(seen) == [f"Post {n}" for n in range(1, 251)]
    assert seen.native_id == ids[0]
    assert (seen.completeness.expected, seen.completeness.gaps) == (250, 0)
    assert seen.url == f"https://x.com/icij/status/{ids[0]}"
    assert seen.posts[0].created_at == time_of(ids[0], NOW)


def test_thread_of_another_is_found_from_a_reply() -> None:
    """The post that was named hangs beside the thread that it answers."""
    server = XServer()
    ids = server.thread(2)
    reply = server.add(nth(10), "Really?", name="eve", parent=ids[1])
    seen = observed(server, reply)
    assert (seen.native_id, texts(seen)) == (ids[0], ["Post 1", "Post 2"])
    assert [post.text for post in seen.posts if post.branch is Branch.SIDE] == ["Really?"]


def test_old_thread_is_climbed_where_the_search_does_not_reach() -> None:
    """The recent search covers 7 days: upwards all is found, and the limit is said."""
    server = XServer()
    ids = server.thread(6, days_ago=30)
    seen = observed(server, ids[4])
    assert texts(seen) == ["Post 1", "Post 2", "Post 3", "Post 4", "Post 5"]
    assert seen.completeness.expected is None
    assert "7 days" in seen.completeness.reason
    assert texts(observed(server, ids[4], search="all"))[-1] == "Post 6"


def test_deleted_middle_is_a_gap_by_the_platforms_word() -> None:
    """X omits it from `data` and names it in `errors` (trap 7)."""
    server = XServer()
    ids = server.thread(4)
    server.deleted.add(ids[1])
    seen = observed(server, ids[0])
    assert texts(seen) == ["Post 1", "-", "Post 3", "Post 4"]
    assert seen.gone == (ids[1],)
    assert (seen.completeness.captured, seen.completeness.gaps) == (3, 1)


def test_hidden_post_is_a_gap_and_not_gone() -> None:
    """Not authorised is no deletion (trap 8)."""
    server = XServer()
    ids = server.thread(3)
    server.hidden.add(ids[1])
    seen = observed(server, ids[0])
    assert (texts(seen), seen.gone) == (["Post 1", "-", "Post 3"], ())


def test_deleted_root_keeps_the_thread() -> None:
    """Its children say who wrote it."""
    server = XServer()
    ids = server.thread(3)
    server.deleted.add(ids[0])
    seen = observed(server, ids[2])
    assert (seen.native_id, texts(seen)) == (ids[0], ["-", "Post 2", "Post 3"])
    assert (seen.author.handle, seen.gone) == ("icij", (ids[0],))


def test_vanished_last_post_is_asked_for_by_name() -> None:
    """What was stored and is not listed any more is looked up."""
    server = XServer()
    ids = server.thread(3)
    known = tuple(KnownPost(each, "") for each in ids)
    server.deleted.add(ids[2])
    assert observed(server, ids[0], known).gone == (ids[2],)


def test_thread_of_which_all_is_gone_is_still_that_thread() -> None:
    """Only for those who stored it; for others there is no such post."""
    server = XServer()
    ids = server.thread(2)
    server.deleted |= set(ids)
    seen = observed(server, ids[1], tuple(KnownPost(each, "") for each in ids))
    assert (seen.native_id, set(seen.gone)) == (ids[0], set(ids))
    with pytest.raises(errors.NotFound, match="deleted, private"):
        observed(server, ids[1])
    server.deleted, server.hidden = set(), set(ids)
    with pytest.raises(errors.AccessDenied):
        observed(server, ids[1], tuple(KnownPost(each, "") for each in ids))


def test_edit_keeps_the_first_number_and_gives_the_earlier_version() -> None:
    """An edit makes a new number (trap 9); replies name whichever version they saw."""
    server = XServer()
    versions = (nth(1), nth(2), nth(3))
    conversation = {"conversation_id": nth(1)}
    for place, version in enumerate(versions, start=1):
        server.add(version, f"Version {place}", versions=versions, **conversation)
    server.add(nth(5), "Second post", parent=versions[1])
    for named in (versions[0], versions[2], nth(5)):
        seen = observed(server, named)
        assert (seen.native_id, texts(seen)) == (versions[0], ["Version 3", "Second post"])
        assert seen.posts[0].edited_at == time_of(versions[2], NOW)
        assert seen.posts[0].created_at == time_of(versions[0], NOW)
        assert [(each.id, each.text) for each in seen.history] == [
            (versions[0], "Version 1"),
            (versions[0], "Version 2"),
        ]
        assert [each.edited_at for each in seen.history] == [None, time_of(versions[1], NOW)]
        assert seen.gone == ()


def test_quoted_post_is_looked_up_and_its_link_cut() -> None:
    """One that is gone is named with X's word for why."""
    server = XServer()
    quoted = server.add(nth(50), "What was said", name="eve")
    for number, target in ((1, quoted), (2, nth(51))):
        link = {
            "start": 4,
            "end": 20,
            "url": "https://t.co/Quo",
            "expanded_url": f"https://twitter.com/eve/status/{target}",
            "display_url": "twitter.com/eve/status…",
        }
        refers = [{"type": "quoted", "id": target}]
        parent = nth(1) if number == 2 else None
        server.add(
            nth(number),
            "See https://t.co/Quo",
            parent=parent,
            entities={"urls": [link]},
            referenced_tweets=refers,
        )
    seen = observed(server, nth(1))
    assert texts(seen) == ["See", "See"]
    assert seen.posts[0].links == ()
    shown, lost = (post.quote for post in seen.posts)
    assert shown is not None and shown.text == "What was said"
    assert (shown.url, shown.state) == (f"https://x.com/eve/status/{quoted}", "shown")
    assert lost == Quote(f"https://x.com/i/status/{nth(51)}", state="Not Found Error")


@pytest.mark.parametrize("url", [SEED.format(1), "https://x.com/ICIJ", "https://x.com/hashtag/a"])
def test_without_any_way_the_ways_are_named(url: str) -> None:
    """Nothing is asked."""
    played, parse = ask_whole(X(XSettings(), has_token=False), url, XServer())
    assert played.asked == []
    with pytest.raises(errors.CredentialMissing, match="ARCHIVER_X_TOKEN"):
        parse()


def test_recorded_answers_are_read_without_a_token() -> None:
    """A rebuild has no credentials."""
    server = XServer()
    ids = server.thread(3)
    played, parse = ask_whole(source(), SEED.format(ids[0]), server)
    blind = X(XSettings(), has_token=False)
    ref = blind.match(SEED.format(ids[0]))
    assert ref is not None
    assert blind.parse(ref, played.seen) == parse()


def test_empty_answers_are_no_thread() -> None:
    """Neither data nor errors: nothing says that it was deleted."""
    with pytest.raises(errors.AccessDenied):
        observed(lambda request: Answer({}), OWN)


def test_circles_and_own_parents_end() -> None:
    """Two posts that answer each other, and one that answers itself."""
    server = XServer()
    ids = server.thread(3)
    for post, parent in ((ids[1], ids[2]), (ids[2], ids[1]), (ids[0], ids[0])):
        server.posts[post]["referenced_tweets"] = [{"type": "replied_to", "id": parent}]
        server.posts[post]["in_reply_to_user_id"] = "16067035"
    seen = observed(server, ids[0])
    assert sorted(post.text for post in seen.posts) == ["Post 1", "Post 2", "Post 3"]
    assert texts(seen)[0] == "Post 1"


def test_posts_of_other_conversations_are_not_taken() -> None:
    """A server that answers another search than was asked."""
    server = XServer()
    ids = server.thread(2)
    other = server.add(nth(60), "Elsewhere")

    def mixed(request: FetchRequest) -> Answer:
        answer = server(request)
        if "search" in request.url and isinstance(answer.value, dict):
            rows = [*answer.value.get("data", []), server.posts[other]]
            return replace(answer, value={**answer.value, "data": rows})
        return answer

    assert texts(observed(mixed, ids[0])) == ["Post 1", "Post 2"]
