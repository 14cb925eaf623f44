"""Reddit: posts with their comments, subreddits and accounts (reference/protocols.md, 6)."""

from __future__ import annotations

from collections.abc import Sequence

from archiver.core.selfthread import Node, arrange
from archiver.errors import CredentialMissing, FetchError, NotFound, ParseError
from archiver.models import (
    Author,
    Branch,
    Completeness,
    Exchange,
    FetchRequest,
    ListingObservation,
    Observation,
    Post,
    RefKind,
    SourceRef,
    ThreadObservation,
)
from archiver.sources.answers import Answers, Missing, planning, record_ids, reduced
from archiver.sources.reddit import urls
from archiver.sources.reddit.page import read_listing
from archiver.sources.reddit.talk import Talk
from archiver.sources.reddit.thing import (
    POST,
    Thing,
    author_of,
    read_post,
    title_of,
    url_of,
)
from archiver.sources.reddit.urls import PLATFORM, SITE, Servers

_VARIABLES = "ARCHIVER_REDDIT_CLIENT_ID and ARCHIVER_REDDIT_CLIENT_SECRET"


class Reddit:
    """The API of Reddit, which answers only to those who show a token."""

    def __init__(
        self,
        *,
        api: str = "https://oauth.reddit.com",
        login: str = "https://www.reddit.com",
        has_credential: bool = False,
    ) -> None:
        """
        Args:
            api: Base URL of the API.
            login: Base URL of the site, which share links lead through.
            has_credential: Whether the environment names an application.
        """
        self._servers = Servers(api, login)
        self._has_credential = has_credential

    @property
    def platform(self) -> str:
        """The name of this source."""
        return PLATFORM

    def match(self, url: str) -> SourceRef | None:
        """Recognise a post, a comment, a share link, a subreddit or an account."""
        return urls.match(url)

    @planning
    def plan(self, ref: SourceRef, seen: Sequence[Exchange]) -> Sequence[FetchRequest]:
        """Ask for the post with its comments, then for those that were only named."""
        if not self._has_credential:
            return ()
        answers = Answers.growing(seen)
        if ref.kind is RefKind.THREAD:
            Talk(ref, self._servers, answers).fill(ref.known)
        else:
            self._listing(ref, answers)
        return ()

    def parse(self, ref: SourceRef, seen: Sequence[Exchange]) -> Observation:
        """
        Say what the answers mean.

        Raises:
            CredentialMissing: If nothing was asked, since there is no application to ask as.
            FetchError: If the post, subreddit or account cannot be read.
            ParseError: If an answer is not what is documented.
        """
        answers = Answers.growing(seen)
        try:
            if ref.kind is not RefKind.THREAD:
                return self._listing(ref, answers)
            talk = Talk(ref, self._servers, answers)
        except Missing as need:
            raise (need.ended() if self._has_credential else _lacking(ref)) from need
        try:
            talk.fill(ref.known)
        except Missing:
            talk.limit("the capture ended before everything was asked")
        return _observation(ref, seen, talk)

    def _listing(self, ref: SourceRef, answers: Answers) -> ListingObservation:
        what, name = ref.key
        request = self._servers.listing(what, name)
        answer = answers.get(request)
        if answer.request.url != request.url:  # Reddit sends on to its search
            raise NotFound(f"{ref.url}: Reddit knows no such {_WORDS[what]}", uri_r=ref.url)
        page = reduced(answer, read_listing)
        posts = [each for each in page.things if each.id.startswith(POST)]
        shown = [each for each in posts if not each.gone]
        named = (url_of(each.fields) or f"{SITE}/comments/{each.id[3:]}" for each in shown)
        notes = [f"the newest {len(posts)} posts"] if page.onward else []
        if page.unread:
            notes.append(f"{page.unread} could not be read")
        return ListingObservation(
            platform=PLATFORM,
            url=f"{SITE}/{'r' if what == 'sub' else 'user'}/{name}/",
            author=_owner(name, shown) if what == "user" else None,
            title=f"r/{name}" if what == "sub" else "",
            thread_urls=tuple(dict.fromkeys(named)),
            observed_at=answers.seen[0].at,
            reason="; ".join(notes),
            record_ids=record_ids(answers.seen),
        )


_WORDS = {"sub": "subreddit", "user": "account"}


def _lacking(ref: SourceRef) -> FetchError:
    return CredentialMissing(
        f"{ref.url}: Reddit answers only to registered applications; register one at"
        f" {SITE}/prefs/apps and set {_VARIABLES}",
        uri_r=ref.url,
    )


def _owner(name: str, shown: Sequence[Thing]) -> Author:
    for each in shown:
        found = author_of(each.fields)
        if found is not None and found.name.lower() == name.lower():
            return found
    return Author(id=f"u/{name}", handle=f"u/{name}", name=name, url=f"{SITE}/user/{name}")


def _observation(ref: SourceRef, seen: Sequence[Exchange], talk: Talk) -> ThreadObservation:
    root = talk.root
    if root.gone and not ref.known and len(talk.things) == 1:
        raise NotFound(
            f"{ref.url}: the post was deleted or removed, and nothing is left of it",
            uri_r=ref.url,
            status=404,
        )
    posts = _posts(talk)
    return ThreadObservation(
        platform=PLATFORM,
        native_id=root.id,
        url=url_of(root.fields) or f"{SITE}/comments/{root.id[3:]}",
        author=author_of(root.fields) or Author(id=""),
        posts=posts,
        completeness=_completeness(talk, posts),
        observed_at=seen[0].at,
        title=title_of(root.fields),
        gone=talk.gone,
        record_ids=record_ids(seen),
    )


def _posts(talk: Talk) -> tuple[Post, ...]:
    root = talk.root
    nodes = (
        Node(each.id, each.author, each.parent, each.created_at) for each in talk.things.values()
    )
    posts: list[Post] = []
    for place in arrange(nodes, root.id, author=root.author or "?", unseen={}):
        thing = talk.things.get(place.id)
        post = None
        if thing is not None and not thing.gone:
            post = _readable(talk, thing, place.parent, place.branch)
        if post is None:
            url = url_of(thing.fields) if thing else ""
            post = Post(place.id, None, url, parent_id=place.parent, branch=place.branch, gap=True)
        posts.append(post)
    return tuple(posts)


def _readable(talk: Talk, thing: Thing, parent: str | None, branch: Branch) -> Post | None:
    """Read a post; of a comment that cannot be read, only its place is known."""
    try:
        return read_post(thing, parent_id=parent, branch=branch)
    except ParseError:
        if thing is talk.root:
            raise
        talk.limit("some comments could not be read")
        return None


def _completeness(talk: Talk, posts: Sequence[Post]) -> Completeness:
    own = [post for post in posts if post.branch is Branch.THREAD]
    gaps = sum(post.gap for post in own)
    said = ["every comment that Reddit names was read"] if talk.whole else []
    if talk.root.gone:
        said.append("the post was deleted or removed")
    elif talk.root.fields.has("removed_by_category"):
        said.append("the moderators removed the post; it is shown to whoever has its address")
    said += talk.notes
    return Completeness(
        expected=len(own) if talk.whole else None,
        captured=len(own) - gaps,
        gaps=gaps,
        reason="; ".join(said),
    )
