"""How is X's API asked, and what do its answers hold? (protocols 5.1)"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import quote

from archiver import errors
from archiver.models import Exchange, FetchRequest
from archiver.sources.answers import ask, failure, json_object
from archiver.sources.fields import Fields
from archiver.sources.x import urls
from archiver.sources.x.post import Shown
from archiver.sources.x.rows import rows
from archiver.sources.x.urls import PLATFORM

CREDENTIAL = "x"
BATCH = 100
"""So many posts may be named in one lookup, and so many come on one page of a search."""
LISTED = 40
"""So many of the newest posts of an account, list or hashtag are read: each is paid."""

_PAUSE_S = 5.0
_LONGEST_S = 901.0
_TWEET_FIELDS = (
    "attachments,author_id,conversation_id,created_at,edit_controls,edit_history_tweet_ids,"
    "entities,in_reply_to_user_id,lang,note_tweet,possibly_sensitive,public_metrics,"
    "referenced_tweets"
)
_LISTED_FIELDS = "author_id,conversation_id,created_at,in_reply_to_user_id,referenced_tweets"
# Posts that are only referred to, and accounts that are only mentioned, would be paid too: those
# that matter are looked up by themselves.
_EXPANSIONS = "author_id,attachments.media_keys,attachments.poll_ids"
_USER_FIELDS = "name,username,profile_image_url,verified"
_MEDIA_FIELDS = "alt_text,type,url,preview_image_url,width,height,variants,duration_ms"
_POLL_FIELDS = "options,end_datetime,voting_status"
_WHOLE = (
    ("tweet.fields", _TWEET_FIELDS),
    ("expansions", _EXPANSIONS),
    ("user.fields", _USER_FIELDS),
    ("media.fields", _MEDIA_FIELDS),
    ("poll.fields", _POLL_FIELDS),
)
_BRIEF = (
    ("max_results", str(LISTED)),
    ("tweet.fields", _LISTED_FIELDS),
)


@dataclass(frozen=True, slots=True)
class Api:
    """
    Where the API answers, and how far its search reaches.

    Attributes:
        base: Its address, with the version.
        reach: `recent` is the last 7 days, `all` everything.
    """

    base: str
    reach: Literal["recent", "all"] = "recent"

    def lookup(self, ids: Sequence[str]) -> FetchRequest:
        """Ask for posts by their numbers, at most `BATCH`."""
        if len(ids) == 1:
            return self._get(f"/tweets/{ids[0]}", _WHOLE)
        return self._get("/tweets", (("ids", ",".join(ids)), *_WHOLE))

    def conversation(self, conversation: str, who: str, token: str) -> FetchRequest:
        """Ask for what an account wrote in a conversation, a page at a time."""
        query = f"conversation_id:{conversation} from:{who}"
        more = (("next_token", token),) if token else ()
        asked = (("query", query), ("max_results", str(BATCH)), *more, *_WHOLE)
        return self._get(f"/tweets/search/{self.reach}", asked)

    def account(self, name: str) -> FetchRequest:
        """Ask whose a name is."""
        return self._get(f"/users/by/username/{name}", (("user.fields", _USER_FIELDS),))

    def timeline(self, account: str) -> FetchRequest:
        """Ask for the newest posts of an account, without reposts and replies to others."""
        return self._get(f"/users/{account}/tweets", (("exclude", "retweets,replies"), *_BRIEF))

    def members(self, list_id: str) -> FetchRequest:
        """Ask for the newest posts of the members of a list."""
        return self._get(f"/lists/{list_id}/tweets", _BRIEF)

    def tagged(self, tag: str) -> FetchRequest:
        """Ask for the newest posts with a hashtag."""
        return self._get("/tweets/search/recent", (("query", f"#{tag} -is:retweet"), *_BRIEF))

    def roots(self, ids: Sequence[str]) -> FetchRequest:
        """Ask who wrote some posts, and no more."""
        return self._get("/tweets", (("ids", ",".join(ids)), ("tweet.fields", _LISTED_FIELDS)))

    def _get(self, path: str, asked: Sequence[tuple[str, str]]) -> FetchRequest:
        return ask(f"{self.base}{path}?{_query(tuple(asked))}", credential=CREDENTIAL)


@functools.lru_cache(maxsize=4096)  # a long way upwards asks for the same ones in each round
def _query(asked: tuple[tuple[str, str], ...]) -> str:
    return "&".join(f"{name}={quote(value, safe=',.:')}" for name, value in asked)


@dataclass(frozen=True, slots=True)
class Page:
    """
    One answer of the API.

    Attributes:
        posts: Those it gives as asked for.
        missing: Why each post that was asked for is not given: the title of the problem.
        odd: How many posts could not be read.
        refused: The title of the first problem of any kind; empty if there is none.
        token: Names the next page; empty if this is the last.
    """

    posts: tuple[Shown, ...]
    users: Mapping[str, Fields]
    media: Mapping[str, Fields]
    polls: Mapping[str, Fields]
    missing: Mapping[str, str]
    odd: int
    refused: str
    token: str


def page_of(answer: Exchange) -> Page:
    """
    Read an answer that brings posts; one that cannot be read does not lose the others.

    Raises:
        FetchError: As `problem` says.
        ParseError: If it is not what is documented.
    """
    body = body_of(answer, subject="the post")
    included = body.maybe_inner("includes")
    single = isinstance(body.values.get("data"), dict)
    if not single and not isinstance(body.values.get("data", []), list):
        body.refuse("data", "a post or a list of posts")
    listed, strange = ((body.inner("data"),), 0) if single else rows(body, "data")
    posts, odd = _shown(listed)
    meta = body.maybe_inner("meta")
    return Page(
        posts=posts,
        users=_by(included, "users", "id"),
        media=_by(included, "media", "media_key"),
        polls=_by(included, "polls", "id"),
        missing=_missing(body),
        odd=odd + strange,
        refused=refusal(body),
        token=meta.words("next_token") if meta else "",
    )


def _shown(listed: Sequence[Fields]) -> tuple[tuple[Shown, ...], int]:
    shown: list[Shown] = []
    odd = 0
    for each in listed:
        try:
            shown.append(Shown.of(each))
        except errors.ParseError:
            odd += 1
    return tuple(shown), odd


def _by(included: Fields | None, name: str, key: str) -> dict[str, Fields]:
    found, _ = rows(included, name)
    return {str(each.values[key]): each for each in found if isinstance(each.values.get(key), str)}


def _missing(body: Fields) -> dict[str, str]:
    """Posts that are not shown are named in `errors`, also in answers of status 200."""
    missing: dict[str, str] = {}
    for each in rows(body, "errors")[0]:
        named = each.values.get("resource_id") or each.values.get("value")
        title = each.values.get("title")
        is_post = each.values.get("resource_type") in (None, "tweet", "post")
        if isinstance(named, str) and urls.is_id(named) and is_post:
            missing[named] = title if isinstance(title, str) else "not shown"
    return missing


def refusal(body: Fields) -> str:
    """Give the title of the first problem that an answer names; empty if it names none."""
    problems, _ = rows(body, "errors")
    title = problems[0].values.get("title") if problems else ""
    return title if isinstance(title, str) else "not shown"


def says_gone(title: str) -> bool:
    """Say whether the title of a problem means that a post is not there, rather than not shown."""
    return title == "Not Found Error"


def body_of(answer: Exchange, *, subject: str) -> Fields:
    """
    Read an answer as one JSON object.

    Raises:
        FetchError, ParseError: They name the address without its query, which lists all fields.
    """
    url = answer.request.url.partition("?")[0]
    answer = replace(answer, request=replace(answer.request, url=url))
    wrong = problem(answer, subject=subject)
    if wrong is not None:
        raise wrong
    return json_object(answer, platform=PLATFORM, subject=subject)


def problem(answer: Exchange, *, subject: str) -> errors.FetchError | None:
    """
    Say why an answer of the API cannot be used, or None.

    Source: reference/protocols.md, 5.1 (rate limits: `x-rate-limit-reset` is epoch seconds)
    """
    wrong = failure(answer, subject=subject)
    url, status = answer.request.url, answer.status
    if isinstance(wrong, errors.RateLimited):
        wait = wait_s(answer)
        return errors.RateLimited(
            f"{url}: X allows no more requests now (429); it allows them again in {wait:.0f} s",
            uri_r=url,
            status=status,
            retry_after_s=wait,
        )
    if isinstance(wrong, errors.AccessDenied):
        return errors.AccessDenied(
            f"{url}: X refuses the credential ({status}); check the bearer token in"
            " ARCHIVER_X_TOKEN and what its plan allows; nothing counts as deleted",
            uri_r=url,
            status=status,
        )
    if status == 402:
        return errors.AccessDenied(
            f"{url}: X wants to be paid first (402); see to the credits of the token in"
            " ARCHIVER_X_TOKEN",
            uri_r=url,
            status=status,
        )
    return wrong


def wait_s(answer: Exchange) -> float:
    """
    Say how long to wait after a 429, in seconds.

    With requests left it is the rule of one request a second, which is over soon.
    """
    left, reset = (_whole(answer.header(f"x-rate-limit-{name}")) for name in ("remaining", "reset"))
    if left:
        return _PAUSE_S
    if reset is None:
        return _LONGEST_S
    return min(_LONGEST_S, max(10.0, reset - answer.at.timestamp() + 10))


def _whole(value: str | None) -> int | None:
    text = (value or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None
