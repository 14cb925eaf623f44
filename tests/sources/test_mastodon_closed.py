"""Is a thread of a server whose API is closed read by ActivityPub, as the thread that it is?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from archiver import errors
from archiver.models import (
    Author,
    Completeness,
    Exchange,
    FetchRequest,
    KnownPost,
    ListingObservation,
    Observation,
    Post,
    RefKind,
    SourceRef,
    ThreadObservation,
)
from archiver.sources.mastodon import Mastodon
from tests.sources.mastodon_server import MastodonServer
from tests.sources.mastodon_threads import ROOT, SEED, capture, five_posts, uri
from tests.sources.playing import Answer, ask_whole, known_of


@dataclass(frozen=True)
class Documents:
    """A source that reads one document of ActivityPub."""

    platform: str = "activitypub"
    error: errors.ArchiverError | None = None
    kind: RefKind = RefKind.THREAD
    takes: bool = True

    def match(self, url: str) -> SourceRef | None:
        """Take any address, or none."""
        return SourceRef(self.platform, self.kind, url) if self.takes else None

    def plan(self, ref: SourceRef, seen: Sequence[Exchange]) -> Sequence[FetchRequest]:
        """Ask for the address itself."""
        asked = any(each.request.url == ref.url for each in seen)
        return () if asked else (FetchRequest(ref.url),)

    def parse(self, ref: SourceRef, seen: Sequence[Exchange]) -> Observation:
        """Give a thread of one post."""
        if self.error is not None:
            raise self.error
        if self.kind is RefKind.ACCOUNT:
            return ListingObservation(self.platform, ref.url, (SEED,), seen[0].at)
        post = Post(id=uri(100), author=Author("x"), text=f"{len(ref.known)} known")
        done = Completeness(None, 1, 0, "as far as its replies go")
        return ThreadObservation(
            self.platform, uri(100), ref.url, Author("x"), (post,), done, seen[0].at
        )


@pytest.fixture
def server() -> MastodonServer:
    """A server that shows nothing without its token."""
    server = five_posts()
    server.token = "secret"
    return server


def test_closed_server_is_read_by_activitypub(server: MastodonServer) -> None:
    """The thread keeps its identity, and it is said how it was read."""
    source = Mastodon(fallback=Documents())
    played, parse = ask_whole(source, SEED, server.whole)
    seen = parse()
    assert isinstance(seen, ThreadObservation)
    assert (seen.platform, seen.native_id) == ("mastodon", uri(100))
    assert played.asked == [f"{ROOT}/api/v1/statuses/100", SEED]
    assert seen.completeness.reason == (
        "as far as its replies go; read by ActivityPub, since the server's API is closed to"
        " strangers"
    )


def test_thread_is_the_same_before_and_after_its_server_closed(server: MastodonServer) -> None:
    """What was stored is known to the other way, and the id does not change."""
    before = capture(server)
    source = Mastodon(fallback=Documents())
    after = ask_whole(source, SEED, server.whole, known_of(before))[1]()
    assert isinstance(after, ThreadObservation)
    assert after.native_id == before.native_id
    assert after.posts[0].text == "5 known"


def test_closed_account_is_read_by_activitypub(server: MastodonServer) -> None:
    """Its threads are still captured as Mastodon's."""
    source = Mastodon(fallback=Documents(kind=RefKind.ACCOUNT))
    seen = ask_whole(source, f"{ROOT}/@desk", server.whole)[1]()
    assert isinstance(seen, ListingObservation)
    assert (seen.platform, seen.thread_urls) == ("mastodon", (SEED,))


def test_post_of_another_server_that_claims_an_address_blocks_no_other_source() -> None:
    """Whatever a thread from elsewhere holds, this server runs what it says it runs."""
    known = (
        KnownPost("https://evil.example/users/mal/statuses/5", "https://evil.example/@mal/5"),
        KnownPost(SEED, SEED),
    )
    with pytest.raises(errors.NotThisPlatform):
        capture(lambda url: Answer(body=b"<p>", status=404, mime="text/html"), known=known)


@pytest.mark.parametrize(
    ("has_token", "kind"), [(False, errors.CredentialMissing), (True, errors.AccessDenied)]
)
@pytest.mark.parametrize("known", [(), (KnownPost(uri(100), SEED),)])
def test_missing_token_is_named_if_nothing_else_works(
    server: MastodonServer,
    has_token: bool,
    kind: type[errors.AccessDenied],
    known: tuple[KnownPost, ...],
) -> None:
    """The variable to set, and for which host; a refused one is to be renewed."""
    wrong = errors.ParseError("no document", uri_r=SEED, platform="activitypub")
    source = Mastodon(fallback=Documents(error=wrong), has_token=has_token)
    with pytest.raises(kind) as caught:
        ask_whole(source, SEED, server.whole, known)[1]()
    assert type(caught.value) is kind
    assert "ARCHIVER_MASTODON_TOKENS=social.example=TOKEN" in str(caught.value)
    assert caught.value.status == 401


def test_requests_name_the_credential_and_no_secret(server: MastodonServer) -> None:
    """The client adds the token, for that host alone."""
    asked: list[FetchRequest] = []

    def answered(request: FetchRequest) -> Answer:
        asked.append(request)
        return server(request.url)

    ask_whole(Mastodon(), SEED, answered)
    api = [each for each in asked if "/api/" in each.url]
    assert {each.credential for each in api} == {"mastodon"}
    assert not any("Authorization" in dict(each.headers) for each in asked)


def test_list_needs_the_token_of_who_made_it(server: MastodonServer) -> None:
    """ActivityPub knows no lists."""
    with pytest.raises(errors.CredentialMissing, match="ARCHIVER_MASTODON_TOKENS"):
        ask_whole(Mastodon(fallback=Documents()), f"{ROOT}/lists/7", server.whole)[1]()


def test_address_that_the_other_way_does_not_know_needs_a_token(server: MastodonServer) -> None:
    """There is no other way then."""
    source = Mastodon(fallback=Documents(takes=False))
    assert source.platform == "mastodon"
    with pytest.raises(errors.CredentialMissing):
        ask_whole(source, SEED, server.whole)[1]()
