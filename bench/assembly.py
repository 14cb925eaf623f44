"""How long does it take to assemble a thread of 100,000 posts, against one of 10,000?"""

from __future__ import annotations

import datetime as dt
import json
import re
import resource
import subprocess
import sys
import time
from typing import Any

from archiver.core.merge import merge
from archiver.models import Exchange, FetchRequest, Outcome, SourceRef, ThreadObservation
from archiver.sources.mastodon import Mastodon

FEW, MANY = 10_000, 100_000
_PAGE = 40
_NOW = dt.datetime(2026, 11, 24, 8, tzinfo=dt.UTC)
_FIRST = 10_000_000
_HOST = "https://social.example"
_ACCOUNT = {
    "id": "1",
    "username": "desk",
    "acct": "desk",
    "display_name": "The Desk",
    "url": f"{_HOST}/@desk",
    "uri": f"{_HOST}/users/desk",
    "avatar": f"{_HOST}/avatars/desk.png",
    "note": "<p>An investigative newsroom.</p>",
}
_WORDS = (
    "<p>They signed the order on a Friday, and by Monday the records were gone &mdash; "
    'see <a href="https://bit.ly/3ab%d"><span class="invisible">https://</span>bit.ly/3ab%d</a>'
    "<br>What is left fills eleven boxes.</p>"
)


def run() -> str:
    """Assemble both, each in a process of its own; give the ratio and the memory."""
    few, many = _measured(FEW), _measured(MANY)
    ratio = many["seconds"] / few["seconds"]
    return (
        f"assembly: {MANY:,} posts take {ratio:.1f} times as long as {FEW:,} (at most 12 wanted): "
        f"{many['seconds']:.1f} s against {few['seconds']:.2f} s "
        f"(plan {many['plan']:.1f} s, parse {many['parse']:.1f} s, merge {many['merge']:.1f} s "
        f"in {many['rounds']:,.0f} rounds); at most {many['peak_mb']:.0f} MB (under 500 wanted), "
        f"of which {many['body_mb']:.0f} MB are the answers"
    )


def _measured(count: int) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "bench.assembly", str(count)],
        check=True,
        capture_output=True,
        text=True,
    )
    said: dict[str, float] = json.loads(done.stdout)
    return said


def assembled(count: int) -> dict[str, float]:
    """Capture, read and merge one thread; give the processor's seconds per step, and the memory."""
    source = Mastodon()
    ref = source.match(f"{_HOST}/@desk/{_FIRST}")
    assert ref is not None
    planning, seen = _asked(source, ref, count)
    began = time.process_time()
    observation = source.parse(ref, seen)
    parsed = time.process_time()
    assert isinstance(observation, ThreadObservation)
    thread, _ = merge(None, observation)
    merged = time.process_time()
    assert len(thread.posts) == thread.completeness.expected == count
    assert not merge(thread, observation)[1]
    return {
        "plan": planning,
        "parse": parsed - began,
        "merge": merged - parsed,
        "seconds": planning + merged - began,
        "rounds": len(seen),
        "body_mb": sum(len(each.body) for each in seen) / 1e6,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3,
    }


def _asked(source: Mastodon, ref: SourceRef, count: int) -> tuple[float, tuple[Exchange, ...]]:
    seen: list[Exchange] = []
    took = 0.0
    while True:
        began = time.process_time()
        wanted = source.plan(ref, tuple(seen))
        took += time.process_time() - began
        if not wanted:
            return took, tuple(seen)
        seen += [_answer(request, count) for request in wanted]


def _answer(request: FetchRequest, count: int) -> Exchange:
    value, link = _value(request.url, count)
    headers = (("Content-Type", "application/json"), ("Link", link))
    body = json.dumps(value).encode()
    record_id = f"urn:uuid:{len(request.url)}"
    return Exchange(request, _NOW, Outcome.OK, 200, headers, body, record_id=record_id)


def _value(url: str, count: int) -> tuple[object, str]:
    found = re.search(r"/statuses/(\d+)(/context)?$", url)
    if found and found[2]:
        number = int(found[1]) - _FIRST
        below = range(number + 1, min(number + 21, count))
        return {"ancestors": [], "descendants": [_status(each) for each in below]}, ""
    if found:
        return _status(int(found[1]) - _FIRST), ""
    edge = re.search(r"(min|max)_id=(\d+)", url)
    assert edge is not None
    at = int(edge[2]) - _FIRST
    if edge[1] == "min":
        page = range(at + 1, min(at + 1 + _PAGE, count))
    else:
        page = range(max(0, at - _PAGE), at)
    link = f'<{_HOST}/x?min_id={_FIRST + page[-1]}>; rel="prev"' if page else ""
    return [_status(each) for each in reversed(page)], link


def _status(number: int) -> dict[str, Any]:
    local = str(_FIRST + number)
    return {
        "id": local,
        "uri": f"{_HOST}/users/desk/statuses/{local}",
        "url": f"{_HOST}/@desk/{local}",
        "created_at": (_NOW + dt.timedelta(seconds=number - MANY)).isoformat(),
        "edited_at": None,
        "in_reply_to_id": str(_FIRST + number - 1) if number else None,
        "in_reply_to_account_id": "1" if number else None,
        "visibility": "public",
        "language": "en",
        "sensitive": False,
        "spoiler_text": "",
        "content": _WORDS % (number, number),
        "account": _ACCOUNT,
        "reblog": None,
        "media_attachments": [],
        "mentions": [],
        "tags": [],
        "emojis": [],
        "card": None,
        "poll": None,
        "replies_count": 1,
        "reblogs_count": 12,
        "favourites_count": 40,
    }


if __name__ == "__main__":
    print(json.dumps(assembled(int(sys.argv[1]))) if sys.argv[1:] else run())
