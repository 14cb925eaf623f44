"""Which feeds does a thread stand in: of what, how finely told, and under which address?"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from archiver.models import Author, Thread, ThreadView
from feeds import addresses, clean, wording
from feeds.entry import tags_of, title_of


class Granularity(enum.StrEnum):
    """What one entry of a feed is."""

    THREADS = "threads"  # a thread: one id for ever, `updated` moves
    POSTS = "posts"  # a post
    CHANGES = "changes"  # something that happened after we first saw it


@dataclass(frozen=True, slots=True)
class Scope:
    """
    What a document is about.

    Attributes:
        key: Its permanent name, different for each granularity; the document's id is made of it.
        url_stem: Its absolute address without extension.
        home_url: The page that it is the feed of.
    """

    key: str
    title: str
    description: str
    url_stem: str
    home_url: str
    granularity: Granularity = Granularity.THREADS


_TOLD = {
    Granularity.THREADS: "{}",
    Granularity.POSTS: "{} One entry for each post.",
    Granularity.CHANGES: "{} One entry for each edit, deletion or renaming, and for each link that"
    " died, moved, changed or came back.",
}


def scopes_of(view: ThreadView, base_url: str, title: str) -> tuple[Scope, ...]:
    """
    Give every scope that a thread belongs to, each in all granularities.

    They are everything, its watches, its platform, its account (where the platform gives it a
    permanent id), its tags, and itself.

    Args:
        view: Without what is sealed.
        base_url: publish.base_url, without a slash at its end.
        title: publish.title.
    """
    thread = view.thread
    around = [
        everything(base_url, title),
        *(of_watch(base_url, title, name) for name in view.watches),
        of_platform(base_url, title, thread.platform),
        *(
            of_account(base_url, title, thread.platform, each)
            for each in (thread.author,)
            if each.id
        ),
        *(of_tag(base_url, title, tag) for tag in tags_of(thread)),
        of_thread(base_url, title, thread),
    ]
    distinct: dict[str, Scope] = {}
    for each in around:  # tags that differ in their form only share an address
        distinct.setdefault(each.key, each)
    return tuple(told_by(each, how) for each in distinct.values() for how in Granularity)


def told_by(scope: Scope, granularity: Granularity) -> Scope:
    """Give the scope beside one of threads that tells of the same in another granularity."""
    if granularity is Granularity.THREADS:
        return scope
    return Scope(
        key=f"{scope.key}/{granularity}",
        title=f"{scope.title} ({granularity})",
        description=_TOLD[granularity].format(scope.description),
        url_stem=addresses.feed_beside(scope.url_stem, granularity),
        home_url=scope.home_url,
        granularity=granularity,
    )


def everything(base_url: str, title: str) -> Scope:
    """Give the scope of all threads. `title` is publish.title."""
    return Scope(
        key="all",
        url_stem=addresses.all_feed(base_url),
        home_url=addresses.home(base_url),
        title=title,
        description="Every captured thread: its text, where its links led, and the copies we hold.",
    )


def of_watch(base_url: str, title: str, watch: str) -> Scope:
    """Give the scope of the threads of one watch, named `watch`."""
    return Scope(
        key=f"watch/{addresses.slug(watch)}",
        url_stem=addresses.watch_feed(base_url, watch),
        home_url=addresses.home(base_url),
        title=f"{watch} – {title}",
        description=f"Threads captured for the watch {watch}.",
    )


def of_platform(base_url: str, title: str, platform: str) -> Scope:
    """Give the scope of the threads of one platform."""
    name = wording.platform(platform)
    return Scope(
        key=f"platform/{addresses.slug(platform, nameless='platform')}",
        url_stem=addresses.platform_feed(base_url, platform),
        home_url=addresses.home(base_url),
        title=f"{name} – {title}",
        description=f"Threads captured from {name}.",
    )


def of_account(base_url: str, title: str, platform: str, author: Author) -> Scope:
    """Give the scope of the threads of one account; it stays the same under every name."""
    key = addresses.account_key(platform, author.id)
    name = wording.author(author)
    return Scope(
        key=f"account/{key}",
        url_stem=addresses.account_feed(base_url, key),
        home_url=addresses.account_page(base_url, key),
        title=f"{name} – {title}",
        description=f"Threads by {name}, captured from {wording.platform(platform)}.",
    )


def of_tag(base_url: str, title: str, tag: str) -> Scope:
    """Give the scope of the threads with a tag: ours, or a hashtag of their author; of any case."""
    name = clean.line(tag, longest=100).lstrip("#").strip().casefold()
    return Scope(
        key=f"tag/{addresses.tag_slug(tag)}",
        url_stem=addresses.tag_feed(base_url, tag),
        home_url=addresses.tag_page(base_url, tag),
        title=f"#{name} – {title}",
        description=f"Threads captured with the tag {name}.",
    )


def of_thread(base_url: str, title: str, thread: Thread) -> Scope:
    """Give the scope of one thread: a feed with one entry, for those who follow its changes."""
    return Scope(
        key=f"thread/{thread.id}",
        url_stem=addresses.thread_feed(base_url, thread.id),
        home_url=addresses.thread_page(base_url, thread.id),
        title=f"{title_of(thread)} – {title}",
        description="One captured thread: the entry is updated when the thread changes.",
    )
