"""Which threads did an account, the members of a list, or a hashtag begin lately?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from archiver import errors
from archiver.models import Author, Exchange, FetchRequest, ListingObservation, RefKind, SourceRef
from archiver.sources.answers import Answers, record_ids, reduced
from archiver.sources.x import urls
from archiver.sources.x.api import BATCH, LISTED, Api, body_of, page_of, refusal, says_gone
from archiver.sources.x.post import Shown, read_user
from archiver.sources.x.urls import PLATFORM


@dataclass(frozen=True, slots=True)
class _Asked:
    request: FetchRequest
    title: str
    author: Author | None = None


def read(ref: SourceRef, api: Api, answers: Answers) -> ListingObservation:
    """
    Read the newest posts and give the threads that they belong to.

    Reposts and replies to others are left out. A reply to oneself leads to the first post of its
    thread, if that is by the same author.

    Raises:
        Missing: If something must be asked first.
        FetchError: If the account or list cannot be read.
        ParseError: If an answer is not what is documented.
    """
    asked = _asked(ref, api, answers)
    answer = answers.get(asked.request)
    page = reduced(answer, page_of)
    if not page.posts and page.refused:
        raise _refused(ref.url, page.refused)
    roots = _roots(page.posts, api, answers)
    limits = [f"the newest {LISTED} posts are read; there are more"] if page.token else []
    if page.odd:
        limits.append("some posts were not understood")
    return ListingObservation(
        platform=PLATFORM,
        url=ref.url if asked.author is None else asked.author.url or ref.url,
        thread_urls=tuple(urls.seed(each) for each in sorted(roots, key=int, reverse=True)),
        observed_at=answers.seen[0].at,
        author=asked.author,
        title=asked.title,
        reason="; ".join(limits),
        record_ids=record_ids(answers.seen),
    )


def _asked(ref: SourceRef, api: Api, answers: Answers) -> _Asked:
    name = ref.key[0]
    if ref.kind is RefKind.LIST:
        return _Asked(api.members(name), f"List {name} on X")
    if ref.kind is RefKind.TAG:
        return _Asked(api.tagged(name), f"#{name} on X")
    author = reduced(answers.get(api.account(name)), _account)
    return _Asked(api.timeline(author.id), author.name or author.handle, author)


def _account(answer: Exchange) -> Author:
    body = body_of(answer, subject="the account")
    if not body.has("data"):
        raise _refused(answer.request.url.partition("?")[0], refusal(body) or "not shown")
    return read_user(body.inner("data"))


def _refused(url: str, title: str) -> errors.FetchError:
    kind = errors.NotFound if says_gone(title) else errors.AccessDenied
    return kind(f"{url}: X does not show this ({title})", uri_r=url)


def _roots(posts: Sequence[Shown], api: Api, answers: Answers) -> dict[str, None]:
    """Give first posts of threads; those that are only named are looked up, to see whose."""
    shown = {each.version: each for each in posts}
    roots: dict[str, None] = {}
    unknown: dict[str, str] = {}
    for each in posts:
        if each.reposted or (each.parent and each.parent_author != each.author):
            continue
        if each.parent is None:
            roots[each.id] = None
        elif each.conversation not in shown:
            unknown.setdefault(each.conversation, each.author)
        elif shown[each.conversation].author == each.author:
            roots[shown[each.conversation].id] = None
    if unknown:
        page = reduced(answers.get(api.roots(tuple(unknown)[:BATCH])), page_of)
        for found in page.posts:
            if unknown.get(found.version) == found.author:
                roots[found.id] = None
    return roots
