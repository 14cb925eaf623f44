"""Are outboxes read, and is all that never ends bounded?"""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archiver import errors
from archiver.models import (
    Branch,
    FetchRequest,
    ListingObservation,
)
from tests.sources.activitypub_capture import SOURCE, capture, driven, listed, shown, stored
from tests.sources.activitypub_server import (
    ActivityPubServer,
    activity,
    many,
)
from tests.sources.cases.activitypub import (
    AWAY,
    ROOT,
    plain,
    post,
)
from tests.sources.playing import Answer, ask_whole


def test_outbox_of_addresses_is_read_at_their_own_server() -> None:
    """Activities and posts may be named by address only; those of others do not count."""
    server = plain(1, 2)
    away = ActivityPubServer(AWAY)
    away.add(7, "bob")
    outbox = {
        "type": "OrderedCollection",
        "orderedItems": [post(2), post(1), away.id(7), post(99), 7, None],
    }
    server.fixed["/users/ann/outbox"] = activity(outbox)
    assert listed(many(server, away), f"{ROOT}/users/ann").thread_urls == (f"{ROOT}/@ann/1",)


def test_outbox_that_is_closed_is_said() -> None:
    """Pixelfed counts its posts and shows none."""
    server = plain(1, 2)
    server.bare_outbox = True
    seen = listed(server, f"{ROOT}/users/ann")
    assert seen.thread_urls == ()
    assert "counts 2 posts and shows none" in seen.reason


def test_long_outbox_is_read_until_there_is_enough() -> None:
    """The newest threads first; that there are more is said."""
    server = ActivityPubServer(ROOT)
    for number in range(1, 101):
        server.add(number, "ann")
    seen = listed(server, f"{ROOT}/users/ann")
    assert seen.thread_urls[:2] == (f"{ROOT}/@ann/100", f"{ROOT}/@ann/99")
    assert len(seen.thread_urls) == 20
    assert "there are more" in seen.reason


def test_chain_of_ten_thousand_is_quick() -> None:
    """A conversation's own collection holds them all, and no list goes in a circle."""
    server = ActivityPubServer(ROOT)
    server.add(1, "ann")
    for number in range(2, 10_001):
        server.add(number, "ann", number - 1, replies=None)
    made = [{"type": "Create", "object": server.notes[n]} for n in range(10_000, 0, -1)]
    history = {"type": "OrderedCollection", "orderedItems": made}
    server.fixed["/history"] = activity(history)
    server.notes[1] |= {"replies": None, "contextHistory": f"{ROOT}/history"}
    seen = capture(server, post(1))
    assert shown(seen, Branch.THREAD) == tuple(range(1, 10_001))


def test_endless_chain_is_bounded() -> None:
    """Each post has another reply; how far it was followed is said."""
    server = ActivityPubServer(ROOT)

    def answer(request: FetchRequest) -> Answer:
        last = urlsplit(request.url).path.rpartition("/")[2]
        if last.isdigit():
            number = int(last)
            server.add(number, "ann", post(number - 1) if number > 1 else None)
            server.notes[number]["replies"] = {"type": "Collection", "items": [post(number + 1)]}
        return server(request)

    _, found = driven(answer)
    assert len(found.posts) == 3_001
    assert "3,000 posts were asked for, and there are more" in found.completeness.reason
    assert found.completeness.expected is None


def test_endless_conversation_above_is_bounded() -> None:
    """Each post answers another; the highest that was seen begins the thread."""
    server = ActivityPubServer(ROOT)

    def answer(request: FetchRequest) -> Answer:
        last = urlsplit(request.url).path.rpartition("/")[2]
        if last.isdigit():
            server.add(int(last), "ann", post(int(last) - 1), replies=None)
        return server(request)

    _, found = driven(answer, post(100_000))
    assert found.native_id == post(99_000)
    assert "above for more than 1,000 posts" in found.completeness.reason


def test_endless_pages_of_many_replies_are_bounded() -> None:
    """A hundred replies of which each has pages without end."""
    server = plain(1, 2)
    for number in range(100, 250):
        server.add(number, "bob", 2)
        server.notes[number]["replies"] = f"{server.id(number)}/pages?page=1"

    def answer(request: FetchRequest) -> Answer:
        address, _, page = request.url.partition("/pages?page=")
        if not page:
            return server(request)
        onward = f"{address}/pages?page={int(page) + 1}"
        return activity({"type": "CollectionPage", "items": [], "next": onward})

    requests, found = driven(answer)
    assert "4,000 pages of replies were read, and there are more" in found.completeness.reason
    assert found.completeness.expected is None
    assert requests < 4_500
    assert len(found.posts) == 152


def test_stored_posts_are_asked_for_within_a_bound() -> None:
    """Two hundred that are not shown."""
    seen = capture(plain(1, 2), post(1), stored(1, 2, *range(100, 350)))
    assert len(seen.gone) == 200
    assert "of 250 stored posts not shown, 200 were asked" in seen.completeness.reason


def test_authors_are_asked_for_within_a_bound() -> None:
    """The thread's own author always; others keep the name in their address."""
    server = plain(1)
    for number in range(2, 112):
        server.add(number, f"user{number}", 1)
    seen = capture(server)
    assert seen.author.name == "Ann"
    assert "of 111 authors, 100 were asked for their names" in seen.completeness.reason
    assert seen.completeness.expected == 1
    assert [each.author.handle for each in seen.posts if each.author][-1].startswith("user")


def test_webfinger_without_an_actor_is_a_clear_error() -> None:
    """Links of other kinds, and none that is an address."""
    server = plain(1)
    odd = [
        {"rel": "self", "type": "text/html", "href": f"{ROOT}/users/ann"},
        {"rel": "self", "type": "application/activity+json", "href": "acct:ann"},
        7,
    ]
    server.fixed["/.well-known/webfinger"] = Answer({"links": odd})
    with pytest.raises(errors.ParseError) as caught:
        listed(server, "@ann@social.example")
    assert caught.value.field == "links"
    server.fixed["/.well-known/webfinger"] = Answer({}, 429, (("Retry-After", "5"),))
    with pytest.raises(errors.RateLimited):
        listed(server, "@ann@social.example")


def test_replies_in_an_outbox_lead_to_the_first_post_of_their_thread() -> None:
    """Circles, foreign parents and parents that cannot be read begin nothing."""
    server = plain(1, 2, 3)
    server.add(10, "ann", f"{AWAY}/users/bob/statuses/5")
    server.add(11, "ann", f"{ROOT}/p/gone")
    server.add(12, "ann", post(13))
    server.add(13, "ann", post(12))
    server.fixed["/users/ann/outbox"] = activity(
        {"type": "OrderedCollection", "orderedItems": [post(n) for n in (13, 11, 10, 3)]}
    )
    seen = listed(many(server), f"{ROOT}/users/ann")
    assert seen.thread_urls == (f"{ROOT}/@ann/1",)
    assert "replies to others were left out (3)" in seen.reason


def test_long_thread_in_an_outbox_is_climbed_once() -> None:
    """Its posts are on the same page; of parents elsewhere on the server forty are asked for."""
    server = ActivityPubServer(ROOT, page=5_000)
    server.thread("ann", range(1, 3_001))
    assert listed(server, f"{ROOT}/users/ann").thread_urls == (f"{ROOT}/@ann/1",)
    short = ActivityPubServer(ROOT)
    short.thread("ann", range(1, 101))
    items = {"type": "OrderedCollection", "orderedItems": [post(100)]}
    actor = short.fixed["/users/ann/outbox"] = activity(items)
    assert actor.status == 200
    seen = listed(short, f"{ROOT}/users/ann")
    assert (seen.thread_urls, len(short.asked)) == ((), 43)


def test_outbox_may_stand_in_the_actor() -> None:
    """Whole, as the address of another is not."""
    server = plain(1)
    first = {"type": "OrderedCollectionPage", "orderedItems": [post(1)]}
    outbox = {"type": "OrderedCollection", "first": first}
    actor = {"type": "Person", "id": f"{ROOT}/users/ann", "outbox": outbox, "name": "Ann Lee"}
    server.fixed["/users/ann"] = activity(actor)
    seen = listed(server, f"{ROOT}/users/ann")
    assert seen.thread_urls == (f"{ROOT}/@ann/1",)
    assert seen.author is not None
    assert seen.author.handle == "Ann Lee@social.example"


def test_outbox_of_very_many_addresses_is_bounded() -> None:
    """Forty of a page are looked at."""
    server = ActivityPubServer(ROOT)
    for number in range(1, 61):
        server.add(number, "ann")
    items = [post(number) for number in range(60, 0, -1)]
    server.fixed["/users/ann/outbox"] = activity({"type": "Collection", "items": items})
    seen = listed(server, f"{ROOT}/users/ann")
    assert len(seen.thread_urls) == 40
    assert "of 60 posts on a page, 40 were looked at" in seen.reason


def test_outbox_full_of_boosts_is_read_for_ten_pages() -> None:
    """And that there is more is said."""
    server = plain(1)
    address = f"{ROOT}/users/ann/outbox"

    def answer(request: FetchRequest) -> Answer:
        if not request.url.startswith(address):
            return server(request)
        number = int(request.url.partition("=")[2] or 0)
        boost = {"type": "Announce", "object": "https://x.example/1"}
        page = {"type": "OrderedCollectionPage", "orderedItems": [boost]}
        return activity(page | {"next": f"{address}?page={number + 1}"})

    played, parse = ask_whole(SOURCE, f"{ROOT}/users/ann", answer)
    seen = parse()
    assert isinstance(seen, ListingObservation)
    assert len(played.asked) == 11
    assert "there are more" in seen.reason


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just(post(1)),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


NAMES = st.sampled_from(
    (
        "type", "id", "attributedTo", "inReplyTo", "published", "updated", "url", "summary", "name",
        "content", "contentMap", "to", "cc", "tag", "attachment", "context", "contextHistory",
        "replies", "oneOf", "anyOf", "endTime", "quote", "icon", "image", "sensitive", "mediaType",
        "preferredUsername", "outbox", "object", "items", "first", "next",
    )
)  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(st.lists(st.dictionaries(NAMES, JSON, max_size=6), min_size=3, max_size=3))
def test_no_document_breaks_reading(odd: list[dict[str, object]]) -> None:
    """Whatever the values are: a thread, or an error of ours."""
    server = plain(1, 2, 3)
    for number, fields in enumerate(odd, start=1):
        server.notes[number] = server.notes[number] | fields
        server.fixed[urlsplit(post(number)).path] = activity(server.notes[number])
    server.fixed["/users/ann"] = activity(odd[0])
    try:
        ask_whole(SOURCE, post(3), server)[1]()
    except errors.ArchiverError as err:
        assert str(err)
