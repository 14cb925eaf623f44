"""What do listings, prices, witnesses and refusals of X mean?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from archiver import errors
from archiver.models import (
    Branch,
    FetchRequest,
    Quote,
    ThreadObservation,
)
from archiver.ports import Cost, Priced
from archiver.sources.x.urls import original
from tests.sources.cases.x import OWN
from tests.sources.playing import Answer, ask_whole
from tests.sources.x_capture import SEED, exchange, observed, source, texts
from tests.sources.x_pages import reader_page
from tests.sources.x_server import XServer, nth


def test_reply_inside_a_strangers_branch_is_beside_the_thread() -> None:
    """Root A, stranger X, then A and A again (trap 4)."""
    server = XServer()
    ids = server.thread(3)
    strange = server.add(nth(10), "Really?", name="eve", parent=ids[0])
    answer = server.add(nth(11), "Yes", parent=strange)
    server.add(nth(12), "And more", parent=answer)
    seen = observed(server, ids[0])
    assert texts(seen) == ["Post 1", "Post 2", "Post 3"]
    beside = [post for post in seen.posts if post.branch is Branch.SIDE]
    assert [(post.text, post.gap) for post in beside] == [
        ("", True),
        ("Yes", False),
        ("And more", False),
    ]


def test_rate_limit_of_the_seed_says_when_to_come_again() -> None:
    """`x-rate-limit-reset` is epoch seconds (trap 11)."""
    server = XServer(refuse_after=0)
    with pytest.raises(errors.RateLimited) as caught:
        observed(server, server.thread(1)[0])
    assert caught.value.retry_after_s == 310
    server.remaining, server.asked = 3, 0
    with pytest.raises(errors.RateLimited) as caught:
        observed(server, nth(1))
    assert caught.value.retry_after_s == 5


def test_rate_limit_on_the_way_leaves_what_came() -> None:
    """The thread is kept as far as it goes, and it is said why not further."""
    server = XServer(page=10, refuse_after=2)
    ids = server.thread(30)
    seen = observed(server, ids[0])
    assert (len(texts(seen)) >= 11, seen.completeness.expected) == (True, None)
    assert "allows no more requests" in seen.completeness.reason


def test_refused_search_leaves_the_way_upwards() -> None:
    """A plan that allows lookups only."""
    server = XServer()
    ids = server.thread(4)

    def without_search(request: FetchRequest) -> Answer:
        return Answer({}, status=403) if "/search/" in request.url else server(request)

    seen = observed(without_search, ids[2])
    assert (texts(seen), seen.completeness.expected) == (["Post 1", "Post 2", "Post 3"], None)
    assert "refuses the credential" in seen.completeness.reason


def test_refused_token_names_its_variable() -> None:
    """A clear state of a watch."""
    server = XServer(token="right")
    with pytest.raises(errors.AccessDenied, match="ARCHIVER_X_TOKEN"):
        observed(server, server.thread(1)[0])


HOSTILE: list[tuple[str, Answer]] = [
    ("cut JSON", Answer(body=b'{"data":{"id":"15')),
    ("login page", Answer(body=b"<!doctype html><h1>Log in</h1>", mime="text/html")),
    ("a list", Answer([])),
    ("a number", Answer(7)),
    ("data is a text", Answer({"data": "post"})),
    ("post without author", Answer({"data": {"id": OWN, "text": "x"}})),
    ("author is a number", Answer({"data": {"id": OWN, "text": "x", "author_id": 7}})),
    ("text is a number", Answer({"data": {"id": OWN, "text": 7, "author_id": "7"}})),
    ("numbers of many digits", Answer({"data": {"id": "9" * 5000, "author_id": "7"}})),
]


@pytest.mark.parametrize(("name", "answer"), HOSTILE, ids=[each[0] for each in HOSTILE])
def test_hostile_answer_is_refused_with_its_place(name: str, answer: Answer) -> None:
    """Platform, URL and field; never a crash."""
    with pytest.raises(errors.ParseError) as caught:
        observed(lambda request: answer, OWN)
    assert caught.value.platform == "x"
    assert caught.value.uri_r


def test_one_strange_reply_does_not_lose_the_thread() -> None:
    """It is a gap, or left out; the rest stays, and it is said."""
    server = XServer()
    ids = server.thread(3)
    server.add(nth(9), "Odd", parent=ids[2], entities={"urls": "x"}, possibly_sensitive=7)

    def odd(request: FetchRequest) -> Answer:
        answer = server(request)
        if "search" in request.url and isinstance(answer.value, dict):
            rows = [*answer.value.get("data", []), 7, {"id": 7}, None]
            return replace(answer, value={**answer.value, "data": rows})
        return answer

    seen = observed(odd, ids[0])
    assert texts(seen) == ["Post 1", "Post 2", "Post 3", "-"]
    assert "not understood" in seen.completeness.reason


def test_ten_thousand_posts_are_read_in_a_row() -> None:
    """A hundred pages; no recursion, no long wait."""
    server = XServer()
    ids = server.thread(10_000, days_ago=7)
    played, parse = ask_whole(source(search="all"), SEED.format(ids[0]), server)
    seen = parse()
    assert isinstance(seen, ThreadObservation)
    assert (len(seen.posts), len(played.asked)) == (10_000, 101)


def test_time_in_the_future_is_not_believed() -> None:
    """Nothing is younger than the answer that shows it."""
    server = XServer()
    late = nth(0, days_ago=-400)
    server.add(late, "From tomorrow")
    assert observed(server, late).posts[0].created_at is None


def test_account_gives_its_own_threads() -> None:
    """Self-replies lead to their first post; reposts and replies to others do not."""
    server = XServer()
    first = server.thread(2)
    old = server.thread(1, days_ago=60)[0]
    server.add(nth(30), "Still true", parent=old)
    eve = server.add(nth(31), "I say", name="eve")
    server.add(nth(32), "No", parent=eve)
    mine = server.add(nth(33), "Mine in hers", parent=nth(32))
    server.add(nth(34), "RT", referenced_tweets=[{"type": "retweeted", "id": eve}])
    played, parse = ask_whole(source(), "https://x.com/ICIJ", server)
    listing = parse()
    assert not isinstance(listing, ThreadObservation)
    assert listing.thread_urls == tuple(
        f"https://x.com/i/status/{each}" for each in (first[0], old)
    )
    assert listing.author is not None and listing.author.id == "16067035"
    assert server.posts[mine]["conversation_id"] == eve
    assert "exclude=retweets,replies" in played.asked[1]


def test_list_and_hashtag_give_threads() -> None:
    """Of all members, and of everybody."""
    server = XServer(lists={"42": ["icij", "eve"]})
    one = server.add(nth(1), "#Cables at sea")
    two = server.add(nth(2), "Other words", name="eve")
    for url, found in (
        ("https://x.com/i/lists/42", [two, one]),
        ("https://x.com/hashtag/Cables", [one]),
    ):
        listing = ask_whole(source(), url, server)[1]()
        assert not isinstance(listing, ThreadObservation)
        assert list(listing.thread_urls) == [f"https://x.com/i/status/{each}" for each in found]


def test_unknown_account_is_not_found() -> None:
    """Its name may have changed."""
    with pytest.raises(errors.NotFound):
        ask_whole(source(), "https://x.com/nobody_here", XServer())[1]()


def test_witness_is_compared_and_overrules_nothing() -> None:
    """Missing here, missing there, other words; links are shortened by everybody in his way."""
    server = XServer()
    ids = server.thread(3)
    link = {"start": 5, "end": 21, "url": "https://t.co/AbC", "expanded_url": "https://bit.ly/3x"}
    server.add(
        nth(4),
        "Read https://t.co/AbC",
        parent=ids[2],
        entities={"urls": [link | {"display_url": "bit.ly/3x"}]},
    )

    def both(request: FetchRequest) -> Answer:
        if "reader.test" not in request.url:
            return server(request)
        assert request.credential is None
        assert request.url == f"https://reader.test/thread/{ids[0]}.html"
        rows = [(ids[0], "Post 1"), (ids[1], "Post two"), (nth(9), "Lost")]
        return reader_page([*rows, (nth(4), "Read https://bit.ly/3x")])

    seen = observed(both, ids[0], witness="https://reader.test")
    assert texts(seen) == ["Post 1", "Post 2", "Post 3", "Read bit.ly/3x"]
    told = [(each.post_id, each.what, each.here, each.there) for each in seen.differences]
    assert told == [
        (ids[1], "text", "Post 2", "Post two"),
        (nth(9), "missing_here", "", "Lost"),
        (ids[2], "missing_there", "Post 3", ""),
    ]
    assert "3 places" in seen.completeness.reason


@pytest.mark.parametrize("answer", [Answer(status=404), Answer(body=b"<html>", mime="text/html")])
def test_failing_witness_is_only_a_note(answer: Answer) -> None:
    """The platform's own word stands."""
    server = XServer()
    ids = server.thread(2)
    seen = observed(
        lambda request: answer if "reader.test" in request.url else server(request),
        ids[0],
        witness="https://reader.test",
    )
    assert (texts(seen), seen.differences) == (["Post 1", "Post 2"], ())
    assert seen.completeness.expected == 2
    assert "second witness says nothing" in seen.completeness.reason


def test_price_is_the_most_and_spent_what_was_new_that_day() -> None:
    """Posts and users are paid once on each day (UTC)."""
    x = source(usd_per_post=0.01, usd_per_user=0.1, posts_per_month=7, usd_per_month=3)
    assert isinstance(x, Priced)
    assert x.limit() == Cost(7, 3.0)
    ref = x.match(SEED.format(1))
    assert ref is not None
    (lookup,) = x.plan(ref, ())
    assert x.price(lookup) == Cost(1, 0.11)
    answer = {"data": {"id": "1", "author_id": "7"}, "includes": {"users": [{"id": "7"}]}}
    assert x.spent(exchange(lookup, answer)) == Cost(1, 0.11)
    assert x.spent(exchange(lookup, answer)) == Cost()
    assert x.spent(exchange(lookup, answer, day=25)) == Cost(1, 0.11)
    two = {"data": [{"id": "1"}, {"id": "2"}]}
    assert x.spent(exchange(lookup, two, day=25)) == Cost(1, 0.01)
    assert x.spent(replace(exchange(lookup, two), status=429)) == Cost()
    assert x.spent(replace(exchange(lookup, two), body=b"{")) == Cost(1, 0.11)
    assert x.spent(exchange(lookup, ["odd"])) == Cost()
    free = FetchRequest("https://reader.test/thread/1.html")
    assert (x.price(free), x.spent(exchange(free, two))) == (Cost(), Cost())


def test_price_of_each_kind_of_request() -> None:
    """A page holds a hundred posts of one author; a listing forty."""
    server = XServer()
    ids = server.thread(2)
    x = source()
    played, _ = ask_whole(x, SEED.format(ids[1]), server)
    prices = [x.price(each.request) for each in played.seen]
    assert prices == [Cost(1, 0.015), Cost(1, 0.015), Cost(100, 0.51)]
    played, _ = ask_whole(x, "https://x.com/ICIJ", server)
    assert [x.price(each.request) for each in played.seen] == [Cost(0, 0.01), Cost(40, 0.2)]


@pytest.mark.parametrize(
    ("url", "best"),
    [
        ("https://pbs.twimg.com/media/F?format=png&name=small", "F.png?name=orig"),
        ("https://pbs.twimg.com/media/F.jpg:large", "F.jpg?name=orig"),
        ("https://pbs.twimg.com/media/F.jpg", "F.jpg?name=orig"),
    ],
)
def test_pictures_are_wanted_as_they_were_uploaded(url: str, best: str) -> None:
    """All three forms of an address come to one."""
    assert original(url) == f"https://pbs.twimg.com/media/{best}"


def test_list_that_is_not_shown_is_an_error() -> None:
    """Its problem is of another kind than those of posts."""
    problem = {"resource_id": "42", "resource_type": "list", "title": "Not Found Error"}
    with pytest.raises(errors.NotFound):
        ask_whole(source(), "https://x.com/i/lists/42", lambda _: Answer({"errors": [problem]}))[
            1
        ]()
    hidden = problem | {"title": "Authorization Error"}
    with pytest.raises(errors.AccessDenied):
        ask_whole(source(), "https://x.com/i/lists/42", lambda _: Answer({"errors": [hidden]}))[1]()


@pytest.mark.parametrize(
    ("status", "kind"),
    [(402, errors.AccessDenied), (429, errors.RateLimited), (503, errors.FetchError)],
)
def test_refusals_are_of_their_kind(status: int, kind: type[errors.FetchError]) -> None:
    """Without headers a 429 is waited for as long as a window lasts."""
    with pytest.raises(kind) as caught:
        observed(lambda request: Answer({}, status=status), OWN)
    assert caught.value.retry_after_s == (901 if status == 429 else None)
    assert "?" not in str(caught.value)


def test_capture_that_ended_early_is_a_partial_thread() -> None:
    """As when the budget ends: what came is kept, and it is said."""
    server = XServer(page=10)
    ids = server.thread(30)
    x = source(witness="https://reader.test")
    played, _ = ask_whole(x, SEED.format(ids[0]), server)
    ref = x.match(SEED.format(ids[0]))
    assert ref is not None
    seen = x.parse(ref, played.seen[:2])
    assert isinstance(seen, ThreadObservation)
    assert seen.completeness.captured == 11
    assert (seen.completeness.gaps, seen.completeness.expected) == (1, None)
    assert "ended before everything was asked" in seen.completeness.reason
    with pytest.raises(errors.FetchError):
        x.parse(ref, ())


def test_strange_account_and_quote_lose_no_post() -> None:
    """The number of an author is enough; a quote is named."""
    server = XServer()
    quoted = server.add(nth(50), "What was said", name="eve", note_tweet=7)
    server.add(nth(1), "One", referenced_tweets=[{"type": "quoted", "id": quoted}])

    def odd(request: FetchRequest) -> Answer:
        answer = server(request)
        assert isinstance(answer.value, dict)
        users = [{"id": "16067035", "name": 7}, {"id": 7}]
        return replace(answer, value={**answer.value, "includes": {"users": users}})

    seen = observed(odd, nth(1))
    assert (seen.author.id, seen.author.handle) == ("16067035", "")
    assert seen.posts[0].quote == Quote(f"https://x.com/i/status/{quoted}", state="not understood")
