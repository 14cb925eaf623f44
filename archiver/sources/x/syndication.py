"""What does the syndication endpoint show? Single posts, and upwards from the last one (5.2)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from archiver import errors
from archiver.core.richtext import RichText, clean, title_of
from archiver.core.selfthread import Node, Place, arrange
from archiver.models import (
    Author,
    Branch,
    Completeness,
    Exchange,
    FetchRequest,
    Media,
    Post,
    Quote,
    SourceRef,
    ThreadObservation,
)
from archiver.sources.answers import Answers, ask, failure, json_object, record_ids, reduced
from archiver.sources.fields import Fields, time_of
from archiver.sources.x import urls
from archiver.sources.x.media import read_old_medium
from archiver.sources.x.post import language
from archiver.sources.x.text import compose, entities_of
from archiver.sources.x.token import token_of
from archiver.sources.x.urls import PLATFORM

MAX_STEPS = 1_000


@dataclass(frozen=True, slots=True)
class Single:
    """
    A post as this endpoint shows it.

    Attributes:
        author: Number of its author; empty if that is not shown.
        parent: Id of the post that it answers.
        parent_author: Name of who wrote that.
    """

    id: str
    author: str
    parent: str | None
    parent_author: str
    fields: Fields


@dataclass(slots=True)
class Walk:
    """
    The way up from a post.

    Attributes:
        posts: From the last one upwards.
        above: Id of the post over the topmost, if that is not shown, and why it is not.
        gone: The endpoint itself says that `above` is not there.
    """

    posts: list[Single] = field(default_factory=list)
    above: str = ""
    why: str = ""
    notes: list[str] = field(default_factory=list)

    @property
    def root(self) -> str:
        """Id of the first post, as far as that is known."""
        return self.above or self.posts[-1].id


def _single(answer: Exchange) -> Single | None:
    """Read an answer; None for a tombstone or an empty one. Raises FetchError and ParseError."""
    wrong = failure(answer, subject="the post")
    if isinstance(wrong, errors.NotFound):
        return None
    if wrong is not None:
        raise wrong
    post = json_object(answer, platform=PLATFORM, subject="the post")
    if not post.values or post.words("__typename") == "TweetTombstone":
        return None
    version = post.text("id_str")
    if not urls.is_id(version):
        post.refuse("id_str", "the number of a post")
    control = post.maybe_inner("edit_control")
    ids = control.texts("edit_tweet_ids") if control else ()
    first = min((*filter(urls.is_id, ids), version), key=int)
    parent = post.words("in_reply_to_status_id_str")
    return Single(
        id=first,
        author=post.inner("user").text("id_str"),
        parent=parent if urls.is_id(parent) else None,
        parent_author=post.words("in_reply_to_screen_name"),
        fields=post,
    )


def walk(ref: SourceRef, base: str, answers: Answers) -> Walk:
    """
    Read a post, and what it answers, up to the first one.

    Raises:
        Missing: If something must be asked first.
        FetchError: If the post that was named cannot be read; NotFound if it is not shown.
        ParseError: If its answer is not what is known.
    """
    found = Walk()
    wanted: str | None = ref.key[0]
    passed: set[str] = set()
    while wanted is not None:
        if wanted in passed or len(passed) >= MAX_STEPS:
            found.above = "" if wanted in passed else wanted
            found.notes.append(
                "its posts answer each other in a circle"
                if wanted in passed
                else f"stopped after {MAX_STEPS:,} steps upwards"
            )
            break
        passed.add(wanted)
        single = _step(found, ref, answers.get(_request(base, wanted)))
        if single is None:
            found.above = wanted
            break
        passed.add(single.id)
        found.posts.append(single)
        wanted = single.parent
    return found


def _step(found: Walk, ref: SourceRef, answer: Exchange) -> Single | None:
    try:
        single = reduced(answer, _single)
    except (errors.FetchError, errors.ParseError) as err:
        if not found.posts:
            raise
        found.notes.append(f"a post above could not be read ({str(err).rstrip('.')})")
        return None
    if single is None and not found.posts:
        raise errors.NotFound(
            f"{ref.url}: the post is not shown: deleted, private, withheld, or the address is"
            " wrong",
            uri_r=ref.url,
        )
    if single is None:
        found.notes.append("a post above is deleted, private or withheld")
    return single


def _request(base: str, post_id: str) -> FetchRequest:
    return ask(f"{base}/tweet-result?id={post_id}&lang=en&token={token_of(post_id)}")


def observe(ref: SourceRef, base: str, answers: Answers) -> ThreadObservation:
    """
    Give the thread as far up as it is shown.

    Raises:
        FetchError, ParseError: As `walk` says.
    """
    found = walk(ref, base, answers)
    now = answers.seen[0].at
    singles = {each.id: each for each in found.posts}
    top = found.posts[-1]
    author = _whose(found, top)
    nodes = [Node(each.id, each.author, each.parent) for each in found.posts]
    unseen = {found.above: author.id} if found.above else {}
    places = arrange(nodes, found.root, author=author.id or "nobody", unseen=unseen)
    posts = tuple(_post(singles, author, place, now) for place in places)
    root = posts[0]
    return ThreadObservation(
        platform=PLATFORM,
        native_id=found.root,
        url=root.url,
        author=author,
        posts=posts,
        completeness=_completeness(found, posts),
        observed_at=now,
        title="" if root.gap else title_of(root.text) or f"Thread by {author.name}",
        language=root.language,
        record_ids=record_ids(answers.seen),
    )


def _whose(found: Walk, top: Single) -> Author:
    """Say who wrote the first post; if it is not shown, its children still name its author."""
    author = _author(top.fields.inner("user"))
    if not found.above or top.parent_author.lower() == author.handle.lower():
        return author
    name = top.parent_author if urls.is_name(top.parent_author) else ""
    return Author("", name, url=urls.account_page(name))


def _author(user: Fields) -> Author:
    name = user.words("screen_name")
    name = name if urls.is_name(name) else ""
    return Author(
        id=user.text("id_str"),
        handle=name,
        name=clean(user.words("name")).strip(),
        url=urls.account_page(name),
        avatar_url=urls.avatar(user.words("profile_image_url_https")),
    )


def _post(singles: Mapping[str, Single], author: Author, place: Place, now: dt.datetime) -> Post:
    single = singles.get(place.id)
    if single is None:
        return Post(
            id=place.id,
            author=author if place.branch is Branch.THREAD else None,
            url=urls.post_page(author.handle, place.id),
            created_at=urls.time_of(place.id, now),
            parent_id=place.parent,
            branch=place.branch,
            gap=True,
        )
    post, who = single.fields, _author(single.fields.inner("user"))
    words, quoted = _said(post), post.maybe_inner("quoted_tweet")
    version, made = post.text("id_str"), time_of(post.words("created_at"))
    edited = version != single.id
    return Post(
        id=single.id,
        author=who,
        url=urls.post_page(who.handle, single.id),
        text=words.text,
        html=words.html,
        created_at=urls.time_of(single.id, now) or (None if edited else made),
        edited_at=urls.time_of(version, now) if edited else None,
        parent_id=place.parent,
        branch=place.branch,
        links=words.links,
        mentions=words.mentions,
        hashtags=words.hashtags,
        media=_media(post),
        quote=_quote(quoted) if quoted else None,
        sensitive=post.flag("possibly_sensitive"),
        language=language(post.words("lang")),
        bare=True,
    )


def _said(post: Fields) -> RichText:
    quoted = post.maybe_inner("quoted_tweet")
    ids = {quoted.words("id_str")} if quoted else set()
    entities = entities_of(
        post.maybe_inner("entities"),
        indices=True,
        decorations=frozenset(ids),
        own=frozenset({post.words("id_str")}),
    )
    return compose(post.words("text"), entities)


def _media(post: Fields) -> tuple[Media, ...]:
    found = (read_old_medium(each) for each in post.objects("mediaDetails"))
    return tuple(dict.fromkeys(each for each in found if each is not None))


def _quote(quoted: Fields) -> Quote | None:
    if not urls.is_id(quoted.words("id_str")):
        return None
    author, words = _author(quoted.inner("user")), _said(quoted)
    page = urls.post_page(author.handle, quoted.words("id_str"))
    return Quote(page, author=author, text=words.text, html=words.html)


def _completeness(found: Walk, posts: Sequence[Post]) -> Completeness:
    own = [post for post in posts if post.branch is Branch.THREAD]
    gaps = sum(post.gap for post in own)
    cut = sum(each.fields.has("note_tweet") for each in found.posts)
    said = [
        "read upwards from the post that was named; what follows it is not shown without a token"
    ]
    if cut:
        said.append(
            f"{cut} of its posts {'is' if cut == 1 else 'are'} long and shown by the beginning only"
        )
    return Completeness(None, len(own) - gaps, gaps, "; ".join((*said, *found.notes)))
