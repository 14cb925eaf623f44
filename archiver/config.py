"""What does config.toml say? Read once into frozen values; unknown keys are errors."""

from __future__ import annotations

import ipaddress
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from archiver.environment import overlaid
from archiver.errors import ConfigError
from archiver.models import Snapshots
from archiver.models.news import EVENTS

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


def duration_s(text: object) -> float:
    """
    Read a duration such as `90s`, `15m`, `1h`, `7d` or `2w`.

    Returns:
        Seconds, > 0.

    Raises:
        ValueError: If it is anything else.

    >>> duration_s("15m")
    900.0
    """
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([smhdw])\s*", str(text))
    if not found or float(found[1]) <= 0:
        raise ValueError(f"{text!r} is not a duration; write for example 30s, 15m, 1h or 7d")
    return float(found[1]) * _UNITS[found[2]]


def _cron(text: str) -> str:
    from apscheduler.triggers.cron import CronTrigger

    try:
        CronTrigger.from_crontab(text, timezone="UTC")
    except ValueError as err:
        raise ValueError(f"{text!r} is not a cron line of five fields ({err})") from err
    return text


def _network(text: str) -> str:
    ipaddress.ip_network(text, strict=False)
    return text


def _connect_target(text: str) -> str:
    if not re.fullmatch(r"(\[[0-9a-fA-F:.]+\]|[^:\s/]+):\d{1,5}", text):
        raise ValueError(f"{text!r} is not host:port")
    return text


def _base_url(text: str) -> str:
    found = re.fullmatch(
        r"https?://(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::(\d{1,5}))?(?:/[A-Za-z0-9._~/-]*)?",
        text,
    )
    if found is None or not 0 < int(found[1] or 80) < 65536:
        raise ValueError(f"{text!r} is not http(s)://host:port/path in plain letters and digits")
    return text.rstrip("/")


def _path(text: str) -> str:
    if not re.fullmatch(r"/(?!/)[A-Za-z0-9._~%/-]*", text):
        raise ValueError(f"{text!r} is not a path such as /feeds/old.rss")
    return text


def _place(text: str) -> str:
    return _path(text) if text.startswith("/") else _whole_url(text)


def _whole_url(text: str) -> str:
    _base_url(text)
    return text  # with the slash at its end, if it has one


def _socket(text: str) -> str:
    return _base_url(text.replace("ws", "http", 1)).replace("http", "ws", 1)


Duration = Annotated[float, BeforeValidator(duration_s)]
Cron = Annotated[str, AfterValidator(_cron)]
Network = Annotated[str, AfterValidator(_network)]
HostPort = Annotated[str, AfterValidator(_connect_target)]
BaseUrl = Annotated[str, AfterValidator(_base_url)]
WholeUrl = Annotated[str, AfterValidator(_whole_url)]
SitePath = Annotated[str, AfterValidator(_path)]
Place = Annotated[str, AfterValidator(_place)]
Socket = Annotated[str, AfterValidator(_socket)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)


class ArchiveSettings(_Table):
    """Where the archive lies."""

    data_dir: Path = Path("data")
    database: Literal["sqlite"] = "sqlite"
    storage: Literal["file"] = "file"


class PublishSettings(_Table):
    """Where and under which address feeds and pages are published."""

    base_url: BaseUrl = "http://127.0.0.1:8000"
    listen: HostPort | Literal[""] = ""
    publish_dir: Path | None = None
    title: str = "Thread Archiver"


class NetworkSettings(_Table):
    """How we behave on the network, and what we refuse."""

    contact: str = ""
    per_host_delay_s: float = Field(default=1.0, ge=0, le=3600)
    connect_timeout_s: float = Field(default=10.0, gt=0, le=600)
    total_timeout_s: float = Field(default=120.0, gt=0, le=86400)
    max_body_bytes: int = Field(default=2_000_000_000, gt=0)
    max_hops: int = Field(default=20, ge=1, le=100)
    allow_private: tuple[Network, ...] = ()
    connect_to: dict[HostPort, HostPort] = Field(default_factory=dict)
    ca_file: str = ""
    robots: Literal["ignore", "obey"] = "ignore"


class BlueskySettings(_Table):
    """Which servers answer for Bluesky."""

    appview: BaseUrl = "https://public.api.bsky.app"
    plc: BaseUrl = "https://plc.directory"

    pds_blobs: bool = True
    jetstream: Socket | Literal[""] = ""


class ActivityPubSettings(_Table):
    """How servers without an API of their own are asked."""

    signed: bool = False


class XSettings(_Table):
    """Which ways lead to X, and what they may cost."""

    api: BaseUrl = "https://api.x.com/2"
    search: Literal["recent", "all"] = "recent"
    posts_per_month: int = Field(default=10_000, ge=0)
    usd_per_month: float = Field(default=50.0, ge=0)
    usd_per_post: float = Field(default=0.005, ge=0)
    usd_per_user: float = Field(default=0.010, ge=0)
    syndication: BaseUrl | Literal[""] = ""
    nitter: BaseUrl | Literal[""] = ""
    witness: BaseUrl | Literal[""] = ""


class HackerNewsSettings(_Table):
    """Which servers answer for Hacker News."""

    api: BaseUrl = "https://hacker-news.firebaseio.com/v0"
    algolia: BaseUrl = "https://hn.algolia.com/api/v1"


class TelegramSettings(_Table):
    """Which server answers for Telegram."""

    web: BaseUrl = "https://t.me"


class RedditSettings(_Table):
    """Which servers answer for Reddit."""

    api: BaseUrl = "https://oauth.reddit.com"
    login: BaseUrl = "https://www.reddit.com"


class PlatformSettings(_Table):
    """Settings by platform."""

    bluesky: BlueskySettings = BlueskySettings()
    activitypub: ActivityPubSettings = ActivityPubSettings()
    x: XSettings = XSettings()
    hackernews: HackerNewsSettings = HackerNewsSettings()
    telegram: TelegramSettings = TelegramSettings()
    reddit: RedditSettings = RedditSettings()


class LinkSettings(_Table):
    """What is asked about links whose own servers do not answer any more."""

    beacon: tuple[Path, ...] = ()
    timegate: BaseUrl | Literal[""] = ""


class EvidenceSettings(_Table):
    """What proves the holdings, and how they are looked after."""

    timestamp_authority: WholeUrl | Literal[""] = ""
    calendars: tuple[WholeUrl, ...] = ()
    anchors: tuple[Path, ...] = ()
    domain_cert: Path | None = None
    domain_key: Path | None = None
    verify_every: Duration = 30 * 86400.0
    second_copy: Path | None = None

    @model_validator(mode="after")
    def _both_of_a_domain(self) -> EvidenceSettings:
        if (self.domain_cert is None) != (self.domain_key is None):
            raise ValueError("domain_cert and domain_key belong together")
        if self.domain_cert is not None and not self.timestamp_authority:
            raise ValueError("domain_cert needs a timestamp_authority: wacz-auth signs with both")
        return self


class WebSettings(_Table):
    """How the web app answers."""

    desk: bool = True
    moved: dict[SitePath, Place] = Field(default_factory=dict)


class ReplaySettings(_Table):
    """Where archived pages are replayed with their scripts."""

    listen: HostPort | Literal["", "off"] = ""
    base_url: BaseUrl | Literal[""] = ""


class BrowserSettings(_Table):
    """Which browser shows pages, and how much a page may ask of it."""

    executable: str = ""
    sandbox: Literal["auto", "on", "off"] = "auto"
    when_empty: bool = True
    timeout_s: float = Field(default=90.0, gt=0, le=3600)
    max_requests: int = Field(default=1_000, ge=1, le=10_000)
    max_page_mb: int = Field(default=200, ge=1, le=10_000)
    max_memory_mb: int = Field(default=3_000, ge=100, le=100_000)


class WebsubSettings(_Table):
    """Who is told when a feed changes."""

    hub: WholeUrl | Literal[""] = ""
    own_hub: bool = False

    @model_validator(mode="after")
    def _one_hub(self) -> WebsubSettings:
        if self.hub and self.own_hub:
            raise ValueError("feeds name one hub; set either hub or own_hub")
        return self


class WebhookSettings(_Table):
    """A receiver of events; its secret is in ARCHIVER_WEBHOOK_<NAME>_SECRET."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,59}$")
    url: WholeUrl
    events: tuple[str, ...] = EVENTS

    @field_validator("events")
    @classmethod
    def _that_happen(cls, wanted: tuple[str, ...]) -> tuple[str, ...]:
        for each in wanted:
            if each not in EVENTS:
                raise ValueError(f"{each!r} is no event; there are {', '.join(EVENTS)}")
        return wanted

    @property
    def variable(self) -> str:
        """The environment variable of its secret."""
        return f"ARCHIVER_WEBHOOK_{self.name.upper().replace('-', '_')}_SECRET"


class DemoSettings(_Table):
    """Whether `archiver run` answers the names of the demo web itself, on loopback."""

    serve: bool = False


class WatchSettings(_Table):
    """A seed with a schedule."""

    name: str = Field(min_length=1, max_length=120)
    url: str = Field(min_length=1)
    every: Duration | None = None
    cron: Cron | None = None
    recapture: tuple[Duration, ...] = ()
    snapshots: Snapshots = Snapshots.HTTP
    tags: tuple[str, ...] = ()
    embargo: Duration | None = None

    @model_validator(mode="after")
    def _one_schedule(self) -> WatchSettings:
        if (self.every is None) == (self.cron is None):
            raise ValueError(f"watch {self.name!r} needs either every or cron")
        return self


class Settings(_Table):
    """All of config.toml."""

    archive: ArchiveSettings = ArchiveSettings()
    publish: PublishSettings = PublishSettings()
    network: NetworkSettings = NetworkSettings()
    platforms: PlatformSettings = PlatformSettings()
    links: LinkSettings = LinkSettings()
    evidence: EvidenceSettings = EvidenceSettings()
    web: WebSettings = WebSettings()
    replay: ReplaySettings = ReplaySettings()
    browser: BrowserSettings = BrowserSettings()
    websub: WebsubSettings = WebsubSettings()
    demo: DemoSettings = DemoSettings()
    watch: tuple[WatchSettings, ...] = ()
    webhook: tuple[WebhookSettings, ...] = ()

    @model_validator(mode="after")
    def _names_are_unique(self) -> Settings:
        names = [watch.name for watch in self.watch]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"two watches are named {name!r}")
        variables = [each.variable for each in self.webhook]
        for each in self.webhook:
            if variables.count(each.variable) > 1:
                raise ValueError(f"two webhooks are named {each.name!r}, or nearly")
        return self

    @property
    def hub(self) -> str:
        """Address of the WebSub hub that feeds name; empty for none."""
        return f"{self.publish.base_url}/hub" if self.websub.own_hub else self.websub.hub

    @property
    def data_dir(self) -> Path:
        """The folder of the archive."""
        return self.archive.data_dir

    @property
    def index(self) -> Path:
        """The file of the database."""
        return self.data_dir / "archive.sqlite"

    @property
    def publish_dir(self) -> Path:
        """The folder that any web server can serve; `public` in data_dir if not set."""
        return self.publish.publish_dir or self.data_dir / "public"


def load(
    path: Path, *, data_dir: Path | None = None, environ: Mapping[str, str] = os.environ
) -> Settings:
    """
    Read config.toml, and what the environment says otherwise.

    Args:
        path: The file.
        environ: Its `ARCHIVER__TABLE__KEY` win over the file.
        data_dir: Wins over archive.data_dir; publish_dir then follows it.

    Raises:
        ConfigError: In one sentence, with the file and the key.
    """
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{path}: there is no such file; name one with --config") from None
    except OSError as err:
        raise ConfigError(f"{path}: cannot be read ({err.strerror})") from err
    except UnicodeDecodeError as err:
        raise ConfigError(f"{path}: is not UTF-8 text ({err})") from err
    except tomllib.TOMLDecodeError as err:
        raise ConfigError(f"{path}: is not valid TOML ({err})") from err
    return _given(raw, str(path), data_dir, environ)


def without_file(
    *, data_dir: Path | None = None, environ: Mapping[str, str] = os.environ
) -> Settings:
    """Give the defaults, and what the environment says otherwise; else as `load`."""
    return _given({}, "config", data_dir, environ)


def _given(
    raw: dict[str, object], name: str, data_dir: Path | None, environ: Mapping[str, str]
) -> Settings:
    try:
        laid = overlaid(raw, environ)
    except ValueError as err:
        raise ConfigError(str(err)) from err
    return parse(laid, name=name, data_dir=data_dir)


def parse(
    raw: dict[str, object], *, name: str = "config", data_dir: Path | None = None
) -> Settings:
    """Check what a TOML file held; `name` is said in errors. Raises ConfigError."""
    try:
        settings = Settings.model_validate(raw)
    except ValidationError as err:
        first = err.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ConfigError(
            f"{name}: {_sentence(key, first['type'], first['msg'])}", key=key
        ) from err
    if data_dir is None:
        return settings
    return settings.model_copy(
        update={
            "archive": settings.archive.model_copy(update={"data_dir": data_dir}),
            "publish": settings.publish.model_copy(update={"publish_dir": data_dir / "public"}),
        }
    )


def _sentence(key: str, kind: str, message: str) -> str:
    if kind == "extra_forbidden":
        return f"unknown key {key}; docs/reference/config.md lists the keys"
    if kind == "missing":
        return f"{key} is missing"
    text = message.removeprefix("Value error, ")
    return f"{key}: {text}" if key else text
