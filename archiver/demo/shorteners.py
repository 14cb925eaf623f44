"""Where do the three shorteners lead? By 301, by 302 through another one, and by meta refresh."""

from __future__ import annotations

import html

from archiver.demo.reply import Ask, Reply, not_found, page, redirect

SHO_RT = "sho.rt"
TINY = "tiny.example"
LNK = "lnk.example"

_STORY = "http://news.example/investigations/seven-nights/"

_MOVED = {
    (SHO_RT, "/seven"): (301, _STORY),
    (SHO_RT, "/gauge"): (301, f"{_STORY}tide-gauge/"),
    (SHO_RT, "/ferry"): (301, "http://news.example/news/ferry-afloat/"),
    (SHO_RT, "/ja"): (301, "http://news.example/ja/eisei-gazou/"),
    (SHO_RT, "/minutes"): (301, "http://news.example/council/minutes-2025-11"),  # 404
    (SHO_RT, "/round"): (301, "http://sho.rt/and-round"),  # these two never end
    (SHO_RT, "/and-round"): (301, "/round"),
    (TINY, "/gauge"): (302, "http://sho.rt/gauge"),
    (TINY, "/statement"): (302, "/go/statement"),
    (TINY, "/go/statement"): (301, "http://news.example/members/contractor-statement"),  # 403
}
_REFRESHED = {
    (LNK, "/invoices"): "http://news.example/documents/invoices.pdf",
    (LNK, "/ar"): "http://news.example/ar/wathaiq/",
    (LNK, "/council"): "http://news.example/news/council-votes-review/",
}


def answer(ask: Ask) -> Reply:
    """Send a short link on its way; codes are case-sensitive."""
    place = (ask.host, ask.path)
    if place in _MOVED:
        return redirect(*_MOVED[place])
    if place in _REFRESHED:
        target = html.escape(_REFRESHED[place])
        return page(
            f'<!doctype html><html><head><meta http-equiv="refresh" content="0;URL={target}">'
            f"<title>lnk</title></head><body></body></html>\n"
        )
    return not_found(ask)
