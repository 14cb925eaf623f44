"""Which archived copy does a request ask for? Pure."""

from __future__ import annotations

import datetime as dt
import enum
import re
from dataclasses import dataclass

from archiver.core.urls import fetchable, without_fragment
from feeds.replay import Mode

_COPY = re.compile(r"([0-9]{4,14})(if_|id_|fo_|ff_)?/(.+)", re.DOTALL)
_TIMEMAP = re.compile(r"timemap/link/(?:([0-9]{14})/)?(.*)", re.DOTALL)
_COLLAPSED = re.compile(r"(https?):/{1,}", re.IGNORECASE)
_SCHEME = re.compile(r"https?://", re.IGNORECASE)


class Service(enum.Enum):
    """Parts of Memento (RFC 7089), and none of them."""

    COPY = "memento"
    GATE = "timegate"
    MAP = "timemap"
    NONE = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """
    What is asked for.

    Attributes:
        url: The original, as given; with a scheme if it had one.
        at: For a copy: its time, as far as it was given; for a TimeMap: where it begins.
        exact: All 14 digits were given.
    """

    service: Service
    url: str = ""
    at: dt.datetime | None = None
    exact: bool = False
    mode: Mode = Mode.PAGE


def asked_for(raw_path: str, query: str) -> Asked:
    """
    Read an address below `/web/`.

    Args:
        raw_path: What follows `/web/`, as it stood in the request line.
        query: Query of the request, which belongs to the original.

    Source: RFC 7089, 4; addresses as of the Wayback Machine
    """
    whole = f"{raw_path}?{query}" if query else raw_path
    listed = _TIMEMAP.fullmatch(whole)
    if listed is not None:
        return Asked(Service.MAP, _original(listed[2]), time_of(listed[1]) if listed[1] else None)
    found = _COPY.fullmatch(whole)
    if found is not None:
        at = time_of(found[1])
        if at is None:
            return Asked(Service.NONE)
        mode = Mode(found[2] or "")
        return Asked(Service.COPY, _original(found[3]), at, len(found[1]) == 14, mode)
    return Asked(Service.GATE if whole else Service.NONE, _original(whole))


def time_of(digits: str) -> dt.datetime | None:
    """
    Read 4 to 14 digits of time; missing ones are as early as can be; None if it is no time.

    >>> time_of("20220524")
    datetime.datetime(2022, 5, 24, 0, 0, tzinfo=datetime.timezone.utc)
    """
    padded = digits + "00000101000000"[len(digits) :]
    try:
        return dt.datetime.strptime(padded, "%Y%m%d%H%M%S").replace(tzinfo=dt.UTC)
    except ValueError:
        return None


def candidates(url: str) -> tuple[str, ...]:
    """
    Give the forms under which a URL may have been recorded, the likeliest first.

    Browsers and servers on the way change addresses a little: the form that is asked for is
    restored (core.urls), `'` in a query is decoded again, and http and https stand for each other.
    """
    given = [url] if _SCHEME.match(url) else [f"https://{url}", f"http://{url}"]
    forms: list[str] = []
    for each in given:
        forms += [each, _fetchable(each)]
        path, mark, query = each.partition("?")
        if "%27" in query:
            forms.append(_fetchable(f"{path}{mark}{query.replace('%27', chr(39))}"))
    forms += [_other_scheme(each) for each in forms]
    return tuple(dict.fromkeys(form for form in forms if form))


def _original(url: str) -> str:
    return _COLLAPSED.sub(r"\1://", url, count=1) if _COLLAPSED.match(url) else url


def _fetchable(url: str) -> str:
    try:
        return without_fragment(fetchable(url))
    except ValueError:
        return ""


def _other_scheme(url: str) -> str:
    if url[:8].lower() == "https://":
        return f"http://{url[8:]}"
    return f"https://{url[7:]}" if url[:7].lower() == "http://" else ""
