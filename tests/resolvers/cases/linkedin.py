"""Pages for leaving LinkedIn."""

from __future__ import annotations

from tests.resolvers.cases.rows import THERE, WORDS, Case

_SAFETY = "https://www.linkedin.com/safety/go?trk=x&url=https%3A%2F%2Fnews.example%2Fstory"

CASES = (
    Case("safety page", _SAFETY, ("interstitial", THERE), WORDS),
    Case("safety page that wants a login", _SAFETY, ("interstitial", THERE), "", 302,
         (("Location", "https://www.linkedin.com/login"),)),
    Case("old redirect page", "https://www.linkedin.com/redir/redirect/?url=" + THERE,
         ("interstitial", THERE), WORDS),
    Case("page that is none of these", f"https://www.linkedin.com/feed?url={THERE}", None, WORDS),
)  # fmt: skip
