"""A demo web for each test, and a client that reaches its names through the loopback port."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from urllib.parse import urlsplit

import httpx
import pytest

from archiver.demo.web import DemoWeb

Get = Callable[[str], Awaitable[httpx.Response]]


@pytest.fixture
async def demo() -> AsyncIterator[DemoWeb]:
    """Run a demo web on a free port."""
    async with DemoWeb() as running:
        yield running


@pytest.fixture
async def get(demo: DemoWeb) -> AsyncIterator[Get]:
    """Ask for a URL of the demo web; redirects are not followed."""
    (address,) = demo.grants
    async with httpx.AsyncClient() as client:

        async def ask(url: str) -> httpx.Response:
            parts = urlsplit(url)
            query = f"?{parts.query}" if parts.query else ""
            reached = f"http://{address}{parts.path}{query}"
            return await client.get(reached, headers={"Host": parts.netloc})

        yield ask
