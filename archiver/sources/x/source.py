"""X: threads, accounts, lists and hashtags, by whichever way is open (protocols 5)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from archiver.config import XSettings
from archiver.errors import CredentialMissing
from archiver.models import (
    Exchange,
    FetchRequest,
    Observation,
    RefKind,
    SourceRef,
    ThreadObservation,
)
from archiver.ports import Cost
from archiver.sources.answers import Answers, Missing, planning
from archiver.sources.x import listing, nitter, syndication, urls, witness
from archiver.sources.x.api import Api
from archiver.sources.x.observation import observe
from archiver.sources.x.price import Prices
from archiver.sources.x.thread import begin, gather
from archiver.sources.x.urls import PLATFORM

_Way = Literal["api", "nitter", "syndication", ""]


class X:
    """X by its API; without a token by a Nitter server, or by the syndication endpoint."""

    def __init__(self, settings: XSettings, *, has_token: bool) -> None:
        """
        Args:
            settings: Which ways lead to X, and what they may cost.
            has_token: The environment holds a bearer token.
        """
        self._settings = settings
        self._has_token = has_token
        self._api = Api(settings.api, settings.search)
        self._prices = Prices(settings)

    @property
    def platform(self) -> str:
        """The name of this source."""
        return PLATFORM

    def match(self, url: str) -> SourceRef | None:
        """Recognise the address of a post, an account, a list or a hashtag."""
        return urls.match(url)

    @planning
    def plan(self, ref: SourceRef, seen: Sequence[Exchange]) -> Sequence[FetchRequest]:
        """Ask for the thread or the listing, then for the page of the second witness."""
        answers = Answers.growing(seen)
        self._plan(ref, answers)
        return ()

    def parse(self, ref: SourceRef, seen: Sequence[Exchange]) -> Observation:
        """
        Say what the answers mean.

        Raises:
            CredentialMissing: If no way is open.
            FetchError: If what was named cannot be read.
            ParseError: If an answer is not what is known of X.
        """
        answers = Answers.growing(seen)
        try:
            if ref.kind is not RefKind.THREAD:
                self._need_token(ref, answers)
                return listing.read(ref, self._api, answers)
            observation, versions = self._thread(ref, answers)
        except Missing as need:
            raise need.ended() from need
        if not self._settings.witness:
            return observation
        try:
            return witness.compare(observation, self._settings.witness, answers, versions)
        except Missing:
            return observation  # the capture ended before: its own limit says so

    def limit(self) -> Cost:
        """Give the most that may be spent in a calendar month (UTC)."""
        return self._prices.limit()

    def price(self, request: FetchRequest) -> Cost:
        """Give the most that a request may cost; nothing if it goes elsewhere."""
        return self._prices.price(request)

    def dearest(self) -> Cost:
        """Give the most that any one request may cost."""
        return self._prices.dearest()

    def spent(self, exchange: Exchange) -> Cost:
        """Give what an answer did cost; a post counts once on each day."""
        return self._prices.spent(exchange)

    def _plan(self, ref: SourceRef, answers: Answers) -> None:
        if ref.kind is not RefKind.THREAD:
            self._need_token(ref, answers)
            listing.read(ref, self._api, answers)
            return
        match self._way(answers):
            case "api":
                talk = begin(ref, self._api, answers)
                gather(talk, ref.known)
                root = talk.root
            case "nitter":
                root = nitter.root_of(nitter.walk(ref, self._settings.nitter, answers))
            case "syndication":
                root = syndication.walk(ref, self._settings.syndication, answers).root
            case _:
                return
        if self._settings.witness:
            answers.get(witness.request(self._settings.witness, root))

    def _thread(self, ref: SourceRef, answers: Answers) -> tuple[ThreadObservation, dict[str, str]]:
        """Give the thread, and the first version of each post that has several."""
        match self._way(answers):
            case "api":
                talk = begin(ref, self._api, answers)
                try:
                    gather(talk, ref.known)
                except Missing:
                    talk.listed = False
                    talk.note("the capture ended before everything was asked")
                return observe(ref, talk), talk.first_of
            case "nitter":
                return nitter.observe(ref, self._settings.nitter, answers), {}
            case "syndication":
                return syndication.observe(ref, self._settings.syndication, answers), {}
        raise _no_way(ref)

    def _way(self, answers: Answers) -> _Way:
        """Say which way was taken; if none was yet, which is open: the best one first."""
        settings = self._settings
        ways: tuple[tuple[_Way, str, bool], ...] = (
            ("api", settings.api, self._has_token),
            ("nitter", settings.nitter, bool(settings.nitter)),
            ("syndication", settings.syndication, bool(settings.syndication)),
        )
        if answers.seen:
            begun = answers.seen[0].request.url
            # Recorded answers are read again where no token is at hand.
            return next((way for way, base, _ in ways if base and begun.startswith(base)), "")
        return next((way for way, _, is_open in ways if is_open), "")

    def _need_token(self, ref: SourceRef, answers: Answers) -> None:
        if not answers.seen and not self._has_token:
            raise CredentialMissing(
                f"{ref.url}: X shows accounts, lists and hashtags only to those with a bearer"
                " token; name it in ARCHIVER_X_TOKEN",
                uri_r=ref.url,
            )


def _no_way(ref: SourceRef) -> CredentialMissing:
    return CredentialMissing(
        f"{ref.url}: X shows threads only to those with a bearer token; name it in"
        " ARCHIVER_X_TOKEN, or set platforms.x.nitter or platforms.x.syndication, or import the"
        " author's data export with `archiver import`",
        uri_r=ref.url,
    )
