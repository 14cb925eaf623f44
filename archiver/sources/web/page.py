"""Which thread is a page or a file of the web? One post: what it says, and the page as its link."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import unquote, urlsplit

from archiver.core import article, charset, landing, markup, urls
from archiver.core.richtext import RichText, clean, name_of
from archiver.errors import AccessDenied, ArchiverError, NotFound, NotThisPlatform, ParseError
from archiver.models import Author, Completeness, Exchange, SourceRef, ThreadObservation
from archiver.sources.answers import failure, record_ids
from archiver.sources.web import identity, metadata
from archiver.sources.web.kind import Kind, kind_of
from archiver.sources.web.told import PLATFORM, plain, thread

MAX_HTML = 8_000_000
"""How much of a page is read, in bytes; all of it is recorded."""

_MAX_TEXT = 200_000  # letters of a post; longer texts are in the snapshot
_LOGIN_TEXT = 500  # a page with a password field and fewer letters than this shows nothing else
_WALL = re.compile(
    r"(?:please )?(?:log|sign)[ -]?in\b|login\b|anmelden\b|einloggen\b|connexion\b|se connecter\b"
    r"|iniciar sesi[oó]n\b|just a moment|attention required|access denied|are you (?:a )?(?:human|"
    r"robot)|verifying you are human|checking your browser|robot or human",
    re.IGNORECASE,
)
_PAGE = "A page is one post; what its scripts would add is not read."
_TEXT = "A text is one post."
_FILE = "A file is one post, and is kept as a snapshot; what it says is not read."
_CUT = f"A page is one post; only the first {_MAX_TEXT:,} letters of its text are shown here."


@dataclass(frozen=True, slots=True)
class _Page:
    """What was read of a page."""

    said: article.Article
    facts: metadata.Metadata
    text: str
    asks_password: bool = False


def observed(ref: SourceRef, seen: Sequence[Exchange], answer: Exchange) -> ThreadObservation:
    """
    Read a page or a file.

    A page that is stored already and that its own site now says is not there (404, 410) vanished.
    An entry of a feed is no page, and what another site or a login says is nobody's word for it.

    Raises:
        NotFound: If it is not there, or the server sends it to its front page instead.
        AccessDenied: If it wants a login or a consent.
        FetchError: If it could not be read.
        ParseError: If it is a page without words, or JSON that is no feed.
        NotThisPlatform: If the seed led to a thread of another platform before.
    """
    url, kind = ref.key[0], kind_of(answer)
    _refuse_others(ref)
    problem = _problem(answer, kind)
    if problem is None or isinstance(problem, NotFound):
        problem = _behind_wall(url, answer) or problem or _instead(url, seen, answer)
    if problem is not None:
        if isinstance(problem, NotFound) and _says_gone(ref, answer):
            return _gone(ref, seen, answer)
        raise problem
    if kind is Kind.JSON:
        raise ParseError(
            f"{url}: JSON that is no feed; give the address of the page for readers",
            uri_r=url,
            platform=PLATFORM,
        )
    if kind is Kind.PAGE:
        return _of_page(url, seen, answer)
    if kind is Kind.TEXT:
        text = charset.decoded(answer.body[:MAX_HTML], answer.header("content-type") or "")
        said = article.Article(title=article.line(text.strip().partition("\n")[0], 100), text=text)
        return _thread(url, seen, answer, _Page(said, metadata.Metadata(), clean(text)), _TEXT)
    return _of_file(url, seen, answer)


def _refuse_others(ref: SourceRef) -> None:
    """A server that denies its own platform for a while shall not turn a thread into a page."""
    if ref.foreign:
        raise NotThisPlatform(
            f"{ref.url}: led to a thread of another platform before, so it is not read as a page",
            uri_r=ref.url,
        )


def _problem(answer: Exchange, kind: Kind) -> ArchiverError | None:
    cut = not answer.whole and len(answer.body) >= answer.request.keep_bytes
    if kind is Kind.FILE and cut:
        answer = replace(answer, whole=True)  # its first bytes are enough to say what it is
    return failure(answer, subject="the page")


def _behind_wall(url: str, answer: Exchange) -> ArchiverError | None:
    """Say whether the server wants something before it shows the page; its status is no word."""
    end = answer.request.url
    if end == url or not landing.is_wall(end) or landing.is_wall(url):
        return None
    return AccessDenied(
        f"{url}: the server wants a login or a consent first ({end}); nothing counts as gone",
        uri_r=url,
        status=answer.status,
    )


def _instead(url: str, seen: Sequence[Exchange], answer: Exchange) -> ArchiverError | None:
    """Say whether the server showed another page than the one that was asked for."""
    if landing.meant([each.request.url for each in seen]) is None:
        return None
    end = answer.request.url
    return NotFound(f"{url}: is not there; the server shows {end} instead", uri_r=url)


def _says_gone(ref: SourceRef, answer: Exchange) -> bool:
    """Say whether a page that is stored is declared gone by the site that it stood on."""
    name = identity.of_page(ref.key[0])
    is_held = any(each.id == name for each in ref.known)
    at_home = urls.same_site(ref.key[0], answer.request.url)
    return is_held and at_home and answer.status in (404, 410)


def _gone(ref: SourceRef, seen: Sequence[Exchange], answer: Exchange) -> ThreadObservation:
    name = identity.of_page(ref.key[0])
    return ThreadObservation(
        platform=PLATFORM,
        native_id=name,
        url=ref.key[0],
        author=Author(id=""),
        posts=(),
        completeness=Completeness(
            1, 0, 0, f"The server says that it is not there ({answer.status})."
        ),
        observed_at=answer.at,
        gone=(name,),
        record_ids=record_ids(seen),
    )


def _of_page(url: str, seen: Sequence[Exchange], answer: Exchange) -> ThreadObservation:
    read = _read(answer)
    asks = read.asks_password or _WALL.match(read.said.title or read.text)
    if asks and len(read.text) < _LOGIN_TEXT:
        raise AccessDenied(
            f"{url}: the page shows nothing but a login or a check for robots; nothing counts as"
            " gone",
            uri_r=url,
        )
    if not read.text and not read.said.title:
        raise ParseError(
            f"{url}: the page holds no words; perhaps its scripts write them, which are not run",
            uri_r=url,
            platform=PLATFORM,
        )
    return _thread(url, seen, answer, read, _PAGE)


def _read(answer: Exchange) -> _Page:
    html = charset.decoded(answer.body[:MAX_HTML], answer.header("content-type") or "")
    page = markup.read(html)
    said = article.described(page, answer.request.url)
    text = article.main_text(html) if page.whole else ""
    password = any(each.get("type").lower() == "password" for each in page.of("input"))
    shown = text or said.text or said.description
    return _Page(said, metadata.of_page(page), clean(shown), password)


def _thread(
    url: str, seen: Sequence[Exchange], answer: Exchange, read: _Page, reason: str
) -> ThreadObservation:
    facts = read.facts
    name = facts.author or facts.site or urls.host_of(url)
    return thread(
        identity.of_page(url),
        url,
        Author(id=urls.host_of(url), name=name),
        name_of(read.said.title),
        plain(read.text[:_MAX_TEXT]),
        observed_at=answer.at,
        reason=reason if len(read.text) <= _MAX_TEXT else _CUT,
        published=facts.published or facts.modified,
        updated=facts.modified,
        language=read.said.language,
        record_ids=record_ids(seen),
    )


def _of_file(url: str, seen: Sequence[Exchange], answer: Exchange) -> ThreadObservation:
    """Say what a file is, so that another file in its place is an edit."""
    path = urlsplit(url).path.rstrip("/")
    name = name_of(unquote(path.rpartition("/")[2])) or urls.host_of(url)
    size = f"{len(answer.body):,}" if answer.whole else answer.header("content-length") or "?"
    lines = [f"{answer.mime or 'a file of no named type'}, {size} bytes"]
    if answer.whole:
        lines.append(f"sha256:{hashlib.sha256(answer.body).hexdigest()}")
    body = plain("\n".join(lines))
    return thread(
        identity.of_page(url),
        url,
        Author(id=urls.host_of(url), name=urls.host_of(url)),
        name[:1_000],
        RichText(html=body.html, text=body.text),
        observed_at=answer.at,
        reason=_FILE,
        record_ids=record_ids(seen),
    )
