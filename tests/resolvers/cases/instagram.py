"""Pages for leaving Instagram and Threads."""

from __future__ import annotations

from tests.resolvers.cases.rows import THERE, WORDS, Case

CASES = (
    Case("leaving page", f"https://l.instagram.com/?u={THERE}&e=AT0", ("interstitial", THERE),
         WORDS),
    Case("leaving Threads", f"https://l.threads.net/?u={THERE}", ("interstitial", THERE), WORDS),
    Case("a profile", f"https://www.instagram.com/?u={THERE}", None, WORDS),
)  # fmt: skip
