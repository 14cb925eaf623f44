"""t.co, the shortener of X."""

from __future__ import annotations

from tests.resolvers.cases.rows import THERE, WORDS, Case

_PAGE = (
    '<head><meta name="referrer" content="always"><noscript><META http-equiv="refresh" '
    f'content="0;URL={THERE}"></noscript><title>{THERE}</title></head><script>'
    r'window.opener = null; location.replace("https:\/\/news.example\/story")</script>'
)
_SCRIPT = r'<script>location.replace("https:\/\/news.example\/story")</script>'
_WARNING = "https://twitter.com/safety/unsafe_link_warning?unsafe_link="

CASES = (
    Case("robots are redirected", "https://t.co/x", ("http", THERE), "", 301,
         (("Location", THERE),)),
    Case("browsers get a page", "https://t.co/x", ("meta-refresh", THERE), _PAGE),
    Case("the script alone is enough", "https://t.co/x", ("js", THERE), _SCRIPT),
    Case("a warning names its target", f"{_WARNING}https%3A%2F%2Fnews.example%2Fstory",
         ("interstitial", THERE), WORDS),
    Case("the same at X", "https://x.com/safety/unsafe_link_warning?unsafe_link=" + THERE,
         ("interstitial", THERE), WORDS),
    Case("a warning of nothing", _WARNING, None, WORDS),
    Case("a post is no warning", f"https://x.com/a/status/1?unsafe_link={THERE}", None, WORDS),
    Case("gone", "https://t.co/x", None, "<title>not found</title>", 404),
)  # fmt: skip
