"""What time is it? The one place that asks."""

from __future__ import annotations

import datetime as dt


def utc_now() -> dt.datetime:
    """Give the time, UTC-aware."""
    return dt.datetime.now(dt.UTC)
