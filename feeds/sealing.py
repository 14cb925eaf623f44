"""What of a thread may be published? Its author or its platform can ask that a post be not."""

from __future__ import annotations

import dataclasses

from archiver.models import Observed, Post, Revision, ThreadView


def unsealed(view: ThreadView) -> ThreadView | None:
    """
    Take out what is kept sealed.

    Returns:
        The view without sealed posts, their revisions, the links and media that only they hold,
        and the thread's page on its platform, which shows them; None if the first post is sealed,
        since a thread without it is not the thread.
    """
    posts = view.thread.posts
    sealed = {each.post.id for each in posts if each.post.sealed}
    if not sealed:
        return view
    if posts[0].post.id in sealed:
        return None
    shown = tuple(each for each in posts if each.post.id not in sealed)
    links = {link.uri_r for each in shown for link in each.post.links}
    media = {url for each in shown for url in _media(each.post)} | {view.thread.author.avatar_url}
    return dataclasses.replace(
        view,
        thread=dataclasses.replace(view.thread, posts=shown),
        links=tuple(each for each in view.links if each.uri_r in links),
        media=tuple(each for each in view.media if each.url in media),
        revisions=tuple(each for each in view.revisions if not _touches(each, sealed)),
        observations=tuple(_without(each, sealed) for each in view.observations),
        page=None,
    )


def _media(post: Post) -> tuple[str | None, ...]:
    return tuple(url for each in post.media for url in (each.url, each.preview_url))


def _without(observed: Observed, sealed: set[str]) -> Observed:
    """Take out where a witness quotes a sealed post."""
    told = tuple(each for each in observed.differences if each.post_id not in sealed)
    return dataclasses.replace(observed, differences=told)


def _touches(revision: Revision, sealed: set[str]) -> bool:
    return revision.post_id in sealed
