"""Where does the page of a thread reader show something else than X itself? (protocols 5.3)"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping

from archiver.errors import ArchiverError
from archiver.models import (
    Branch,
    Difference,
    Exchange,
    FetchRequest,
    Post,
    ThreadObservation,
)
from archiver.sources.answers import Answers, failure, reduced
from archiver.sources.threadreader import ask_page, parse_html

_SPACE = re.compile(r"\s+")


def request(witness: str, root: str) -> FetchRequest:
    """Ask for the page of a thread, by its first post."""
    return ask_page(f"{witness}/thread/{root}.html")


def compare(
    seen: ThreadObservation, witness: str, answers: Answers, versions: Mapping[str, str]
) -> ThreadObservation:
    """
    Add to what X shows where a second witness differs; X's own word stays as it is.

    Args:
        versions: Id of the first version of a post, by the id of any.

    Raises:
        Missing: If the witness was not asked yet.
    """
    asked = request(witness, seen.native_id)
    answer = answers.get(asked)
    try:
        other = reduced(answer, _thread)
    except ArchiverError as err:
        return _noted(seen, f"the second witness says nothing ({str(err).rstrip('.')})")
    differences = tuple(_differences(seen, other, asked.url, versions))
    count = len(differences)
    said = "nothing else" if not count else f"something else in {count} place{'s'[: count != 1]}"
    return dataclasses.replace(
        _noted(seen, f"a second witness shows {said}"), differences=differences
    )


def _thread(answer: Exchange) -> ThreadObservation:
    wrong = failure(answer, subject="the thread")
    if wrong is not None:
        raise wrong
    return parse_html(answer.body, answer.request.url, answer.at, ())


def _noted(seen: ThreadObservation, sentence: str) -> ThreadObservation:
    done = seen.completeness
    said = dataclasses.replace(done, reason="; ".join(filter(None, (done.reason, sentence))))
    return dataclasses.replace(seen, completeness=said)


def _differences(
    seen: ThreadObservation, other: ThreadObservation, url: str, versions: Mapping[str, str]
) -> Iterator[Difference]:
    here = {post.id: post for post in seen.posts if not post.gap}
    there = {versions.get(post.id, post.id): post for post in other.posts}
    for post in other.posts:
        own = versions.get(post.id, post.id)
        if own not in here:
            yield Difference(url, own, "missing_here", there=post.text)
        elif _words(here[own]) != _words(post):
            yield Difference(url, own, "text", here=here[own].text, there=post.text)
    for post in here.values():
        if post.branch is Branch.THREAD and post.id not in there:
            yield Difference(url, post.id, "missing_there", here=post.text)


def _words(post: Post) -> str:
    """Give the words that an author wrote; how links are shortened is nobody's word."""
    text = post.text
    for link in sorted(post.links, key=lambda each: -len(each.text)):
        if link.text:
            text = text.replace(link.text, " ")
    return _SPACE.sub(" ", text.replace("…", " ")).strip().casefold()
