"""Which earlier versions of a note does a fork of Misskey tell? Misskey itself knows no edits."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from archiver.errors import FetchError, ParseError
from archiver.models import Exchange, FetchRequest, Post
from archiver.sources.answers import json_value
from archiver.sources.fields import Fields
from archiver.sources.hosts import read_each
from archiver.sources.misskey.mfm import from_mfm
from archiver.sources.misskey.note import Note
from archiver.sources.misskey.talk import Talk, why
from archiver.sources.misskey.urls import PLATFORM

_ENDPOINTS = {
    "sharkey": "notes/versions",
    "firefish": "notes/history",
    "calckey": "notes/history",
    "iceshrimp": "notes/history",
    "catodon": "notes/history",
}
_MAX_HISTORIES = 50


def tell(talk: Talk, software: str, edited: Sequence[tuple[Note, Post]]) -> tuple[Post, ...]:
    """
    Ask for the earlier versions of notes that were edited.

    Each answer holds the texts that were replaced, and when.

    Args:
        edited: The notes, and what they say now.

    Returns:
        Oldest first for each note.

    Raises:
        Missing: If something must be asked first.
    """
    endpoint = _ENDPOINTS.get(software)
    if endpoint is None:
        return ()
    if len(edited) > _MAX_HISTORIES:
        talk.say(f"earlier versions were asked for at {_MAX_HISTORIES} notes only")
    some = edited[:_MAX_HISTORIES]
    answers = talk.answers.get_all([_request(talk, endpoint, note) for note, _ in some])
    told: list[Post] = []
    for (_, post), answer in zip(some, answers, strict=True):
        try:
            told += _versions(talk, post, answer)
        except (FetchError, ParseError) as err:
            talk.say(f"earlier versions could not be read ({why(err)})")
    return tuple(told)


def _request(talk: Talk, endpoint: str, note: Note) -> FetchRequest:
    return talk.call(endpoint, {"noteId": note.id})


def _versions(talk: Talk, post: Post, answer: Exchange) -> list[Post]:
    values = json_value(answer, platform=PLATFORM, subject="the earlier versions")
    url = answer.request.url
    told, _ = read_each(values, _read, uri_r=url, platform=PLATFORM, place="answer")
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
