"""Who may sit at the desk? A password, sessions that are signed, and forms that are ours."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
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
SLOWER_S = 0.5
"""What each guess waits once all have guessed wrong so often."""
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
    """
    Counts passwords that are wrong, or not known to be right yet: by address and of all.

    An address that guessed wrong too often is let guess no more for a while. Everybody together
    is only slowed down: or strangers could shut out who knows the password.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._wrong: OrderedDict[str, deque[float]] = OrderedDict()
        self._all: deque[float] = deque(maxlen=FAILURES_OF_ALL)
        self._lock = threading.Lock()

    def take(self, address: str) -> int:
        """
        Count a guess as wrong before it is looked at, so that many at once are not one.

        Args:
            address: Whose guess it is; empty where that cannot be told: then only all are counted.

        Returns:
            0 if it may be looked at; else how long none is taken from here, in whole seconds.
        """
        with self._lock:
            now = self._clock()
            own = self._wrong.get(network_of(address)) or deque(maxlen=FAILURES)
            if len(own) == FAILURES and own[0] + WINDOW_S > now:
                return math.ceil(own[0] + WINDOW_S - now)
            self._all.append(now)
            if address:
                own.append(now)
                self._wrong[network_of(address)] = own
                self._wrong.move_to_end(network_of(address))
                if len(self._wrong) > _ADDRESSES:
                    self._wrong.popitem(last=False)
            return 0

    def slower_s(self) -> float:
        """Say how long a guess waits before it is looked at, in seconds."""
        with self._lock:
            full = len(self._all) == FAILURES_OF_ALL
            return SLOWER_S if full and self._all[0] + WINDOW_S > self._clock() else 0.0

    def right(self, address: str) -> None:
        """Forget what was guessed from here."""
        with self._lock:
            self._wrong.pop(network_of(address), None)


def network_of(address: str) -> str:
    """
    Give what one guesser holds: an IPv4 address, or the /64 of an IPv6 one.

    >>> network_of("192.0.2.1"), network_of("2001:db8::1"), network_of("no address")
    ('192.0.2.1', '2001:db8::', 'no address')
    """
    try:
        known = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if known.version == 4:
        return address
    if known.ipv4_mapped is not None:
        return str(known.ipv4_mapped)
    return str(ipaddress.ip_address(int(known) >> 64 << 64))


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

    def mark_browser(self) -> str:
        """Give what a browser keeps from which the right password came once."""
        name = secrets.token_urlsafe(18)
        return f"{name}.{self._signed(f'browser {name}')}"

    def browser_of(self, mark: str) -> str:
        """Give what such a browser is counted as; empty for any other."""
        name, _, signature = mark.rpartition(".")
        wanted = self._signed(f"browser {name}")
        return name if hmac.compare_digest(signature.encode(), wanted.encode()) else ""

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
