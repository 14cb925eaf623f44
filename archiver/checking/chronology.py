"""Was all that a package holds there before it was signed, stamped and put into a block? Pure."""

from __future__ import annotations

import binascii
import datetime as dt
from base64 import b64decode
from collections.abc import Iterator

from archiver.evidence.calendars import block_faults, state_of
from archiver.evidence.timestamps import stamped_at
from archiver.packages.manifest import CALENDARS, TIMESTAMP
from archiver.packages.verify_listing import DIGEST, json_object, parsed_time

_APART = dt.timedelta(minutes=10)
_SKEW = dt.timedelta(days=1)


def late_faults(
    digest_file: bytes | None,
    token: bytes | None,
    ots: bytes | None,
    newest: dt.datetime | None,
    now: dt.datetime,
) -> Iterator[tuple[str, str]]:
    """
    Hold the newest record against the proofs that are made of it.

    The clocks of who signs and who captures are a few minutes apart at most; that of an authority
    may be a day off. What cannot be read is not judged here: others tell of it.

    Args:
        digest_file: All three are as they stand in the package; None for what is not there.
        newest: The date of the newest record, UTC-aware; None if there is none.
        now: Current time, UTC-aware.

    Returns:
        The name of the file that a fault is about, and a phrase.
    """
    created, over_signature = _signature_times(digest_file)
    at = [(DIGEST, "its signature is", created, _APART)]
    at += [(DIGEST, "its timeSignature is", over_signature, _SKEW)]
    at += [(TIMESTAMP, "it is", _stamp_time(token), _SKEW)]
    for name, what, time, skew in at:
        if time and newest and newest > time + skew:
            yield name, f"{what} of {time}, and a record that it covers of {newest}"
        if time and time > now + _SKEW and name == TIMESTAMP:
            yield name, f"{what} of {time}, which is yet to come"
    try:
        blocks = state_of(ots).blocks if ots is not None else ()
    except ValueError:
        return
    begun = max((each for each in (newest, created) if each), default=None)
    for height, _ in blocks:
        yield from ((CALENDARS, each) for each in block_faults(height, begun, now))


def _signature_times(raw: bytes | None) -> tuple[dt.datetime | None, dt.datetime | None]:
    """Give when it is signed by its own word, and by that of an authority."""
    try:
        signed = json_object(raw or b"").get("signedData")
    except ValueError:
        return None, None
    if not isinstance(signed, dict):
        return None, None
    try:
        token = b64decode(str(signed.get("timeSignature") or ""), validate=True)
    except binascii.Error:
        token = b""
    return parsed_time(str(signed.get("created"))), _stamp_time(token)


def _stamp_time(token: bytes | None) -> dt.datetime | None:
    try:
        return stamped_at(token) if token else None
    except ValueError:
        return None
