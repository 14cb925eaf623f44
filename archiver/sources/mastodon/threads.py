"""Which threads does an account, a hashtag or a list of a Mastodon server show lately?"""

from __future__ import annotations

from collections.abc import Iterable

from archiver.errors import FetchError, ParseError
from archiver.models import ListingObservation, RefKind, SourceRef
from archiver.sources.answers import Answers, record_ids
from archiver.sources.mastodon import answer as read
from archiver.sources.mastodon.listing import newest
from archiver.sources.mastodon.status import Account, Status
from archiver.sources.mastodon.talk import Talk, by_age
from archiver.sources.mastodon.urls import PLATFORM, Site, account_of, server_of

_ENOUGH = 20
_MOST = 40
_MAX_PAGES = 3
_MAX_CONTEXTS = 10


def read_listing(ref: SourceRef, answers: Answers) -> ListingObservation:
    """
    Read the newest threads of an account, a tag or a list.

    Of an account boosts and replies to others are left out. A tag or list shows single posts;
    each leads to its thread when it is captured.

    Raises:
        Missing: If something must be asked first.
        FetchError: If the account or the listing cannot be read.
        ParseError: If an answer is not what is documented.
    """
    return _account(ref, answers) if ref.kind is RefKind.ACCOUNT else _timeline(ref, answers)


def _timeline(ref: SourceRef, answers: Answers) -> ListingObservation:
    talk = Talk(Site(ref.key[0]), answers)
    is_tag = ref.kind is RefKind.TAG
    url = talk.site.tag(ref.key[1]) if is_tag else talk.site.list_of(ref.key[1])
    for page in newest(talk, url, _MAX_PAGES):
        talk.take(page)
        if len(_tops(talk)) >= _MOST:
            break
    title = f"#{ref.key[1]}" if is_tag else f"List {ref.key[1]}"
    return _listing(ref, talk, _tops(talk), title=title)


def _account(ref: SourceRef, answers: Answers) -> ListingObservation:
    talk = Talk(Site(ref.key[0]), answers)
    account = read.account(talk.ask(talk.site.lookup(ref.key[1])))
    talk, account = _at_home(talk, account)
    return _listing(ref, talk, _roots(talk, account.id), account=account)


def _listing(
    ref: SourceRef,
    talk: Talk,
    tops: Iterable[Status],
    *,
    account: Account | None = None,
    title: str = "",
) -> ListingObservation:
    urls = [each.post.url or each.uri for each in reversed(by_age(tuple(tops)))]
    if talk.unread:
        talk.note(f"at least {talk.unread} posts could not be read")
    return ListingObservation(
        platform=PLATFORM,
        author=account.author if account else None,
        title=title,
        url=(account.author.url if account else "") or ref.url,
        thread_urls=tuple(dict.fromkeys(urls))[:_MOST],
        observed_at=talk.answers.seen[0].at,
        reason="; ".join(talk.notes),
        record_ids=record_ids(talk.answers.seen),
    )


def _at_home(talk: Talk, account: Account) -> tuple[Talk, Account]:
    """Go to the account's own server, which alone knows all of its posts."""
    home = server_of(account.author.url)
    name = account_of(account.author.url) or account.author.handle.partition("@")[0]
    if home is None or home.authority == talk.site.authority:
        return talk, account
    there = Talk(home, talk.answers)
    try:
        return there, read.account(there.ask(home.lookup(name)))
    except (FetchError, ParseError):
        talk.note(f"{home.authority} did not answer: these are the posts known elsewhere")
        return talk, account


def _roots(talk: Talk, account: str) -> list[Status]:
    for page in newest(talk, talk.site.posts_of(account), _MAX_PAGES):
        talk.take(page)
        if len(_tops(talk, account)) >= _ENOUGH:
            break
    for top in _tops(talk, account)[:_MAX_CONTEXTS]:
        if top.parent is not None:
            talk.around(top.id)
    return _tops(talk, account)


def _tops(talk: Talk, account: str | None = None) -> list[Status]:
    """
    Give the first posts of threads, newest first: nobody's reply, or the highest to be seen.

    Args:
        account: Only threads that this account began.
    """
    tops: dict[str, Status] = {}
    highest: dict[str, str] = {}
    for status in by_age(tuple(talk.statuses.values())):
        top = _top(talk, status, highest)
        if account is None or (top.account == account and not top.is_orphan):
            tops[top.id] = top
    return list(reversed(tops.values()))


def _top(talk: Talk, status: Status, highest: dict[str, str]) -> Status:
    """Climb, but not where somebody climbed before."""
    top = status
    climbed: dict[str, None] = {}
    while top.id not in climbed:
        climbed[top.id] = None
        above = talk.statuses.get(highest.get(top.id) or top.parent or "")
        if above is None or above.id == top.id:
            break
        top = above
    highest.update(dict.fromkeys(climbed, top.id))
    return top
