"""Is a thread on a Misskey server read whole, in order, and without what is not part of it?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver import errors
from archiver.models import (
    Branch,
    FetchRequest,
    KnownPost,
    ListingObservation,
    MediaKind,
    Observation,
    RefKind,
    ThreadObservation,
)
from archiver.sources.misskey import Misskey
from tests.sources.cases.misskey import CASES, REFUSALS, ROOT, Case, plain
from tests.sources.misskey_server import MisskeyServer, key, refused
from tests.sources.playing import Answer, Played, WholeServer, ask_whole, known_of

SOURCE = Misskey()


def capture(
    server: WholeServer, url: str = f"{ROOT}/notes/{key(1)}", known: tuple[KnownPost, ...] = ()
) -> ThreadObservation:
    """Capture a thread of the server."""
    seen = ask_whole(SOURCE, url, server, known)[1]()
    assert isinstance(seen, ThreadObservation)
    return seen


def listed(server: WholeServer, url: str) -> tuple[Played, ListingObservation]:
    """Read an account or a hashtag."""
    played, parse = ask_whole(SOURCE, url, server)
    seen: Observation = parse()
    assert isinstance(seen, ListingObservation)
    return played, seen


def shown(seen: ThreadObservation, branch: Branch) -> tuple[int, ...]:
    """Give numbers of notes in reading order, gaps negative."""
    numbers = [
        (int(post.id.rpartition("/a")[2]), post.gap) for post in seen.posts if post.branch is branch
    ]
    return tuple(-number if gap else number for number, gap in numbers)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_conversation_is_read(case: Case) -> None:
    """Thread, side branches and completeness, as the table says."""
    seen = capture(case.server(), f"{ROOT}/notes/{key(case.seed)}")
    assert shown(seen, Branch.THREAD) == case.thread
    assert shown(seen, Branch.SIDE) == case.side
    done = seen.completeness
    if case.counts is not None:
        assert (done.expected, done.captured, done.gaps) == case.counts
    assert case.says in done.reason
    assert seen.native_id == f"{ROOT}/notes/{key(1)}"


@pytest.mark.parametrize("case", REFUSALS, ids=lambda case: case.name)
def test_refusal_is_an_error_that_says_what(case: Case) -> None:
    """Never a crash, never a wrong thread."""
    assert case.error is not None
    with pytest.raises(case.error) as caught:
        capture(case.server(), f"{ROOT}/notes/{key(case.seed)}")
    assert case.says in str(caught.value)
    if isinstance(caught.value, errors.ParseError):
        assert (caught.value.platform, caught.value.field) == ("misskey", case.field)
        assert caught.value.uri_r.startswith(f"{ROOT}/api/")


@pytest.mark.parametrize(
    ("path", "kind", "key_"),
    [
        ("/notes/9abc123", RefKind.THREAD, (ROOT, "9abc123")),
        ("/notes/9abc123/?x=1#y", RefKind.THREAD, (ROOT, "9abc123")),
        ("/@ann", RefKind.ACCOUNT, (ROOT, "ann")),
        ("/@ann@b.example/files", RefKind.ACCOUNT, (ROOT, "ann@b.example")),
        ("/users/9abc123", RefKind.ACCOUNT, (ROOT, "", "9abc123")),
        ("/tags/%E6%B8%AF", RefKind.TAG, (ROOT, "港")),
    ],
)
def test_address_is_recognised(path: str, kind: RefKind, key_: tuple[str, ...]) -> None:
    """By its shape, whatever the host."""
    ref = SOURCE.match(ROOT + path)
    assert ref is not None
    assert (ref.platform, ref.kind, ref.key) == ("misskey", kind, key_)


@pytest.mark.parametrize(
    "url",
    ["https://a.example/", "https://a.example/notes/", "https://a.example/notes/a/b/c", "x",
     "ftp://a.example/notes/abcd", "https://u:p@a.example/notes/abcd", "https://[/notes/abcd"],
)  # fmt: skip
def test_other_address_is_not_ours(url: str) -> None:
    """Another shape, another scheme, or none at all."""
    assert SOURCE.match(url) is None


def test_note_is_read_whole() -> None:
    """Warning, poll, files with descriptions, hashtags, mentions, quote, author."""
    server = plain(1)
    server.add(5, "bob", text="**Quoted** words")
    server.notes[key(1)] |= {
        "cw": "ships",
        "text": "See **this** https://a.example/x @bob #Harbour",
        "tags": ["harbour", "more"],
        "renoteId": key(5),
        "poll": {
            "multiple": True,
            "expiresAt": "2026-06-01T00:00:00.000Z",
            "choices": [{"text": "yes", "votes": 3}, {"text": "no", "votes": 0}],
        },
        "files": [
            {"id": "f1", "type": "image/png", "url": f"{ROOT}/f/1.png", "comment": "A quay",
             "isSensitive": True, "thumbnailUrl": f"{ROOT}/t/1.webp",
             "properties": {"width": 800, "height": 600}},
            {"id": "f2", "type": "video/mp4", "url": f"{ROOT}/f/2.mp4"},
            {"id": "f3", "type": "image/png", "url": None},
        ],
    }  # fmt: skip
    post = capture(server).posts[0]
    assert post.text == "See this https://a.example/x @bob #Harbour"
    assert [link.uri_r for link in post.links] == ["https://a.example/x"]
    assert (post.mentions, post.hashtags) == (("@bob",), ("Harbour", "more"))
    assert (post.content_warning, post.sensitive) == ("ships", True)
    assert post.poll is not None
    assert [(each.title, each.votes) for each in post.poll.options] == [("yes", 3), ("no", 0)]
    image, film = post.media
    assert (image.url, image.alt, image.width) == (f"{ROOT}/f/1.png", "A quay", 800)
    assert film.kind is MediaKind.VIDEO
    assert post.quote is not None
    assert (post.quote.text, post.quote.url) == ("Quoted words", f"{ROOT}/notes/{key(5)}")
    assert post.author is not None
    assert (post.author.id, post.author.handle) == (f"{ROOT}/users/u1000", "ann@mk.example")


def test_copy_leads_to_the_server_where_it_was_written() -> None:
    """The thread is the same whichever server the seed is of."""
    there = plain()
    here = MisskeyServer("https://other.example")
    here.add(77, "ann@mk.example", uri=f"{ROOT}/notes/{key(2)}")

    def both(request: FetchRequest) -> Answer:
        return (there if request.url.startswith(ROOT) else here)(request)

    seen = capture(both, f"https://other.example/notes/{key(77)}")
    assert seen.native_id == f"{ROOT}/notes/{key(1)}"
    assert shown(seen, Branch.THREAD) == (1, 2, 3, 4, 5)


def test_copy_of_another_platform_is_marked_as_a_copy() -> None:
    """What a stranger shows can never pass for the original."""
    here = MisskeyServer(ROOT)
    here.add(1, "ann@social.example", uri="https://social.example/users/ann/statuses/9")
    seen = capture(here)
    assert seen.native_id == "mk.example https://social.example/users/ann/statuses/9"
    assert "this is a copy" in seen.completeness.reason
    assert seen.completeness.expected is None


def test_stored_note_that_the_platform_denies_is_gone() -> None:
    """Only by the platform's own word."""
    known = tuple(KnownPost(f"{ROOT}/notes/{key(n)}", "") for n in range(1, 6))
    server = plain()
    for number in (4, 5):
        del server.notes[key(number)]
    server.notes[key(3)]["repliesCount"] = 0
    assert capture(server, known=known).gone == (known[3].id, known[4].id)
    server.fixed["/api/notes/children"] = refused("INTERNAL_ERROR", 500)
    server.fixed["/api/users/notes"] = refused("INTERNAL_ERROR", 500)
    seen = capture(server, known=known)
    assert seen.gone == (known[3].id, known[4].id)
    assert "status 500" in seen.completeness.reason


def test_first_note_that_is_gone_is_a_gap_of_a_known_thread() -> None:
    """It vanished; the thread has not."""
    known = tuple(KnownPost(f"{ROOT}/notes/{key(n)}", "") for n in range(1, 4))
    server = MisskeyServer(ROOT)
    seen = capture(server, known=known)
    assert seen.native_id == f"{ROOT}/notes/{key(1)}"
    assert seen.gone == tuple(each.id for each in known)
    assert [post.gap for post in seen.posts] == [True]
    assert seen.author.id == ""


def test_deleted_reply_of_another_is_no_gap_of_the_thread() -> None:
    """What its author went on with below a stored reply of another stays beside the thread."""
    server = MisskeyServer(ROOT)
    server.thread("ann", range(1, 4))
    server.add(20, "bob", 2)
    server.add(21, "ann", 20)
    before = capture(server)
    del server.notes[key(20)]
    server.notes[key(2)]["repliesCount"] = 1
    seen = capture(server, known=known_of(before))
    assert shown(seen, Branch.THREAD) == shown(before, Branch.THREAD) == (1, 2, 3)
    assert shown(seen, Branch.SIDE) == (-20, 21)
    assert seen.completeness.expected == 3


def test_note_below_a_stored_one_that_is_gone_stays_in_the_thread() -> None:
    """Newer servers keep the replies to what was deleted."""
    known = tuple(KnownPost(f"{ROOT}/notes/{key(n)}", "") for n in range(1, 6))
    server = plain()
    del server.notes[key(3)]
    seen = capture(server, known=known)
    assert shown(seen, Branch.THREAD) == (1, 2, -3, 4, 5)
    assert known[2].id in seen.gone
    fresh = capture(server)
    assert shown(fresh, Branch.THREAD) == (1, 2)
    assert "may belong here" in fresh.completeness.reason


@pytest.mark.parametrize("software", ["sharkey", "firefish"])
def test_earlier_versions_are_told_oldest_first(software: str) -> None:
    """Each with the time from which it stood."""
    server = plain(1)
    server.software = software
    server.notes[key(1)]["updatedAt"] = "2026-05-01T12:00:00.000Z"
    server.versions[key(1)] = [
        {"updatedAt": "2026-05-01T12:00:00.000Z", "text": "second"},
        {"updatedAt": "2026-05-01T11:00:00.000Z", "text": "first"},
        {"updatedAt": 5, "text": "unreadable"},
    ]
    seen = capture(server)
    told = [(post.text, post.edited_at and post.edited_at.hour) for post in seen.history]
    assert told == [("first", None), ("second", 11)]
    assert seen.posts[0].edited_at is not None


def test_account_gives_the_threads_that_it_began() -> None:
    """No renotes, no answers to others; a thread of which the begin is not listed, once."""
    server = plain(1, 2, 3)
    server.add(10, "bob")
    server.add(11, "ann", 10)
    server.add(12, "ann", 11)
    server.add(13, "ann", text=None, renoteId=key(10))
    server.add(14, "ann", text="quote", renoteId=key(10))
    server.thread("ann", range(20, 140))
    seen = listed(server, f"{ROOT}/@ann")[1]
    urls = [url.rpartition("/")[2] for url in seen.thread_urls]
    assert urls == [key(20)]
    assert seen.author is not None
    assert (seen.author.handle, seen.platform) == ("ann@mk.example", "misskey")
    few = plain(1, 2, 3)
    few.add(10, "bob")
    few.add(11, "ann", 10)
    few.add(12, "ann", 11)
    few.add(13, "ann", text=None, renoteId=key(10))
    few.add(14, "ann", text="quote", renoteId=key(10))
    urls = [url.rpartition("/")[2] for url in listed(few, f"{ROOT}/@ann")[1].thread_urls]
    assert urls == [key(14), key(1)]


def test_account_elsewhere_is_read_at_its_home() -> None:
    """Only its own server knows all of its notes."""
    there = plain()
    here = MisskeyServer("https://other.example")
    here.user("ann", "mk.example")

    def both(request: FetchRequest) -> Answer:
        return (there if request.url.startswith(ROOT) else here)(request)

    seen = listed(both, "https://other.example/@ann@mk.example")[1]
    assert seen.thread_urls == (f"{ROOT}/notes/{key(1)}",)
    alone = listed(here, "https://other.example/@ann@mk.example")[1]
    assert "did not answer" in alone.reason


def test_hashtag_gives_the_notes_that_bear_it() -> None:
    """Newest first."""
    server = plain()
    server.add(8, "bob", tags=["harbour"])
    server.add(9, "cy", tags=["harbour"])
    seen = listed(server, f"{ROOT}/tags/harbour")[1]
    assert seen.thread_urls == (f"{ROOT}/notes/{key(9)}", f"{ROOT}/notes/{key(8)}")
    assert (seen.title, seen.author) == ("#harbour", None)


def test_account_that_is_not_there_is_not_found() -> None:
    """By the code, whatever the status."""
    with pytest.raises(errors.NotFound):
        listed(plain(), f"{ROOT}/@nobody")


def test_author_who_wants_readers_logged_in_is_never_published() -> None:
    """Should a server show such a note all the same, it is kept and sealed."""
    server = plain(1)
    server.users["ann"]["requireSigninToViewContents"] = True
    assert capture(server).posts[0].sealed


def test_capture_that_ended_early_says_so() -> None:
    """What was read is a thread; what was not is said."""
    server = plain()
    played, _ = ask_whole(SOURCE, server.url(1), server)
    ref = SOURCE.match(server.url(1))
    assert ref is not None
    seen = SOURCE.parse(ref, tuple(played.seen[:3]))
    assert isinstance(seen, ThreadObservation)
    assert "ended before" in seen.completeness.reason
    with pytest.raises(errors.FetchError, match="was not asked"):
        SOURCE.parse(ref, tuple(played.seen[:1]))


def test_quote_of_what_is_not_to_be_seen_says_so() -> None:
    """Deleted, or for others."""
    server = plain(1)
    server.add(5, "bob", visibility="followers")
    server.notes[key(1)]["renoteId"] = key(5)
    quote = capture(server).posts[0].quote
    assert quote is not None
    assert (quote.state, quote.text) == ("unauthorized", "")
    del server.notes[key(5)]
    quote = capture(server).posts[0].quote
    assert quote is not None
    assert (quote.state, quote.url) == ("deleted", f"{ROOT}/notes/{key(5)}")


def test_histories_that_cannot_be_read_are_said() -> None:
    """A fork that refuses; more edits than are asked for."""
    server = plain(*range(1, 61))
    server.software = "sharkey"
    for note in server.notes.values():
        note["updatedAt"] = "2026-06-01T12:00:00.000Z"
    server.fixed["/api/notes/versions"] = Answer(status=500)
    seen = capture(server)
    assert seen.history == ()
    assert "earlier versions could not be read (status 500)" in seen.completeness.reason
    assert "earlier versions were asked for at 50 notes only" in seen.completeness.reason


def test_begin_that_cannot_be_read_is_said() -> None:
    """The thread is that from the seed on; an account leaves such threads out."""
    server = plain()
    server.fixed["/api/notes/conversation"] = Answer({"error": {}}, status=500)
    seen = capture(server, f"{ROOT}/notes/{key(4)}")
    assert shown(seen, Branch.THREAD) == (4, 5)
    assert "above the first post could not be read (status 500)" in seen.completeness.reason
    long = plain(*range(1, 151))
    long.fixed["/api/notes/conversation"] = Answer([], mime="text/html", body=b"<p>")
    account = listed(long, f"{ROOT}/@ann")[1]
    assert account.thread_urls == ()
    assert "not what is documented" in account.reason


def test_account_with_many_threads_gives_the_newest() -> None:
    """Forty, and that is said."""
    server = MisskeyServer(ROOT)
    for number in range(1, 61):
        server.add(number, "ann")
    seen = listed(server, f"{ROOT}/users/u1000")[1]
    assert seen.thread_urls[0] == f"{ROOT}/notes/{key(60)}"
    assert (len(seen.thread_urls), "40 newest" in seen.reason) == (40, True)


def test_copy_whose_home_denies_it_stays_a_copy() -> None:
    """Or that runs something else."""
    here = MisskeyServer(ROOT)
    here.add(1, "ann@b.example", uri=f"https://b.example/notes/{key(9)}")
    there = MisskeyServer("https://b.example")

    def both(request: FetchRequest) -> Answer:
        return (here if request.url.startswith(ROOT) else there)(request)

    assert "this is a copy" in capture(both).completeness.reason


def test_seed_that_is_gone_leads_to_the_stored_first_note() -> None:
    """The thread goes on without it."""
    known = tuple(KnownPost(f"{ROOT}/notes/{key(n)}", "") for n in range(1, 6))
    server = plain()
    del server.notes[key(5)]
    server.notes[key(4)]["repliesCount"] = 0
    seen = capture(server, f"{ROOT}/notes/{key(5)}", known)
    assert (shown(seen, Branch.THREAD), seen.gone) == ((1, 2, 3, 4), (known[4].id,))


def test_many_stored_notes_are_not_all_asked_for() -> None:
    """Two hundred, and that is said."""
    numbers = (1, *range(5_000, 5_250))
    known = tuple(KnownPost(f"{ROOT}/notes/{key(n)}", "") for n in numbers)
    seen = capture(plain(), known=known)
    assert len(seen.gone) == 200
    assert "200 were asked for by name" in seen.completeness.reason


def test_replies_at_a_great_many_notes_are_not_all_asked_for() -> None:
    """Five hundred, and that is said."""
    server = plain(1)
    for number in range(2, 603):
        server.add(number, "bob", 1)
        server.add(number + 5_000, "cy", number)
    seen = capture(server)
    assert "replies were asked for at 500 notes only" in seen.completeness.reason
    assert seen.completeness.expected is None


def test_note_inside_an_answer_that_is_not_readable_is_left_out() -> None:
    """The answer itself stays."""
    server = plain(1, 2)
    answer = server._packed(server.notes[key(2)]) | {"reply": {"id": 7}}
    server.fixed["/api/notes/children"] = Answer([answer])
    server.fixed["/api/users/notes"] = Answer([])
    assert shown(capture(server), Branch.THREAD) == (1, 2)


def test_answer_from_another_address_of_the_server_counts() -> None:
    """Redirects are followed; the names of notes stay those of the seed's server."""
    there = MisskeyServer("https://www.mk.example")
    there.thread("ann", range(1, 4))

    def moved(request: FetchRequest) -> Answer:
        if not request.url.startswith(ROOT):
            return there(request)
        onward = request.url.replace(ROOT, "https://www.mk.example")
        return Answer(status=308, headers=(("Location", onward),))

    seen = capture(moved)
    assert (seen.native_id, shown(seen, Branch.THREAD)) == (f"{ROOT}/notes/{key(1)}", (1, 2, 3))


def test_platform_is_named() -> None:
    """As in docs/reference/platforms.md."""
    assert SOURCE.platform == "misskey"


def test_reply_cannot_pass_for_the_first_note() -> None:
    """Whatever id it claims."""
    server = plain()
    server.add(20, "eve", 1, uri=f"{ROOT}/notes/{key(1)}", text="forged")
    seen = capture(server)
    assert shown(seen, Branch.THREAD) == (1, 2, 3, 4, 5)
    assert seen.author.handle == "ann@mk.example"
    assert all("forged" not in post.text for post in seen.posts)


def test_refusal_that_broke_off_is_an_error() -> None:
    """Without a code nothing counts as gone."""
    server = plain()
    server.fixed["/api/notes/show"] = Answer(body=b'{"error": {"co', status=400)
    with pytest.raises(errors.FetchError, match="answered 400"):
        capture(server)


def test_lists_without_end_are_left() -> None:
    """Of the author's notes, and of the replies to one; both limits are said."""
    server = plain(1)
    like = server._packed(server.notes[key(1)])

    def notes(first: int, **fields: object) -> Answer:
        shown = [
            like | {"id": key(n), "replyId": key(1)} | fields for n in range(first, first + 100)
        ]
        return Answer(shown)

    def endless(request: FetchRequest) -> Answer:
        body = request.body.decode()
        if request.url.endswith("/users/notes"):
            since = int(body.partition('"sinceId":"a')[2][:7])
            return notes(since + 1)
        if request.url.endswith("/notes/children"):
            until = body.partition('"untilId":"a')[2][:7]
            return notes(int(until or 500_000) - 100, userId="u5", repliesCount=0)
        return server(request)

    seen = capture(endless)
    assert "listed for 30 pages only" in seen.completeness.reason
    assert "read for 50 pages only" in seen.completeness.reason
    assert seen.completeness.expected is None


def test_thread_is_the_same_by_http_and_https() -> None:
    """The server redirects, and its word counts."""
    there = plain()

    def moved(request: FetchRequest) -> Answer:
        if request.url.startswith(ROOT):
            return there(request)
        onward = request.url.replace("http://", "https://")
        return Answer(status=301, headers=(("Location", onward),))

    seen = capture(moved, f"http://mk.example/notes/{key(3)}")
    assert (seen.native_id, shown(seen, Branch.THREAD)) == (
        f"{ROOT}/notes/{key(1)}",
        (1, 2, 3, 4, 5),
    )
    account = listed(moved, "http://mk.example/@ann")[1]
    assert account.thread_urls == (f"{ROOT}/notes/{key(1)}",)


@given(st.lists(st.integers(1, 12), max_size=12))
def test_no_answer_is_lost_whatever_it_answers(parents: list[int]) -> None:
    """What hangs on the first note is there, each note once, whatever circles there are."""
    server = plain(1)
    for number, parent in enumerate(parents, start=2):
        server.add(number, "ann" if number % 2 else "bob", None, replyId=key(parent))
    for name, note in server.notes.items():
        note["repliesCount"] = sum(each["replyId"] == name for each in server.notes.values())
    hanging = {1}
    for _ in parents:
        hanging |= {n for n, parent in enumerate(parents, start=2) if parent in hanging}
    seen = capture(server)
    numbers = [int(post.id.rpartition("/a")[2]) for post in seen.posts]
    assert numbers[0] == 1
    assert sorted(numbers) == sorted(hanging)
