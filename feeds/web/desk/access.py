"""Who may sit at the desk? A password, sessions that are signed, and forms that are ours."""

from __future__ import annotations

import hashlib
import hmac
import math
import os
import secrets
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from archiver.errors import ConfigError, StoreError
from feeds.web.desk.ended import Ended

PASSWORD_VARIABLE = "ARCHIVER_DESK_PASSWORD"
SHORTEST = 12
SESSION_S = 12 * 3_600
FAILURES = 5
FAILURES_OF_ALL = 50
WINDOW_S = 300.0
_ADDRESSES = 1_000
_LONGEST = 1_000


class Password:
    """
    The password of the desk: the words themselves, or their Argon2 hash; it is never shown.

    Attributes:
        given: There is one. Without, only this machine itself is let in, if base_url is its own.
    """

    def __init__(self, words: str, hasher: PasswordHasher | None = None) -> None:
        """
        Args:
            hasher: Sets what a guess costs; what the library holds right if None.

        Raises:
            ConfigError: If it is too short, or a hash that cannot be read.
        """
        self.given = bool(words)
        self._hasher = hasher or PasswordHasher()
        self._lock = threading.Lock()
        self._hash = ""
        if words.startswith("$argon2"):
            try:
                self._hasher.check_needs_rehash(words)
            except InvalidHashError:
                raise ConfigError(f"{PASSWORD_VARIABLE} is no whole Argon2 hash") from None
            self._hash = words
        elif words:
            if len(words) < SHORTEST:
                raise ConfigError(f"{PASSWORD_VARIABLE} has fewer than {SHORTEST} letters")
            self._hash = self._hasher.hash(words)
        self._words = hashlib.sha256(words.encode("utf-8", "surrogateescape")).digest()

    def __repr__(self) -> str:
        return "Password(…)"

    @property
    def mark(self) -> bytes:
        """Changes with the password, so that sessions end when it does; says nothing of it."""
        return self._words

    def is_right(self, words: str) -> bool:
        """Say whether these are the words; one guess at a time, since each takes 64 MB."""
        if not self.given or len(words) > _LONGEST:
            return False
        with self._lock:
            try:
                return self._hasher.verify(self._hash, words)
            except VerificationError:
                return False


class Guesses:
    """Counts wrong passwords, by address and of all."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._wrong: OrderedDict[str, deque[float]] = OrderedDict()
        self._all: deque[float] = deque(maxlen=FAILURES_OF_ALL)
        self._lock = threading.Lock()

    def wait_s(self, address: str) -> int:
        """Say how long no further guess is taken from here, in whole seconds; 0 if one is."""
        with self._lock:
            own, everyone = list(self._wrong.get(address, ())), list(self._all)
        full = own[:1] if len(own) >= FAILURES else []
        full += everyone[:1] if len(everyone) >= FAILURES_OF_ALL else []
        left = max((each + WINDOW_S - self._clock() for each in full), default=0.0)
        return max(0, math.ceil(left))

    def wrong(self, address: str) -> None:
        """Note a wrong guess."""
        with self._lock:
            own = self._wrong.setdefault(address, deque(maxlen=FAILURES))
            self._wrong.move_to_end(address)
            own.append(self._clock())
            self._all.append(self._clock())
            if len(self._wrong) > _ADDRESSES:
                self._wrong.popitem(last=False)

    def right(self, address: str) -> None:
        """Forget the wrong ones from here."""
        with self._lock:
            self._wrong.pop(address, None)


class Sessions:
    """Cookies that only we can have made; they end by themselves, and with the password."""

    def __init__(
        self, key: bytes, clock: Callable[[], float] = time.time, ended: Ended | None = None
    ) -> None:
        """
        Args:
            clock: Gives seconds since 1970.
            ended: Keeps which were ended before their time; in memory only if None.
        """
        self._key = key
        self._clock = clock
        self._ended = ended or Ended()

    def begin(self) -> str:
        """Make a session; what is given belongs into its cookie."""
        said = f"{int(self._clock()) + SESSION_S}.{secrets.token_urlsafe(18)}"
        return f"{said}.{self._signed(said)}"

    def holds(self, cookie: str) -> bool:
        """Say whether a cookie is of a session that holds."""
        said, _, signature = cookie.rpartition(".")
        if not hmac.compare_digest(signature.encode(), self._signed(said).encode()):
            return False
        return int(said.partition(".")[0]) > self._clock() and not self._ended.holds(cookie)

    def end(self, cookie: str) -> None:
        """End a session before its time. Raises StoreError if that cannot be kept."""
        if self.holds(cookie):
            self._ended.add(cookie, int(cookie.partition(".")[0]), self._clock())

    def form_token(self, cookie: str) -> str:
        """Give what the forms of a session carry; `cookie` is empty where nobody logs in."""
        return self._signed(f"form {cookie}")

    def is_own_form(self, cookie: str, token: str) -> bool:
        """Say whether a form was ours, and of this session."""
        return hmac.compare_digest(token.encode("utf-8", "replace"),
                                   self.form_token(cookie).encode())  # fmt: skip

    def _signed(self, said: str) -> str:
        return hmac.new(self._key, said.encode("utf-8", "replace"), hashlib.sha256).hexdigest()


def signing_key(data_dir: Path, password: Password) -> bytes:
    """
    Give the key of this archive's sessions; it is made at the first time, and only its owner may
    read it. Raises StoreError.
    """
    place = data_dir / "desk.key"
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        try:
            with open(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(secrets.token_bytes(32))
        except FileExistsError:
            pass
        secret = place.read_bytes()
    except OSError as err:
        raise StoreError(f"{place}: cannot be used ({err.strerror})") from err
    if len(secret) < 32:
        raise StoreError(f"{place}: is too short; remove it, and a new one is made")
    return hmac.new(secret, password.mark, hashlib.sha256).digest()
