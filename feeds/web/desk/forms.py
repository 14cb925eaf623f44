"""What did somebody send with a form, and did it come from a page of ours?"""

from __future__ import annotations

from urllib.parse import parse_qsl

from starlette.requests import Request

from archiver import seeds
from archiver.core.urls import host_of
from archiver.errors import UsageError

_LARGEST = 16_000

Form = dict[str, str]


async def form_of(request: Request) -> Form | None:
    """Read a form; None if it is none, or too large."""
    if request.headers.get("content-type", "") != "application/x-www-form-urlencoded":
        return None
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > _LARGEST:
            return None
    try:
        return dict(parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=20))
    except ValueError:
        return None


def is_from_here(request: Request) -> bool:
    """Say whether a browser sent a form from a page of this host; one that does not say, did."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("origin")
    return origin is None or origin.partition("://")[2] == request.headers.get("host", "")


def address_given(text: str) -> str:
    """
    Read a seed that comes from elsewhere: an address, never a file of this machine.

    Raises:
        UsageError: If it is none.
    """
    url = text.strip()
    seed = seeds.named(url) if url.startswith("@") else url
    if "://" not in seed and not seed.startswith("acct:"):
        seed = f"https://{seed}"
    addressed = seed.startswith(("http://", "https://", "acct:")) and not seeds.is_file(seed)
    named = seed.startswith("acct:") or "://" in url or "." in host_of(seed)
    if not addressed or not named or len(seed) > 2_000:
        raise UsageError(f"{url[:200]!r} is no address; paste one that begins with https://")
    return seed
