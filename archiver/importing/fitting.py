"""What may a file that somebody brings say of a thread that is stored already? Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping

from archiver.models import (
    Author,
    Difference,
    Post,
    PostState,
    StoredPost,
    Thread,
    ThreadObservation,
)
from archiver.sources.x import assembly


def is_by(stored: Thread, owner: Author) -> bool:
    """
    Say whether a stored thread may be that of the owner of an export.

    The number of the account says so, or its name where no number is known of the thread: anybody
    can write an export that holds the numbers of other people's posts.
    """
    if stored.author.id and owner.id:
        return stored.author.id == owner.id
    names = stored.author.handle.casefold(), owner.handle.casefold()
    return "" in names or names[0] == names[1]


def is_of_exports(stored: Thread) -> bool:
    """Say whether nobody but exports ever showed a thread: of others the completeness says how."""
    return stored.completeness.reason.startswith(assembly.FROM_EXPORT)


def fitted(
    stored: Thread,
    seen: ThreadObservation,
    *,
    witness: str = "a data export",
    added: str = "with what a data export held",
) -> ThreadObservation:
    """
    Fit what a file says of a thread into what is stored of it.

    What the platform itself showed is not changed by a file that somebody brings, whatever time it
    names: it adds posts that we never held, and where its words differ, that is said beside them.
    What vanished does not come back. Of exports alone the newest counts, and of a post with the
    same words, links and media the stored version stays, since an export leaves out what X adds:
    descriptions, the words of quotes.

    Args:
        witness: What the file is called, for differences.
        added: Is said in the completeness.
    """
    only = is_of_exports(stored)
    older = not only or seen.observed_at < stored.last_captured_at
    held = {each.post.id: each for each in stored.posts if each.state is not PostState.GAP}
    posts = tuple(
        held[each.id].post
        if each.id in held and (older or _says(held[each.id].post) == _says(each))
        else each
        for each in seen.posts
        if not (older and each.id in held and held[each.id].state is PostState.VANISHED)
    )
    if not older:
        return dataclasses.replace(seen, posts=posts)
    reason = stored.completeness.reason
    reason = reason if reason.endswith(added) else f"{reason}; {added}"
    return dataclasses.replace(
        seen,
        author=stored.author,
        posts=posts,
        title=stored.title or seen.title,
        completeness=dataclasses.replace(stored.completeness, reason=reason),
        history=(),
        differences=() if only else tuple(_differences(held, seen, witness)),
    )


def _differences(
    held: Mapping[str, StoredPost], seen: ThreadObservation, witness: str
) -> Iterator[Difference]:
    for each in seen.posts:
        if each.gap or each.id not in held:
            continue
        here = held[each.id].post.text
        if here != each.text:
            yield Difference(witness, each.id, "text", here=here, there=each.text)


def _says(post: Post) -> tuple[object, ...]:
    return post.text, post.links, tuple(each.url for each in post.media)
