"""Which addresses are taken for one of Mastodon, and which are not?"""

from __future__ import annotations

import pytest

from archiver.models import (
    RefKind,
)
from tests.sources.mastodon_threads import (
    SOURCE,
)


@pytest.mark.parametrize(
    ("url", "kind", "key"),
    [
        ("https://a.example/@user/123", RefKind.THREAD, ("https://a.example", "123")),
        ("https://a.example/@user@b.example/123", RefKind.THREAD, ("https://a.example", "123")),
        ("http://A.example:8080/@user/123/", RefKind.THREAD, ("http://a.example:8080", "123")),
        ("http://a.example:80/@user/1?x#y", RefKind.THREAD, ("http://a.example", "1")),
        ("https://a.example/@user/123/embed", RefKind.THREAD, ("https://a.example", "123")),
        ("https://a.example/users/u/statuses/1", RefKind.THREAD, ("https://a.example", "1")),
        ("https://a.example/ap/users/9/statuses/1", RefKind.THREAD, ("https://a.example", "1")),
        ("https://a.example/web/statuses/1", RefKind.THREAD, ("https://a.example", "1")),
        ("https://a.example/web/@u@b.example/1", RefKind.THREAD, ("https://a.example", "1")),
        ("https://a.example/@u/statuses/01ABC", RefKind.THREAD, ("https://a.example", "01ABC")),
        ("https://a.example/p/u.ser/12", RefKind.THREAD, ("https://a.example", "12")),
        ("https://a.example/i/web/post/12", RefKind.THREAD, ("https://a.example", "12")),
        (
            "https://a.example/objects/0f63b1d8-0000-4000-8000-000000000000",
            RefKind.THREAD,
            ("https://a.example", ""),
        ),
        ("https://a.example/display/0f63b1d8-1c", RefKind.THREAD, ("https://a.example", "")),
        ("https://a.example/tags/Uyghurs/", RefKind.TAG, ("https://a.example", "Uyghurs")),
        ("https://a.example/lists/12", RefKind.LIST, ("https://a.example", "12")),
        ("https://a.example/notice/AbC1", RefKind.THREAD, ("https://a.example", "AbC1")),
        ("https://[2001:db8::1]/@u/1", RefKind.THREAD, ("https://[2001:db8::1]", "1")),
        ("https://a.example/@user", RefKind.ACCOUNT, ("https://a.example", "user")),
        ("https://a.example/@u@b.example", RefKind.ACCOUNT, ("https://a.example", "u@b.example")),
        ("https://a.example/@user/media", RefKind.ACCOUNT, ("https://a.example", "user")),
        ("https://a.example/users/user/", RefKind.ACCOUNT, ("https://a.example", "user")),
    ],
)
def test_address_is_recognised(url: str, kind: RefKind, key: tuple[str, ...]) -> None:
    """By its shape; scheme and port of the seed stay."""
    ref = SOURCE.match(url)
    assert ref is not None
    assert (ref.platform, ref.kind, ref.url, ref.key) == ("mastodon", kind, url, key)


@pytest.mark.parametrize(
    "url",
    [
        "https://a.example/",
        "https://a.example/about",
        "https://a.example/@user/123/more/path",
        "https://a.example/@user.rss",
        "https://a.example/tags/x.rss",
        "https://a.example/objects/short",
        "https://a.example/lists/a/b",
        "https://a.example/p/user/words",
        "https://a.example/@us er/123",
        "https://www.threads.com/@user",
        "https://medium.com/@user",
        "https://www.youtube.com/@channel",
        "https://www.instagram.com/p/user/12",
        "ftp://a.example/@user/1",
        "https://name:word@a.example/@user/1",
        "https://a.example:99999/@user/1",
        "https:///@user/1",
        "https://[::1/@user/1",
        "threads.txt",
        "",
    ],
)
def test_other_address_is_not_ours(url: str) -> None:
    """Another platform, another scheme, or no address at all."""
    assert SOURCE.match(url) is None
