"""goo.gl, closed in August 2025."""

from __future__ import annotations

from tests.resolvers.cases.rows import THERE, WORDS, Case

_NOTICE = f"{WORDS}<p>This link will no longer work in the near future.<a href=//goo.gl/help>?</a>"

CASES = (
    Case("redirect", "https://goo.gl/x", ("http", THERE), "", 302, (("Location", THERE),)),
    Case("notice is passed", "https://goo.gl/x", ("interstitial", "https://goo.gl/x?si=1"),
         _NOTICE),
    Case("notice of a link with a parameter", "https://goo.gl/x?d=1",
         ("interstitial", "https://goo.gl/x?d=1&si=1"), _NOTICE),
    Case("notice is passed once", "https://goo.gl/x?si=1", None, _NOTICE),
    Case("closed", "https://goo.gl/x", None, _NOTICE, 404),
    Case("front page", "https://goo.gl/", None, _NOTICE),
    Case("maps are another service", "https://maps.app.goo.gl/x", None, _NOTICE),
)  # fmt: skip
