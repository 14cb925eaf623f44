"""tinyurl.com."""

from __future__ import annotations

from tests.resolvers.cases.rows import THERE, WORDS, Case

_ERROR = "https://tinyurl.com/errorb.php?url=https%3A%2F%2Fnews.example%2Fstory&path=%2Fx"
_CLICK = "https://redirect.tinyurl.com/api/click?key=1&out=https%3A%2F%2Fnews.example%2Fstory"
_TO_ERROR = f"<title>Redirecting...</title><meta http-equiv='refresh' content='0;url={_ERROR}'>"

CASES = (
    Case("redirect", "https://tinyurl.com/x", ("http", THERE), "", 301, (("Location", THERE),)),
    Case("redirect for an affiliate", "https://tinyurl.com/x", ("http", _CLICK), "", 301,
         (("Location", _CLICK), ("X-tiny", "aff_1")), "X-tiny: aff_1"),
    Case("redirect with another mark", "https://tinyurl.com/x", ("http", THERE), "", 301,
         (("Location", THERE), ("X-tiny", "cache"))),
    Case("what the affiliate was given", _CLICK, ("interstitial", THERE), WORDS),
    Case("preview", "https://tinyurl.com/preview.php?num=x", ("interstitial", THERE),
         f'{WORDS}<a id="redirecturl" href="{THERE}">Proceed to this site.</a>'),
    Case("preview of nothing", "https://tinyurl.com/preview.php?num=x", None,
         f'{WORDS}<a id="redirecturl" href="">Proceed to this site.</a>'),
    Case("page instead of a redirect", "https://tinyurl.com/x", ("meta-refresh", _ERROR),
         _TO_ERROR),
    Case("and that page", _ERROR, ("interstitial", THERE), WORDS),
    Case("link to itself", "https://tinyurl.com/x", None,
         f"{WORDS}<p>Error: TinyURL redirects to a TinyURL.<a href=https://tinyurl.com/x>x</a>"),
)  # fmt: skip
