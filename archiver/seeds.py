"""Which seeds are files rather than addresses, and how are they read and recorded?"""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import re
import sys
from pathlib import Path

from archiver.core import textlinks
from archiver.errors import ParseError, UsageError
from archiver.models import Observation
from archiver.ports import RecordWriter
from archiver.sources import addresses, readertext, threadreader

STDIN = "-"
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_MAX_BYTES = 32_000_000


def is_file(seed: str) -> bool:
    """Say whether a seed, as `named` gives it, is a file (or standard input, `-`)."""
    return seed == STDIN or Path(seed).is_absolute()


def named(seed: str) -> str:
    """
    Give the form under which a seed is kept.

    Args:
        seed: As somebody wrote it: an address, with or without a scheme, or a path.

    Returns:
        An address with its scheme, an absolute path, or `-`; `@name@host` becomes `acct:`.

    Raises:
        UsageError: If it holds a name or password; they are not said.
    """
    seed = seed.strip()
    _refuse_secrets(seed)
    path = Path(seed)
    if addresses.HANDLE.fullmatch(seed) and not path.exists():
        return f"acct:{seed[1:]}"
    if not seed:
        raise UsageError("a seed is empty; give an address or a file")
    if seed == STDIN or (_SCHEME.match(seed) and not path.exists()):
        return seed
    if not path.exists() and _is_address(seed):
        return f"https://{seed}"
    return str(path.resolve())


def _refuse_secrets(seed: str) -> None:
    """What a seed says is kept in records and pages: a password must not get that far."""
    scheme, _, rest = seed.partition("://")
    secret, at, host = re.split(r"[/?#\\]", rest, maxsplit=1)[0].rpartition("@")
    if scheme.lower() in ("http", "https") and at and secret:
        raise UsageError(
            f"{scheme}://…@{host}: an address must not hold a name or password; see "
            "docs/reference/platforms.md for how a platform is given a credential"
        )


def _is_address(seed: str) -> bool:
    """`bsky.app/profile/icij.org` is an address, `thread.txt` and `notes/thread.txt` are none."""
    whole = (span for span in textlinks.find(seed) if span.end - span.start == len(seed))
    return any(span.kind is textlinks.SpanKind.LINK for span in whole)


async def read_file(seed: str, writer: RecordWriter, now: dt.datetime) -> Observation:
    """
    Read a thread or a list of addresses from a file, after its bytes are recorded.

    Args:
        seed: A path, or `-` for standard input.
        now: When it is read, UTC.

    Raises:
        UsageError: If there is no such file, or it is too large.
        ParseError: If it is neither.
    """
    name, body = await asyncio.to_thread(_bytes_of, seed)
    mime = "text/html" if _is_html(body) else "text/plain"
    # The name without folders: a path of this machine is nobody else's business.
    url = f"urn:sha256:{hashlib.sha256(body).hexdigest()}"
    record = await writer.write_resource(url, now, mime, body)
    return await asyncio.to_thread(parse_file, body, name, now, (record.record_id,))


async def is_list(seed: str, now: dt.datetime) -> bool:
    """
    Say whether a file is a list of addresses; nothing is recorded.

    Raises:
        UsageError, ParseError: As `read_file` does.
    """
    name, body = await asyncio.to_thread(_bytes_of, seed)
    if _is_html(body):
        return False
    return addresses.read(_decoded(body, name), name, now, ()) is not None


def parse_file(body: bytes, name: str, at: dt.datetime, record_ids: tuple[str, ...]) -> Observation:
    """
    Say what a file holds: the addresses of seeds, as `sources.addresses` tells them; else a thread.

    Args:
        name: Without folders.
        at: When it was read, UTC.
        record_ids: The record of its bytes.

    Raises:
        ParseError: If it is neither.
    """
    if _is_html(body):
        return threadreader.parse_html(body, name, at, record_ids)
    text = _decoded(body, name)
    listed = addresses.read(text, name, at, record_ids)
    return listed if listed is not None else readertext.parse_text(text, name, at, record_ids)


def _is_html(body: bytes) -> bool:
    return body[:1024].lstrip().lower().startswith((b"<!doctype html", b"<html"))


def _decoded(body: bytes, name: str) -> str:
    """Read a text; never with letters replaced, since what is published must be what was given."""
    encoding = "utf-16" if body.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        return body.decode(encoding)
    except UnicodeDecodeError as err:
        raise ParseError(
            f"{name}: is not UTF-8 text (at byte {err.start}); save it as UTF-8 and try again, or "
            "see whether `archiver import` takes it",
            uri_r=name,
            platform=readertext.PLATFORM,
        ) from err


def _bytes_of(seed: str) -> tuple[str, bytes]:
    if seed == STDIN:
        name, body = "standard input", sys.stdin.buffer.read(_MAX_BYTES + 1)
    else:
        path = Path(seed)
        name = path.name
        try:
            with path.open("rb") as file:
                body = file.read(_MAX_BYTES + 1)
        except FileNotFoundError:
            raise UsageError(
                f"{seed}: neither an address (http…) nor a file that is there"
            ) from None
        except OSError as err:
            raise UsageError(f"{seed}: cannot be read ({err.strerror})") from err
    if len(body) > _MAX_BYTES:
        raise UsageError(f"{name}: larger than {_MAX_BYTES // 1_000_000} MB; no thread is so long")
    return name, body
