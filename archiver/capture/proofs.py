"""How is proven what no server said: an attempt without an answer, a line of a table?"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json

from archiver.models import Exchange, TableLine
from archiver.ports import RecordWriter

_JSON = "application/json"


async def of_attempt(writer: RecordWriter, answer: Exchange) -> str:
    """
    Record that a URL was asked for, and what came of it, as a resource `urn:attempt:<url>`.

    Returns:
        The id of the record.

    Raises:
        StoreError: If it could not be kept.
    """
    url = answer.request.url
    told = {"url": url, "outcome": answer.outcome.value, "error": answer.error}
    return await _kept(writer, f"urn:attempt:{url}", answer.at, told)


async def of_line(writer: RecordWriter, line: TableLine, at: dt.datetime) -> str:
    """
    Record a line of a table of short links, as a resource `urn:beacon:<url>`.

    The target is kept in the bytes that the table has, and with it which table: its name and the
    digest of the whole file.

    Args:
        at: When it was looked up, UTC.

    Returns:
        The id of the record.

    Raises:
        StoreError: If it could not be kept.
    """
    told = {
        "url": line.url,
        "target": line.target,
        "target_base64": base64.b64encode(line.raw).decode("ascii"),
        "target_sha256": hashlib.sha256(line.raw).hexdigest(),
        "source": line.source,
        "source_digest": line.digest,
        "source_timestamp": line.stamp,
    }
    return await _kept(writer, f"urn:beacon:{line.url}", at, told)


async def _kept(writer: RecordWriter, url: str, at: dt.datetime, told: dict[str, str]) -> str:
    # ASCII: what came from outside may hold half a surrogate pair, which UTF-8 cannot say.
    body = json.dumps(told, indent=1).encode("ascii")
    return (await writer.write_resource(url, at, _JSON, body)).record_id
