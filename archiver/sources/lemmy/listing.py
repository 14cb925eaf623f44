"""Which threads are new in a community of a Lemmy server, or by one of its people?"""

from __future__ import annotations

from archiver.models import Exchange, ListingObservation, RefKind, SourceRef
from archiver.sources.answers import Answers, ask, record_ids
from archiver.sources.fields import Fields
from archiver.sources.hosts import read_each
from archiver.sources.lemmy.api import reach, read
from archiver.sources.lemmy.entry import Entry, read_author
from archiver.sources.lemmy.urls import PLATFORM

_MOST = 40


def read_listing(ref: SourceRef, answers: Answers) -> ListingObservation:
    """
    Read the newest posts of a community or a person; comments elsewhere are left out.

    Raises:
        Missing: If something must be asked first.
        NotThisPlatform: If the server runs something else.
        FetchError: If it cannot be read.
        ParseError: If an answer is not what is documented.
    """
    is_person = ref.kind is RefKind.ACCOUNT
    probe = "person" if is_person else "posts_of"
    site = reach(answers, ref.key[0], probe=probe, ident=ref.key[2])
    asked = site.person(ref.key[2]) if is_person else site.posts_of(ref.key[2])
    answer = answers.get(ask(asked))
    subject = "the person" if is_person else "the community"
    told = read(answer, subject=subject)
    views, bad = _views(told, answer)
    posts = sorted(views, key=lambda each: (each.created_at, each.id), reverse=True)
    urls = tuple(dict.fromkeys(each.uri for each in posts if not each.gone))
    creator = _person(told, posts) if is_person else None
    author = read_author(creator) if creator else None
    return ListingObservation(
        platform=PLATFORM,
        url=author.url if author and author.url else ref.url,
        thread_urls=urls[:_MOST],
        observed_at=answers.seen[0].at,
        author=author,
        title=author.name if author else ref.key[2],
        reason=f"{bad} posts were not what is documented" if bad else "",
        record_ids=record_ids(answers.seen),
    )


def _views(told: Fields, answer: Exchange) -> tuple[list[Entry], int]:
    name = next((each for each in ("posts", "items", "content") if told.has(each)), "posts")
    if not told.has(name):
        told.refuse(name, "a list")
    url = answer.request.url
    return read_each(told.values[name], Entry.of_post, uri_r=url, platform=PLATFORM, place=name)


def _person(told: Fields, posts: list[Entry]) -> Fields | None:
    view = told.maybe_inner("person_view")
    if view is not None:
        return view.inner("person")
    return posts[0].creator if posts else None
