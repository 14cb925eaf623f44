"""Which webhooks are there, what are they told, and how do deliveries go?"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
import random
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence

from archiver.config import Settings
from archiver.errors import UsageError
from archiver.hooks.delivery import Deliveries, Hook, Send, is_taken, told
from archiver.hooks.message import body_of, key_of, request_of
from archiver.hooks.outbox import Outbox, Receiver
from archiver.models import Crawl
from archiver.models.news import TEST, News
from archiver.observing import without_folders
from archiver.ports import Store
from archiver.reports.report import counted
from archiver.reports.summary import crawl_json

NEWS_FOR = dt.timedelta(days=7)
"""A failure that was longer ago when it is first looked for is none."""
_MOST_NAMED = 100


def hooks(settings: Settings, environ: Mapping[str, str]) -> tuple[Hook, ...]:
    """
    Give the webhooks of config.toml with their secrets.

    Raises:
        ConfigError: If a secret is missing or bad; it names the variable.
    """
    return tuple(
        Hook(
            name=each.name,
            url=each.url,
            events=frozenset(each.events),
            key=key_of(environ.get(each.variable, ""), variable=each.variable),
        )
        for each in settings.webhook
    )


def wanted(settings: Settings) -> dict[str, frozenset[str]]:
    """Give which webhook wants which events."""
    return {each.name: frozenset(each.events) for each in settings.webhook}


def keep(settings: Settings, news: Sequence[News], now: dt.datetime) -> None:
    """Keep events to be told; they are on the disk when this returns. Raises StoreError."""
    Outbox(settings.data_dir).add(news, wanted(settings), now_s=now.timestamp())


def published(written: int, removed: int, feeds: Sequence[str], now: dt.datetime) -> News:
    """
    Give the event of a publication.

    Args:
        feeds: Addresses of feeds that changed.
    """
    data = {"written": written, "removed": removed, "feeds": list(feeds[:_MOST_NAMED])}
    return News(f"evt_{secrets.token_hex(16)}", "published", now, json.dumps(data))


def keep_failures(
    store: Store, outbox: Outbox, wants: Mapping[str, frozenset[str]], now: dt.datetime
) -> None:
    """Keep an event for each seed that fails now and did not when this was last asked."""
    failing = {each.url: each for each in store.failing()}

    def tell(fresh: frozenset[str]) -> list[News]:
        found = [_failure(store, failing[url]) for url in sorted(fresh)]
        return [each for each in found if each.at > now - NEWS_FOR]

    outbox.add_failing(failing, tell, wants, now_s=now.timestamp())


def _failure(store: Store, crawl: Crawl) -> News:
    digest = hashlib.sha256(f"crawl.failed {crawl.id} {crawl.url}".encode("utf-8", "replace"))
    led_to = store.thread_for_seed(crawl.url)
    return News(
        id=f"evt_{digest.hexdigest()[:32]}",
        type="crawl.failed",
        at=crawl.finished_at or crawl.started_at or crawl.due_at,
        data=json.dumps({"crawl": crawl_json(without_folders(crawl))}),
        thread_id=crawl.thread_id or (led_to.id if led_to else ""),
    )


def deliveries(
    settings: Settings,
    environ: Mapping[str, str],
    store: Store,
    send: Send,
    now: Callable[[], dt.datetime],
) -> Deliveries | None:
    """Give what delivers; None without webhooks. Raises ConfigError if a secret is missing."""
    given = hooks(settings, environ)
    if not given:
        return None
    outbox = Outbox(settings.data_dir)

    def hidden(thread_id: str) -> bool:
        holds = store.policy_of(thread_id)
        return holds is not None and holds.hidden

    def look() -> None:
        keep_failures(store, outbox, wanted(settings), now())

    return Deliveries(
        given,
        outbox,
        send,
        hidden=hidden,
        look=look,
        now_s=lambda: now().timestamp(),
        jitter=random.random,
    )


async def try_out(hook: Hook, send: Send, now: dt.datetime) -> str:
    """Send one test event; give why it was not taken, empty if it was."""
    news = News(f"evt_{secrets.token_hex(16)}", TEST, now, json.dumps({"webhook": hook.name}))
    body = body_of(news)
    answer = await send(request_of(hook.url, news.id, int(now.timestamp()), body, hook.key))
    return "" if is_taken(answer) else told(answer)


def named(settings: Settings, environ: Mapping[str, str], name: str) -> Hook:
    """Find a webhook by its name. Raises UsageError if there is none."""
    mine = tuple(each for each in settings.webhook if each.name == name)
    if not mine:
        raise UsageError(f"no webhook is named {name!r}; `archiver webhook list` shows them")
    return hooks(settings.model_copy(update={"webhook": mine}), environ)[0]


def receivers(settings: Settings) -> list[Receiver]:
    """Say of each webhook how deliveries go. Raises StoreError."""
    outbox = Outbox(settings.data_dir)
    return [outbox.receiver(each.name) for each in settings.webhook]


def receiver_json(each: Receiver) -> dict[str, object]:
    """Give how deliveries to a webhook go."""
    return dataclasses.asdict(each) | {
        name: _rfc3339(getattr(each, name) or None)
        for name in ("failing_since", "paused_until", "delivered_at")
    }


def receiver_lines(found: Sequence[Receiver]) -> Iterator[str]:
    """Say it for a person."""
    for each in found:
        waiting = f", {counted(each.waiting, 'event')} waiting" if each.waiting else ""
        lost = f", {counted(each.lost, 'event')} given up" if each.lost else ""
        if each.failures:
            since = _rfc3339(each.failing_since)
            again = f"; tried again {_rfc3339(each.paused_until)}" if each.paused_until else ""
            yield f"webhook {each.name}: failing since {since}: {each.error}{waiting}{lost}{again}"
        else:
            last = _rfc3339(each.delivered_at)
            yield f"webhook {each.name}: " + (
                f"last told {last}{waiting}{lost}" if last else f"nothing told yet{waiting}{lost}"
            )


def _rfc3339(at_s: float | None) -> str | None:
    if at_s is None:
        return None
    return dt.datetime.fromtimestamp(at_s, dt.UTC).isoformat(timespec="seconds")[:-6] + "Z"
