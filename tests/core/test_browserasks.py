"""Is what a page may ask for by a browser bounded, and are its words read from any tree?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.core import accessibletext, browserasks

URL = "https://a.example/x"


@pytest.mark.parametrize(
    ("method", "kind", "url", "body", "posts", "said"),
    [
        ("GET", "Image", URL, b"", 0, ""),
        ("OPTIONS", "Preflight", URL, b"", 0, ""),
        ("POST", "Fetch", URL, b"q", 0, ""),
        ("GET", "Fetch", URL, b"q", 0, "with a body"),
        ("POST", "Document", URL, b"q", 0, "forms"),
        ("POST", "Ping", URL, b"q", 0, "beacons"),
        ("POST", "CSPViolationReport", URL, b"q", 0, "reports"),
        ("POST", "XHR", URL, None, 0, "65,536"),
        ("POST", "XHR", URL, b"q" * 65_537, 0, "65,536"),
        ("POST", "XHR", URL, b"q", browserasks.MAX_POSTS, "30 requests"),
        ("DELETE", "XHR", URL, b"", 0, "DELETE may change"),
        ("GET", "Document", "ftp://a.example/", b"", 0, "http and https"),
    ],
)
def test_what_is_asked(
    method: str, kind: str, url: str, body: bytes | None, posts: int, said: str
) -> None:
    """What brings something is asked; what tells or changes something is not, and why is said."""
    why = browserasks.refusal(method, kind, url, body, posts)
    assert said in why
    assert bool(said) == bool(why)


def test_headers_say_what_is_wanted_not_who_asks() -> None:
    """Cookies go by the jar; credentials never go."""
    headers = {
        "Accept": "image/*",
        "Cookie": "a=1",
        "Authorization": "Bearer x",
        "sec-ch-ua": "Chromium",
        "User-Agent": "Chromium",
        "Range": "bytes=0-",
        "Referer": URL,
    }
    assert browserasks.sent(headers) == (("Accept", "image/*"), ("Referer", URL))
    coded = [("Content-Encoding", "br"), ("Set-Cookie", "a=1"), ("NEL", "{}")]
    assert browserasks.shown(coded) == [("Set-Cookie", "a=1")]


def node(name: str, role: str, words: str, *below: str) -> dict[str, object]:
    """Make a node of a tree."""
    return {
        "nodeId": name,
        "role": {"value": role},
        "name": {"value": words},
        "childIds": list(below),
    }


def test_words_stand_in_lines_by_block() -> None:
    """Links stay in their line; a picture is told by its description."""
    tree = [
        node("1", "RootWebArea", "T", "2", "5"),
        node("2", "paragraph", "", "3", "4"),
        node("3", "StaticText", "Read"),
        node("4", "link", "", "6"),
        node("5", "image", "A harbour"),
        node("6", "StaticText", "more"),
    ]
    assert accessibletext.of_tree(tree) == "Read more\n[A harbour]"


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["nodeId", "role", "name", "childIds", "ignored"]),
            st.none()
            | st.text(max_size=3)
            | st.lists(st.sampled_from(["1", "2", "3"]))
            | st.fixed_dictionaries({"value": st.text(max_size=5)}),
        )
    )
)
def test_no_tree_breaks_it(tree: list[dict[str, object]]) -> None:
    """Circles, missing nodes and odd fields are a page's doing."""
    accessibletext.of_tree(tree)
