"""Which software runs a server? Asked only where the shape of an address does not decide."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

from archiver.errors import FetchError, ParseError
from archiver.models import Exchange
from archiver.sources.answers import Answers, ask, json_object
from archiver.sources.fields import Fields

_SCHEMAS = "http://nodeinfo.diaspora.software/ns/schema/"
_MOST_LINKS = 20
_MOST_CHARS = 100


def software(answers: Answers, origin: str) -> str:
    """
    Give the name of the software that a server says it runs.

    Args:
        origin: Scheme and authority, e.g. `https://social.example`.

    Returns:
        In lower case, e.g. `mastodon`; empty if the server does not say.

    Raises:
        Missing: If something must be asked first.

    Source: NodeInfo 2.1, 4 (discovery) and 5.3 (software.name)
    """
    index = answers.get(ask(f"{origin}/.well-known/nodeinfo"))
    document = _document(index, origin)
    if document is None:
        return ""
    try:
        told = _read(answers.get(ask(document))).inner("software").text("name")
    except (FetchError, ParseError):
        return ""
    return told.strip().lower()[:_MOST_CHARS]


def _document(index: Exchange, origin: str) -> str | None:
    """Give the address of the newest document that the server itself answers for."""
    try:
        links = _read(index).objects("links")[:_MOST_LINKS]
        told = {each.words("rel"): each.words("href") for each in links}
    except (FetchError, ParseError):
        return None
    hosts = {urlsplit(origin).netloc, urlsplit(index.request.url).netloc}
    for rel in sorted((rel for rel in told if rel.startswith(_SCHEMAS)), reverse=True):
        try:
            url = urljoin(index.request.url, told[rel])
            parts = urlsplit(url)
        except ValueError:
            continue
        if parts.scheme in {"http", "https"} and parts.netloc in hosts:
            return url
    return None


def _read(answer: Exchange) -> Fields:
    return json_object(answer, platform="nodeinfo", subject="what the server runs")
