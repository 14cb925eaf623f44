"""What did a post say before it was edited, by its server's own word? (protocols 2.4)"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator

from archiver.errors import FetchError, ParseError
from archiver.models import Branch, Exchange, Post
from archiver.sources.answers import json_value, why
from archiver.sources.fields import Fields
from archiver.sources.mastodon.conversation import Conversation
from archiver.sources.mastodon.status import read_version
from archiver.sources.mastodon.talk import question
from archiver.sources.mastodon.urls import PLATFORM

_MAX_HISTORIES = 50
_MAX_VERSIONS = 1_000


def ask_versions(conversation: Conversation) -> None:
    """
    Ask for the earlier versions of the thread's edited posts.

    What cannot be read is noted: the thread is whole without it.

    Raises:
        Missing: If something must be asked first.
    """
    talk, members = conversation.talk, conversation.members()
    edited = [
        members[place.id]
        for place in conversation.places()
        if place.branch is Branch.THREAD
        and not place.gap
        and members[place.id].post.edited_at is not None
    ]
    if len(edited) > _MAX_HISTORIES:
        talk.note(f"of {len(edited)} edited posts, {_MAX_HISTORIES} were asked for their versions")
    asked = edited[:_MAX_HISTORIES]
    answers = talk.answers.get_all([question(talk.site.history(each.id)) for each in asked])
    for status, answer in zip(asked, answers, strict=True):
        try:
            conversation.history += _earlier(answer, status.post)
        except (FetchError, ParseError) as err:
            talk.note(f"earlier versions could not be read ({why(err)})")


def _earlier(answer: Exchange, current: Post) -> list[Post]:
    """Give the versions before the current one, oldest first; the first was no edit."""
    last = current.edited_at
    versions = [(at, post) for at, post in _versions(answer, current) if last and at < last]
    versions.sort(key=lambda each: each[0])
    return [
        dataclasses.replace(post, edited_at=at if number else None)
        for number, (at, post) in enumerate(versions)
    ]


def _versions(answer: Exchange, current: Post) -> Iterator[tuple[dt.datetime, Post]]:
    value = json_value(answer, platform=PLATFORM, subject="the versions of the post")
    edits = Fields({"answer": value}, answer.request.url, PLATFORM).objects("answer")
    for edit in edits[:_MAX_VERSIONS]:
        yield edit.time("created_at"), read_version(edit, current)
