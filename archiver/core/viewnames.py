"""How are the records of a browser's views called? As other web archives call them. Pure."""

from __future__ import annotations

from archiver.models import ViewKind

_NAMES = {kind: kind.value for kind in ViewKind} | {
    ViewKind.SCREENSHOT: "fullPage",
    ViewKind.FIRST: "view",
}
_KINDS = {name: kind for kind, name in _NAMES.items()}


def urn(kind: ViewKind, url: str) -> str:
    """
    Name a view of a page.

    >>> urn(ViewKind.SCREENSHOT, "https://news.example/")
    'urn:fullPage:https://news.example/'
    """
    return f"urn:{_NAMES[kind]}:{url}"


def named(name: str) -> tuple[ViewKind, str] | None:
    """
    Read such a name: what it is, and of which page; None if it is none.

    >>> named("urn:view:https://news.example/")[1]
    'https://news.example/'
    """
    scheme, _, rest = name.partition(":")
    kind, _, url = rest.partition(":")
    found = _KINDS.get(kind)
    return (found, url) if scheme == "urn" and found is not None and url else None
