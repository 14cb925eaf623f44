"""Which threads did a Telegram channel begin lately?"""

from __future__ import annotations

from archiver.errors import AccessDenied, FetchError, ParseError
from archiver.models import Author, ListingObservation, SourceRef
from archiver.sources.answers import Answers, record_ids, reduced
from archiver.sources.telegram.message import Message
from archiver.sources.telegram.page import Page, read_page
from archiver.sources.telegram.urls import PLATFORM, SITE, Server, url_of

MAX_PAGES = 3
_MOST = 40


def read(ref: SourceRef, server: Server, answers: Answers) -> ListingObservation:
    """
    Read a channel's newest posts; those that answer an earlier one stand for its thread.

    Raises:
        Missing: If something must be asked first.
        FetchError: If the channel cannot be read; AccessDenied if it shows no preview.
    """
    name = ref.key[0]
    request = server.newest(name)
    page = reduced(answers.get(request), read_page)
    if not page.is_preview:
        raise AccessDenied(
            f"{SITE}/{name}: Telegram shows no preview of it to strangers: it is a group, a person,"
            " a restricted or private channel, or there is no such name; nothing counts as deleted",
            uri_r=ref.url,
        )
    title, messages, notes = page.title, {each.number: each for each in page.messages}, []
    for _ in range(MAX_PAGES - 1):
        older = _older(name, page, server, answers)
        if older is None:
            notes.append("earlier posts could not be read")
            break
        fresh = {each.number: each for each in older.messages if each.number not in messages}
        if not fresh:
            break
        messages |= fresh
        page = older
    else:
        notes.append(f"the newest {len(messages)} posts of the channel were looked at")
    tops = _tops(messages)[:_MOST]
    author = messages[max(messages)].author if messages else Author("", f"@{name}", title)
    return ListingObservation(
        platform=PLATFORM,
        url=f"{SITE}/{name}",
        author=author,
        title=title,
        thread_urls=tuple(url_of(messages[each].name, each) for each in tops),
        observed_at=answers.seen[0].at,
        reason="; ".join(notes),
        record_ids=record_ids(answers.seen),
    )


def _older(name: str, page: Page, server: Server, answers: Answers) -> Page | None:
    if not page.messages:
        return page
    try:
        return reduced(answers.get(server.before(name, page.messages[0].number)), read_page)
    except (FetchError, ParseError):
        return None


def _tops(messages: dict[int, Message]) -> list[int]:
    """Give the first posts of threads, as far as they are shown, the newest first."""
    top_of: dict[int, int] = {}
    for number in sorted(messages):
        above = messages[number].reply_to
        top_of[number] = number if above is None else top_of.get(above, number)
    return sorted(set(top_of.values()), reverse=True)
