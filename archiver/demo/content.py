"""Where do the posts of social.example come from? From its files, and a bulletin for each day."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from archiver.demo import files
from archiver.demo.board import Account, DemoPost, Picture, Poll, Version

ROOT = "110000000000000001"

_FIRST_REPLY = 110_000_000_000_000_100
_FIRST_REPLY_AT = dt.datetime(2026, 5, 12, 7, 2, tzinfo=dt.UTC)
_FIRST_BULLETIN = 109_999_000_000_000_000
_FIRST_BULLETIN_AT = dt.datetime(2026, 3, 27, 5, 30, tzinfo=dt.UTC)
_BULLETINS = 45  # so many that the account's list has a second page


def load() -> tuple[dict[str, Account], tuple[DemoPost, ...]]:
    """Give the accounts by name, and all posts in order of their ids."""
    given = tomllib.loads(files.text("social", "thread.toml"))
    accounts = {each["username"]: _account(each) for each in given["account"]}
    posts: dict[str, DemoPost] = {}
    for each in (*_bulletins(), *given["post"]):
        _add(posts, accounts, each)
    for each in _replies():
        _add(posts, accounts, each)
    return accounts, tuple(sorted(posts.values(), key=lambda post: int(post.id)))


def _account(given: Mapping[str, Any]) -> Account:
    return Account(
        id=given["id"],
        username=given["username"],
        name=given["name"],
        note=given["note"],
        avatar=given["avatar"],
    )


def _add(
    posts: dict[str, DemoPost], accounts: Mapping[str, Account], given: Mapping[str, Any]
) -> None:
    account = accounts[given["by"]]
    parent = posts.get(given.get("reply_to", ""))
    posts[given["id"]] = DemoPost(
        id=given["id"],
        account=account,
        text=given["text"].strip(),
        at=given["at"],
        reply_to=parent.id if parent else None,
        reply_to_account=_answered(parent, account) if parent else None,
        edited_at=given.get("edited_at"),
        earlier=tuple(Version(old["at"], old["text"].strip()) for old in given.get("earlier", ())),
        spoiler=given.get("spoiler", ""),
        sensitive=given.get("sensitive", False),
        language=given.get("language"),
        pictures=tuple(Picture(**picture) for picture in given.get("media", ())),
        poll=_poll(given["poll"]) if "poll" in given else None,
        quote=given.get("quote"),
        boost=given.get("boost"),
        visibility=given.get("visibility", "public"),
        deleted=given.get("deleted", False),
    )


def _answered(parent: DemoPost, author: Account) -> str:
    """Who continues an own reply is written down as answering whom that reply answered."""
    if parent.account == author and parent.reply_to_account is not None:
        return parent.reply_to_account
    return parent.account.id


def _poll(given: Mapping[str, Any]) -> Poll:
    options = tuple((str(title), int(votes)) for title, votes in given["options"])
    return Poll(options, given["closes_at"], given["voters"])


def _replies() -> Iterator[Mapping[str, Any]]:
    given = tomllib.loads(files.text("social", "replies.toml"))["replies"]
    for number, (name, answered, text) in enumerate(given, start=1):
        yield {
            "id": str(_FIRST_REPLY + number),
            "by": name,
            "at": _FIRST_REPLY_AT + dt.timedelta(seconds=50 * number),
            "language": "en",
            "reply_to": str(_FIRST_REPLY + answered) if answered else ROOT,
            "text": text,
        }


def _bulletins() -> Iterator[Mapping[str, Any]]:
    for day in range(_BULLETINS):
        at = _FIRST_BULLETIN_AT + dt.timedelta(days=day)
        high = dt.timedelta(minutes=310 + 50 * day % 745)
        yield {
            "id": str(_FIRST_BULLETIN + day),
            "by": "harbour_desk",
            "at": at,
            "language": "en",
            "text": f"Good morning, Eldhaven. High water today at {_clock(high)}. #Tide",
        }


def _clock(of_day: dt.timedelta) -> str:
    hours, minutes = divmod(int(of_day.total_seconds()) // 60, 60)
    return f"{hours % 24:02}:{minutes:02} UTC"
