"""is.gd and v.gd."""

from __future__ import annotations

from tests.resolvers.cases.rows import THERE, WORDS, Case

_PREVIEW = (
    f"{WORDS}<b>Click the link</b> if you'd like to proceed to the destination shown: -<br />"
    f'<a href="{THERE}?a=1&amp;b=2" class="biglink">{THERE}</a><a href="/terms.php">Terms</a>'
)
_LIMIT = (
    "<div id=main><p>Rate limit exceeded - please wait 1 minute before accessing more "
    "shortened URLs</p></div>"
)

CASES = (
    Case("redirect", "https://is.gd/x", ("http", THERE), "", 301, (("Location", THERE),)),
    Case("preview", "https://v.gd/x", ("interstitial", f"{THERE}?a=1&b=2"), _PREVIEW),
    Case("preview that was asked for", "https://is.gd/x-", ("interstitial", f"{THERE}?a=1&b=2"),
         _PREVIEW),
    Case("too many questions", "https://is.gd/x", None, _LIMIT),
    Case("too many questions, with a status", "https://is.gd/x", None, _LIMIT, 502),
    Case("disabled link", "https://is.gd/x", None, f"<h2>Link Disabled</h2>{THERE}"),
)  # fmt: skip
