"""Which threads did an account of a Mastodon server begin lately?"""

from __future__ import annotations

from archiver.errors import FetchError, ParseError
from archiver.models import ListingObservation, SourceRef
from archiver.sources.answers import Answers, ask, json_object
from archiver.sources.fields import Fields
from archiver.sources.mastodon.status import Status, read_author
from archiver.sources.mastodon.talk import Page, Talk, by_age
from archiver.sources.mastodon.urls import PLATFORM, Site, page_edge, server_of

_ENOUGH = 20
_MOST = 40
_MAX_PAGES = 3
_MAX_CONTEXTS = 10


def read(ref: SourceRef, answers: Answers) -> ListingObservation:
    """
    Read an account's newest threads; boosts and replies to others are left out.

    Raises:
        Missing: If something must be asked first.
        FetchError: If the account or its posts cannot be read.
        ParseError: If an answer is not what is documented.
    """
    talk = Talk(Site(ref.key[0]), answers)
    account = _look_up(talk, ref.key[1])
    talk, account = _at_home(talk, account)
    roots = _roots(talk, account.text("id"))
    author = read_author(account)
    urls = tuple(_url(each) for each in reversed(by_age(roots)))[:_MOST]
    return ListingObservation(
        platform=PLATFORM,
        author=author,
        url=author.url or ref.url,
        thread_urls=tuple(dict.fromkeys(urls)),
        observed_at=answers.seen[0].at,
        reason="; ".join(talk.notes),
    )


def _look_up(talk: Talk, acct: str) -> Fields:
    answer = talk.answers.get(ask(talk.site.lookup(acct)))
    return json_object(answer, platform=PLATFORM, subject="the account")


def _at_home(talk: Talk, account: Fields) -> tuple[Talk, Fields]:
    """Go to the account's own server, which alone knows all of its posts."""
    home = server_of(account.words("url"))
    if home is None or home.authority == talk.site.authority:
        return talk, account
    there = Talk(home, talk.answers)
    try:
        return there, _look_up(there, account.words("username"))
    except (FetchError, ParseError):
        talk.note(f"{home.authority} did not answer: these are the posts known elsewhere")
        return talk, account


def _roots(talk: Talk, account: str) -> list[Status]:
    page: Page = talk.page(account, None)
    for _ in range(_MAX_PAGES - 1):
        edge = page_edge(page.link, "next")
        if edge is None or not page.statuses or len(_tops(talk, account)) >= _ENOUGH:
            break
        page = talk.page(account, edge)
    for top in _tops(talk, account)[:_MAX_CONTEXTS]:
        if top.parent is not None:
            talk.around(top.id)
    return _tops(talk, account)


def _tops(talk: Talk, account: str) -> list[Status]:
    """Give the first posts of threads: nobody's reply, or the highest that is to be seen."""
    tops: dict[str, Status] = {}
    for status in by_age(tuple(talk.statuses.values())):
        top: Status | None = status
        climbed: set[str] = set()
        while top is not None and top.parent in talk.statuses and top.id not in climbed:
            climbed.add(top.id)
            top = talk.statuses[top.parent or ""]
        if top is not None and top.account == account and not top.is_orphan:
            tops[top.id] = top
    return list(reversed(tops.values()))


def _url(status: Status) -> str:
    return status.fields.words("url") or status.uri
