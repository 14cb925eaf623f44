"""What does the command line say of threads and links? Shapes: docs/reference/json.md."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any

from archiver.core.memento import uri_m
from archiver.errors import ArchiverError
from archiver.models import (
    Author,
    Branch,
    Chain,
    LinkChange,
    LinkView,
    Media,
    Snapshot,
    StoredPost,
    Thread,
    ThreadView,
    Witness,
)
from archiver.models.listing import ThreadLine
from archiver.ports import Store

Json = dict[str, Any]


def counted(number: int, what: str) -> str:
    """
    Say how many there are of something.

    >>> counted(1, "post"), counted(2, "post")
    ('1 post', '2 posts')
    """
    return f"{number} {what}{'' if number == 1 else 's'}"


def time_of(at: dt.datetime | None) -> str | None:
    """
    Write a time as RFC 3339 in UTC.

    >>> time_of(dt.datetime(2026, 5, 1, 10, tzinfo=dt.timezone.utc))
    '2026-05-01T10:00:00Z'
    """
    if at is None:
        return None
    return at.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")


def thread_json(view: ThreadView, base_url: str) -> Json:
    """Give a thread with all that is known about it, as `capture` and `show` print it."""
    thread = view.thread
    done = thread.completeness
    return {
        "thread": {
            "id": thread.id,
            "platform": thread.platform,
            "url": thread.url,
            "author": _author(thread.author),
            "title": thread.title,
            "language": thread.language,
            "tags": list(thread.tags),
            "first_captured_at": time_of(thread.first_captured_at),
            "last_captured_at": time_of(thread.last_captured_at),
            "updated_at": time_of(thread.updated_at),
            "posts": [_post(each) for each in thread.posts if each.post.branch == Branch.THREAD],
            "replies": [_post(each) for each in thread.posts if each.post.branch == Branch.SIDE],
            "completeness": {
                "expected": done.expected,
                "captured": done.captured,
                "gaps": done.gaps,
                "reason": done.reason,
            },
        },
        "links": [link_json(link, base_url) for link in view.links],
    }


def chain_json(chain: Chain) -> Json:
    """Give one link with its hops, as `resolve` prints it."""
    return {
        "uri_r": chain.uri_r,
        "target": chain.target,
        "outcome": chain.outcome,
        "error": chain.error or None,
        "hops": [
            {
                "url": hop.url,
                "status": hop.status,
                "mechanism": hop.mechanism,
                "location": hop.location,
                "ip": hop.ip,
                "at": time_of(hop.at),
                "record_id": hop.record_id,
                "source": hop.source or None,
                "agent": hop.agent or None,
            }
            for hop in chain.hops
        ],
        "witness": _witness(chain.witness) if chain.witness else None,
    }


def link_json(link: LinkView, base_url: str) -> Json:
    """Give one link of a thread; outcome and hops are empty until it was followed."""
    known: Json = {"uri_r": link.uri_r, "target": None, "outcome": None, "hops": []}
    if link.chain is not None:
        known |= chain_json(link.chain)
    known["snapshot"] = _snapshot(link.snapshot, base_url) if link.snapshot else None
    known["changes"] = [_change(each) for each in link.changes]
    return known


def error_json(error: ArchiverError) -> Json:
    """Give why a seed failed: the kind of error, and its sentence."""
    return {"kind": type(error).__name__, "message": str(error)}


def thread_lines(view: ThreadView, base_url: str) -> Iterator[str]:
    """Give the same for a person: posts with what became of them, then the links."""
    thread = view.thread
    yield f"{thread.title or thread.url}"
    yield f"  thread {thread.id}  {thread.platform}  {thread.url}"
    done = thread.completeness
    yield f"  {counted(done.captured, 'post')}, {counted(done.gaps, 'gap')}: {done.reason}"
    own = [each for each in thread.posts if each.post.branch == Branch.THREAD]
    for each in own:
        mark = "" if each.state == "present" else f" [{each.state}]"
        mark += " [sealed]" if each.post.sealed else ""
        yield f"  {each.position:>3}{mark}  {' '.join(each.post.text.split())}"
    if len(own) < len(thread.posts):
        yield f"  {counted(len(thread.posts) - len(own), 'post')} beside the thread, in --json"
    sealed = next((each.post.sealed for each in own if each.post.sealed), "")
    if sealed:
        yield f"  kept sealed, never published: {sealed}"
    yield from _witness_lines(view)
    yield from links_lines(view.links, base_url)


def _witness_lines(view: ThreadView) -> Iterator[str]:
    """Say where a second witness of the newest capture shows something else."""
    places = {each.post.id: each.position for each in view.thread.posts}
    for each in view.observations[-1].differences if view.observations else ():
        place = places.get(each.post_id)
        post = f"post {place}" if place else each.post_id
        yield f"  {each.witness} shows of {post}: {' '.join(each.there.split()) or 'nothing'}"


def links_lines(links: Iterable[LinkView], base_url: str) -> Iterator[str]:
    """Give each link with its chain and the address of its archived copy."""
    for link in links:
        if link.chain is None:
            yield f"  {link.uri_r}  not followed yet"
            continue
        yield from chain_lines(link.chain)
        for change in link.changes:
            when = f"{change.at:%Y-%m-%d %H:%M} UTC"
            yield f"      {when}  {change.kind}: {change.before} -> {change.after}"
        if link.snapshot is not None:
            yield f"      archived copy {uri_m(base_url, link.snapshot.url, link.snapshot.at)}"


def chain_lines(chain: Chain) -> Iterator[str]:
    """Give a chain hop by hop."""
    yield f"  {chain.uri_r}  {chain.outcome}"
    for hop in chain.hops:
        answer = hop.status if hop.status is not None else "no answer"
        how = f"  {hop.mechanism} to {hop.location}" if hop.mechanism else ""
        yield f"      {answer}  {hop.url}{how}"
    if chain.error:
        yield f"      {chain.error}"
    if chain.witness is not None:
        yield f"      another archive's copy of {chain.witness.at:%Y-%m-%d}: {chain.witness.uri_m}"


def thread_line_json(line: ThreadLine, base_url: str) -> Json:
    """Give a thread in a list, without its posts."""
    done = line.completeness
    return {
        "id": line.id,
        "platform": line.platform,
        "url": line.url,
        "author": _author(line.author),
        "title": line.title,
        "language": line.language,
        "tags": list(line.tags),
        "first_captured_at": time_of(line.first_captured_at),
        "last_captured_at": time_of(line.last_captured_at),
        "updated_at": time_of(line.updated_at),
        "completeness": {
            "expected": done.expected,
            "captured": done.captured,
            "gaps": done.gaps,
            "reason": done.reason,
        },
        "page": f"{base_url}/t/{line.id}/",
    }


def place_json(thread: Thread, uri_r: str) -> Json:
    """Give a thread in which a target appears, with the link that leads there."""
    return {"thread": thread.id, "url": thread.url, "title": thread.title, "uri_r": uri_r}


def places(store: Store, url: str) -> list[Json]:
    """Give the threads in which a target appears, with the links that lead there."""
    found = []
    for thread_id, uri_r in store.threads_with_target(url):
        thread = store.thread(thread_id)
        if thread is not None:
            found.append(place_json(thread, uri_r))
    return found


def place_lines(url: str, found: list[Json]) -> Iterator[str]:
    """Give the same for a person."""
    if not found:
        yield f"{url} stands in no thread of this archive"
    for each in found:
        yield f"{each['thread']}  {each['title'] or each['url']}"
        yield f"    as {each['uri_r']}"


def _witness(witness: Witness) -> Json:
    return {
        "uri_m": witness.uri_m,
        "at": time_of(witness.at),
        "source": witness.source,
        "status": witness.status,
        "record_id": witness.record_id,
    }


def _change(change: LinkChange) -> Json:
    return {
        "kind": change.kind,
        "at": time_of(change.at),
        "before": {"target": change.before, "outcome": change.before_outcome},
        "after": {"target": change.after, "outcome": change.after_outcome},
        "record_ids": list(change.record_ids),
        "words": {"before": change.was, "after": change.now} if change.was != change.now else None,
        "picture": change.picture,
    }


def _author(author: Author) -> Json:
    return {"id": author.id, "handle": author.handle, "name": author.name}


def _post(stored: StoredPost) -> Json:
    post = stored.post
    return {
        "id": post.id,
        "position": stored.position,
        "parent_id": post.parent_id,
        "author": _author(post.author) if post.author else None,
        "url": post.url,
        "text": post.text,
        "created_at": time_of(post.created_at),
        "edited_at": time_of(post.edited_at),
        "state": stored.state,
        "sealed": post.sealed or None,
        "content_warning": post.content_warning or None,
        "language": post.language,
        "links": [link.uri_r for link in post.links],
        "mentions": list(post.mentions),
        "hashtags": list(post.hashtags),
        "media": [_media(each) for each in post.media],
        "vanished_at": time_of(stored.vanished_at),
    }


def _media(media: Media) -> Json:
    return {"kind": media.kind, "url": media.url, "alt": media.alt, "mime": media.mime}


def _snapshot(snapshot: Snapshot, base_url: str) -> Json:
    return {
        "uri_m": uri_m(base_url, snapshot.url, snapshot.at),
        "outcome": snapshot.outcome,
        "status": snapshot.status,
        "digest": snapshot.digest,
        "record_id": snapshot.record_id,
        "title": snapshot.title or None,
        "at": time_of(snapshot.at),
        "requisites": snapshot.requisites,
        "missing": snapshot.missing,
    }
