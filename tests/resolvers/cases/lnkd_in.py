"""lnkd.in, the shortener of LinkedIn."""

from __future__ import annotations

from tests.resolvers.cases.rows import THERE, WORDS, Case

_MARK = "data-tracking-control-name=external_url_click"

CASES = (
    Case("redirect", "https://lnkd.in/x", ("http", THERE), "", 301, (("Location", THERE),)),
    Case("page with one marked link", "https://lnkd.in/x", ("interstitial", THERE),
         f"{WORDS}<a href=/legal data-tracking-control-name=legal>L</a><a {_MARK} href='{THERE}'>"),
    Case("marked link to a script", "https://lnkd.in/x", None,
         f"{WORDS}<a {_MARK} href='javascript:alert(1)'>go</a>"),
    Case("mark on something else", "https://lnkd.in/x", None, f"{WORDS}<p {_MARK}>{THERE}"),
    Case("the same page elsewhere", "https://a.example/x", None, f"<a {_MARK} href='{THERE}'>"),
)  # fmt: skip
