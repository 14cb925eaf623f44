"""
Everything that can go wrong, as one tree. The text of each error is a sentence for people.

ArchiverError
├── ConfigError(key)            a setting is wrong                       exit 2
├── UsageError                  the call is wrong: no such thread, no such file   exit 2
├── FetchError(uri_r, status, retry_after_s)   a source could not be read
│   ├── RateLimited             429, or a limit named in the headers
│   ├── AccessDenied            401, 403: login needed, private, blocked
│   │   └── CredentialMissing   the platform needs a credential that the environment does not name
│   ├── NotFound                404, 410 for the seed itself
│   ├── TooLarge                more than the limit
│   └── UnsafeTarget            an address we do not connect to
├── ParseError(uri_r, platform) an answer that the source does not understand
├── UnsupportedSeed(uri_r)      no source knows this URL or file
│   └── NotThisPlatform         the server's own answers say that it is another platform
├── FixityError(record_id, expected, actual)   stored bytes do not match their digest
├── StoreError                  the database or the disk refused
└── PublishError(path)          a page or feed could not be written

A deleted post is an observation and a dead link an outcome: neither is an error.
"""

from __future__ import annotations


class ArchiverError(Exception):
    """Base of all; its text says what, where and what to do."""


class ConfigError(ArchiverError):
    """A setting is unknown, of the wrong kind, or not supported."""

    def __init__(self, message: str, *, key: str = "") -> None:
        super().__init__(message)
        self.key = key


class UsageError(ArchiverError):
    """The call itself is wrong."""


class FetchError(ArchiverError):
    """A source's own pages could not be read; `retry_after_s` in seconds, where the server said."""

    def __init__(
        self,
        message: str,
        *,
        uri_r: str,
        status: int | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message)
        self.uri_r = uri_r
        self.status = status
        self.retry_after_s = retry_after_s


class RateLimited(FetchError):
    """The server asked us to come back later."""


class AccessDenied(FetchError):
    """Login needed, private, or blocked. Never a deletion."""


class CredentialMissing(AccessDenied):
    """The platform answers only to those who show a credential, and there is none."""


class NotFound(FetchError):
    """The seed itself is not there (or is private: platforms answer alike)."""


class TooLarge(FetchError):
    """The answer is larger than its limit."""


class UnsafeTarget(FetchError):
    """The address is one we do not connect to."""


class ParseError(ArchiverError):
    """An answer is not what the platform documents; `field` names the place."""

    def __init__(self, message: str, *, uri_r: str, platform: str, field: str = "") -> None:
        super().__init__(message)
        self.uri_r = uri_r
        self.platform = platform
        self.field = field


class UnsupportedSeed(ArchiverError):
    """No source recognises the URL or the file."""

    def __init__(self, message: str, *, uri_r: str) -> None:
        super().__init__(message)
        self.uri_r = uri_r


class NotThisPlatform(UnsupportedSeed):
    """The shape of the address fits, but the server is of another platform: the next is tried."""


class FixityError(ArchiverError):
    """Stored bytes do not match their digest."""

    def __init__(self, message: str, *, record_id: str, expected: str, actual: str) -> None:
        super().__init__(message)
        self.record_id = record_id
        self.expected = expected
        self.actual = actual


class StoreError(ArchiverError):
    """The database or the disk refused to keep something."""


class PublishError(ArchiverError):
    """Something could not be written below publish_dir."""

    def __init__(self, message: str, *, path: str) -> None:
        super().__init__(message)
        self.path = path
