"""How does a thread become one page that can be carried away? Pure; the page runs no script."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence

from markupsafe import Markup

from archiver.models import RecordRef, ThreadView
from feeds import clean
from feeds.assets import assets
from feeds.document import entries_of
from feeds.media import kind_of, path_of
from feeds.reading import reading_of
from feeds.render import Site, render

MOST_PROOFS = 40
"""Records that the page names; thread.json names all."""


def single_page(
    view: ThreadView,
    copies: Mapping[str, str],
    *,
    site: Site,
    root: str,
    notices: Sequence[str] = (),
    facts: Sequence[tuple[str, str]] = (),
    proofs: Sequence[RecordRef] = (),
) -> bytes:
    """
    Write a thread as one page with its styles in it.

    Args:
        view: The thread.
        copies: Original URL of an attachment -> path of our copy.
        site: Links to history and links lead to its published pages.
        root: The way from the page to where those paths begin, with a slash at its end.
        notices: Sentences that stand before the posts.
        facts: What is said of the package: word and value.
        proofs: The records that the thread was read from.
    """
    media = {url: f"{site.base_url}/{path}" for url, path in copies.items()}
    entry = entries_of(view, site.base_url, media).thread
    return render(
        "package.html.jinja",
        site,
        root=root,
        up=f"{site.base_url}/t/{view.thread.id}/",
        title=entry.title,
        language=entry.language,
        entry=entry,
        thread=reading_of(view, entry, base_url=site.base_url, copies=copies),
        style=Markup(assets()["site.css"].content.decode()),
        notices=[clean.line(each, longest=2_000) for each in notices],
        facts_of_package=[(word, clean.line(value, longest=2_000)) for word, value in facts],
        proofs=[_told(each) for each in proofs[:MOST_PROOFS]],
        more_proofs=max(0, len(proofs) - MOST_PROOFS),
    )


def led_inside(page: bytes, originals: Mapping[str, str], *, base_url: str, root: str) -> bytes:
    """
    Let a page lead to the originals in the place of our copies: a player shows its own of them.

    Args:
        page: As `single_page` wrote it.
        originals: Path of our copy of an attachment -> its original URL.
        base_url: publish.base_url, without a slash at its end.
        root: As it was given to `single_page`.
    """
    ours = re.compile(rb'(href=")' + re.escape(base_url.encode()) + rb"/web/\d{14}/")
    media = re.compile(rb'"' + re.escape(root.encode()) + rb'(media/[0-9a-f]{64}\.[a-z0-9]{1,8})"')

    def original(found: re.Match[bytes]) -> bytes:
        url = clean.url(originals.get(found[1].decode(), ""))
        return f'"{html.escape(url)}"'.encode() if url else found[0]

    return media.sub(original, ours.sub(rb"\1", page))


def place_of(digest: str | None, head: bytes) -> str | None:
    """
    Give the path of a copy of an attachment, by its first bytes; None if pages cannot show it.

    Args:
        digest: `sha256:<hex>` of the copy.
        head: Its first bytes, `media.HEAD_BYTES` of them.
    """
    kind = kind_of(head)
    return path_of(digest, kind) if kind is not None else None


def _told(ref: RecordRef) -> dict[str, str]:
    return {
        "at": f"{ref.at:%Y-%m-%dT%H:%M:%S}Z",
        "url": clean.line(ref.url, longest=300),
        "record_id": clean.line(ref.record_id),
        "digest": clean.line(ref.digest or ""),
    }
