"""Pages for leaving Facebook."""

from __future__ import annotations

from tests.resolvers.cases.rows import THERE, WORDS, Case

_LEAVE = "https://l.facebook.com/l.php?u=https%3A%2F%2Fnews.example%2Fstory&h=AT0"

CASES = (
    Case("leaving page", _LEAVE, ("interstitial", THERE), WORDS),
    Case("strangers are sent to a page for browsers", _LEAVE, ("interstitial", THERE), "", 302,
         (("Location", "https://www.facebook.com/unsupportedbrowser"),)),
    Case("strangers are sent to browser.php", _LEAVE, ("interstitial", THERE), "", 302,
         (("Location", "https://l.facebook.com/browser.php"),)),
    Case("a redirect out is believed", _LEAVE, ("http", f"{THERE}?fbclid=1"), "", 302,
         (("Location", f"{THERE}?fbclid=1"),)),
    Case("warning", f"https://www.facebook.com/flx/warn/?u={THERE}", ("interstitial", THERE)),
    Case("mobile", f"https://lm.facebook.com/l.php?u={THERE}", ("interstitial", THERE), WORDS),
    Case("fb.me", "https://fb.me/x", ("http", "https://www.facebook.com/news/posts/1"), "", 302,
         (("Location", "https://www.facebook.com/news/posts/1"),)),
    Case("login names no target", f"https://www.facebook.com/login/?next={THERE}", None, WORDS),
    Case("another scheme", "https://l.facebook.com/l.php?u=javascript:alert(1)", None, WORDS),
    Case("a flood of parameters", "https://l.facebook.com/l.php?" + "a&" * 300 + f"u={THERE}",
         None, WORDS),
)  # fmt: skip
