"""Does a shortener turn us away because it answers browsers only?"""

from __future__ import annotations

import re

from archiver.core import markup
from archiver.models import Exchange
from archiver.resolvers import page

_STATUSES = frozenset({401, 403, 405, 406, 418})
_WORDS = re.compile(
    r"unsupported browser|browser is not supported|update your browser|checking your browser"
    r"|(?:access|request) (?:denied|blocked)|are you (?:a )?(?:human|robot)|verify you are human"
    r"|enable javascript|javascript is (?:disabled|required)|bot detected",
    re.IGNORECASE,
)


def wants_browser(exchange: Exchange) -> bool:
    """
    Say whether a known shortener refused us, or answered a page that says little but that.

    Only known shorteners, which exist to be followed by anyone: a publisher's no is a no.

    Source: reference/protocols.md, 7.2
    """
    if not page.is_shortener(exchange) or exchange.status is None:
        return False
    if exchange.status in _STATUSES:
        return True
    html = page.html_of(exchange)
    if html is None or _WORDS.search(html) is None:
        return False
    held = markup.read(html)
    title = "".join(each.text for each in held.of("title"))
    return (
        page.is_bare(held) and _WORDS.search(f"{title}\n{held.text}\n{_noscript(html)}") is not None
    )


def _noscript(html: str) -> str:
    return "\n".join(re.findall(r"<noscript[^>]*>([^<]{0,500})", html[: 64 * 1024], re.IGNORECASE))
