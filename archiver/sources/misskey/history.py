"""Which earlier versions of a note does a fork of Misskey tell? Misskey itself knows no edits."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from archiver.errors import FetchError, ParseError
from archiver.models import Exchange, Post
from archiver.sources.answers import json_value, why
from archiver.sources.fields import Fields
from archiver.sources.hosts import read_each
from archiver.sources.misskey.mfm import from_mfm
from archiver.sources.misskey.note import Note
from archiver.sources.misskey.talk import Talk
from archiver.sources.misskey.urls import PLATFORM

_ENDPOINTS = {
    "sharkey": "notes/versions",
    "firefish": "notes/history",
    "calckey": "notes/history",
    "iceshrimp": "notes/history",
    "catodon": "notes/history",
}
_MAX_HISTORIES = 50


def ask_versions(talk: Talk, software: str, notes: Iterable[Note]) -> dict[str, Exchange]:
    """
    Ask for the earlier versions of those notes that were edited.

    Returns:
        The answers, by global id: each holds the texts that were replaced, and when.

    Raises:
        Missing: If something must be asked first.
    """
    endpoint = _ENDPOINTS.get(software)
    if endpoint is None:
        return {}
    edited = [note for note in notes if note.edited_at is not None and not note.hidden]
    if len(edited) > _MAX_HISTORIES:
        talk.say(f"earlier versions were asked for at {_MAX_HISTORIES} notes only")
    edited = edited[:_MAX_HISTORIES]
    asked = [talk.call(endpoint, {"noteId": note.id}) for note in edited]
    answers = talk.answers.get_all(asked)
    return {note.uri: answer for note, answer in zip(edited, answers, strict=True)}


def read_versions(talk: Talk, post: Post, answer: Exchange) -> tuple[Post, ...]:
    """Read the earlier versions of a post, oldest first; a limit is said if they are unreadable."""
    try:
        return tuple(_versions(talk, post, answer))
    except (FetchError, ParseError) as err:
        talk.say(f"earlier versions could not be read ({why(err)})")
        return ()


def _versions(talk: Talk, post: Post, answer: Exchange) -> list[Post]:
    values = json_value(answer, platform=PLATFORM, subject="the earlier versions")
    url = answer.request.url
    told, bad = read_each(values, _read, uri_r=url, platform=PLATFORM, place="answer")
    if bad:
        talk.say(f"{bad} earlier versions of a note were not what is documented")
    told.sort(key=lambda each: each.time("updatedAt"))
    versions: list[Post] = []
    since = None
    for each in told:
        said = from_mfm(each.words("text"), origin=talk.origin)
        versions.append(
            dataclasses.replace(
                post,
                text=said.text,
                html=said.html,
                links=said.links,
                mentions=said.mentions,
                hashtags=said.hashtags,
                edited_at=since,
            )
        )
        since = each.time("updatedAt")
    return versions


def _read(fields: Fields) -> Fields:
    fields.time("updatedAt")
    fields.words("text")
    return fields
