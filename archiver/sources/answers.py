"""What does a server's answer say, and is it what was asked for? Shared by all sources."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TypeVar, cast
from urllib.parse import urljoin, urlsplit

from archiver import errors
from archiver.models import Exchange, FetchRequest, Outcome, SourceRef
from archiver.sources.fields import Fields

T = TypeVar("T")
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MAX_REDIRECTS = 5
_LATER = "a later capture may succeed"
_MAX_WAIT_S = 86_400.0
_MOST_JSON_MARKS = (
    3_000_000  # 31 KB of gzip can hold ten million objects, and they 2.5 GB of memory
)

# Escapes, one by one: pairs of surrogates, (lone ones), and all others.
_SURROGATE = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\."
)
_BY_OUTCOME: dict[Outcome, type[errors.FetchError]] = {
    Outcome.TOO_LARGE: errors.TooLarge,
    Outcome.UNSAFE: errors.UnsafeTarget,
}


class Missing(Exception):
    """A source needs answers that are not there yet: `requests` says which."""

    def __init__(self, requests: tuple[FetchRequest, ...]) -> None:
        super().__init__(", ".join(request.url for request in requests))
        self.requests = requests

    def ended(self) -> errors.FetchError:
        """Make the error for a capture that ended before the first of them was asked."""
        url = self.requests[0].url
        return errors.FetchError(
            f"{url}: was not asked before the capture ended; try again", uri_r=url
        )


_Source = TypeVar("_Source")
_Plan = Callable[[_Source, SourceRef, Sequence[Exchange]], Sequence[FetchRequest]]


def planning(read: _Plan[_Source]) -> _Plan[_Source]:
    """
    Make the `plan` of a source of its reading: what that lacks is what is asked next.

    Where the reading ends in an error nothing more is asked; `parse` says what is wrong.
    """

    @functools.wraps(read)
    def plan(source: _Source, ref: SourceRef, seen: Sequence[Exchange]) -> Sequence[FetchRequest]:
        try:
            return read(source, ref, seen)
        except Missing as need:
            return need.requests
        except errors.ArchiverError:
            return ()

    return plan


class Answers:
    """The exchanges so far, by what was asked; what is missing is signalled by Missing."""

    def __init__(self, seen: Sequence[Exchange]) -> None:
        self._by_request = {_key(each.request, each.request.url): each for each in seen}
        self.seen = tuple(seen)

    @classmethod
    def growing(cls, seen: Sequence[Exchange]) -> Answers:
        """
        Give the answers of a capture that goes on, without looking at the earlier ones again.

        So that many rounds take linear time: they are remembered beside the first exchange.
        """
        if not seen:
            return cls(())
        held = seen[0].memo.get(cls.__qualname__)
        if isinstance(held, cls) and held._grown(seen):
            return held
        made = cls(seen)
        seen[0].memo[cls.__qualname__] = made
        return made

    def _grown(self, seen: Sequence[Exchange]) -> bool:
        count = len(self.seen)
        if len(seen) < count or seen[count - 1] is not self.seen[-1]:
            return False
        for each in seen[count:]:
            self._by_request[_key(each.request, each.request.url)] = each
        self.seen = tuple(seen)
        return True

    def holds(self, answer: Exchange) -> bool:
        """Say whether an exchange is one of these."""
        return self._by_request.get(_key(answer.request, answer.request.url)) is answer

    def get(self, request: FetchRequest) -> Exchange:
        """Give the answer to a request, redirects followed. Raises Missing if it must be asked."""
        return self.get_all((request,))[0]

    def get_all(self, requests: Sequence[FetchRequest]) -> tuple[Exchange, ...]:
        """Give the answers to several requests. Raises Missing with all that must be asked."""
        missing: list[FetchRequest] = []
        found: list[Exchange] = []
        for request in requests:
            try:
                found.append(self._followed(request))
            except Missing as need:
                missing += need.requests
        if missing:
            raise Missing(tuple(missing))
        return tuple(found)

    def _followed(self, request: FetchRequest) -> Exchange:
        answer = self._asked(request, request.url)
        for _ in range(_MAX_REDIRECTS):
            onward = _location(answer)
            if onward is None:
                break
            answer = self._asked(request, onward)
        return answer

    def _asked(self, request: FetchRequest, url: str) -> Exchange:
        answer = self._by_request.get(_key(request, url))
        if answer is None:
            raise Missing((_moved(request, url),))
        return answer


def _key(request: FetchRequest, url: str) -> tuple[str, str, bytes]:
    return request.method, url, request.body


def _moved(request: FetchRequest, url: str) -> FetchRequest:
    return dataclasses.replace(request, url=url)


def _location(answer: Exchange) -> str | None:
    if answer.outcome is not Outcome.OK or answer.status not in _REDIRECTS:
        return None
    try:
        url = urljoin(answer.request.url, answer.header("location") or "")
        parts = urlsplit(url)
    except ValueError:
        return None
    usable = parts.scheme in {"http", "https"} and parts.netloc and url != answer.request.url
    return url if usable else None


def ask(url: str, *, credential: str | None = None) -> FetchRequest:
    """Make the request for a JSON answer."""
    return FetchRequest(url, headers=(("Accept", "application/json"),), credential=credential)


def post(url: str, value: object, *, credential: str | None = None) -> FetchRequest:
    """Make the request that sends JSON and wants JSON; equal values give equal bytes."""
    return FetchRequest(
        url,
        method="POST",
        headers=(("Accept", "application/json"), ("Content-Type", "application/json")),
        body=json.dumps(value, sort_keys=True, separators=(",", ":")).encode(),
        credential=credential,
    )


def reduced(answer: Exchange, reader: Callable[[Exchange], T]) -> T:
    """
    Read an answer once, however often a source looks at it.

    Args:
        reader: A function of a module, without state: what it gives, or the ArchiverError that it
            raises, is remembered with the exchange.
    """
    name = f"{reader.__module__}.{reader.__qualname__}"
    held = cast(_Read | None, answer.memo.get(name))
    if held is None:
        try:
            held = _Read(reader(answer))
        except errors.ArchiverError as err:
            held = _Read(None, err)
        answer.memo[name] = held
    if held.error is not None:
        raise held.error.with_traceback(None)
    return cast(T, held.value)


@dataclass(frozen=True, slots=True)
class _Read:
    value: object
    error: errors.ArchiverError | None = None


def record_ids(seen: Sequence[Exchange]) -> tuple[str, ...]:
    """Give the ids of the records that prove what was seen, each once, in order."""
    return tuple(dict.fromkeys(each.record_id for each in seen if each.record_id))


def failure(answer: Exchange, *, subject: str) -> errors.FetchError | None:
    """
    Say why an answer cannot be used, or None if its body may be read.

    Args:
        subject: What was asked for, as it stands in a sentence: "the post".

    Returns:
        NotFound for 404 and 410; AccessDenied for 401 and 403; RateLimited for 429 with the
        seconds to wait, where the server said; TooLarge and UnsafeTarget as the outcome says;
        TooLarge for a body of which only the beginning was wanted; FetchError for the rest, and
        for a body that broke off.
    """
    url, status = answer.request.url, answer.status
    if answer.outcome is Outcome.REFUSED and status in {401, 403}:
        return errors.AccessDenied(answer.error, uri_r=url, status=status)
    if answer.outcome is not Outcome.OK or status is None:
        kind = _BY_OUTCOME.get(answer.outcome, errors.FetchError)
        why = answer.error.rstrip(".") or answer.outcome
        return kind(f"{url}: {subject} could not be read ({why}); {_LATER}", uri_r=url)
    if status in {404, 410}:
        return errors.NotFound(
            f"{url}: {subject} is not there ({status}): deleted, private, or the address is wrong",
            uri_r=url,
            status=status,
        )
    if status in {401, 403}:
        return errors.AccessDenied(
            f"{url}: the server does not show {subject} without a login ({status});"
            " nothing counts as deleted",
            uri_r=url,
            status=status,
        )
    if status == 429:
        return _rate_limited(answer)
    if not 200 <= status < 300:
        return errors.FetchError(
            f"{url}: the server answered {status} when asked for {subject}; {_LATER}",
            uri_r=url,
            status=status,
        )
    return None if answer.whole else _cut(answer)


def _cut(answer: Exchange) -> errors.FetchError:
    url, length = answer.request.url, len(answer.body)
    if length >= answer.request.keep_bytes:
        return errors.TooLarge(
            f"{url}: the answer is larger than the {length:,} bytes that are read of one",
            uri_r=url,
            status=answer.status,
        )
    return errors.FetchError(
        f"{url}: the answer broke off after {length} bytes; {_LATER}",
        uri_r=url,
        status=answer.status,
    )


def _rate_limited(answer: Exchange) -> errors.RateLimited:
    wait = retry_after_s(answer)
    then = _LATER if wait is None else f"it allows them again in {wait:.0f} s"
    return errors.RateLimited(
        f"{answer.request.url}: the server allows no more requests now (429); {then}",
        uri_r=answer.request.url,
        status=429,
        retry_after_s=wait,
    )


def retry_after_s(answer: Exchange) -> float | None:
    """
    Give the seconds to wait from the time of the answer; None if the server did not say.

    Retry-After counts seconds or names a date (RFC 9110, 10.2.3); X-RateLimit-Reset is an
    ISO 8601 time on Mastodon and epoch seconds elsewhere; RateLimit-Reset on Bluesky is epoch
    seconds. Never less than 0 nor more than a day.
    """
    for name in ("retry-after", "x-ratelimit-reset", "ratelimit-reset"):
        wait = _wait_s(answer.header(name) or "", answer.at)
        if wait is not None:
            return min(max(wait, 0.0), _MAX_WAIT_S)
    return None


def _wait_s(value: str, now: dt.datetime) -> float | None:
    text = value.strip()
    if text.isascii() and text.isdigit() and len(text) < 16:
        count = float(text)
        # Epoch seconds are beyond any wait that a server would ask for.
        return count - now.timestamp() if count > 1_000_000_000 else count
    for read in (dt.datetime.fromisoformat, parsedate_to_datetime):
        try:
            at = read(text)
        except (ValueError, OverflowError):
            continue
        return (at if at.tzinfo else at.replace(tzinfo=dt.UTC)).timestamp() - now.timestamp()
    return None


def json_value(answer: Exchange, *, platform: str, subject: str) -> object:
    """
    Read the body of an answer as JSON.

    Raises:
        FetchError: As `failure` says.
        ParseError: If the body is not JSON in UTF-8.
    """
    problem = failure(answer, subject=subject)
    if problem is not None:
        raise problem
    marks = sum(answer.body.count(each) for each in (b"{", b"[", b","))
    if marks > _MOST_JSON_MARKS:
        raise errors.ParseError(
            f"{answer.request.url}: JSON of over {_MOST_JSON_MARKS:,} parts; no thread is so large",
            uri_r=answer.request.url,
            platform=platform,
        )
    try:
        value: object = json.loads(_without_lone_surrogates(answer.body))
    except (ValueError, RecursionError) as err:
        kind = answer.mime or "an answer without a type"
        raise errors.ParseError(
            f"{answer.request.url}: {kind} came where JSON was due ({_cause(err)});"
            f" check that this is an address of {platform}",
            uri_r=answer.request.url,
            platform=platform,
        ) from err
    return value


def _without_lone_surrogates(body: bytes) -> bytes:
    if b"\\ud" not in body and b"\\uD" not in body:
        return body
    return _SURROGATE.sub(_paired, body)


def _paired(escape: re.Match[bytes]) -> bytes:
    """Half of a surrogate pair is no letter, and no address or database takes it."""
    return rb"\ufffd" if escape[1] else escape[0]


def _cause(err: Exception) -> str:
    if isinstance(err, UnicodeDecodeError):
        return f"byte {err.start} is not UTF-8"
    return "nested too deep" if isinstance(err, RecursionError) else str(err)


def json_object(answer: Exchange, *, platform: str, subject: str) -> Fields:
    """Read the body as one JSON object. Raises like json_value, and ParseError if it is none."""
    value = json_value(answer, platform=platform, subject=subject)
    return Fields.of(value, uri_r=answer.request.url, platform=platform)


def why(err: errors.ArchiverError) -> str:
    """Say in a few words why something could not be read."""
    if isinstance(err, errors.ParseError):
        return "not what is documented"
    status = err.status if isinstance(err, errors.FetchError) else None
    return f"status {status}" if status else "no answer"
