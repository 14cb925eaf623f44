"""How is somebody told of a capture while it goes on? (server-sent events)"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

from archiver.models import CrawlState
from archiver.ports import Store
from feeds.web.desk import pages
from feeds.web.desk.steps import Steps

LOOK_S = 0.5
LONGEST_S = 900.0
_ENDED = (CrawlState.DONE, CrawlState.FAILED)


async def events(store: Store, steps: Steps, number: int) -> AsyncIterator[str]:
    """
    Tell each step once, how the capture stands whenever that changes, and that it ended; end with
    it, or after LONGEST_S.

    Source: HTML, 9.2 (the browser asks again where it was cut off, and hears all steps anew)
    """
    said = ""
    told, until = 0, time.monotonic() + LONGEST_S
    yield "retry: 2000\n\n"
    while not steps.closed and time.monotonic() < until:
        crawl = await asyncio.to_thread(store.crawl, number)
        lines = steps.told(number, told)
        for line in lines:
            told += 1
            yield f"id: {told}\ndata: {' '.join(line.split())}\n\n"
        if crawl is not None and (standing := pages.standing_of(crawl)) != said:
            said = standing
            yield f"event: state\ndata: {standing}\n\n"
        if crawl is None or crawl.state in _ENDED:
            yield "event: ended\ndata: \n\n"
            return
        if not lines:
            yield ": still there\n\n"
        await asyncio.sleep(LOOK_S)
