"""Who may read by a secret address? Names and digests of secrets, in one file of data_dir."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from filelock import FileLock

from archiver import disk
from archiver.errors import StoreError, UsageError

FILE = "readers.json"
_LONGEST_NAME = 120


@dataclass(frozen=True, slots=True)
class Reader:
    """
    Somebody with a secret address.

    Attributes:
        digest: SHA-256 of the secret, in hex. The secret has 256 random bits: it needs no salt.
        embargoed: May read threads under embargo as well.
        added_at: RFC 3339, UTC.
    """

    name: str
    digest: str
    embargoed: bool
    added_at: str


class Readers:
    """The readers of one archive."""

    def __init__(self, data_dir: Path) -> None:
        self._place = data_dir / FILE
        self._held: tuple[Reader, ...] = ()
        self._seen: tuple[int, int, int] | None = None

    def all(self) -> tuple[Reader, ...]:
        """Give all of them, by name. Raises StoreError if the file cannot be read."""
        try:
            told = self._place.stat()
            seen = (told.st_mtime_ns, told.st_size, told.st_ino)
            if seen != self._seen:
                raw = json.loads(self._place.read_bytes())
                self._held = tuple(Reader(**each) for each in raw["readers"])
                self._seen = seen
        except FileNotFoundError:
            self._held, self._seen = (), None
        except (OSError, ValueError, KeyError, TypeError) as err:
            raise StoreError(f"{self._place}: cannot be read ({err}); mend or remove it") from err
        return self._held

    def known_by(self, secret: str) -> Reader | None:
        """Find who has a secret; None if nobody has (any more). Raises StoreError."""
        digest = _digest(secret)
        return next((each for each in self.all() if each.digest == digest), None)

    def add(self, name: str, *, embargoed: bool, now: dt.datetime) -> str:
        """
        Add a reader.

        Returns:
            The secret: it is shown once, and cannot be found out again.

        Raises:
            UsageError: If the name is empty, too long, or taken.
            StoreError: If the file cannot be written.
        """
        name = name.strip()
        if not name or len(name) > _LONGEST_NAME or not name.isprintable():
            raise UsageError(f"a reader needs a name of 1 to {_LONGEST_NAME} letters")
        secret = secrets.token_urlsafe(32)
        at = now.astimezone(dt.UTC).isoformat(timespec="seconds")
        with self._alone():
            if any(each.name == name for each in self.all()):
                raise UsageError(f"a reader is named {name!r} already; revoke that one first")
            self._write((*self.all(), Reader(name, _digest(secret), embargoed, at)))
        return secret

    def revoke(self, name: str) -> None:
        """Take a reader's address away. Raises UsageError if there is none of that name."""
        with self._alone():
            left = tuple(each for each in self.all() if each.name != name)
            if len(left) == len(self.all()):
                raise UsageError(f"no reader is named {name!r}; `archiver reader list` shows them")
            self._write(left)

    def _alone(self) -> FileLock:
        self._place.parent.mkdir(parents=True, exist_ok=True)
        return FileLock(self._place.with_suffix(".lock"), timeout=30)

    def _write(self, readers: tuple[Reader, ...]) -> None:
        in_order = sorted(readers, key=lambda each: each.name)
        raw = json.dumps({"readers": [asdict(each) for each in in_order]}, indent=1).encode()
        try:
            disk.put(self._place, raw, mode=0o600)
        except OSError as err:
            raise StoreError(f"{self._place}: could not be written ({err.strerror})") from err


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
