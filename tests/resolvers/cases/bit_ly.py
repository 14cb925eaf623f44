"""bit.ly, and the domains of others that it runs."""

from __future__ import annotations

from tests.resolvers.cases.rows import THERE, WORDS, Case

_WARNING = "https://bit.ly/a/warning?hash=x&url=https%3A%2F%2Fnews.example%2Fstory"
_FOOTER = (
    "<a href=https://bitly.com/pages/terms>Terms</a><a href=/a/sign_up>Sign up</a>"
    "<a href=https://support.bitly.com/x>Help</a><a href=https://www.facebook.com/bitly/>f</a>"
    "<a href=https://www.linkedin.com/company/bitly/>in</a><a href=mailto:a@news.example>mail</a>"
)
_PREVIEW = f"{WORDS}<a class=btn href='{THERE}'>Continue to destination</a>{_FOOTER}"

CASES = (
    Case("redirect", "https://bit.ly/x", ("http", THERE), "", 301, (("Location", THERE),)),
    Case("warning", _WARNING, ("interstitial", THERE), WORDS),
    Case("warning that redirects us away", _WARNING, ("interstitial", THERE), "", 302,
         (("Location", "https://bitly.com/a/sign_in"),)),
    Case("warning with a status of its own", _WARNING, ("interstitial", THERE), WORDS, 403),
    Case("preview", "https://bit.ly/x", ("interstitial", THERE), _PREVIEW),
    Case("preview at j.mp", "http://j.mp/x", ("interstitial", THERE), _PREVIEW),
    Case("preview that says it twice", "https://bit.ly/x", ("interstitial", THERE),
         f"<a href='{THERE}'>{THERE}</a>{_PREVIEW}"),
    Case("preview of a target at Facebook", "https://bit.ly/x",
         ("interstitial", "https://www.facebook.com/news/posts/1"),
         f"<a href=https://www.facebook.com/news/posts/1>go</a>{_FOOTER}"),
    Case("preview with an advertisement is not guessed at", "https://bit.ly/x", None,
         f"{_PREVIEW}<a href=https://shop.example/buy>Buy</a>"),
    Case("page without a way out", "https://bit.ly/x", None, WORDS + _FOOTER),
    Case("info page that was asked for", "https://bit.ly/x+", None, _PREVIEW),
    Case("warning of a script", "https://bit.ly/a/warning?url=javascript:alert(1)", None, WORDS),
    Case("another host that ends alike", "https://evilbit.ly/x", None, _PREVIEW),
    Case("hostile markup", "https://bit.ly/x", None, "<a href='http://[bad/'>" + "<a><b>" * 900),
    Case("gone", "https://bit.ly/x", None, _PREVIEW, 404),
)  # fmt: skip
