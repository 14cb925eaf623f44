"""What should somebody see to, beside failing watches? Damaged holdings, late stamps, webhooks."""

from __future__ import annotations

import datetime as dt

from archiver import hooking
from archiver.care.keeping import notices
from archiver.config import Settings
from archiver.errors import ArchiverError


def troubles(settings: Settings, now: dt.datetime) -> tuple[str, ...]:
    """Give a sentence for each, for a person; none if all is well."""
    try:
        failing = [each for each in hooking.receivers(settings) if each.failures or each.lost]
        return (*notices(settings, now), *hooking.receiver_lines(failing))
    except ArchiverError as err:
        return (str(err),)
